"""A year and more of batches of two issuers: who replays the daily deltas has the register, byte for byte."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.domain.durations import month_of
from app.domain.entry import Entry, Record
from app.domain.record import Step
from app.domain.succession import amend, end, replace_by
from tests.fakes.issuer import Issuer, forget_keys
from tests.fakes.register import synthetic
from tests.web.registry_site import Site

MONTHS = [date(2026 + (11 + number) // 12, (11 + number) % 12 + 1, 2) for number in range(16)]


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.close()


class Desk:
    """One issuer: what of it is shown, and what it does in a month."""

    def __init__(self, site: Site, name: str, seed: int) -> None:
        self.site = site
        self.issuer = Issuer(name)
        self.draw = random.Random(seed)
        self.shown: dict[str, Entry] = {}
        self._fresh = synthetic(10_000, seed=seed)

    def publish_eight(self, day: date) -> None:
        self._load(day, *(self._new(day) for _ in range(8)))

    def busy_day(self, day: date) -> None:
        """A reply, a correction, a withdrawal, a merge and a split, of whatever is still shown."""
        self.shown = {name: one for name, one in self.shown.items() if one.expires and one.expires > day}
        month = month_of(day)
        names = self.draw.sample(sorted(self.shown), min(7, len(self.shown)))
        acts = (self._reply, self._correct, self._withdraw, self._merge, self._split, self._step, self._contest)
        records = [record for act, name in zip(acts, names, strict=False) for record in act(self.shown[name], month)]
        self._load(day, *records)

    def _new(self, day: date) -> Entry:
        raw = next(self._fresh)
        raw["dates"]["published"], raw["status"] = month_of(day), "published"
        raw["adversarial"] |= {"reply": "", "reply_inserted": ""}
        raw["finding"]["severity"] = self.draw.choice((1, 2, 3))
        return Entry.parse(raw)

    def _reply(self, old: Entry, month: str) -> list[Record]:
        if old.adversarial.reply:
            return []
        heard = replace(old.adversarial, reply=f'Réponse « {month} » avec une "citation".', reply_inserted=month)
        return [replace(old, version=old.version + 1, adversarial=heard)]

    def _correct(self, old: Entry, month: str) -> list[Record]:
        if old.status == "corrected":
            return []
        new = replace(
            old,
            status="corrected",
            finding=replace(old.finding, text=f"{old.finding.text[:80]} (rectifié)"),
            dates=replace(old.dates, corrected=month),
        )
        return [amend(old, new, month=month, reason="remedy", note="Régularisé.")]

    def _withdraw(self, old: Entry, month: str) -> list[Record]:
        return [end(old, "withdrawn", month)]

    def _merge(self, old: Entry, month: str) -> list[Record]:
        others = [name for name, one in self.shown.items() if name != old.regc_id and one.version == 1]
        new = self._new(date.fromisoformat(f"{month}-02"))
        return [new, replace_by(old, (new.regc_id,), month)] if others else []

    def _split(self, old: Entry, month: str) -> list[Record]:
        parts = [self._new(date.fromisoformat(f"{month}-02")) for _ in range(2)]
        return [*parts, replace_by(old, tuple(part.regc_id for part in parts), month)]

    def _step(self, old: Entry, month: str) -> list[Record]:
        steps = (*old.remediation, Step(month, "under_way", "Une assemblée est convoquée."))
        return [replace(old, version=old.version + 1, remediation=steps)]

    def _contest(self, old: Entry, _month: str) -> list[Record]:
        if old.status != "published":
            return []
        return [replace(old, version=old.version + 1, status="contested")]

    def _load(self, day: date, *records: Record) -> None:
        batch = self.issuer.batch(*(record.to_dict() for record in records), day=day, month=month_of(day))
        self.site.store.load(batch, self.issuer.manifest, day, note=self.issuer.manifest_bytes)
        for record in records:
            if isinstance(record, Entry):
                self.shown[record.regc_id] = record
            else:
                self.shown.pop(record.regc_id)


def section(text: str, name: str) -> list[str]:
    """The lines of one list of an export, as docs/spec/registry-data.md says to read them."""
    lines = iter(text.split("\n"))
    for line in lines:
        if line == f'"{name}":[':
            break
    found = []
    for line in lines:
        if line.startswith("]"):
            break
        found.append(line.removesuffix(","))
    return found


def replay(state: dict[str, str | None], text: str) -> None:
    """One delta; an entry that went keeps its place in the order."""
    for line in section(text, "changes"):
        change = json.loads(line)
        if change["op"] == "DEL":
            state[change["regc_id"]] = None
        else:
            record = line[line.index(',"record":') + len(',"record":') : -1]
            state[change["regc_id"]] = None if record == "null" else record


def standing(state: dict[str, str | None]) -> list[str]:
    return [text for text in state.values() if text is not None]


def shown(site: Site) -> list[str]:
    """The entries of entries.json; tombstones are what is withdrawn."""
    lines = section(site.get("/export/entries.json").get_data(as_text=True), "entries")
    return [line for line in lines if "finding" in json.loads(line)["entry"]]


def days(site: Site) -> list[str]:
    found: list[str] = json.loads(site.get("/export/delta/index.json").data)["days"]
    return found


def told(site: Site, day: str) -> str:
    return site.get(f"/export/delta/{day}.json").get_data(as_text=True)


def month_of_work(site: Site, desks: list[Desk], first: date) -> date:
    """Each desk publishes, then has a busy day; gives the last day."""
    for step, act in enumerate((Desk.publish_eight, Desk.busy_day)):
        for place, desk in enumerate(desks):
            day = first.replace(day=2 + 8 * step + place)
            site.day(day.isoformat())
            act(desk, day)
    return day


@pytest.mark.slow
def test_a_year_replays_to_the_same_bytes(site: Site) -> None:
    desks = [Desk(site, "desk.example", 1), Desk(site, "other.example", 2)]
    follower: dict[str, str | None] = {}
    followed: set[str] = set()
    seen = {"ADD": 0, "MOD": 0, "DEL": 0}
    reasons: set[str] = set()
    for number, first in enumerate(MONTHS):
        day = month_of_work(site, desks, first)
        if number % 4 == 3:
            site.store.forget_expired(day)
        # Who followed day by day, and who starts from nothing today, both have the register.
        for name in days(site):
            if name not in followed:
                replay(follower, told(site, name))
                followed.add(name)
        assert standing(follower) == shown(site)
        if number % 5 == 0:
            newcomer: dict[str, str | None] = {}
            for name in days(site):
                replay(newcomer, told(site, name))
            assert follower == newcomer
    for name in days(site):
        for change in json.loads(told(site, name))["changes"]:
            seen[change["op"]] += 1
            reasons.add(change.get("reason", ""))
    assert min(seen.values()) > 50
    assert reasons == {"", "withdrawn", "replaced", "expired"}
    assert len(json.loads(site.get("/export/entries.json").data)["issuers"]) == 2


def test_what_was_withdrawn_is_in_no_delta_any_more(site: Site) -> None:
    desk = Desk(site, "desk.example", 3)
    desk.publish_eight(MONTHS[0])
    gone: Any = desk.shown[min(desk.shown)]
    site.day("2026-12-20")
    desk._load(date(2026, 12, 20), end(gone, "withdrawn", "2026-12"))
    everything = "".join(told(site, name) for name in days(site)) + site.get("/export/entries.json").text
    assert gone.finding.text not in everything
    assert gone.cooperative.identifier.value not in everything
