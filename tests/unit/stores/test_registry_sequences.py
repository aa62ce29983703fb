"""A thousand sequences of publishing, correcting, merging, splitting, withdrawing and expiring: after each of them
every name ever published leads somewhere, the log holds every leaf, and the deltas replay to what is shown.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest

from app.domain.durations import add_months, month_of
from app.domain.entry import STATUSES, Entry, Tombstone
from app.domain.succession import amend
from app.settings import RegistrySettings
from app.stores.registry import RegistryStore
from crypto.tlog import check_inclusion, inclusion_proof, leaf_hash
from tests.fakes.issuer import Issuer
from tests.fakes.register import dump, synthetic

pytestmark = pytest.mark.slow

SEQUENCES = 1_000
STEPS = 6
START = date(2026, 12, 2)


@dataclass
class Model:
    """What the desks know: each entry in force, by issuer, and how each name ended."""

    draw: random.Random
    today: date = START
    made: int = 0
    live: dict[str, Entry] = field(default_factory=dict)
    ended: dict[str, Tombstone] = field(default_factory=dict)

    def step(self) -> list[dict[str, Any]]:
        """The records of one batch."""
        shown = [name for name, entry in self.live.items() if entry.expires and entry.expires > self.today]
        kind = self.draw.choice(("publish", "correct", "merge", "split", "withdraw", "end", "wait"))
        if kind == "wait":
            self.today = add_months(self.today, self.draw.choice((1, 7, 13)))
        if kind in {"publish", "wait"} or len(shown) < 2:
            return [self.publish()]
        name, other = self.draw.sample(shown, 2)
        if kind == "correct":
            return [self.correct(name)]
        if kind == "merge":
            return [self.end(name, "replaced", other)]
        if kind == "split":
            parts = [self.publish(), self.publish()]
            return [*parts, self.end(name, "replaced", *(part["regc_id"] for part in parts))]
        return [self.end(name, "withdrawn" if kind == "withdraw" else "expired")]

    def publish(self) -> dict[str, Any]:
        raw = next(synthetic(1, seed=self.draw.randrange(2**31), start=self.made))
        raw["dates"]["published"] = month_of(self.today)
        raw["adversarial"]["reply_inserted"] = raw["adversarial"]["reply"] and month_of(self.today)
        self.made += 1
        self.live[raw["regc_id"]] = Entry.parse(raw)
        return raw

    def correct(self, name: str) -> dict[str, Any]:
        old = self.live[name]
        text = f"Manquement constaté, numéro {self.draw.randrange(10**9)}."
        new = replace(old, finding=replace(old.finding, text=text))
        self.live[name] = amend(old, new, month=month_of(self.today), reason="error", note="Précision.")
        return self.live[name].to_dict()

    def end(self, name: str, status: str, *into: str) -> dict[str, Any]:
        old = self.live.pop(name)
        self.ended[name] = Tombstone(name, old.version + 1, status, month_of(self.today), into)
        return self.ended[name].to_dict()


def resolve(store: RegistryStore, name: str, today: date) -> Iterator[str]:
    """Where a visitor of that name arrives: names of shown entries, or `ended`."""
    found = store.find(name)
    assert found, f"{name} was published and leads nowhere"
    record = found.record
    if isinstance(record, Entry):
        yield name if record.expires and record.expires > today else "ended"
    elif record.replaced_by:
        for other in record.replaced_by:
            yield from resolve(store, other, today)
    else:
        yield "ended"


@pytest.mark.parametrize("part", range(4))
def test_every_name_ever_published_resolves(settings: RegistrySettings, part: int) -> None:
    """Sequences share one register, as desks do; each of them has an issuer of its own."""
    store = RegistryStore.create(settings)
    texts: set[str] = set()
    count = SEQUENCES // 4 if store.engine.dialect.name == "sqlite" else SEQUENCES // 20
    for number in range(count):
        issuer, model = Issuer(f"desk{part}-{number}.example"), Model(random.Random(f"{part}/{number}"))
        for _ in range(STEPS):
            batch = issuer.batch(*model.step(), day=model.today, month=month_of(model.today))
            store.load(batch, issuer.manifest, model.today, note=issuer.manifest_bytes)
        if number % 10 == 0:
            store.forget_expired(model.today)
        check(store, issuer, model)
        texts |= {entry.finding.text for entry in model.live.values() if entry.expires and entry.expires > model.today}
    assert len(texts) > count / 2
    store.close()


def check(store: RegistryStore, issuer: Issuer, model: Model) -> None:
    for name in (*model.live, *model.ended):
        goals = list(resolve(store, name, model.today))
        assert goals
        for goal in goals:
            assert goal == "ended" or model.live[goal].status in STATUSES
        found = store.find(name)
        assert found
        if name in model.ended:
            assert found.record == model.ended[name]
        elif found.text:
            assert found.record == model.live[name]
            reader = store.log(issuer.instance)
            head = reader.head
            assert head
            proof = inclusion_proof(found.leaf, head.size, reader.nodes)
            leaf = leaf_hash(reader.entries(found.leaf, 1)[0])
            check_inclusion(leaf, found.leaf, head.size, proof, issuer.log.root)


def told(entry: Entry) -> str:
    """The sentence that no other entry has."""
    return entry.finding.text.rsplit(". ", 1)[-1]


def test_nothing_of_what_went_is_in_any_row(settings: RegistrySettings) -> None:
    store, issuer, model = RegistryStore.create(settings), Issuer(), Model(random.Random(7))
    ever: set[str] = set()
    for _ in range(60):
        batch = issuer.batch(*model.step(), day=model.today, month=month_of(model.today))
        store.load(batch, issuer.manifest, model.today, note=issuer.manifest_bytes)
        ever |= {told(entry) for entry in model.live.values()}
    store.forget_expired(model.today)
    rows = str(dump(store))
    kept = {told(entry) for entry in model.live.values() if entry.expires and entry.expires > model.today}
    assert {text for text in ever if text in rows} == kept
    assert len(ever) > len(kept) > 0
    store.close()
