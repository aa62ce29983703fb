"""The public half of an expanded Ed25519 secret (RFC 8032, section 5.1.5, from step 3 on).

The `cryptography` package starts from seeds, and tor's key file holds none. Python's integers take a time that depends
on the secret; that is acceptable here because it happens once at a start, which no visitor triggers or can measure.
"""

from __future__ import annotations

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_Point = tuple[int, int, int, int]


def public_of(scalar: bytes) -> bytes:
    """The 32-byte public key of a clamped 32-byte little-endian scalar."""
    left = int.from_bytes(scalar, "little")
    total: _Point = (0, 1, 1, 0)
    power: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)
    while left:
        if left & 1:
            total = _add(total, power)
        power = _add(power, power)
        left >>= 1
    x, y, z, _ = total
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _add(one: _Point, two: _Point) -> _Point:
    """Extended homogeneous coordinates (RFC 8032, section 5.1.4)."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % _P
    b = (one[1] + one[0]) * (two[1] + two[0]) % _P
    c = 2 * one[3] * two[3] * _D % _P
    d = 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)
