"""The private network's plan: who is in it, that all of it is on loopback, and when it votes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tor.testnet.plan import (
    HURRIED_SECONDS,
    PARKED_SECONDS,
    PLACEHOLDER,
    Plan,
    authority_line,
    hurried,
    onion_host,
    parked,
    ports_needed,
    render,
)

PORTS = tuple(range(20001, 20001 + ports_needed()))
NOW = 1_800_000_123
NETWORK = authority_line(Plan(PORTS, NOW).authority, "A" * 40, "B" * 40)

CLIENT = """TestingTorNetwork 1
OutboundBindAddress 127.0.0.1
ShutdownWaitLength 0
AvoidDiskWrites 1
CountPrivateBandwidth 0
Nickname client0
DataDirectory /n/client0
ControlSocket /n/client0/control
CookieAuthentication 1
Log notice file /n/client0/notice.log
LogTimeGranularity 1
DirAuthority authority orport=20001 v3ident=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA 127.0.0.1:20002 BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB
SocksPort 127.0.0.1:20007 ExtendedErrors
"""  # noqa: E501 - a golden file


def texts(plan: Plan) -> dict[str, str]:
    return {node.name: render(node, Path("/n") / node.name, NETWORK) for node in plan.nodes}


def test_the_nodes_in_the_order_of_starting() -> None:
    names = [node.name for node in Plan(PORTS, NOW).nodes]
    assert names == ["authority", "relay0", "relay1", "relay2", "relay3", "client0", "client1", "host"]
    assert [node.is_relay for node in Plan(PORTS, NOW).nodes] == [True] * 5 + [False] * 3


def test_a_client_word_for_word() -> None:
    assert texts(Plan(PORTS, NOW))["client0"] == CLIENT


def test_every_port_is_used_once() -> None:
    together = "\n".join(texts(Plan(PORTS, NOW)).values())
    listeners = re.findall(r"^(?:ORPort|DirPort|SocksPort) 127\.0\.0\.1:(\d+)", together, re.M)
    assert sorted(int(port) for port in listeners) == list(PORTS)


def test_no_address_but_loopback() -> None:
    for name, text in texts(Plan(PORTS, NOW)).items():
        assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", text)) == {"127.0.0.1"}, name
        assert "OutboundBindAddress 127.0.0.1\n" in text
        for line in text.splitlines():
            if line.split()[0].endswith("Port"):
                assert re.fullmatch(r"\w+ (0|127\.0\.0\.1:\d+( IPv4Only| ExtendedErrors)?)", line), line


def test_no_relay_lets_anything_out() -> None:
    plan = Plan(PORTS, NOW)
    for node in (plan.authority, *plan.relay_nodes):
        assert "ExitPolicy reject *:*" in node.lines
        assert "ExitRelay 0" in node.lines


def test_further_lines_reach_their_node_only() -> None:
    plan = Plan(PORTS, NOW, lines={"host": ["HiddenServiceDir /n/h", "HiddenServicePort 80 unix:/n/s"]})
    holders = [name for name, text in texts(plan).items() if "HiddenServiceDir" in text]
    assert holders == ["host"]
    assert onion_host("second", ["One 1"]).lines == ("SocksPort 0", "One 1")


@given(st.integers(min_value=0, max_value=2**33))
def test_the_parked_vote_is_half_an_interval_away(now: int) -> None:
    offset = int(parked(now)[1].split()[1])
    assert 0 <= offset < PARKED_SECONDS
    assert (offset - now) % PARKED_SECONDS == PARKED_SECONDS // 2


@given(st.integers(min_value=0, max_value=2**33))
def test_the_hurried_vote_is_valid_from_now(now: int) -> None:
    assert (now - int(hurried(now)[1].split()[1])) % HURRIED_SECONDS == 0


def test_hurrying_replaces_the_parked_lines() -> None:
    text = render(Plan(PORTS, NOW).authority, Path("/n/authority"), NETWORK, hurried(NOW))
    assert text.count("TestingV3AuthInitialVotingInterval") == 1
    assert f"TestingV3AuthInitialVotingInterval {HURRIED_SECONDS} seconds\n" in text
    assert text.count("TestingV3AuthVotingStartOffset") == 1


@pytest.mark.parametrize(
    ("ports", "relays", "clients"),
    [(PORTS[:-1], 4, 2), (PORTS[:-1] + PORTS[:1], 4, 2), (PORTS, 2, 4), (PORTS, 6, 0)],
)
def test_refuses_what_cannot_work(ports: tuple[int, ...], relays: int, clients: int) -> None:
    with pytest.raises(ValueError, match=r"ports_needed|three relays"):
        Plan(ports, NOW, relays, clients)


@pytest.mark.parametrize("name", ["authority", "relay0", "client0", "host"])
def test_tor_itself_accepts_each_text(tmp_path: Path, name: str) -> None:
    tor = shutil.which("tor")
    assert tor, "these tests need the Debian package tor"
    plan = Plan(PORTS, NOW)
    node = next(node for node in plan.nodes if node.name == name)
    torrc = tmp_path / "torrc"
    torrc.write_text(render(node, tmp_path / "data", PLACEHOLDER))
    words = [tor, "--verify-config", "-f", str(torrc), "--defaults-torrc", "/dev/null"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
