"""The registry schema: made whole, made again without loss, never taken back; the tables are those of the code."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import inspect

from app.domain.entry import Entry
from app.settings import RegistrySettings
from app.stores import engine as sqlite
from app.stores.registry import Query, RegistryStore
from app.stores.registry_tables import METADATA
from tests.fakes.issuer import ORIGIN, Issuer, forget_keys
from tests.unit.domain.samples import REGC_ID, raw_entry

TODAY = date(2026, 12, 2)


def test_schema_is_the_one_of_the_code(tmp_path: Path) -> None:
    settings = RegistrySettings(home=tmp_path, origin=ORIGIN)
    RegistryStore.create(settings).close()
    engine = sqlite.connect(settings.url(settings.database))
    inspector = inspect(engine)
    made = {name: [column["name"] for column in inspector.get_columns(name)] for name in inspector.get_table_names()}
    engine.dispose()
    del made["alembic_version"]
    made = {name: columns for name, columns in made.items() if name.split("_")[0] != "words"}  # the search index
    assert made == {name: [column.name for column in table.columns] for name, table in METADATA.tables.items()}
    assert (tmp_path / "registry.db").stat().st_mode & 0o777 == 0o600


def test_upgrade_keeps_the_rows(tmp_path: Path) -> None:
    settings = RegistrySettings(home=tmp_path, origin=ORIGIN)
    store = RegistryStore.create(settings)
    issuer = Issuer()
    store.load(issuer.batch(raw_entry()), issuer.manifest, TODAY, note=issuer.manifest_bytes)
    store.close()
    store = RegistryStore.create(settings)
    stored = store.find(REGC_ID)
    assert stored
    assert stored.record == Entry.parse(raw_entry())
    assert store.search(Query(), TODAY).total == 1
    store.close()
    forget_keys()


def test_never_taken_back() -> None:
    import importlib

    step = importlib.import_module("migrations.registry.versions.0001_register")
    with pytest.raises(RuntimeError, match="never taken back"):
        step.downgrade()
