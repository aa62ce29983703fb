"""What the register gives to pages, exports and feeds: history, claims, names, deltas, cooperatives, expiry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, inspect, text, update

from app.domain.cooperative_id import cooperative_id
from app.domain.entry import Entry, Tombstone
from app.domain.succession import amend
from app.errors import UserError
from app.settings import RegistrySettings
from app.stores.engine import writing
from app.stores.registry import CooperativePage, Loaded, Query, RegistryStore
from app.stores.registry_tables import ENTRIES, META
from app.stores.registry_values import Version
from crypto.export import Name, commitment, name_digest
from crypto.manifest import UntrustedManifest
from tests.fakes.issuer import ORIGIN, Issuer
from tests.fakes.register import DAY, dump, filled, synthetic
from tests.unit.domain.samples import REGC_ID, raw_entry

NAME = "Camille Zorglub"
OTHER = "REGC-2026-PONMLKJIHGFEDCBA"
ENDED = date(2027, 12, 1)  # severity 2, published in December 2026


def load(store: RegistryStore, issuer: Issuer, *entries: dict[str, Any], on: date = DAY, **changes: Any) -> Loaded:
    batch = issuer.batch(*entries, **changes)
    return store.load(batch, issuer.manifest, on, note=issuer.manifest_bytes)


def corrected(raw: dict[str, Any], text: str) -> dict[str, Any]:
    old = Entry.parse(raw)
    new = replace(old, finding=replace(old.finding, text=text))
    return amend(old, new, month="2026-12", reason="error", note="Précision.").to_dict()


def test_a_version_is_whole_and_its_history_is_without_text(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry())
    first = store.find(REGC_ID)
    assert first
    assert (first.number, first.leaf, first.manifest, first.batch, first.since) == (1, 0, 1, "2026-12", {})
    assert first.signatures == (("A" * 40, b"sig"),)
    assert store.log(issuer.instance).entries(0, 9) == (commitment(raw_entry(), first.salt),)
    load(store, issuer, corrected(raw_entry(), "Manquement constaté, précisé."), month="2027-01")
    second = store.find(REGC_ID)
    assert second
    assert (second.number, second.leaf, second.batch) == (1, 1, "2027-01")
    assert second.versions == (Version(1, "published", "2026-12"), Version(2, "published", "2027-01"))
    assert second.since["cooperative.name"] == "2026-12"
    assert "finding.text" not in second.since
    assert "convoquer" not in str(dump(store))
    assert store.search(Query("convoquer"), DAY).total == 0
    assert store.search(Query("précisé"), DAY).total == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(principle="democracy"), True),
        (Query(principle="2"), True),
        (Query(principle="7"), False),
        (Query(status="published"), True),
        (Query(status="contested"), False),
        (Query(since="2024"), True),
        (Query(since="2025"), False),
        (Query(until="2024"), True),
        (Query(until="2023"), False),
        (Query(since="2020", until="2030"), True),
        (Query(since="2030", until="2020"), False),
        (Query("assemblee convoquées"), True),
        (Query("732829320"), True),
        (Query("c:fr"), False),
        (Query("l'assemblée"), True),
    ],
)
def test_filters(store: RegistryStore, issuer: Issuer, query: Query, found: bool) -> None:
    load(store, issuer, raw_entry())
    assert store.search(query, DAY).total == found


def test_a_large_total_is_told_as_more(store: RegistryStore, issuer: Issuer) -> None:
    filled(store, issuer, 1_100)
    found = store.search(Query(country="FR"), DAY)
    everything = store.search(Query(page=50), DAY)
    assert (everything.total, everything.pages, everything.more, len(everything.entries)) == (1_000, 50, True, 20)
    assert not found.more
    assert {entry.cooperative.country for entry in found.entries} == {"FR"}
    assert sum(store.search(Query(country="FR", page=page), DAY).total > 0 for page in (1, 2)) == 2
    assert [one.record.regc_id for one in store.newest(DAY, 2)] == [
        entry.regc_id for entry in store.search(Query(), DAY).entries[:2]
    ]


def test_everything_shown_is_streamed_by_number(store: RegistryStore, issuer: Issuer) -> None:
    names = filled(store, issuer, 1_100)
    load(store, issuer, Tombstone(names[3], 2, "withdrawn", "2026-12").to_dict())
    shown = [one.record.regc_id for one in store.stream(DAY)]
    assert shown == [name for name in names if name != names[3]]
    assert [one.record.regc_id for one in store.stream(DAY, tombstones=True)] == names
    assert list(store.stream(date(2040, 1, 1))) == []


def test_deltas(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry(), raw_entry(regc_id=OTHER))
    later, end = date(2026, 12, 9), Tombstone(OTHER, 2, "withdrawn", "2026-12").to_dict()
    load(store, issuer, corrected(raw_entry(), "Manquement constaté, précisé."), end, on=later)
    first, second = list(store.changes(DAY)), list(store.changes(later))
    assert [(one.op, one.regc_id, one.version, one.stored) for one in first] == [
        ("ADD", REGC_ID, 1, None),
        ("ADD", OTHER, 1, None),
    ]
    assert [(one.op, one.regc_id, one.version) for one in second] == [("MOD", REGC_ID, 2), ("DEL", OTHER, 2)]
    assert second[0].stored == store.newest(later, 1)[0]
    assert second[1].stored is None
    assert store.change_days() == (DAY, later)
    assert store.change_days(ENDED) == (DAY, later, ENDED)
    for _ in range(2):  # the same before and after it is forgotten
        assert [(one.op, one.regc_id, one.version) for one in store.changes(ENDED)] == [("DEL", REGC_ID, 2)]
        assert store.change_days(ENDED) == (DAY, later, ENDED)
        store.forget_expired(ENDED)
    assert list(store.changes(date(2026, 12, 3))) == []


def test_what_ended_is_erased(store: RegistryStore, issuer: Issuer) -> None:
    raw = raw_entry(finding__text="Constat Zorglubienne.")
    load(store, issuer, raw)
    assert store.forget_expired(date(2027, 11, 30)) == 0
    assert store.cooperative("fr-siren-732829320", ENDED) == CooperativePage("fr-siren-732829320", "", "", (), 1)
    assert store.forget_expired(ENDED) == 1
    assert "orglub" not in str(dump(store))
    found = store.find(REGC_ID)
    assert found
    assert (found.record, found.text, found.salt, found.signatures) == (
        Tombstone(REGC_ID, 1, "expired", "2027-12"), "", b"", (),
    )  # fmt: skip
    assert store.counts(ENDED) == (0, 1)
    assert store.cooperative("fr-siren-732829320", ENDED) == CooperativePage("fr-siren-732829320", "", "", (), 1)
    assert len(store.log(issuer.instance).entries(0, 9)) == 1
    with pytest.raises(UserError, match="run its time"):
        load(store, issuer, raw_entry(version=2), on=date(2027, 12, 3), **late(2027, 12, 2))
    end = Tombstone(REGC_ID, 2, "withdrawn", "2027-12").to_dict()
    issuer.sequence, issuer.last, issuer.log = 1, f"{1:064x}", type(issuer.log)(1, store_peaks(store, issuer))
    assert load(store, issuer, end, on=date(2027, 12, 3), **late(2027, 12, 2)).records == 1


def late(*day: int) -> dict[str, Any]:
    return {"day": date(*day)}


def store_peaks(store: RegistryStore, issuer: Issuer) -> tuple[bytes, ...]:
    return (store.log(issuer.instance).nodes(0, 0),)


def test_a_batch_made_in_time_and_brought_late(store: RegistryStore, issuer: Issuer) -> None:
    """Its former text is forgotten, so nobody can tell what it changes: it is in the log and shown no more."""
    load(store, issuer, raw_entry())
    store.forget_expired(ENDED)
    other = raw_entry(version=2, dates__published="2027-06", cooperative__name="Autre", finding__text="Tout autre.")
    load(store, issuer, other, on=date(2027, 12, 3), **late(2027, 11, 30))
    assert store.search(Query(), ENDED).total == store.search(Query(), DAY).total == 0
    assert [one.op for one in store.changes(date(2027, 12, 3))] == ["DEL"]
    assert "Tout autre" not in str(dump(store))
    found = store.find(REGC_ID)
    assert found
    assert (found.record, found.text, found.leaf) == (Tombstone(REGC_ID, 2, "expired", "2027-12"), "", 1)
    assert ended(store) == 1
    assert store.forget_expired(ENDED) == 0
    assert load(store, issuer, raw_entry(regc_id=OTHER), on=date(2027, 12, 3), **late(2027, 12, 1)).records == 1


def test_a_withdrawal_leaves_no_trace_at_the_cooperative(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry(), raw_entry(regc_id=OTHER))
    store.forget_expired(ENDED)
    assert ended(store) == 2
    for name, left in ((REGC_ID, 1), (OTHER, None)):
        end = Tombstone(name, 2, "withdrawn", "2027-12").to_dict()
        load(store, issuer, end, on=date(2027, 12, 3), **late(2027, 12, 2))
        assert ended(store) == left


def test_a_record_that_newer_rules_refuse(settings: RegistrySettings, issuer: Issuer) -> None:
    """It is shown, withdrawn, forgotten and indexed anew as any other, and stands in nobody's way."""
    store = RegistryStore.create(settings)
    third = OTHER.replace("PON", "PPP")
    names = (REGC_ID, OTHER, third)
    odd = {"type": "other", "value": "A-1"}
    load(store, issuer, *(raw_entry(regc_id=name, cooperative__identifier=odd) for name in names))
    with writing(store.engine) as connection:  # a form that was taken once
        text = func.replace(ENTRIES.c.record, '"A-1"', '"12345678Z"')
        connection.execute(update(ENTRIES).where(ENTRIES.c.regc_id != REGC_ID).values(record=text))
        connection.execute(delete(META).where(META.c.name == "index"))
    store.close()
    store = RegistryStore.create(settings)
    assert store.search(Query("12345678Z"), DAY).total == 2
    assert [one.record.regc_id for one in store.stream(DAY)] == list(names)
    assert len(store.newest(DAY, 9)) == len(list(store.changes(DAY))) == 3
    load(store, issuer, Tombstone(OTHER, 2, "withdrawn", "2026-12").to_dict())
    assert store.search(Query("12345678Z"), DAY).total == 1
    assert store.forget_expired(ENDED) == 2
    assert "12345678" not in str(dump(store)["words"])
    store.close()


