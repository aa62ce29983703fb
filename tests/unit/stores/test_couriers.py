"""Accounts are added once and revoked for good; a code serves one session for each verb."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import UserError
from app.stores.couriers import CourierRow, Couriers
from tests.fakes.instance import TODAY, Instance

ROW = CourierRow("rivet", b"salt", b"sealed")


@pytest.fixture
def couriers(tmp_path: Path) -> Couriers:
    return Couriers(Instance.make(tmp_path).store().engine)


def test_an_account_is_found_until_revoked(couriers: Couriers) -> None:
    assert couriers.find("rivet") is None
    couriers.add(ROW)
    assert couriers.find("rivet") == ROW
    assert couriers.names() == ["rivet"]
    assert couriers.revoke("rivet")
    assert not couriers.revoke("rivet")
    assert couriers.find("rivet") is None


def test_a_name_is_taken_once(couriers: Couriers) -> None:
    couriers.add(ROW)
    with pytest.raises(UserError) as refused:
        couriers.add(CourierRow("rivet", b"other", b"other"))
    assert "revoke rivet" in refused.value.hint
    assert couriers.find("rivet") == ROW


def test_a_code_serves_one_session(couriers: Couriers) -> None:
    assert couriers.use_code(b"mac", b"session 1", TODAY)
    assert couriers.use_code(b"mac", b"session 1", TODAY)
    assert not couriers.use_code(b"mac", b"session 2", TODAY)
    assert couriers.use_code(b"other verb", b"session 2", TODAY)
