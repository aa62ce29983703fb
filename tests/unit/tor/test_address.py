"""Onion addresses: a published one, and everything close to it."""

from __future__ import annotations

import base64

import pytest

from tor.address import is_onion_address, onion_address

# The address of the Tor Project's own web site, as printed on its pages.
KNOWN = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"


def test_a_published_address_is_right() -> None:
    assert is_onion_address(KNOWN)
    raw = base64.b32decode(KNOWN.removesuffix(".onion").upper())
    assert onion_address(raw[:32]) == KNOWN


@pytest.mark.parametrize(
    "name",
    [
        "",
        "onion",
        "a.onion",
        KNOWN.upper(),
        KNOWN.removesuffix(".onion"),
        KNOWN + ".",
        "www." + KNOWN,
        "3" + KNOWN[1:],
        KNOWN[:55] + "c.onion",
        "1" * 56 + ".onion",
        "é" * 56 + ".onion",
    ],
)
def test_anything_else_is_refused(name: str) -> None:
    assert not is_onion_address(name)


@pytest.mark.parametrize("seed", range(20))
def test_made_addresses_pass_their_own_check(seed: int) -> None:
    assert is_onion_address(onion_address(bytes([seed]) * 32))
