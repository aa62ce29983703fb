"""Cases that may tell of the same harm, as far as this reviewer may open them (DOMAIN S0.23, S1.6, T5).

What two colleges judged lies in each case, sealed under its own key, under two random-looking names: one that all cases
judged together share, one for those of one author. Neither names a case, and everything here is counted over the cases
that open: whoever is kept out of one finds no row, no number and no name of it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.desk.core import entry_paper, twofold
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.keyring import subkey
from app.desk.core.signatures import colleges, holding
from app.desk.core.twofold import Decision
from app.domain.collective import Clue, Harm, Judged, check_range, cooperative_key, systemic
from app.domain.entry import Entry
from app.domain.facts import State
from app.domain.gate import Finding
from app.domain.guards import COLLEGES
from app.domain.taxonomy import CATEGORIES
from app.stores.desk import Transaction

# The paper of a judgement that two colleges signed, and the name of the decision while it waits.
PAPER = "cluster"
ACTION = "cluster"
WAITING = f"{twofold.WAITING}{ACTION}"
LABEL = "cluster/v1"


@dataclass(frozen=True)
class View:
    """The cases of this reviewer that have a cooperative and a category, with what they give."""

    cases: Mapping[str, OpenCase] = field(repr=False)
    clues: Mapping[str, Clue] = field(repr=False)

    def of(self, matter: tuple[str, str]) -> list[Clue]:
        """Those of one cooperative and category, whatever became of them."""
        return [clue for clue in self.clues.values() if clue.harm.matter == matter]


def view(desk: Desk, tx: Transaction) -> View:
    """Everything that clusters are made of."""
    every = {case.id: case for case in desk.cases(tx)}
    merged: defaultdict[str, list[OpenCase]] = defaultdict(list)
    for case in every.values():
        if case.record.merged_into:
            merged[case.record.merged_into].append(case)
    clues = {}
    for case_id, clue in _clues(desk, tx, every).items():
        case = every[case_id]
        source = every.get(case.record.split_from)
        kin = [*merged.get(case_id, ()), *([source] if source else [])]
        clues[case_id] = _with_kin(clue, case, kin) if kin else clue
    return View(every, clues)


def systemic_cases(desk: Desk, tx: Transaction) -> frozenset[str]:
    """The cases of this reviewer that are part of a systemic problem; quick when nothing was judged or drafted."""
    if not (tx.cases_with(PAPER) or tx.cases_with(entry_paper.PAPER)):
        return frozenset()
    return systemic(view(desk, tx).clues.values(), desk.today)


def collective_findings(desk: Desk, tx: Transaction, case: OpenCase, entry: object) -> tuple[Finding, ...]:
    """What keeps the `collective` block of an entry on the desk; nothing does with what has left already.

    Args:
        entry: the record as drafted; a tombstone tells nothing.
    """
    if not isinstance(entry, Entry) or entry.collective is None:
        return ()
    paper = entry_paper.load_paper(case, tx)
    if paper and isinstance(paper.published, Entry) and paper.published.collective == entry.collective:
        return ()
    here = view(desk, tx)
    harm = Harm(cooperative_key(case.facts.cooperative), case.facts.category, entry.finding.harm)
    mine = here.clues.get(case.id) or Clue(
        case=case.id, harm=harm, written=case.record.received, state=case.facts.state
    )
    mine = replace(mine, harm=harm)
    others = [clue for key, clue in here.clues.items() if key != case.id]
    held = attested(desk, tx, here, [mine, *others], mine)
    return check_range(entry, replace(mine, judged=held.get(case.id)), [*_only(held, [mine, *others])], desk.today)


def attested(desk: Desk, tx: Transaction, here: View, clues: Sequence[Clue], mine: Clue) -> dict[str, Judged]:
    """The judgements of one act whose two signatures hold under the manifest in use, by case: what leaves rests on
    them.
    """
    act = mine.judged.act if mine.judged else ""
    found = {}
    for clue in clues:
        if clue.judged and clue.judged.act == act:
            decision = judgement(tx, here.cases[clue.case])
            if decision and holds(desk, decision):
                found[clue.case] = clue.judged
    return found


def holds(desk: Desk, decision: Decision) -> bool:
    """Whether two colleges of the manifest in use signed it."""
    return len(colleges(holding(desk, decision.signatures, decision.signed_bytes))) >= COLLEGES


def judgement(tx: Transaction, case: OpenCase) -> Decision | None:
    """What two colleges signed about this case; None when nobody did."""
    value = case.paper(tx, PAPER)
    return Decision.from_dict(value) if value else None


def waiting(tx: Transaction, case: OpenCase) -> Decision | None:
    """A judgement of this case that waits for the other college."""
    return twofold.pending(case, tx, ACTION)


def names(groups: Sequence[Sequence[OpenCase]]) -> tuple[str, list[str]]:
    """The name of a judgement and those of its groups, made from the keys of all its cases: the same whoever makes
    them, another one for any other set, and telling nothing to whoever lacks one of the keys.
    """
    made = [_digest(subkey(case.key, LABEL) for case in group) for group in groups]
    return _digest(bytes.fromhex(name) for name in made), made


def harm_of(facts: Any, told: Mapping[str, Any]) -> Harm | None:
    """The cluster of a case, its harm as the entry names it; None while cooperative or category is open."""
    category = CATEGORIES.get(facts.category)
    if category is None or not facts.cooperative:
        return None
    harm = told.get("finding", {}).get("harm", "") or category.harm
    return Harm(cooperative_key(facts.cooperative), category.code, harm)


def _clues(desk: Desk, tx: Transaction, every: Mapping[str, OpenCase]) -> dict[str, Clue]:
    """What each case gives by itself, made once for each change of it: whatever puts these papers saves the case."""
    drafted, judged = tx.cases_with(entry_paper.PAPER), tx.cases_with(PAPER)
    kept, made = desk.shelf.clues, {}
    for case in every.values():
        papers = (case.id in drafted, case.id in judged)
        known = kept.get(case.id)
        if known is None or known[0] is not case or known[1] != papers:
            known = (case, papers, _alone(tx, case, *papers))
        made[case.id] = known
    desk.shelf.clues = made
    return {case_id: clue for case_id, (_, _, clue) in made.items() if clue}


def _alone(tx: Transaction, case: OpenCase, drafted: bool, judged: bool) -> Clue | None:
    clue = None if case.record.asleep else _clue(case, _told(tx, case) if drafted else {})
    return replace(clue, judged=_judged(tx, case, clue.harm)) if clue and judged else clue


def _clue(case: OpenCase, told: Mapping[str, Any]) -> Clue | None:
    facts, record = case.facts, case.record
    harm = harm_of(facts, told)
    if harm is None:
        return None
    return Clue(
        case=case.id,
        harm=harm,
        written=facts.last_reporter_message or record.received,
        state=facts.state,
        outcome=facts.outcome,
        opinion=facts.reporter_opinion,
        proposed=facts.entered if facts.state is State.REGISTRY_PROPOSED else None,
        consent=facts.consent_referral,
        federation=cooperative_key(told.get("cooperative", {}).get("federation", "")),
    )


def _with_kin(clue: Clue, case: OpenCase, kin: Sequence[OpenCase]) -> Clue:
    """What reporters said in cases that are decided with this one, or that it was split from: one no is a no."""
    written = [one.facts.last_reporter_message or one.record.received for one in kin]
    no = any(one.facts.reporter_opinion == "no" for one in kin)
    agreed = clue.consent and all(one.facts.consent_referral for one in kin if one.record.merged_into == case.id)
    return replace(clue, written=max([clue.written, *written]), opinion="no" if no else clue.opinion, consent=agreed)


def _judged(tx: Transaction, case: OpenCase, harm: Harm) -> Judged | None:
    """A judgement about another cooperative or category than the case has now is none."""
    decision = judgement(tx, case)
    if decision is None:
        return None
    facts = decision.body["facts"]
    if (facts["cooperative"], facts["category"]) != harm.matter:
        return None
    return Judged(str(decision.body["act"]), str(decision.body["group"]), str(facts["members"]))


def _told(tx: Transaction, case: OpenCase) -> Mapping[str, Any]:
    """The record of the entry as it lies there: two fields are read, and a whole parse takes too long for a list."""
    found: Mapping[str, Any] = case.paper(tx, entry_paper.PAPER)["record"]
    return found


def _only(held: Mapping[str, Judged], clues: Iterable[Clue]) -> Iterable[Clue]:
    return (replace(clue, judged=held.get(clue.case)) for clue in clues)


def _digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join([LABEL.encode(), *sorted(parts)])).hexdigest()[:32]
