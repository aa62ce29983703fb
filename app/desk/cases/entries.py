"""The way of an entry on the desk: draft, gate, notice, answer, two signatures.

Whatever changes the record takes the signatures away; whatever changes what the cooperative was told asks for a new
notice. The gate is asked again at every step, with every text of the reporter at hand.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_all, check_plain
from app.desk.core.entry_paper import COLLEGES, EntryPaper, load_paper, store_paper
from app.desk.core.family import facts_with_kin
from app.desk.core.signatures import OTHER_COLLEGE, Signature, colleges, holding, once, sign
from app.desk.core.texts import reporter_texts
from app.domain import gate
from app.domain.amendment import check_amendment
from app.domain.draft import for_publication, read_draft, with_reply
from app.domain.durations import month_of
from app.domain.entry import ENDS, Entry, Record, Tombstone, parse_signed
from app.domain.facts import CaseFacts, State
from app.domain.gate import Finding
from app.domain.guards import Guard
from app.domain.identifiers import regc_id
from app.domain.states import find_move
from app.domain.strict import EntryError, Reader
from app.domain.succession import amend, changes, check_successor
from app.errors import UserError
from app.stores.desk import Transaction
from crypto.export import entry_bytes

DRAFT_STATES = frozenset(
    {State.VERIFIED, State.REGISTRY_PROPOSED, State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED}
)
SIGN_STATES = frozenset({State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED, State.WITHDRAWN})
AMEND = "amend"
# Until the first export the entry is the one that the cooperative was told of.
HEARD = frozenset({State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED})
ENDING = frozenset({State.PUBLISHED, State.CORRECTED})
ASSIGNED = frozenset({"version", "status", "dates", "adversarial", "corrections"})


def facts_with_entry(desk: Desk, tx: Transaction, case: OpenCase, target: str) -> CaseFacts:
    """The facts of a case with what its entry says; the gate is asked only when the move to `target` does."""
    paper = load_paper(case, tx)
    facts = facts_with_kin(desk, tx, case)
    if paper is None:
        return facts
    published = paper.published
    facts = replace(
        facts,
        good_faith=_good_faith(paper),
        entry_signed_colleges=frozenset(),
        entry_expires=published.expires if isinstance(published, Entry) else None,
        exported=paper.exported,
    )
    move = find_move(facts.state, target)
    if move is None:
        return facts
    if Guard.ENTRY_SIGNED in move.guards and paper.fits(move.target):
        facts = replace(facts, entry_signed_colleges=colleges(good_signatures(desk, paper)))
    if Guard.GATE not in move.guards:
        return facts
    return replace(facts, gate_passed=not entry_findings(desk, tx, case, paper))


def draft_entry(desk: Desk, case_id: str, raw: object) -> tuple[Finding, ...]:
    """Read a draft, keep it, and say what the gate finds.

    Raises:
        EntryError: a rule of docs/spec/entry.md is broken; the draft that stood there stays.
        UserError: not in this state, or a text that is not plain.
    """
    check_all(raw, "The draft")
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        if case.facts.state not in DRAFT_STATES:
            raise UserError("An entry is drafted once the case is verified.", "Nothing was changed.")
        old = load_paper(case, tx)
        paper = _read(desk, case, old, raw)
        store_paper(case, tx, paper)
        case = desk.save(tx, case, case.with_facts(**_after_draft(case, old, paper)))
        desk.log(tx, "draft entry", case=case)
    return check_entry(desk, case_id)


def check_entry(desk: Desk, case_id: str) -> tuple[Finding, ...]:
    """Everything that keeps the entry on the desk today.

    Raises:
        UserError: there is no draft.
    """
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        return entry_findings(desk, tx, case, need_paper(case, tx))


def answer_entry(desk: Desk, case_id: str, text: str) -> None:
    """Put the cooperative's answer beside the finding, at equal size.

    Raises:
        UserError: no notice was made, or the text is not plain.
        EntryError: it is longer than what it answers may be.
    """
    text = check_plain(text, "The answer")
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        paper = need_paper(case, tx)
        entry = paper.entry
        if entry is None or case.facts.state is not State.RIGHT_OF_REPLY:
            raise UserError("The cooperative answers once it has its notice.", "Nothing was changed.")
        store_paper(case, tx, _changed(paper, with_reply(entry, text, desk.today)))
        case = desk.save(tx, case, case.with_facts(answered=True))
        desk.log(tx, "answer", case=case)


def sign_entry(desk: Desk, case_id: str) -> str:
    """Sign the entry as it stands; returns whose signature it still waits for, or nothing.

    Raises:
        UserError: no analyst, not in this state, something the gate finds, or the same person or college twice.
    """
    desk.check_analyst()
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        paper = need_paper(case, tx)
        if case.facts.state not in SIGN_STATES:
            raise UserError(
                "An entry is signed after the notice to the cooperative.",
                "Make the notice and move the case to right_of_reply first.",
            )
        if paper.exported:
            raise UserError("This version has left in an export.", "Draft the next version, then sign that one.")
        findings = entry_findings(desk, tx, case, paper)
    if findings:
        raise UserError("The gate holds this entry back.", " ".join(finding.message for finding in findings))
    record = for_publication(paper.entry, desk.today) if paper.entry else paper.record
    data = signed_bytes(desk, record)
    # A reviewer who was retired since has signed nothing: their place is free again.
    kept = holding(desk, paper.signatures, data)
    once(desk, kept, "entry")
    paper = replace(paper, record=record, signatures=(*kept, sign(desk, data)))
    with desk.store.writing() as tx:
        case = desk.save(tx, case, case.record)
        store_paper(case, tx, paper)
        desk.log(tx, "sign entry", case=case)
    return OTHER_COLLEGE if len(paper.signatures) < COLLEGES else ""


def signed_bytes(desk: Desk, record: Record) -> bytes:
    """What each reviewer signs: the full record, for one registry, by this issuer.

    Raises:
        UserError: the settings name no registry.
        EntryError: something is left to fill in.
    """
    if not desk.settings.registry:
        raise UserError("The settings of this desk name no registry.", 'Write registry = "…" in desk.toml.')
    full = record.to_dict()
    parse_signed(full)
    return entry_bytes(full, desk.settings.registry, desk.keyring.instance)


def good_signatures(desk: Desk, paper: EntryPaper) -> tuple[Signature, ...]:
    """The signatures under the record as it stands that hold under the manifest in use."""
    return holding(desk, paper.signatures, signed_bytes(desk, paper.record)) if paper.signatures else ()


def need_paper(case: OpenCase, tx: Transaction) -> EntryPaper:
    """The draft.

    Raises:
        UserError: there is none.
    """
    paper = load_paper(case, tx)
    if paper is None:
        raise UserError("This case has no entry yet.", "Draft it: sourdine desk entry draft ID --file entry.json")
    return paper


def entry_findings(desk: Desk, tx: Transaction, case: OpenCase, paper: EntryPaper) -> tuple[Finding, ...]:
    """Everything that keeps this paper on the desk today."""
    facts = replace(facts_with_kin(desk, tx, case), good_faith=_good_faith(paper))
    return gate.check(paper.record, reporter_texts(desk, case, tx), facts, desk.today)


def _good_faith(paper: EntryPaper) -> bool:
    """The sheet of the draft decides, and nothing else: it says what each box rests on."""
    return paper.sheet is not None and paper.sheet.complete


def _read(desk: Desk, case: OpenCase, old: EntryPaper | None, raw: object) -> EntryPaper:
    """The paper that a draft makes, with what earlier steps have already put there."""
    fields = dict(raw) if isinstance(raw, Mapping) else raw
    told = fields.pop(AMEND, None) if isinstance(fields, dict) else None
    name = old.record.regc_id if old else regc_id(desk.today.year, os.urandom(10))
    published, kept = (old.published, old.told or old.entry) if old else (None, None)
    month = month_of(desk.today)
    if isinstance(fields, dict):
        fields = _assigned(case, fields, name, published, month)
    draft = read_draft(fields, regc_id=name)
    record, sheet = draft.record, draft.good_faith or (old.sheet if old else None)
    if isinstance(record, Tombstone):
        record = replace(record, month=month, version=published.version + 1 if published else 2)
        return EntryPaper(record, sheet, published=published, told=None if published else kept)
    if published is not None:
        record = _succeeding(published, record, told, month)
    elif case.facts.state in HEARD:
        record = _as_notified(kept, record)
    elif kept and not changes(kept, record):
        record = replace(record, adversarial=kept.adversarial)
    return EntryPaper(record, sheet, published=published)


def _assigned(
    case: OpenCase, fields: dict[str, Any], name: str, published: Record | None, month: str
) -> dict[str, Any]:
    """The draft without what the desk alone writes: nobody types a name, a month, a number or an answer."""
    if fields.get("regc_id", name) != name:
        raise EntryError("regc_id", "the desk names an entry, which keeps the name: leave it out")
    status = fields.get("status")
    if status in ENDS:
        if status != "withdrawn" or case.facts.state not in ENDING:
            raise EntryError("status", "only a published entry is withdrawn, and a duration ends by itself")
        return {"version": 2, "month": month} | fields
    if published is not None:
        return {"version": published.version + 1} | fields
    return {key: value for key, value in fields.items() if key not in ASSIGNED}


def _succeeding(published: Record, record: Entry, told: Any, month: str) -> Entry:
    """The version after the one that left: corrections and number are the desk's."""
    if isinstance(published, Entry):
        record = replace(record, corrections=published.corrections)
        if told is not None:
            record = _amended(published, record, told, month)
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
    if told is None or changes(told, record):
        raise UserError(
            "The cooperative was told another text.",
            "Nothing was changed. Another finding needs a new notice: move the case back to assessment, or, once it "
            "is published, withdraw the entry.",
        )
    return replace(record, adversarial=told.adversarial, dates=told.dates)


def _after_draft(case: OpenCase, old: EntryPaper | None, paper: EntryPaper) -> dict[str, Any]:
    """Facts that a new draft changes: a notice told of another text is none."""
    # Of an entry that never left there is nothing to take down at the registry.
    facts: dict[str, Any] = {"exported": paper.entry is None and paper.published is None}
    same = old and old.entry and paper.entry and not changes(old.entry, paper.entry)
    if case.facts.state is State.REGISTRY_PROPOSED and not same:
        facts["notice_on"] = None
    return facts


def _changed(paper: EntryPaper, record: Record) -> EntryPaper:
    return replace(paper, record=record, signatures=(), exported=False)
