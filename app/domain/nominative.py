"""Whether a person's name may stand beside an entry: off unless the desk says so, and then on five conditions.

The Court of Justice found free access to names in a register out of proportion (C-37/20 and C-601/20, 22 November
2022); French open data are pseudonymised. Hence a final public decision that names the person itself, the person told
and heard, two colleges, a year at most (docs/spec/entry.md, Names).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.durations import month_number, month_of
from app.domain.entry import NAME_MONTHS, Entry
from app.domain.facts import State
from app.domain.patterns import scan
from app.domain.words import INSTITUTIONS, fold

OFF = (
    "this desk publishes no name of a person (nominative in desk.toml): take body.name and body.nominative out of the "
    "draft."
)
_TOLD = frozenset({State.RIGHT_OF_REPLY, State.PUBLISHED, State.CORRECTED})
_OUT = frozenset({State.PUBLISHED, State.CORRECTED})
_REACH = frozenset({"email", "phone", "iban", "link", "amount", "file"})


@dataclass(frozen=True)
class Naming:
    """What the desk holds beside a record: whether it may name anybody, and the name."""

    allowed: bool = False
    name: str = ""


def name_faults(entry: Entry, naming: Naming, state: State, today: date) -> Iterator[str]:
    """Everything that keeps a name on the desk today, one sentence each; nothing for an entry without a name."""
    nominative = entry.body.nominative if entry.body else None
    if nominative is None:
        return
    if not naming.allowed:
        yield OFF
        return
    now = month_number(month_of(today))
    ends = month_number(nominative.expires)
    # The name of a published entry goes in its month by itself, and the entry stays.
    over = ends <= now
    if over and state not in _OUT:
        yield "body.nominative.expires has passed: write a month to come."
    if ends > now + NAME_MONTHS:
        yield f"body.nominative.expires is more than {NAME_MONTHS} months from now: write an earlier month."
    if month_number(nominative.basis.verified) > now:
        yield "body.nominative.basis.verified is a month to come: read the decision, then write this month."
    if not naming.name and not over:
        yield "the name is not kept here any more: draft the entry again with body.name."
    if _REACH.intersection(code for code, _ in scan(naming.name)):
        yield "body.name holds more than a name: leave out whatever reaches the person."
    if state in _TOLD and not (entry.adversarial.notified and entry.adversarial.persons_informed):
        yield "the person was not told: move the case back to assessment and make the notice anew."


def names_person(text: str, name: str) -> bool:
    """Whether a text holds the name, or a part of it that is no ordinary word of such texts."""
    words = set(fold(text))
    return any(part in words for part in fold(name) if len(part) > 2 and part not in INSTITUTIONS)
