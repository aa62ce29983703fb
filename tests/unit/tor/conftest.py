"""Short folders for unix sockets, and one real tor for each module."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.tor_daemon import Daemon, start_tor


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose name is short enough for unix sockets."""
    with tempfile.TemporaryDirectory(prefix="ut-", dir="/tmp") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with tempfile.TemporaryDirectory(prefix="ut-", dir="/tmp") as name:
        running = start_tor(Path(name))
        try:
            yield running
        finally:
            running.stop()
