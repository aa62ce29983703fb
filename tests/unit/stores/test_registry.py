"""The register's store: one writer, whole batches, versions that only grow, expiry from the signed dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.domain.entry import Entry, Tombstone
from app.domain.succession import amend
from app.errors import UserError
from app.settings import RegistrySettings
from app.stores import registry_search
from app.stores.registry import PAGE_SIZE, Loaded, Query, RegistryStore
from crypto.errors import TrustError
from crypto.manifest import UntrustedManifest
from tests.fakes.issuer import Issuer
from tests.fakes.register import dump
from tests.unit.domain.samples import REGC_ID, raw_entry

TODAY = date(2026, 12, 2)
CANARY = "Zorglubienne"


def regc(number: int) -> str:
    return "REGC-2026-" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(number >> 5 * i) % 32] for i in range(16))


def tombstone(regc_id: str, version: int, status: str = "withdrawn", *into: str) -> dict[str, Any]:
    return Tombstone(regc_id, version, status, "2026-12", into).to_dict()


def load(store: RegistryStore, issuer: Issuer, *entries: dict[str, Any], today: date = TODAY, **changes: Any) -> Loaded:
    return store.load(issuer.batch(*entries, **changes), issuer.manifest, today, note=issuer.manifest_bytes)


def test_refuses_a_database_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="registry database"):
        RegistryStore.open(RegistrySettings(home=tmp_path))


def test_loads_and_finds(store: RegistryStore, issuer: Issuer) -> None:
    assert load(store, issuer, raw_entry()) == Loaded(1, already=False)
    stored = store.find(REGC_ID)
    assert stored
    assert stored.record.to_dict() == raw_entry()
    assert stored.issuer == "desk.example"
    assert store.find(regc(1)) is None


def test_the_same_export_again_changes_nothing(store: RegistryStore, issuer: Issuer) -> None:
    first = issuer.batch(raw_entry())
    store.load(first, issuer.manifest, TODAY, note=issuer.manifest_bytes)
    assert store.load(first, issuer.manifest, TODAY, note=issuer.manifest_bytes) == Loaded(0, already=True)


def test_an_older_export_never_comes_back(store: RegistryStore, issuer: Issuer) -> None:
    first = issuer.batch(raw_entry())
    store.load(first, issuer.manifest, TODAY, note=issuer.manifest_bytes)
    load(store, issuer, raw_entry(version=2, status="contested"))
    with pytest.raises(UserError, match="old version"):
        store.load(first, issuer.manifest, TODAY, note=issuer.manifest_bytes)
    stored = store.find(REGC_ID)
    assert stored
    assert stored.record.version == 2


def test_another_export_under_a_used_number(store: RegistryStore, issuer: Issuer) -> None:
    first = issuer.batch(raw_entry())
    store.load(first, issuer.manifest, TODAY, note=issuer.manifest_bytes)
    with pytest.raises(UserError, match="not the export that was loaded"):
        store.load(replace(first, digest="f" * 64), issuer.manifest, TODAY, note=issuer.manifest_bytes)


def test_a_gap_and_a_rewritten_history(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry())
    with pytest.raises(UserError, match="is missing"):
        load(store, issuer, raw_entry(version=2), sequence=3)
    issuer.sequence = 1
    with pytest.raises(UserError, match="continues another export"):
        load(store, issuer, raw_entry(version=2), previous="f" * 64)


def test_a_refused_record_leaves_everything_as_it_was(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry())
    before, log = dump(store), issuer.log
    good = raw_entry(regc_id=regc(1))
    for bad, message in (
        (raw_entry(), "old version"),
        (raw_entry(version=2, finding__text="Autre."), "one correction for each"),
    ):
        batch = issuer.batch(good, bad)
        with pytest.raises(UserError, match=f"{REGC_ID}.*{message}") as caught:
            store.load(batch, issuer.manifest, TODAY, note=issuer.manifest_bytes)
        assert "Nothing was changed" in caught.value.hint
        issuer.sequence, issuer.last, issuer.log = 1, f"{1:064x}", log
    assert dump(store) == before
    assert load(store, issuer, good).records == 1


def test_too_early(store: RegistryStore, issuer: Issuer) -> None:
    with pytest.raises(UserError, match="a day to come"):
        load(store, issuer, raw_entry(), today=date(2026, 11, 30))


def test_no_time_of_its_own_making(store: RegistryStore, issuer: Issuer) -> None:
    """A first version that says it was renewed, or any version in a month to come, would stay for five years."""
    kept = (issuer.sequence, issuer.last, issuer.log)
    for raw, message in (
        (raw_entry(dates__renewed="2026-12"), "never renewed"),
        (raw_entry(version=2, dates__renewed="2030-11"), "has not begun"),
    ):
        with pytest.raises(UserError, match=message):
            load(store, issuer, raw)
        issuer.sequence, issuer.last, issuer.log = kept


def test_each_entry_has_one_issuer(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry())
    other = Issuer("other.example")
    with pytest.raises(UserError, match="another issuer"):
        load(store, other, raw_entry(version=2))
    assert load(store, Issuer("third.example"), raw_entry(regc_id=regc(1))).records == 1


def test_manifest_never_goes_back(store: RegistryStore, issuer: Issuer) -> None:
    old = issuer.manifest
    data = issuer.sign_manifest(version=2, previous=old.digest)
    issuer.manifest = UntrustedManifest.parse(data).verify(issuer.root.public)
    load(store, issuer, raw_entry())
    with pytest.raises(TrustError, match="rolled back"):
        store.load(issuer.batch(raw_entry(version=2)), old, TODAY, note=issuer.manifest_bytes)


def test_withdrawal_leaves_no_fact_in_the_files(store: RegistryStore, issuer: Issuer, tmp_path: Path) -> None:
    first = Entry.parse(raw_entry(finding__text=f"Constat {CANARY}."))
    load(store, issuer, first.to_dict())
    stem = registry_search.stems(CANARY.lower())[0]
    assert in_rows(store, CANARY)
    assert in_rows(store, stem)
    assert has_canary(tmp_path) or store.engine.dialect.name != "sqlite"
    second = amend(first, Entry.parse(raw_entry()), month="2026-12", reason="error", note="Précision.")
    load(store, issuer, second.to_dict())
    load(store, issuer, tombstone(REGC_ID, 3))
    assert not in_rows(store, CANARY)
    assert not in_rows(store, stem)
    assert not has_canary(tmp_path)
    stored = store.find(REGC_ID)
    assert stored
    assert stored.record == Tombstone(REGC_ID, 3, "withdrawn", "2026-12")
    assert store.search(Query(), TODAY).total == 0
    with pytest.raises(UserError, match="final"):
        load(store, issuer, raw_entry(version=4))


def test_tombstone_of_what_never_came(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, tombstone(REGC_ID, 2))
    assert store.counts(TODAY) == (0, 1)


MANY = [
    raw_entry(regc_id=regc(1), cooperative__name="Énergie du Val", finding__text="Comptes non communiqués."),
    raw_entry(regc_id=regc(2), cooperative__country="BE", cooperative__federation="Union du Nord"),
    raw_entry(
        regc_id=regc(3),
        cooperative__identifier=None,
        finding__category="INF",
        finding__subcode="",
        dates__published="2026-11",
    ),
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), [1, 2, 3]),
        (Query("ÉNERGIE"), [1]),
        (Query("energie val"), [1]),
        (Query("val nord"), []),
        (Query("union"), [2]),
        (Query("732 829 320"), [1, 2]),
        (Query("comptes communiqués"), [1]),
        (Query(regc(2)), [2]),
        (Query("%"), [1, 2, 3]),
        (Query("_' OR 1=1 --"), []),
        (Query(country="BE"), [2]),
        (Query(category="INF"), [3]),
        (Query("trois", country="FR", category="GOV"), []),
        (Query(page=2), []),
    ],
)
def test_search(store: RegistryStore, issuer: Issuer, query: Query, found: list[int]) -> None:
    load(store, issuer, *MANY)
    result = store.search(query, TODAY)
    assert [entry.regc_id for entry in result.entries] == [regc(number) for number in reversed(found)]
    assert result.total == (len(found) if query.page == 1 else 3)


def test_pages(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, *(raw_entry(regc_id=regc(number)) for number in range(PAGE_SIZE * 2 + 1)))
    pages = [store.search(Query(page=page), TODAY) for page in (1, 2, 3)]
    assert [len(page.entries) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 1]
    assert {page.pages for page in pages} == {3}
    assert len({entry.regc_id for page in pages for entry in page.entries}) == PAGE_SIZE * 2 + 1


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "dates",
    [
        {"published": "2026-12", "reviewed": "", "renewed": "", "corrected": ""},
        {"published": "2024-06", "reviewed": "", "renewed": "2026-12", "corrected": ""},
        {"published": "2022-01", "reviewed": "", "renewed": "2026-12", "corrected": ""},
        {"published": "2026-10", "reviewed": "", "renewed": "", "corrected": "2026-12"},
    ],
)
def test_search_hides_what_the_record_says_has_ended(
    store: RegistryStore, issuer: Issuer, severity: int, dates: dict[str, str]
) -> None:
    """The SQL rule and `Entry.expires` are one rule: compared in every month of six years."""
    status = "corrected" if dates["corrected"] else "published"
    raw = raw_entry(finding__severity=severity, dates=dates, status=status, adversarial__notified="2021-12", version=2)
    load(store, issuer, raw)
    expires = Entry.parse(raw).expires
    assert expires
    for number in range(72):
        day = date(2026 + (11 + number) // 12, (11 + number) % 12 + 1, 28)
        assert (store.search(Query(), day).total == 1) is (day < expires), day


def in_rows(store: RegistryStore, word: str) -> bool:
    return any(word in str(rows) for rows in dump(store).values())


def has_canary(folder: Path) -> bool:
    return any(CANARY.encode() in path.read_bytes() for path in folder.iterdir() if path.is_file())