def ended(store: RegistryStore) -> int | None:
    page = store.cooperative("fr-siren-732829320", ENDED)
    return page.ended if page else None


def named(month: str = "2027-06") -> tuple[dict[str, Any], Name]:
    name = Name(b"n" * 32, NAME)
    basis = {"type": "court_decision", "id": "ECLI:FR:CCASS:2022:C100428", "url": "", "verified": "2026-11",
             "counsel": "Avis du conseil."}  # fmt: skip
    raw = raw_entry(adversarial__persons_informed="2026-10")
    raw["body"]["nominative"] = {"basis": basis, "expires": month, "digest": name_digest(name)}
    return raw, name


def load_named(store: RegistryStore, issuer: Issuer) -> None:
    raw, name = named()
    batch = issuer.batch(raw)
    records = tuple(replace(record, name=name.text) for record in batch.records)
    store.load(replace(batch, records=records), issuer.manifest, DAY, note=issuer.manifest_bytes)


def test_a_name_stands_apart_and_goes_on_its_own(settings: RegistrySettings, issuer: Issuer) -> None:
    (settings.home.parent / "today").write_text("2026-12-02", "ascii")
    settings = replace(settings, trial=True)
    store = RegistryStore.create(settings)
    load_named(store, issuer)
    found = store.find(REGC_ID)
    assert found
    assert found.name == NAME
    assert {one.name for one in (*store.stream(DAY), *store.newest(DAY, 9))} == {""}
    assert [one.stored and one.stored.name for one in store.changes(DAY)] == [""]
    assert store.search(Query("Zorglub"), DAY).total == 0
    assert [table for table, rows in dump(store).items() if "orglub" in str(rows)] == ["names"]
    assert store.forget_expired(date(2027, 6, 1)) == 0
    assert "orglub" not in str(dump(store))
    assert store.search(Query(), date(2027, 6, 1)).total == 1
    store.close()


