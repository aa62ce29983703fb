"""Reading a draft: what an analyst writes becomes the paper of a case, with what earlier steps have put there.

Nobody types a number, a month, an answer or a digest; what the cooperative was told stays as it was told, and what
left is followed by less, never by more.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.entry_paper import EntryPaper, load_paper
from app.domain.amendment import check_amendment
from app.domain.draft import read_draft
from app.domain.durations import month_of
from app.domain.entry import ENDS, Entry, Record, Tombstone
from app.domain.facts import State
from app.domain.identifiers import regc_id
from app.domain.nominative import OFF
from app.domain.strict import EntryError, Reader
from app.domain.succession import amend, changes, check_successor
from app.errors import UserError
from app.stores.desk import Transaction
from crypto.export import SALT

AMEND = "amend"
# Until the first export the entry is the one that the cooperative was told of.
HEARD = frozenset({State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED})
ENDING = frozenset({State.PUBLISHED, State.CORRECTED, State.WITHDRAWN})
DRAFT_STATES = HEARD | {State.VERIFIED, State.REGISTRY_PROPOSED}
ASSIGNED = frozenset({"schema", "version", "status", "dates", "adversarial", "corrections"})


def need_paper(case: OpenCase, tx: Transaction) -> EntryPaper:
    """The draft.

    Raises:
        UserError: there is none.
    """
    paper = load_paper(case, tx)
    if paper is None:
        raise UserError("This case has no entry yet.", "Draft it: sourdine desk entry draft ID --file entry.json")
    return paper


def may_be_drafted(case: OpenCase, paper: EntryPaper | None, raw: object) -> bool:
    """Whether this state takes this draft; an end that never left may become a plain withdrawal, and nothing else."""
    if case.facts.state in DRAFT_STATES:
        return True
    waits = paper is not None and paper.entry is None and paper.published is not None and not paper.exported
    status = raw.get("status") if isinstance(raw, Mapping) else None
    return case.facts.state is State.WITHDRAWN and waits and status == "withdrawn"


def show_paper(desk: Desk, case_id: str) -> EntryPaper:
    """The draft as whoever signs reads it first, with the person's name that it would publish.

    Raises:
        UserError: there is none.
    """
    with desk.store.reading() as tx:
        return need_paper(desk.case(tx, case_id), tx)


def read_paper(desk: Desk, tx: Transaction, case: OpenCase, raw: object) -> EntryPaper:
    """The paper that a draft makes of the one that stands there.

    Raises:
        EntryError: a rule of docs/spec/entry.md is broken.
        UserError: the cooperative was told another text.
    """
    old = load_paper(case, tx)
    fields = dict(raw) if isinstance(raw, Mapping) else raw
    told = fields.pop(AMEND, None) if isinstance(fields, dict) else None
    name = old.record.regc_id if old else regc_id(desk.today.year, os.urandom(10))
    published, kept = (old.published, old.told or old.entry) if old else (None, None)
    month = month_of(desk.today)
    if isinstance(fields, dict):
        fields = _assigned(case, fields, name, published, month)
        heard = kept or published
        if published is not None and isinstance(heard, Entry) and fields.get("status") not in ENDS:
            fields.setdefault("adversarial", heard.to_dict()["adversarial"])
    held = old.name if old else None
    draft = read_draft(fields, regc_id=name, kept=held, salt=os.urandom(SALT))
    if draft.name and not desk.settings.nominative:
        raise EntryError("body.name", OFF.removesuffix("."))
    record, sheet = draft.record, draft.good_faith or (old.sheet if old else None)
    # A name that this version leaves out is destroyed once two colleges have signed it: until then it may come back.
    paper = EntryPaper(record, sheet, published=published, name=draft.name or held)
    if isinstance(record, Tombstone):
        record = replace(record, month=month, version=published.version + 1 if published else 2)
        if record.status == "replaced" and published is None:
            raise EntryError("status", "an entry that never left is withdrawn: nobody knows its name")
        check_successors(desk, tx, record)
        return replace(paper, record=record, told=kept)
    if published is not None:
        _check_heard(kept or published, record)
        record = succeeding(published, record, told, month)
    elif case.facts.state in HEARD:
        record = _as_notified(kept, record)
    elif kept and same_told(kept, record):
        record = replace(record, adversarial=kept.adversarial)
    return replace(paper, record=record)


def _assigned(
    case: OpenCase, fields: dict[str, Any], name: str, published: Record | None, month: str
) -> dict[str, Any]:
    """The draft without what the desk alone writes: nobody types a name, a month, a number or an answer."""
    if fields.get("regc_id", name) != name:
        raise EntryError("regc_id", "the desk names an entry, which keeps the name: leave it out")
    status = fields.get("status")
    if status in ENDS:
        if status == "expired" or case.facts.state not in ENDING:
            raise EntryError("status", "only a published entry is withdrawn or replaced, and a duration ends by itself")
        return {"version": 2, "month": month} | fields
    if published is not None:
        return {"version": published.version + 1} | fields
    return {key: value for key, value in fields.items() if key not in ASSIGNED}


def succeeding(published: Record, record: Entry, told: Any, month: str) -> Entry:
    """The version after the one that left: corrections and number are the desk's.

    Raises:
        EntryError: it may not follow.
    """
    if isinstance(published, Entry):
        record = replace(record, corrections=published.corrections)
        if told is not None:
            record = _amended(published, record, told, month)
    return following(published, record, month)


def following(published: Record, record: Entry, month: str) -> Entry:
    """The record as the version after the one that left, with the corrections that it has.

    Raises:
        EntryError: it may not follow.
    """
    check_successor(published, record)
    record = Entry.parse(replace(record, version=published.version + 1).to_dict())
    if isinstance(published, Entry):
        check_amendment(published, record, month)
    return record


def _amended(published: Entry, record: Entry, told: Any, month: str) -> Entry:
    reader = Reader(told, AMEND, ("reason", "note"))
    return amend(
        published,
        record,
        month=month,
        reason=reader.text("reason", 20, required=True),
        note=reader.text("note", 300, required=True),
    )


def _as_notified(told: Entry | None, record: Entry) -> Entry:
    """What the cooperative was told stays as it was told; the answer is entered by `answer` alone."""
    if told is None or not same_told(told, record):
        raise UserError(
            "The cooperative was told another text.",
            "Nothing was changed. Another finding needs a new notice: move the case back to assessment, or, once it "
            "is published, withdraw the entry.",
        )
    return replace(record, adversarial=told.adversarial, dates=told.dates)


def same_told(told: Entry, record: Entry) -> bool:
    """Whether the letter that told of one tells of the other: the steps of what became of it stand in it too."""
    return not changes(told, record) and told.remediation == record.remediation


def after_draft(case: OpenCase, old: EntryPaper | None, paper: EntryPaper) -> dict[str, Any]:
    """Facts that a new draft changes: a notice told of another text is none."""
    # Of an entry that never left there is nothing to take down at the registry.
    facts: dict[str, Any] = {"exported": paper.entry is None and paper.published is None}
    if paper.entry:
        facts["entry_cooperative"] = paper.entry.cooperative.name
    if old and old.exported:
        facts["legal_reply_on"] = None  # the version that held it has left
    same = old and old.entry and paper.entry and same_told(old.entry, paper.entry)
    if case.facts.state is State.REGISTRY_PROPOSED and not same:
        facts["notice_on"] = None
    return facts


def changed(paper: EntryPaper, record: Record) -> EntryPaper:
    """The paper with another record, which nobody has signed."""
    return replace(paper, record=record, signatures=(), exported=False)


def _check_heard(heard: Record, record: Entry) -> None:
    """What the cooperative was told and what it answered is entered by `notice` and `answer` alone, with its authority.

    Raises:
        EntryError: the draft says otherwise, or leaves out an answer that was received.
    """
    if not isinstance(heard, Entry):
        return
    for name, had in vars(heard.adversarial).items():
        if getattr(record.adversarial, name) != had:
            raise EntryError(
                f"adversarial.{name}",
                "the desk writes it, from the notice and `sourdine desk answer`: leave adversarial out of the draft",
            )


def check_successors(desk: Desk, tx: Transaction, tombstone: Tombstone) -> None:
    """Whoever follows the name of a replaced entry arrives at one that stands.

    Raises:
        EntryError: a successor did not leave, or has ended, or is about to.
    """
    if tombstone.status != "replaced":
        return
    papers = (load_paper(case, tx) for case in desk.cases(tx))
    standing = {one.record.regc_id for one in papers if one and one.entry and isinstance(one.published, Entry)}
    if not set(tombstone.replaced_by) <= standing:
        raise EntryError("replaced_by", "entries of cases that you may open, which left this desk and still stand")
