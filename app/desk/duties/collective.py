"""What a reviewer sees of the same harm told by several: clusters, what may be said of them, and amounts in bands.

Everything is computed over the cases that this reviewer may open; nothing is stored for the desk as a whole. Amounts
are papers of a case, and no format that leaves the desk reads them (DOMAIN S0.30).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.desk.circle import clusters
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.signatures import OTHER_COLLEGE
from app.desk.core.twofold import Decision
from app.desk.duties.judging import reasons
from app.domain import collective
from app.domain.collective import AMOUNTS, Clue, Harm, Judged
from app.domain.durations import month_of
from app.errors import UserError
from app.stores.desk import Transaction

AMOUNT = "harm-amount"
_NOTHING = "Nothing was changed."


@dataclass(frozen=True)
class Row:
    """One case of a cluster.

    Attributes:
        month: of the last word of its reporter.
        group: a number for each author whom two colleges told apart; 0 when nobody judged it with another of these.
        waiting: the same of a judgement that waits for its second signature.
        verified: whether the public may count it.
        amount: a band of `AMOUNTS`, or empty.
    """

    case: str
    label: str
    state: str
    month: str
    group: int = 0
    waiting: int = 0
    verified: bool = False
    consent: bool = False
    amount: str = ""


@dataclass(frozen=True)
class _Scene:
    """What every cluster of one list is drawn from. `waiting` and `weighed` are cases with such a paper."""

    desk: Desk
    tx: Transaction
    here: clusters.View = field(repr=False)
    systemic: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    weighed: frozenset[str] = frozenset()

    def case(self, clue: Clue) -> OpenCase:
        return self.here.cases[clue.case]


@dataclass(frozen=True)
class Cluster:
    """Cases of one cooperative, category and harm class in the window, as far as this reviewer may open them.

    Attributes:
        cooperative: as the newest of its cases names it.
        independent: the range of independent cases that were judged; empty below three.
        told: the range that may be told in public; empty when nothing may.
        members: the size as two colleges attest it; empty while nobody judged.
        reasons: name, day and words of whoever judged these very cases.
    """

    cooperative: str
    category: str
    harm: str
    rows: tuple[Row, ...]
    independent: str = ""
    told: str = ""
    members: str = ""
    systemic: bool = False
    waiting_for: str = ""
    reasons: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        values = vars(self) | {"rows": [vars(row) for row in self.rows]}
        return values | {"reasons": [list(one) for one in self.reasons]}


def list_clusters(desk: Desk, case_id: str = "") -> list[Cluster]:
    """Every cluster of this reviewer, or the one of a case, which may stand alone in it."""
    with desk.store.reading() as tx:
        here = clusters.view(desk, tx)
        found = collective.clusters(here.clues.values(), desk.today, 1 if case_id else 2)
        scene = _Scene(
            desk,
            tx,
            here,
            systemic=collective.systemic(here.clues.values(), desk.today),
            waiting=frozenset(tx.cases_with(clusters.WAITING)),
            weighed=frozenset(tx.cases_with(AMOUNT)),
        )
        wanted = {harm: clues for harm, clues in found.items() if not case_id or case_id in {one.case for one in clues}}
        return [_cluster(scene, harm, clues) for harm, clues in wanted.items()]


def set_amount(desk: Desk, case_id: str, band: str) -> None:
    """Note how much harm a case tells of, as a band; nothing takes it away.

    Raises:
        UserError: no such band.
    """
    if band and band not in AMOUNTS:
        raise UserError(f"The amount is one of {', '.join(AMOUNTS)}, or nothing.", f"Never a sum. {_NOTHING}")
    desk.check_analyst()
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        saved = desk.save(tx, case, case.record)
        if band:
            saved.put_paper(tx, AMOUNT, {"band": band})
        else:
            tx.drop_paper(saved.id, AMOUNT)
        desk.log(tx, "amount", case=saved)


def amount_of(tx: Transaction, case: OpenCase) -> str:
    """The band of a case, or empty."""
    return str((case.paper(tx, AMOUNT) or {}).get("band", ""))


def _cluster(scene: _Scene, harm: Harm, clues: Sequence[Clue]) -> Cluster:
    # By the day of the report, so that a list does not move when somebody writes.
    clues = sorted(clues, key=lambda one: (scene.case(one).record.received, one.case))
    cases, tx, today = [scene.case(one) for one in clues], scene.tx, scene.desk.today
    judged = {one.case: one.judged for one in clues if one.judged}
    undecided = {case.id: clusters.waiting(tx, case) for case in cases if case.id in scene.waiting}
    pending = {case_id: _pending(one) for case_id, one in undecided.items() if one}
    groups, waits = _numbered(judged), _numbered(pending)
    rows = [_row(scene, clue, groups.get(clue.case, 0), waits.get(clue.case, 0)) for clue in clues]
    best = max((collective.told(clues, today, one.act) for one in judged.values()), key=_order, default="")
    together = [case for case in cases if groups.get(case.id)] if groups else []
    newest = max(cases, key=lambda case: (case.record.received, case.id))
    return Cluster(
        cooperative=newest.facts.cooperative,
        category=harm.category,
        harm=harm.harm,
        rows=tuple(rows),
        independent=collective.range_of(collective.independent(clues)) if groups else "",
        told=best,
        members=next((one.members for key, one in judged.items() if groups.get(key)), ""),
        systemic=any(clue.case in scene.systemic for clue in clues),
        waiting_for=OTHER_COLLEGE if waits else "",
        reasons=tuple(
            dict.fromkeys([*reasons(tx, together), *reasons(tx, [case for case in cases if waits.get(case.id)])])
        ),
    )


def _row(scene: _Scene, clue: Clue, group: int, waiting: int) -> Row:
    case = scene.case(clue)
    return Row(
        case=case.id,
        label=case.record.label,
        state=str(clue.state),
        month=month_of(clue.written),
        group=group,
        waiting=waiting,
        verified=clue.may_be_told(scene.desk.today),
        consent=clue.consent,
        amount=amount_of(scene.tx, case) if case.id in scene.weighed else "",
    )


def _pending(decision: Decision) -> Judged:
    return Judged(str(decision.body["act"]), str(decision.body["group"]), str(decision.body["facts"]["members"]))


def _numbered(judged: Mapping[str, Judged]) -> dict[str, int]:
    """A number for each author. A judgement of which only one case is seen is shown as none: who may not open the
    others is not told that there are any.
    """
    acts = _counts(one.act for one in judged.values())
    seen = {key: one for key, one in judged.items() if acts[one.act] > 1}
    order = {
        name: number for number, name in enumerate(dict.fromkeys((one.act, one.group) for one in seen.values()), 1)
    }
    return {key: order[one.act, one.group] for key, one in seen.items()}


def _counts(names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name in names:
        found[name] = found.get(name, 0) + 1
    return found


def _order(told: str) -> int:
    return next((least for least, name in collective.RANGES if name == told), 0)
