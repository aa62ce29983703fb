"""The way of an entry on the desk: draft, gate, notice, answer, two signatures.

Whatever changes the record takes the signatures away; whatever changes what the cooperative was told asks for a new
notice. The gate is asked again at every step, with every text of the reporter at hand.
"""

from __future__ import annotations

from dataclasses import replace

from app.desk.cases.answers import answer_entry
from app.desk.cases.entry_reading import after_draft, may_be_drafted, need_paper, read_paper
from app.desk.circle.clusters import collective_findings
from app.desk.circle.links import keep_out, leaves_one_college
from app.desk.circle.register import linked, texts_of
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_all
from app.desk.core.entry_paper import COLLEGES, EntryPaper, load_paper, store_paper
from app.desk.core.family import facts_with_kin
from app.desk.core.match_paper import filled, matched
from app.desk.core.record import CaseRecord
from app.desk.core.signatures import OTHER_COLLEGE, Signature, colleges, holding, once, sign
from app.desk.core.texts import reporter_texts
from app.domain import gate
from app.domain.draft import for_publication
from app.domain.entry import Entry, Record, parse_signed
from app.domain.facts import CaseFacts, State
from app.domain.gate import Finding
from app.domain.guards import Guard
from app.domain.legal_person import ids_of
from app.domain.nominative import Naming
from app.domain.states import find_move
from app.errors import UserError
from app.stores.desk import Transaction
from crypto.export import entry_bytes

__all__ = [
    "answer_entry",
    "check_entry",
    "draft_entry",
    "entry_findings",
    "facts_with_entry",
    "good_signatures",
    "need_paper",
    "reporter_texts",
    "sign_entry",
    "signed_bytes",
]

SIGN_STATES = frozenset({State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED, State.WITHDRAWN})


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
        person_named=paper.names,
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
        old = load_paper(case, tx)
        if not may_be_drafted(case, old, raw):
            raise UserError("An entry is drafted once the case is verified.", "Nothing was changed.")
        paper = read_paper(desk, tx, case, filled(case, tx, raw))
        store_paper(case, tx, paper)
        record = case.with_facts(**after_draft(case, old, paper))
        away = _put_out(desk, tx, case, record)
        case = keep_out(desk, tx, case, away, record) if away else desk.save(tx, case, record)
        desk.log(tx, "draft entry", case=case)
    return check_entry(desk, case_id)


def _put_out(desk: Desk, tx: Transaction, case: OpenCase, record: CaseRecord) -> frozenset[str]:
    """Whose link is to the cooperative that the entry names: nobody signs about their own.

    Raises:
        UserError: who drafts it is one of them, or one college alone would be left by the word of one person.
    """
    away = (linked(desk, tx, *texts_of(record)) - set(record.let_in)) & set(record.allowed)
    if not away:
        return frozenset()
    desk.check_analyst()
    if desk.keyring.name in away or leaves_one_college(desk, tx, case, away):
        raise UserError(
            "Somebody who may open this case is linked to the cooperative that this entry names.",
            "Nothing was changed. Set cooperative=NAME first: the case is then closed to whoever is linked, by two "
            "colleges where one alone would be left.",
        )
    return away


def check_entry(desk: Desk, case_id: str) -> tuple[Finding, ...]:
    """Everything that keeps the entry on the desk today.

    Raises:
        UserError: there is no draft.
    """
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        return entry_findings(desk, tx, case, need_paper(case, tx))


def sign_entry(desk: Desk, case_id: str, digest: str | None = None) -> str:
    """Sign the entry as it stands; returns whose signature it still waits for, or nothing.

    Args:
        digest: `EntryPaper.digest` of what the reviewer was shown; None when nothing was shown that could differ.

    Raises:
        UserError: no analyst, not in this state, another draft than the one that was shown, something the gate finds,
            or the same person or college twice.
    """
    desk.check_analyst()
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        paper = need_paper(case, tx)
        _check_signing(case, paper, digest)
        findings = entry_findings(desk, tx, case, paper)
    if findings:
        raise UserError("The gate holds this entry back.", " ".join(finding.message for finding in findings))
    record = for_publication(paper.entry, desk.today) if paper.entry else paper.record
    data = signed_bytes(desk, record)
    # A reviewer who was retired since has signed nothing: their place is free again.
    kept = holding(desk, paper.signatures, data)
    once(desk, kept, "entry")
    paper = replace(paper, record=record, signatures=(*kept, sign(desk, data)))
    if paper.signed and paper.beside is None:
        paper = replace(paper, name=None)
    with desk.store.writing() as tx:
        case = desk.save(tx, case, case.record)  # refused when somebody drafted meanwhile
        store_paper(case, tx, paper)
        desk.log(tx, "sign entry", case=case)
    return OTHER_COLLEGE if len(paper.signatures) < COLLEGES else ""


def _check_signing(case: OpenCase, paper: EntryPaper, digest: str | None) -> None:
    if case.facts.state not in SIGN_STATES:
        raise UserError(
            "An entry is signed after the notice to the cooperative.",
            "Make the notice and move the case to right_of_reply first.",
        )
    if paper.exported:
        raise UserError("This version has left in an export.", "Draft the next version, then sign that one.")
    if digest is not None and digest.strip().lower() != paper.digest:
        raise UserError(
            "The entry is not the one that you were shown: it was changed meanwhile.",
            "Nothing was signed. Read it as it stands now, then sign it.",
        )


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


def entry_findings(desk: Desk, tx: Transaction, case: OpenCase, paper: EntryPaper) -> tuple[Finding, ...]:
    """Everything that keeps this paper on the desk today."""
    facts = replace(facts_with_kin(desk, tx, case), good_faith=_good_faith(paper))
    naming = Naming(desk.settings.nominative, paper.name.text if paper.name else "")
    meant = matched(case, tx)
    known = ids_of(meant.person) if meant else ()
    texts = reporter_texts(desk, case, tx)
    found = gate.check(paper.record, texts, facts, desk.today, naming=naming, recognised=known)
    return (*found, *collective_findings(desk, tx, case, paper.record))


def _good_faith(paper: EntryPaper) -> bool:
    """The sheet of the draft decides, and nothing else: it says what each box rests on."""
    return paper.sheet is not None and paper.sheet.complete
