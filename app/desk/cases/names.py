"""The day a name ends: it is destroyed on the desk as in the registry, while its entry may stay for years."""

from __future__ import annotations

from dataclasses import replace

from app.desk.core.bench import Desk
from app.desk.core.entry_paper import load_paper, store_paper
from app.domain.durations import first_day, month_number


def forget_names(desk: Desk) -> list[str]:
    """Destroy the names whose month has come; returns the cases. Only those of cases that this reviewer may open."""
    forgotten = []
    with desk.store.writing() as tx:
        for case in desk.cases(tx):
            paper = load_paper(case, tx)
            entry = paper.entry if paper else None
            ends = entry.body.nominative.expires if entry and entry.body and entry.body.nominative else ""
            if paper is None or paper.name is None or not ends or desk.today < first_day(month_number(ends)):
                continue
            saved = desk.save(tx, case, case.record)
            store_paper(saved, tx, replace(paper, name=None))
            desk.log(tx, "forget name", case=saved)
            forgotten.append(case.id)
    return forgotten
