"""Same harm, several members: which cases belong together, and how much of that may be told (DOMAIN §3.2, §4, T5).

A codename is no person: one member can hold several. So cases are counted by groups that two reviewers of two colleges
judged to be of different authors; what nobody judged is not counted. A number is told from three on, as a range, and
never of a cooperative with fewer than 50 members or of unknown size. Amounts of harm exist in bands, on the desk only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from app.domain.cooperatives import telling_words
from app.domain.durations import add_days
from app.domain.entry import Entry
from app.domain.facts import State
from app.domain.gate import Finding
from app.domain.guards import OPINION_DAYS
from app.domain.taxonomy import Label

WINDOW_MONTHS = 24
CASES_MIN = 3
COOPERATIVES_MIN = 5
QUIET_DAYS = 30
TOO_SMALL = "<50"
# Least number of independent cases, and what is told of it; the ranges of docs/spec/entry.md.
RANGES: tuple[tuple[int, str], ...] = ((10, "10+"), (5, "5-9"), (CASES_MIN, "3-4"))
# DOMAIN §3.2 and S0.30: for people who weigh a harm on the desk. No format that leaves the desk has a place for them.
AMOUNTS: dict[str, Label] = {
    "under-500": ("moins de 500 €", "less than €500"),
    "500-to-5k": ("500 à 5 000 €", "€500 to 5,000"),
    "5k-to-50k": ("5 000 à 50 000 €", "€5,000 to 50,000"),
    "over-50k": ("plus de 50 000 €", "more than €50,000"),
}
# Who may act for several (DOMAIN §2, S3.13). Whether a body is entitled is for that body to show: no letter says it is.
BODIES: dict[str, Label] = {
    "approved": (
        "association agréée pour l'action de groupe (loi n° 2025-391, art. 16)",
        "association approved for group actions (law 2025-391, art. 16)",
    ),
    "declared": (
        "association déclarée depuis deux ans, pour faire cesser un manquement (loi n° 2025-391, art. 16)",
        "association declared for two years, to make a breach cease (law 2025-391, art. 16)",
    ),
    "qualified": ("entité qualifiée (directive (UE) 2020/1828)", "qualified entity (Directive (EU) 2020/1828)"),
    "federation": ("fédération ou union de coopératives", "federation or union of cooperatives"),
    "authority": ("autorité publique compétente", "competent public authority"),
}
VERIFIED = frozenset(
    {
        State.VERIFIED,
        State.REGISTRY_PROPOSED,
        State.RIGHT_OF_REPLY,
        State.PUBLISHED,
        State.CORRECTED,
        State.EXPIRED,
    }
)
# Whoever got here was asked, or waited for, as the procedure has it.
_HEARD = frozenset({State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED, State.EXPIRED})
SET_ASIDE = frozenset({State.UNFOUNDED, State.UNVERIFIABLE, State.OUT_OF_SCOPE, State.WITHDRAWN})


@dataclass(frozen=True, order=True)
class Harm:
    """What makes cases one cluster: the cooperative as `cooperative_key`, a category code and a harm class."""

    cooperative: str
    category: str
    harm: str

    @property
    def matter(self) -> tuple[str, str]:
        """What makes a problem systemic, whatever the harm."""
        return self.cooperative, self.category


@dataclass(frozen=True)
class Judged:
    """What two colleges signed of one case: `act` is common to all that were judged together, `group` to those of one
    author; `members` is the size of the cooperative as they attest it.
    """

    act: str
    group: str
    members: str


@dataclass(frozen=True, kw_only=True)
class Clue:
    """What one case gives.

    Attributes:
        written: the day of the reporter's last message, or of the import.
        outcome: the state from which a closed case was closed.
        opinion: the reporter's, on publication; `proposed`: the day from which one is waited for.
        federation: of the cooperative, as an entry names it.
    """

    case: str
    harm: Harm
    written: date
    state: State
    outcome: str = ""
    opinion: str = ""
    proposed: date | None = None
    consent: bool = False
    judged: Judged | None = None
    federation: str = ""

    @property
    def standing(self) -> str:
        return self.outcome if self.state is State.CLOSED else str(self.state)

    @property
    def verified(self) -> bool:
        return self.standing in VERIFIED

    @property
    def alive(self) -> bool:
        """Whether the desk counts it: still open, or closed after it was verified."""
        return self.verified or (self.state is not State.CLOSED and self.state not in SET_ASIDE)

    def may_be_told(self, today: date) -> bool:
        """Whether the public may count it: two verified it, and its reporter said yes or let the time pass."""
        if not self.verified or self.opinion == "no":
            return False
        waited = self.proposed is not None and today >= add_days(self.proposed, OPINION_DAYS)
        return self.opinion == "yes" or self.standing in _HEARD or waited


@lru_cache(maxsize=32768)
def cooperative_key(name: str) -> str:
    """The words that tell a cooperative from others, in their order, without its legal form."""
    return " ".join(telling_words(name))


def recent(clue: Clue, today: date) -> bool:
    """Whether its last word falls in the rolling window: the month of today and the 23 before it."""
    written = clue.written
    return 0 <= (today.year - written.year) * 12 + today.month - written.month < WINDOW_MONTHS


def clusters(clues: Iterable[Clue], today: date, least: int = 2) -> dict[Harm, tuple[Clue, ...]]:
    """What the desk looks at together: so many cases or more of one harm, in the window."""
    found: defaultdict[Harm, list[Clue]] = defaultdict(list)
    for clue in clues:
        if clue.alive and recent(clue, today):
            found[clue.harm].append(clue)
    return {harm: tuple(found[harm]) for harm in sorted(found) if len(found[harm]) >= least}


def independent(clues: Iterable[Clue], act: str = "") -> int:
    """How many authors two colleges told apart in one judgement: in that of `act`, else in the one that tells most."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for clue in clues:
        if clue.judged and act in {"", clue.judged.act}:
            groups[clue.judged.act].add(clue.judged.group)
    return max(map(len, groups.values()), default=0)


