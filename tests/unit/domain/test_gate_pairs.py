"""Ten thousand pairs of a report and an entry at the gate: no plant is missed, no clean entry is held back."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from app.domain import gate
from app.domain.entry import Entry
from app.domain.states import State
from tests.unit.domain.pairs import PLANTS, Pair, pairs
from tests.unit.domain.samples import TODAY, facts, raw_entry

COUNT, SEED = 10_000, 20261122
CASE = facts(State.VERIFIED)
ENTRY = Entry.parse(raw_entry())


def judged(pair: Pair) -> set[str]:
    """The codes of the gate for a text as it is: what the record refuses by itself must be found here too."""
    entry = replace(ENTRY, finding=replace(ENTRY.finding, text=pair.text))
    return {finding.code for finding in gate.check(entry, [pair.story], CASE, TODAY)}


def test_ten_thousand_pairs_have_no_miss_and_no_false_alarm() -> None:
    begun = time.monotonic()
    made = pairs(COUNT, SEED)
    missed, alarms = [], []
    for pair in made:
        codes = judged(pair)
        if pair.codes and not pair.codes & codes:
            missed.append(pair)
        if not pair.codes and codes:
            alarms.append((codes, pair.text))
    counts = Counter(pair.plant for pair in made)
    assert (Counter(pair.plant for pair in missed), missed[:3]) == (Counter(), [])
    assert (len(alarms), alarms[:3]) == (0, [])
    assert counts["clean"] == COUNT // 4
    assert all(counts[kind] > 500 for kind in PLANTS)
    assert time.monotonic() - begun < 60