def test_a_name_goes_with_its_entry(store: RegistryStore, issuer: Issuer) -> None:
    load_named(store, issuer)
    load(store, issuer, Tombstone(REGC_ID, 2, "withdrawn", "2026-12").to_dict())
    assert "orglub" not in str(dump(store))


def test_no_name_without_the_switch(tmp_path: Path, issuer: Issuer) -> None:
    store = RegistryStore.create(RegistrySettings(home=tmp_path, origin=ORIGIN))
    with pytest.raises(UserError, match="takes no names"):
        load_named(store, issuer)
    assert store.find(REGC_ID) is None
    store.close()


def test_an_entry_goes_on_in_others_of_its_issuer(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry(), raw_entry(regc_id=OTHER))
    merged = Tombstone(OTHER, 2, "replaced", "2026-12", (REGC_ID,))
    strange = Tombstone(OTHER, 2, "replaced", "2026-12", ("REGC-2026-AAAAAAAAAAAAAAAA",))
    kept = (issuer.sequence, issuer.last, issuer.log)
    for bad in ((strange.to_dict(),), (merged.to_dict(), Tombstone(REGC_ID, 2, "withdrawn", "2026-12").to_dict())):
        with pytest.raises(UserError, match="no entry in force of this issuer"):
            load(store, issuer, *bad)
        issuer.sequence, issuer.last, issuer.log = kept
    foreign = Issuer("other.example")
    theirs = next(synthetic(1))
    load(store, foreign, theirs)
    with pytest.raises(UserError, match="no entry in force of this issuer"):
        load(store, foreign, Tombstone(theirs["regc_id"], 2, "replaced", "2026-12", (REGC_ID,)).to_dict())
    load(store, issuer, merged.to_dict())
    found = store.find(OTHER)
    assert found
    assert found.record == merged
    assert found.salt