def range_of(count: int) -> str:
    """What may be told of so many independent cases; empty below three."""
    return next((told for least, told in RANGES if count >= least), "")


def large_enough(members: str) -> bool:
    """Whether a number of cases may be told of a cooperative of that size; "" is unknown."""
    return members not in {"", TOO_SMALL}


def told(clues: Sequence[Clue], today: date, act: str) -> str:
    """The range that one judgement supports in public; empty when nothing may be told."""
    return _range([one for one in _of_act(clues, today, act) if one.may_be_told(today)], act)


def referred(clues: Sequence[Clue], today: date, act: str) -> tuple[str, tuple[Clue, ...]]:
    """The range that a letter to an entitled body may tell, and the cases whose reporter did not agree to a referral:
    as long as there is one, there is no letter.
    """
    counted = [one for one in _of_act(clues, today, act) if one.verified]
    return _range(counted, act), tuple(one for one in counted if not one.consent)


def _of_act(clues: Iterable[Clue], today: date, act: str) -> list[Clue]:
    return [one for one in clues if one.judged and one.judged.act == act and recent(one, today)]


def _range(counted: Sequence[Clue], act: str) -> str:
    small = any(one.judged and not large_enough(one.judged.members) for one in counted)
    return "" if small else range_of(independent(counted, act))


def quiet_from(clues: Iterable[Clue]) -> date | None:
    """The day from which the last message of any of these reporters is 30 days old; None when there is none."""
    days = [clue.written for clue in clues]
    return add_days(max(days), QUIET_DAYS) if days else None


def systemic(clues: Iterable[Clue], today: date) -> frozenset[str]:
    """The cases of a systemic problem (DOMAIN §3.2, S1.6): three independent cases of one cooperative and category in
    the window, or one category in five cooperatives of one federation.
    """
    found = [clue for clue in clues if clue.alive and recent(clue, today)]
    members = _by(found, lambda clue: clue.harm.matter)
    federations = _by([clue for clue in found if clue.federation], lambda one: (one.federation, one.harm.category))
    return frozenset(
        clue.case
        for clue in found
        if independent(members[clue.harm.matter]) >= CASES_MIN
        or len(_cooperatives(federations.get((clue.federation, clue.harm.category), ()))) >= COOPERATIVES_MIN
    )


def check_range(entry: Entry, clue: Clue, clues: Sequence[Clue], today: date) -> tuple[Finding, ...]:
    """What keeps the `collective` block of an entry on the desk.

    Args:
        clue: of the case of this entry, its harm as the entry names it.
        clues: of every case that this reviewer may open, that one included.
    """
    if entry.collective is None:
        return ()
    judged = clue.judged
    if judged is None:
        return (_finding("Two colleges judge first which cases are independent: sourdine desk cluster judge."),)
    if judged.members != entry.cooperative.members:
        return (_finding("cooperative.members is not the size that two colleges attested when they judged the cases."),)
    same = [one for one in clues if one.harm == clue.harm and one.judged and one.judged.act == judged.act]
    return (
        *_supported(entry.collective.cases, told(same, today, judged.act)),
        *_quiet(same, today),
    )


def _supported(claimed: str, supported: str) -> Iterator[Finding]:
    if not supported:
        yield _finding(
            f"Fewer than {CASES_MIN} independent and verified cases may be told here, or the cooperative has fewer "
            "than 50 members: leave collective out."
        )
    elif _least(claimed) > _least(supported):
        yield _finding(f"The judged cases support {supported} and no more: write that.")


def _quiet(clues: Iterable[Clue], today: date) -> Iterator[Finding]:
    quiet = quiet_from(clues)
    if quiet and today < quiet:
        yield _finding(f"A reporter wrote less than {QUIET_DAYS} days ago: wait until {quiet}.")


def unjudgeable(clues: Sequence[Clue]) -> str:
    """Why these cases cannot be judged together; empty when they can.

    One alone can: so the line that a judgement leaves in a case tells nobody that there is another one.
    """
    if not clues:
        return "Name at least one case."
    if len({clue.harm.matter for clue in clues}) > 1:
        return "These cases are not of one cooperative and one category."
    if not all(clue.alive for clue in clues):
        return "One of these cases was set aside: it supports nothing."
    return ""


def _finding(message: str) -> Finding:
    return Finding("collective", message)


def _least(cases: str) -> int:
    return next(least for least, name in RANGES if name == cases)


def _by(clues: Iterable[Clue], key: Callable[[Clue], tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[Clue]]:
    found: defaultdict[tuple[str, str], list[Clue]] = defaultdict(list)
    for clue in clues:
        found[key(clue)].append(clue)
    return found


def _cooperatives(clues: Collection[Clue]) -> set[str]:
    return {clue.harm.cooperative for clue in clues}
