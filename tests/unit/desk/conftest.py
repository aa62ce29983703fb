from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.desk.house import House, open_house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A desk that the tests of one module share: each makes its own cases."""
    with open_house() as made:
        yield made


@pytest.fixture
def fresh() -> Iterator[House]:
    """A desk of its own, for tests that count or damage."""
    with open_house() as made:
        yield made
