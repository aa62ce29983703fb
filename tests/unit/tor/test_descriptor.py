"""Descriptors as a real tor made them on a private network: who made one, and what it asks of visitors."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from tor.address import onion_address
from tor.descriptor import Outer, decrypt, other_instance, parse_outer, pow_effort
from tor.errors import TorError

GOLDEN = Path(__file__).parent / "golden"
TEXT = (GOLDEN / "descriptor.txt").read_text()
ADDRESS = (GOLDEN / "descriptor.onion").read_text().strip()
GUARDED = GOLDEN / "guarded.txt"
OWN = Outer(b"b" * 32, b"s" * 32, 1000)


def test_a_real_descriptor_is_read() -> None:
    outer = parse_outer(TEXT)
    assert outer.counter == 3070495219
    # The HS_DESC event of that upload named it as FpyfwB8VaFINMZOBcA2bWSFtmfohk6cxvAbhicriQCs.
    assert outer.blinded == base64.b64decode("FpyfwB8VaFINMZOBcA2bWSFtmfohk6cxvAbhicriQCs=")
    assert outer.signing.hex().startswith("1707cce008b22ece")


def test_the_effort_is_inside() -> None:
    inner = decrypt(TEXT, ADDRESS)
    assert pow_effort(inner) == 0
    assert inner.count("introduction-point ") == 3
    assert pow_effort(inner.replace("pow-params", "xow-params")) is None


def test_what_cannot_be_decrypted_is_empty() -> None:
    assert decrypt(TEXT, onion_address(bytes(32))) == ""
    assert decrypt(TEXT.replace("aIk3zZuAO2T3LQkK", "bIk3zZuAO2T3LQkK"), ADDRESS) == ""
    assert decrypt(GUARDED.read_text(), GUARDED.with_suffix(".onion").read_text().strip()) == ""
    with pytest.raises(TorError, match="not understood"):
        decrypt("garbage", ADDRESS)
    assert pow_effort("") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hs-descriptor 3",
        TEXT.replace("revision-counter", "revision"),
        TEXT.replace("AQgA", "AQkA", 1),
        TEXT.replace("AQgAB5xB", "", 1),
        TEXT.replace("descriptor-signing-key-cert", "cert"),
    ],
    ids=["empty", "head", "no counter", "other type", "short", "no cert"],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(TorError, match="not understood"):
        parse_outer(text)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (OWN, False),
        (replace(OWN, counter=1001), False),
        (replace(OWN, signing=b"o" * 32, counter=1001), True),
        (replace(OWN, signing=b"o" * 32, counter=1000), None),
        (replace(OWN, signing=b"o" * 32, counter=999), None),
        (replace(OWN, blinded=b"n" * 32, signing=b"o" * 32, counter=1001), None),
    ],
    ids=["ours", "ours again", "newer", "same age", "older", "another period"],
)
def test_only_a_newer_one_under_another_key_is_somebody_else(found: Outer, told: bool | None) -> None:
    assert other_instance(OWN, found) is told


def test_before_our_first_upload_it_cannot_be_told() -> None:
    """After each restart, when the network still shows what we made before."""
    assert other_instance(replace(OWN, counter=0), replace(OWN, signing=b"o" * 32)) is None
