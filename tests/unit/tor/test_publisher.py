"""The publisher over a real tor that is killed and started again, and clients that come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.control_port import ControlPort
from tests.fakes.tor_daemon import Daemon, start_tor
from tor.client_auth import ClientKey, Clients
from tor.control import Control
from tor.errors import TorError
from tor.key import OnionKey
from tor.onion import courier, reporter
from tor.publisher import Publisher, Service

DOOR = "unix:/tmp/nobody-listens-here.sock"


def open_service() -> Service:
    return Service(reporter(DOOR), OnionKey.generate())


def until(done: Callable[[], bool], seconds: float) -> float:
    begin = time.monotonic()
    while not done():
        assert time.monotonic() - begin < seconds
        time.sleep(0.02)
    return time.monotonic() - begin


def collides(control: Path, service: Service, clients: tuple[str, ...] = ()) -> bool:
    with Control.connect(control) as other:
        try:
            other.publish(service.onion, service.key, clients)
        except TorError as refused:
            return "already publishes" in refused.message
        return False


def test_it_publishes_and_withdraws(daemon: Daemon) -> None:
    said: list[str] = []
    service = open_service()
    with Publisher(daemon.control, [service], said.append) as publisher:
        publisher.wait_published(10)
        assert publisher.states() == {"reporter": "given to tor"}
        assert collides(daemon.control, service)
    assert publisher.states() == {"reporter": "stopped"}
    assert not collides(daemon.control, service)
    assert said == ["reporter onion: given to tor", "reporter onion: stopped"]
    publisher.stop()


def test_it_comes_back_within_five_seconds_after_tor(short: Path) -> None:
    said: list[str] = []
    service = open_service()
    with Publisher(short / "control", [service], said.append) as publisher:
        with pytest.raises(TorError, match="reporter onion is not published: waiting for tor"):
            publisher.wait_published(0.2)
        for _ in range(2):
            running = start_tor(short)
            try:
                assert until(lambda: publisher.states() == {"reporter": "given to tor"}, 10) < 5
                assert collides(running.control, service)
                running.process.kill()
                until(lambda: publisher.states() == {"reporter": "waiting for tor"}, 5)
            finally:
                running.stop()
            running.control.unlink()
            running.cookie.unlink()
    assert said.count("reporter onion: given to tor") == 2


def test_a_second_instance_is_told_and_takes_over_when_it_can(daemon: Daemon) -> None:
    service = open_service()
    with Publisher(daemon.control, [service], lambda _: None) as first:
        first.wait_published(10)
        with Publisher(daemon.control, [service], lambda _: None) as second:
            with pytest.raises(TorError, match="Another instance already publishes the reporter onion"):
                second.wait_published(10)
            first.stop()
            until(lambda: second.states() == {"reporter": "given to tor"}, 5)


def test_changed_clients_mean_a_new_publication(daemon: Daemon, short: Path) -> None:
    said: list[str] = []
    clients = Clients(short / "courier" / "authorized_clients")
    service = Service(courier(DOOR), OnionKey.generate(), clients.publics)
    anyone = (ClientKey.generate("anyone").public_base32,)
    with Publisher(daemon.control, [service], said.append) as publisher:
        until(lambda: "no client key yet" in publisher.states()["courier"], 5)
        assert not collides(daemon.control, service, anyone)
        clients.add("anne")
        until(lambda: publisher.states() == {"courier": "given to tor"}, 5)
        assert collides(daemon.control, service, anyone)
        (clients.folder / "bob.auth").write_text("garbage")
        (clients.folder / "bob.auth").chmod(0o600)
        until(lambda: "malformed" in publisher.states()["courier"], 5)
        assert not collides(daemon.control, service, anyone)
        (clients.folder / "bob.auth").unlink()
        until(lambda: publisher.states() == {"courier": "given to tor"}, 5)
        clients.remove("anne")
        until(lambda: "no client key yet" in publisher.states()["courier"], 5)
        assert not collides(daemon.control, service, anyone)
    assert not any(service.key.blob in sentence for sentence in said)


def test_another_set_of_clients_is_withdrawn_first(short: Path) -> None:
    key, allowed = OnionKey.generate(), [(ClientKey.generate("anne").public_base32,)]
    service = Service(courier(DOOR), key, lambda: allowed[0])
    with ControlPort(short / "c") as port, Publisher(port.path, [service], lambda _: None) as publisher:
        publisher.wait_published(5)
        allowed[0] = (ClientKey.generate("bob").public_base32,)
        until(lambda: sum("ADD_ONION" in asked for asked in port.asked) == 2, 5)
        verbs = [asked.split()[0] for asked in port.asked if "ONION" in asked]
        assert verbs == ["ADD_ONION", "DEL_ONION", "ADD_ONION"]
        assert allowed[0][0] in port.asked[-1]


def test_what_is_refused_now_may_be_put_right(short: Path) -> None:
    with (
        ControlPort(short / "c", {"GETCONF HiddenServiceSingleHopMode": "250 X=1"}) as port,
        Publisher(port.path, [open_service()], lambda _: None) as publisher,
    ):
        with pytest.raises(TorError, match="reveals where this machine is"):
            publisher.wait_published(5)
        assert not any("ADD_ONION" in asked for asked in port.asked)
        port.answers["GETCONF HiddenServiceSingleHopMode"] = "250 X=0"
        until(lambda: publisher.states() == {"reporter": "given to tor"}, 5)
        port.hang_up()
        until(lambda: port.asked.count("GETINFO version") > 1, 5)


def test_files_that_cannot_be_read_do_not_end_it(short: Path) -> None:
    readable = threading.Event()

    def clients() -> tuple[str, ...]:
        if not readable.is_set():
            raise PermissionError(13, "secret name")
        return ()

    service = Service(reporter(DOOR), OnionKey.generate(), clients)
    with ControlPort(short / "c") as port, Publisher(port.path, [service], lambda _: None) as publisher:
        until(lambda: publisher.states() == {"reporter": "Its files cannot be read."}, 5)
        readable.set()
        until(lambda: publisher.states() == {"reporter": "given to tor"}, 5)


def test_names_differ() -> None:
    with pytest.raises(TorError, match="name of its own"):
        Publisher(Path("/nowhere"), [open_service(), open_service()], lambda _: None)


def test_stopping_before_starting_is_nothing() -> None:
    publisher = Publisher(Path("/nowhere"), [open_service()], lambda _: None)
    publisher.stop()
    assert publisher.states() == {"reporter": "waiting for tor"}
