"""Session fixtures for tests over Tor: one private network, and one house published on it, for each pytest process.

`tests/conftest.py` makes them known to every folder; nothing starts before a test asks. They fail, and never skip,
where tor is missing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.tor.house import OnionHouse
    from tor.testnet.runner import TestNetwork

# Both folders that use it, in one process, end well before.
MAX_SECONDS = 1500


@pytest.fixture(scope="session")
def network() -> Iterator[TestNetwork]:
    """The running network; `clients[0]` has the courier's key once `onions` is there, `clients[1]` never has one."""
    from tor.errors import TorError
    from tor.testnet.runner import TestNetwork

    made = TestNetwork(max_seconds=MAX_SECONDS)
    try:
        made.start()
    except TorError as error:
        pytest.fail(f"{error.message} {error.hint}")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def onions(network: TestNetwork) -> Iterator[OnionHouse]:
    """The trial house behind real `serve` processes, its reporter, courier and registry onions published."""
    from tests.tor.house import OnionHouse

    folder = Path(tempfile.mkdtemp(prefix="on-"))
    try:
        with OnionHouse(folder, network) as house:
            yield house
    finally:
        shutil.rmtree(folder)
