"""The record of an onion, and the line that publishes it: every defence in, nothing open by accident."""

from __future__ import annotations

import pytest

from tor.errors import PublishError, TorError
from tor.onion import Onion, add_onion, courier, registry, reporter

SOCKET = "unix:/run/sourdine/reporter.sock"
CLIENT, OTHER = "A" * 52, "B" * 52


def test_the_three_records_have_their_defences() -> None:
    assert reporter(SOCKET, circuit_ids=True) == Onion("reporter", SOCKET, pow=True, circuit_ids=True)
    assert courier(SOCKET) == Onion("courier", SOCKET, guarded=True, pow=False)
    assert registry("127.0.0.1:8083") == Onion("registry", "127.0.0.1:8083", pow=True)
    assert {onion.max_streams for onion in (reporter(SOCKET), courier(SOCKET), registry(SOCKET))} == {32}


def test_the_line_of_an_open_onion() -> None:
    assert add_onion(reporter(SOCKET), "BLOB") == (
        f"ADD_ONION ED25519-V3:BLOB MaxStreams=32 PoWDefensesEnabled=1 Port=80,{SOCKET}"
    )


def test_the_line_of_a_guarded_onion_names_every_client() -> None:
    assert add_onion(courier(SOCKET), "BLOB", [CLIENT, OTHER]) == (
        f"ADD_ONION ED25519-V3:BLOB MaxStreams=32 Flags=V3Auth ClientAuthV3={CLIENT} ClientAuthV3={OTHER} "
        f"Port=80,{SOCKET}"
    )


def test_a_stream_too_many_never_closes_the_circuit() -> None:
    assert "MaxStreamsCloseCircuit" not in add_onion(reporter(SOCKET), "BLOB")


def test_a_guarded_onion_is_never_published_open() -> None:
    with pytest.raises(PublishError, match="no client key yet") as refused:
        add_onion(courier(SOCKET), "BLOB")
    assert "client-key new" in refused.value.hint


def test_an_open_onion_takes_no_clients() -> None:
    with pytest.raises(PublishError, match="takes no client keys"):
        add_onion(registry(SOCKET), "BLOB", [CLIENT])


@pytest.mark.parametrize(
    "client", ["", "A" * 51, "A" * 53, "a" * 52, "1" * 52, "A" * 51 + "=", "A" * 52 + " Flags=Detach"]
)
def test_a_malformed_client_key_stops_the_line(client: str) -> None:
    with pytest.raises(PublishError, match="malformed"):
        add_onion(courier(SOCKET), "BLOB", [CLIENT, client])


@pytest.mark.parametrize(
    "target",
    [
        "",
        "80",
        "localhost:80",
        "127.0.0.1",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:80 ",
        "127.0.0.2:80",
        "0.0.0.0:80",
        "10.0.0.1:80",
        "[::1]:80",
        "example.org:80",
        "unix:",
        "unix:relative",
        "unix:/run/with space",
        'unix:/run/quo"te',
        "unix:/run/line\nbreak",
        "unix:/run/é",
        "unix:/" + "x" * 107,
    ],
)
def test_only_a_door_of_this_machine_is_a_target(target: str) -> None:
    with pytest.raises(TorError):
        Onion("reporter", target)


def test_a_socket_path_may_have_107_bytes() -> None:
    assert Onion("reporter", "unix:/" + "x" * 106).target


@pytest.mark.parametrize("name", ["", "Reporter", "a/b", "..", "a b", "x" * 33, "-a", "é"])
def test_a_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(TorError, match="not a name"):
        Onion(name, SOCKET)


@pytest.mark.parametrize("streams", [-1, 0, 1, 19, 65_536])
def test_too_few_streams_are_refused(streams: int) -> None:
    with pytest.raises(TorError, match="max_streams"):
        Onion("reporter", SOCKET, max_streams=streams)


def test_twenty_streams_are_enough() -> None:
    assert "MaxStreams=20 " in add_onion(Onion("reporter", SOCKET, max_streams=20), "BLOB")


def test_circuit_ids_need_a_unix_socket() -> None:
    with pytest.raises(TorError, match="unix socket"):
        reporter("127.0.0.1:8080", circuit_ids=True)
