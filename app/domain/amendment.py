"""What a published entry may become without hearing the cooperative again: less, never more.

After the export an entry may change its status, take in the cooperative's words, and mend what was told. Whatever
accuses more, of something else or for longer needs a notice of its own, and so an entry of its own.
"""

from __future__ import annotations

from dataclasses import asdict

from app.domain.entry import Entry
from app.domain.record import Body, Collective, Finding, Nominative
from app.domain.record_groups import RANGES
from app.domain.strict import EntryError
from app.domain.succession import changes

_HEARD = "the cooperative was not heard on this: let this entry end and propose another one, with its own notice"
_FIXED = frozenset(
    {"cooperative.country", "cooperative.identifier", "finding.category", "finding.grade", "finding.harm"}
)
_ONCE = ("notified", "persons_informed", "reply", "reply_inserted")
# An upheld objection takes away; new words need an error, a remedy or a court that asks for them.
_REASONS = frozenset({"error", "remedy", "court_order"})
_WORDS = ("cooperative.", "finding.text", "references")


def check_amendment(old: Entry, new: Entry, month: str) -> None:
    """Return only if `new` may follow the exported `old` without a new notice.

    Args:
        month: this month; nothing of a month to come is written.

    Raises:
        EntryError: the field that would tell more than the cooperative was told.
    """
    _check_dates(old, new, month)
    _check_adversarial(old, new, month)
    told = changes(old, new)
    if told and new.status != "corrected":
        raise EntryError("status", "what was told changes in a corrected entry alone: set corrected and its date")
    for name in told:
        if name in _FIXED or (name == "cooperative.name" and new.cooperative.identifier is None):
            raise EntryError(name, _HEARD)
    _check_finding(old.finding, new.finding)
    if new.body is not None and (old.body is None or not _narrower(old.body, new.body)):
        raise EntryError("body", _HEARD)
    if new.collective is not None and not _fewer(old.collective, new.collective):
        raise EntryError("collective", _HEARD)
    for correction in new.corrections[len(old.corrections) :]:
        allowed = _REASONS if correction.field.startswith(_WORDS) else _REASONS | {"objection"}
        if correction.reason not in allowed:
            raise EntryError("corrections", f"the reason of this change is one of {', '.join(sorted(allowed))}")


def _check_dates(old: Entry, new: Entry, month: str) -> None:
    if new.dates.renewed != old.dates.renewed:
        raise EntryError("dates.renewed", _HEARD)
    if old.dates.corrected and new.dates.corrected != old.dates.corrected:
        raise EntryError("dates.corrected", "this month is set once")
    if max(new.dates.reviewed, new.dates.corrected) > month:
        raise EntryError("dates", "this month has not begun")


def _check_adversarial(old: Entry, new: Entry, month: str) -> None:
    before, after = asdict(old.adversarial), asdict(new.adversarial)
    for name in _ONCE:
        if before[name] and after[name] != before[name]:
            raise EntryError(f"adversarial.{name}", "this was told once and stays")
    months = [item.month for item in new.adversarial.observations]
    if max([new.adversarial.persons_informed, new.adversarial.reply_inserted, *months]) > month:
        raise EntryError("adversarial", "this month has not begun")
    if any(step.month > month for step in new.remediation):
        raise EntryError("remediation", "this month has not begun")


def _check_finding(old: Finding, new: Finding) -> None:
    worse = {
        "subcode": new.subcode not in {old.subcode, ""},
        "severity": new.severity > old.severity,
        "period_from": _half(new.period_from, "H1") < _half(old.period_from, "H1"),
        "period_to": _half(new.period_to, "H2") > _half(old.period_to, "H2"),
        "evidence": not set(new.evidence) <= set(old.evidence),
        "founding_principles": not set(new.founding_principles) <= set(old.founding_principles),
        "ica_principles": not set(new.ica_principles) <= set(old.ica_principles),
    }
    for name, found in worse.items():
        if found:
            raise EntryError(f"finding.{name}", _HEARD)


def _half(period: str, default: str) -> str:
    return period if "-" in period else f"{period}-{default}"


def _narrower(old: Body, new: Body) -> bool:
    same = new.organ == old.organ and new.function in {old.function, ""} and _shorter(old.nominative, new.nominative)
    return same and new.mandate_from >= old.mandate_from and new.mandate_to <= old.mandate_to


def _shorter(old: Nominative | None, new: Nominative | None) -> bool:
    """A name may go, or go earlier; it never comes, and never becomes another one."""
    if new is None:
        return True
    return old is not None and (new.digest, new.basis) == (old.digest, old.basis) and new.expires <= old.expires


def _fewer(old: Collective | None, new: Collective) -> bool:
    return old is not None and RANGES.index(new.cases) <= RANGES.index(old.cases)
