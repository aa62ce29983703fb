"""The courier's guarded onion: who gets in, and for how long."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tor.figures import figure
from tests.tor.house import OnionHouse, give_key, take_key
from tor.client_auth import ClientKey, Clients
from tor.control import Control
from tor.key import OnionKey
from tor.onion import courier
from tor.publisher import Publisher, Service
from tor.socks import NEEDS_KEY, REACHED, WRONG_KEY, probe

pytestmark = pytest.mark.onion


def answer(house: OnionHouse, address: str, client: int) -> int:
    return probe(house.network.clients[client].socks, address, user=secrets.token_hex(4), timeout=5)


def becomes(value: int, ask: Callable[[], int], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while (seen := ask()) != value:
        assert time.monotonic() < end, f"{seen:#x} instead of {value:#x}"
        time.sleep(0.2)


def test_who_gets_in(onions: OnionHouse, tmp_path: Path) -> None:
    """No key, a wrong key, the key of another guarded onion of ours, the right key."""
    address = onions.addresses["courier"]
    other, clients = OnionKey.generate(), Clients(tmp_path / "authorized_clients")
    foreign = clients.add("foreign")
    service = Service(courier(f"unix:{onions.socket('courier')}"), other, clients.publics)
    with (
        Publisher(onions.network.host.control, [service], onions.said.append),
        Control.connect(onions.network.clients[1].control) as control,
    ):
        becomes(REACHED, lambda: answer(onions, address, 0))
        becomes(NEEDS_KEY, lambda: answer(onions, address, 1))
        give_key(control, address, ClientKey.generate("stranger").private)
        becomes(WRONG_KEY, lambda: answer(onions, address, 1))
        give_key(control, other.address, foreign.private)
        onions.network.wait_reachable(other.address, client=1)
        give_key(control, address, foreign.private)
        becomes(WRONG_KEY, lambda: answer(onions, address, 1))
        for name in (address, other.address):
            take_key(control, name)
        becomes(NEEDS_KEY, lambda: answer(onions, address, 1))


def test_a_revoked_key_ends_with_the_new_introduction_points(onions: OnionHouse) -> None:
    """The publisher publishes anew when the list changes, so a descriptor kept from before leads nowhere."""
    address = onions.addresses["courier"]
    leaver = onions.clients.add("leaver")
    with Control.connect(onions.network.clients[1].control) as control:
        give_key(control, address, leaver.private)
        onions.network.wait_reachable(address, client=1)
        begun = time.monotonic()
        onions.clients.remove("leaver")
        becomes(WRONG_KEY, lambda: answer(onions, address, 1))
        figure("seconds from revoking to refused", time.monotonic() - begun)
        take_key(control, address)
    onions.network.wait_reachable(address, client=0)
