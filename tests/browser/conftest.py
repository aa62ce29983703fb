"""The private network, the doors published in it, and a browser that is watched and ended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tor.testnet.runner import TestNetwork


@pytest.fixture(scope="session")
def network() -> Iterator[TestNetwork]:
    with TestNetwork(clients=1) as network:
        yield network