def test_one_record_stands_once_in_a_batch(store: RegistryStore, issuer: Issuer) -> None:
    with pytest.raises(UserError, match="stands twice"):
        load(store, issuer, raw_entry(), raw_entry(version=2))


def test_the_mark_changes_with_loads_and_months(store: RegistryStore, issuer: Issuer) -> None:
    empty = store.stamp(DAY)
    load(store, issuer, raw_entry())
    marks = {empty, store.stamp(DAY), store.stamp(ENDED)}
    assert len(marks) == 3
    store.load_directory("desk.example", 1, "d" * 64, {}, {})
    assert store.stamp(DAY) not in marks
    assert store.stamp(DAY) == store.stamp(date(2026, 12, 31))


def test_cooperatives_and_judgements(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry(), raw_entry(regc_id=OTHER, cooperative__identifier=None))
    number = "fr-siren-732829320"
    named_id = cooperative_id(Entry.parse(raw_entry(cooperative__identifier=None)).cooperative)
    assert store.cooperative("fr-siren-000000000", DAY) is None
    page = store.cooperative(number, DAY)
    assert page
    assert [one.record.regc_id for one in page.entries] == [REGC_ID]
    assert store.load_directory("desk.example", 1, "a" * 64, {number: '{"name":"x"}'}, {named_id: number}) is True
    assert store.load_directory("desk.example", 1, "a" * 64, {}, {}) is False
    page, other = store.cooperative(number, DAY), store.cooperative(named_id, DAY)
    assert page
    assert other
    assert ({one.record.regc_id for one in page.entries}, page.into) == ({REGC_ID, OTHER}, "")
    assert (page.record, store.directory_record(number)) == ('{"name":"x"}',) * 2
    assert other.into == number
    assert list(store.cooperatives()) == sorted((number, named_id))
    for sequence in (1, 0):
        with pytest.raises(UserError, match="old version"):
            store.load_directory("desk.example", sequence, "b" * 64, {}, {})
    store.load_directory("desk.example", 2, "b" * 64, {}, {})
    assert store.directory_record(number) == ""
    page = store.cooperative(named_id, DAY)
    assert page
    assert page.into == ""


def test_judgements_in_a_row_and_in_a_circle(store: RegistryStore) -> None:
    store.load_directory("desk.example", 1, "a" * 64, {}, {"fr-a-1": "fr-b-2", "fr-b-2": "fr-c-3"})
    found = {name: store.cooperative(name, DAY) for name in ("fr-a-1", "fr-b-2", "fr-c-3")}
    assert {name: page and page.into for name, page in found.items()} == {
        "fr-a-1": "fr-c-3", "fr-b-2": "fr-c-3", "fr-c-3": "",
    }  # fmt: skip
    store.load_directory("other.example", 1, "a" * 64, {}, {"fr-c-3": "fr-a-1"})
    found = {name: store.cooperative(name, DAY) for name in ("fr-a-1", "fr-b-2", "fr-c-3")}
    assert {name: page and page.into for name, page in found.items()} == {
        "fr-a-1": "", "fr-b-2": "fr-a-1", "fr-c-3": "fr-a-1",
    }  # fmt: skip


