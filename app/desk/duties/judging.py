"""Which cases are independent: two reviewers of two colleges say so, of cases that both may open (DOMAIN S0.23, T5).

A judgement is one decision for each case, signed under the same two names (`circle/clusters`), all in one transaction.
What somebody wrote about it is sealed under the keys of all its cases together, because it speaks of all of them.
Taking it back needs one person: what is not judged is not counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.desk.cases.decisions import check_awake
from app.desk.circle import clusters
from app.desk.circle.links import openers
from app.desk.core import twofold
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.keyring import subkey
from app.desk.core.signatures import OTHER_COLLEGE
from app.domain.collective import unjudgeable
from app.domain.guards import COLLEGES
from app.domain.taxonomy import MEMBERS
from app.errors import UserError
from app.stores.desk import Transaction
from crypto import sealed
from crypto.errors import SealingError
from crypto.fields import from_b64, to_b64

WHY = "cluster-why"
SHOWN = "sourdine desk cluster list"
_WHY_LABEL = "cluster-why/v1"
_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Told:
    """What a signature came to: whose it waits for, whether an earlier one is void, and how many authors it counts."""

    waiting_for: str
    dropped: bool
    authors: int


@dataclass(frozen=True)
class _Judging:
    """Cases in groups of one author, with what is signed of each."""

    groups: tuple[tuple[OpenCase, ...], ...] = field(repr=False)
    proposals: tuple[twofold.Proposal, ...] = field(repr=False)

    @property
    def cases(self) -> list[OpenCase]:
        return [case for group in self.groups for case in group]


def judge(desk: Desk, groups: Sequence[Sequence[str]], *, members: str, reason: str) -> Told:
    """Sign that these groups of cases are of different authors, or be the second college that does.

    Args:
        groups: ids of cases; those of one group may be of one author, or copied from one another.
        members: the size of the cooperative, as both attest it; one of the bands of the record.

    Raises:
        UserError: a case that is not there, sleeps or does not belong with the others, parts of one report told apart,
            nobody of another college who may open all of them, or the same person or college twice.
        BusyError: somebody changed one of the cases meanwhile.
    """
    reason = check_plain(reason, "The reason")
    if members not in MEMBERS:
        raise UserError(f"The size is one of {', '.join(MEMBERS)}.", _NOTHING)
    desk.check_analyst()
    with desk.store.reading() as tx:
        judging = _prepare(desk, tx, groups, members)
    authors = len(judging.groups)
    signed = {bool(proposal.signed_by) for proposal in judging.proposals}
    if signed == {True}:
        _take(desk, judging, reason)
        return Told("", dropped=False, authors=authors)
    dropped = any(proposal.dropped or proposal.signed_by for proposal in judging.proposals)
    _wait(desk, judging, reason)
    return Told(OTHER_COLLEGE, dropped, authors)


def undo(desk: Desk, case_id: str, reason: str) -> int:
    """Take back the judgement of a case, signed by two or waiting, with all cases of it that this reviewer may open.

    Args:
        reason: kept with the case that is named, and with no other.

    Raises:
        UserError: nothing was judged.
    """
    reason = check_plain(reason, "The reason")
    desk.check_analyst()
    with desk.store.writing() as tx:
        named = desk.case(tx, case_id)
        acts = set(_acts(tx, named))
        if not acts:
            raise UserError("Nobody judged this case together with others.", _NOTHING)
        ids = (tx.cases_with(clusters.PAPER) | tx.waiting_papers("decision")) - {named.id}
        others = [one for one in desk.cases(tx) if one.id in ids]
        found = [named, *(one for one in others if acts & set(_acts(tx, one)))]
        for case in found:
            _drop(desk, tx, case, acts, reason if case.id == named.id else "")
    return len(found)


def reasons(tx: Transaction, cases: Sequence[OpenCase]) -> list[tuple[str, str, str]]:
    """Who wrote what about a judgement of exactly these cases: name, day and words."""
    if not cases:
        return []
    key = _common(cases)
    found = []
    for note in cases[0].paper(tx, WHY) or ():
        try:
            words = sealed.open_box(key, WHY.encode(), from_b64(note["sealed"])).decode()
        except SealingError:  # of another set of cases
            continue
        found.append((str(note["name"]), str(note["day"]), words))
    return found


def _prepare(desk: Desk, tx: Transaction, groups: Sequence[Sequence[str]], members: str) -> _Judging:
    wanted = [case_id for group in groups for case_id in group]
    if len(set(wanted)) != len(wanted) or not all(groups):
        raise UserError("Each case stands in one group, and no group is empty.", _NOTHING)
    opened = tuple(tuple(desk.case(tx, case_id) for case_id in group) for group in groups)
    cases = [case for group in opened for case in group]
    for case in cases:
        check_awake(case)
    known = clusters.view(desk, tx).clues
    missing = [case for case in cases if case.id not in known]
    if missing:
        raise UserError(
            "Establish the cooperative and the category of each case first.",
            f"Missing in {', '.join(case.record.label for case in missing)}. {_NOTHING}",
        )
    why = unjudgeable([known[case.id] for case in cases])
    if why:
        raise UserError(why, _NOTHING)
    _check_parts(opened)
    _check_signers(desk, cases)
    matter = known[cases[0].id].harm.matter
    return _Judging(
        opened, tuple(_propose(desk, tx, opened, {"cooperative": matter[0], "category": matter[1], "members": members}))
    )


def _propose(
    desk: Desk, tx: Transaction, groups: Sequence[Sequence[OpenCase]], facts: dict[str, str]
) -> list[twofold.Proposal]:
    act, names = clusters.names(groups)
    pairs = [(case, name) for name, group in zip(names, groups, strict=True) for case in group]
    current = [clusters.judgement(tx, case) for case, _ in pairs]
    if all(
        one and (one.body["act"], one.body["facts"]) == (act, facts) and clusters.holds(desk, one) for one in current
    ):
        raise UserError("Two colleges judged these cases so already.", _NOTHING)
    return [
        twofold.propose(
            desk,
            tx,
            case,
            action=clusters.ACTION,
            matter={"act": act, "group": name, "facts": facts},
            # Signed, shown beside this one case, and silent about every other.
            reason=f"independence: {SHOWN}",
        )
        for case, name in pairs
    ]


def _wait(desk: Desk, judging: _Judging, reason: str) -> None:
    # Where a signature waits in some of the cases and not in all, something was touched since: all are signed anew.
    fresh = [replace(one, decision=replace(one.decision, signatures=())) for one in judging.proposals]
    decisions = [twofold.first_signature(desk, one) for one in fresh]
    with desk.store.writing() as tx:
        for case, decision in zip(judging.cases, decisions, strict=True):
            saved = desk.save(tx, case, case.record)
            twofold.wait(tx, saved, decision)
            _note(desk, tx, saved, judging, reason)
            desk.log(tx, "sign", case=saved, reason="independence")


def _take(desk: Desk, judging: _Judging, reason: str) -> None:
    decisions = [twofold.sign_second(desk, one) for one in judging.proposals]
    with desk.store.writing() as tx:
        for case, decision in zip(judging.cases, decisions, strict=True):
            saved = desk.save(tx, case, case.record)
            twofold.keep(tx, saved, decision)
            saved.put_paper(tx, clusters.PAPER, decision.to_dict())
            _note(desk, tx, saved, judging, reason)
            desk.log(tx, "judge", case=saved)


def _drop(desk: Desk, tx: Transaction, case: OpenCase, acts: set[str], reason: str) -> None:
    saved = desk.save(tx, case, case.record)
    decision, pending = clusters.judgement(tx, saved), clusters.waiting(tx, saved)
    if decision and decision.body["act"] in acts:
        tx.drop_paper(saved.id, clusters.PAPER)
    if pending and pending.body["act"] in acts:
        twofold.drop_pending(tx, saved, clusters.ACTION)
    desk.log(tx, "undo judgement", case=saved, reason=reason)


def _acts(tx: Transaction, case: OpenCase) -> list[str]:
    found = (clusters.judgement(tx, case), clusters.waiting(tx, case))
    return [str(one.body["act"]) for one in found if one]


def _check_parts(groups: Sequence[Sequence[OpenCase]]) -> None:
    """What was split from one report has one author."""
    source: dict[str, int] = {}
    for number, group in enumerate(groups):
        for case in group:
            root = case.record.split_from or case.id
            if source.setdefault(root, number) != number:
                raise UserError(
                    "Two of these cases are parts of one report: they have one author.",
                    f"Put them into one group. {_NOTHING}",
                )


def _check_signers(desk: Desk, cases: Sequence[OpenCase]) -> None:
    """Return only if two colleges may open every one of these cases.

    Raises:
        UserError: a second signature could never come.
    """
    common = set.intersection(*(set(openers(desk, case.record)) for case in cases))
    colleges = {one.college for one in desk.keyring.manifest.reviewers if one.name in common}
    if len(colleges) < COLLEGES:
        raise UserError(
            "Nobody of another college may open all of these cases.",
            f"Judge fewer of them together: those that two colleges may open. {_NOTHING}",
        )


def _note(desk: Desk, tx: Transaction, case: OpenCase, judging: _Judging, reason: str) -> None:
    note: dict[str, Any] = {
        "name": desk.keyring.name,
        "day": desk.today.isoformat(),
        "sealed": to_b64(sealed.seal(_common(judging.cases), WHY.encode(), reason.encode())),
    }
    case.put_paper(tx, WHY, [*(case.paper(tx, WHY) or ()), note])


def _common(cases: Sequence[OpenCase]) -> bytes:
    """A key that only whoever may open all of these cases can make."""
    return hashlib.sha256(b"".join(sorted(subkey(case.key, _WHY_LABEL) for case in cases))).digest()
