"""Unlocking: one reviewer's OpenPGP key opens that reviewer's keys and nothing else."""

from __future__ import annotations

from tests.unit.desk.house import House


def test_each_reviewer_opens_the_same_desk(house: House) -> None:
    rings = [house.desk(name).keyring for name in ("alize", "brume", "cypres")]
    assert len({ring.common for ring in rings}) == 1
    assert {ring.signing.public for ring in rings} == {house.store.identity().public}
    assert len({ring.pair.public for ring in rings}) == 3
    assert "signing" not in repr(rings[0])
