"""Both databases give the same exports, byte for byte, and the same copy of the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.registry.static import write_site
from tests.fakes.issuer import forget_keys
from tests.fakes.postgres import cluster
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import OTHER_ID, RICH, THIRD_ID, Site, tombstone

FOURTH_ID = "REGC-2026-DDDDDDDDDDDDDDDD"


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    """One issuer, two registries that load the same batches."""
    folders = [tmp_path / name for name in ("sqlite", "postgresql")]
    for folder in folders:
        folder.mkdir()
    made = Site(folders[0]), Site(folders[1], database=cluster().url())
    yield made
    for site in made:
        site.close()


def test_both_databases_give_the_same_bytes(sites: tuple[Site, Site], tmp_path: Path) -> None:
    first = sites[0]
    days = (
        ("2026-12-02", (RICH, raw_entry(regc_id=OTHER_ID), raw_entry(regc_id=THIRD_ID, finding__severity=3))),
        ("2026-12-03", (raw_entry(regc_id=OTHER_ID, version=2, status="contested"), raw_entry(regc_id=FOURTH_ID))),
        ("2026-12-04", (tombstone(FOURTH_ID, "withdrawn"), tombstone(OTHER_ID, "replaced", 3, (REGC_ID,)))),
    )
    for day, records in days:
        batch = first.issuer.batch(*records)
        for site in sites:
            site.day(day)
            manifest, note = first.issuer.manifest, first.issuer.manifest_bytes
            site.store.load(replace(batch, day=date(2026, 12, 1)), manifest, date.fromisoformat(day), note=note)
    for site in sites:
        site.day("2027-12-01")
        site.store.forget_expired(date(2027, 12, 1))
        settings = replace(site.settings, issuers=first.settings.issuers)
        write_site(settings, tmp_path / f"{site.settings.home.parent.name}-copy")
    one, other = tmp_path / "sqlite-copy", tmp_path / "postgresql-copy"
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    assert len(names) > 60
    for name in names:
        if name.name != "site.json":  # it tells one state of one register from another
            assert (one / name).read_bytes() == (other / name).read_bytes(), name
