"""The private network, and the trial house published in it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tor.house import OnionHouse
from tor.testnet.runner import TestNetwork


@pytest.fixture(scope="session")
def network() -> Iterator[TestNetwork]:
    with TestNetwork(clients=1) as network:
        yield network


@pytest.fixture(scope="session")
def house(network: TestNetwork) -> Iterator[OnionHouse]:
    folder = Path(tempfile.mkdtemp(prefix="sd-", dir="/tmp"))
    try:
        with OnionHouse(folder, network) as house:
            yield house
    finally:
        shutil.rmtree(folder)
