"""Fixtures of the reporter door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.reporter_house import House, forget_keys


@pytest.fixture(scope="session", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()
