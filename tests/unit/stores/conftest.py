"""A register on each database that it may be kept in, and a desk that exports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import RegistrySettings
from app.stores.registry import RegistryStore
from tests.fakes.issuer import ORIGIN, Issuer, forget_keys
from tests.fakes.postgres import cluster

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> RegistrySettings:
    """Of a register that takes names."""
    url = "sqlite:///registry.db" if request.param == "sqlite" else cluster().url()
    return RegistrySettings(home=tmp_path, origin=ORIGIN, nominative=True, database=url)


@pytest.fixture
def store(settings: RegistrySettings) -> Iterator[RegistryStore]:
    made = RegistryStore.create(settings)
    yield made
    made.close()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()