@pytest.mark.parametrize("size", [20, 300])
def test_no_circle_of_any_size_leads_round_for_ever(store: RegistryStore, size: int) -> None:
    names = [f"fr-siren-{number:09d}" for number in range(size)]
    steps = {name: names[(number + 1) % size] for number, name in enumerate(names)}
    store.load_directory("desk.example", 1, "a" * 64, {}, dict(list(steps.items())[::2]))
    store.load_directory("other.example", 1, "a" * 64, {}, dict(list(steps.items())[1::2]))
    found = {name: store.cooperative(name, DAY) for name in names[:3]}
    goal = names[0] if size == 20 else ""
    assert {name: page and page.into for name, page in found.items()} == {names[0]: "", names[1]: goal, names[2]: goal}


def test_the_address_of_a_cooperative_that_a_correction_renamed(store: RegistryStore, issuer: Issuer) -> None:
    entries = [Entry.parse(raw_entry(cooperative__identifier=None))]
    load(store, issuer, entries[0].to_dict())
    for name in ("Quatre Rivières", "Cinq Rivières"):
        old = entries[-1]
        new = replace(old, cooperative=replace(old.cooperative, name=name))
        entries.append(amend(old, new, month="2026-12", reason="error", note="Nom."))
        load(store, issuer, entries[-1].to_dict())
    names = [cooperative_id(entry.cooperative) for entry in entries]
    assert [leads(store, name) for name in names] == [names[2], names[2], ""]
    page = store.cooperative(names[2], DAY)
    assert page
    assert len(page.entries) == 1
    load(store, issuer, raw_entry(regc_id=OTHER, cooperative__identifier=None))
    assert [leads(store, name) for name in names] == ["", names[2], ""]
    load(store, issuer, Tombstone(REGC_ID, 4, "withdrawn", "2026-12").to_dict())
    assert [leads(store, name) for name in names] == ["", None, None]


def test_an_address_that_another_entry_still_has(store: RegistryStore, issuer: Issuer) -> None:
    raw = raw_entry(cooperative__identifier=None)
    load(store, issuer, raw, raw | {"regc_id": OTHER})
    old = Entry.parse(raw)
    new = amend(old, Entry.parse(raw_entry()), month="2026-12", reason="error", note="Numéro.")
    load(store, issuer, new.to_dict())
    assert leads(store, cooperative_id(old.cooperative)) == ""


def leads(store: RegistryStore, name: str) -> str | None:
    page = store.cooperative(name, DAY)
    return page.into if page else None


def test_a_number_that_no_register_takes(store: RegistryStore, issuer: Issuer) -> None:
    jumped = issuer.sign_manifest(version=2**31, previous=issuer.manifest.digest)
    manifest = UntrustedManifest.parse(jumped).verify(issuer.root.public)
    with pytest.raises(UserError, match="no register takes"):
        store.load(issuer.batch(raw_entry()), manifest, DAY, note=jumped)
    with pytest.raises(UserError, match="no register takes"):
        store.load_directory("desk.example", 2**31, "a" * 64, {}, {})
    assert store.load_directory("desk.example", 2**31 - 1, "a" * 64, {}, {}) is True


def test_an_index_that_an_earlier_schema_lacked(settings: RegistrySettings) -> None:
    store = RegistryStore.create(settings)
    with writing(store.engine) as connection:
        connection.execute(text("DROP INDEX entries_shown"))
    store.close()
    store = RegistryStore.create(settings)
    assert store.search(Query(), DAY).total == store.search(Query("mot"), DAY).total == 0
    assert "entries_shown" in {index["name"] for index in inspect(store.engine).get_indexes("entries")}
    store.close()


def test_the_operators_record(store: RegistryStore, issuer: Issuer) -> None:
    load(store, issuer, raw_entry())
    store.refuse(DAY, "", "e" * 64, "not an export")
    assert [(one.day, one.issuer, one.sequence, one.outcome, one.why) for one in store.loads()] == [
        ("2026-12-02", "", 0, "refused", "not an export"),
        ("2026-12-02", "desk.example", 1, "loaded", ""),
    ]
    assert len(store.loads(1)) == 1
