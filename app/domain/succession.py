"""From one version of an entry to the next: versions only grow, nothing changes in silence, withdrawn is final."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from app.domain.durations import DURATIONS, month_number
from app.domain.entry import Entry, Record, Tombstone
from app.domain.record import Correction
from app.domain.strict import EntryError
from crypto import canonical

# Groups whose every change must be told by a correction. Dates, status and the adversarial phase tell their own story.
_TOLD = ("cooperative", "body", "finding", "references", "collective")


def value_hash(value: Any) -> str:
    """SHA-256 of the canonical JSON of a field: lets a reader check a former value without our showing it."""
    return hashlib.sha256(canonical.dumps(value)).hexdigest()


def changes(old: Entry, new: Entry) -> dict[str, str]:
    """The published fields that differ, by path, with the hash of their former value."""
    before, after = _fields(old), _fields(new)
    return {
        name: value_hash(before.get(name)) for name in sorted({*before, *after}) if before.get(name) != after.get(name)
    }


def amend(old: Entry, new: Entry, *, month: str, reason: str, note: str) -> Entry:
    """`new` as the version that follows `old`: number, permanent name and one correction for each changed field."""
    told = tuple(Correction(month, name, before, reason, note) for name, before in changes(old, new).items())
    return replace(new, regc_id=old.regc_id, version=old.version + 1, corrections=(*old.corrections, *told))


def end(entry: Entry, status: str, month: str) -> Tombstone:
    """The tombstone that takes an entry down: `status` is "expired" or "withdrawn"."""
    return Tombstone(entry.regc_id, entry.version + 1, status, month)


def replace_by(entry: Entry, others: tuple[str, ...], month: str) -> Tombstone:
    """The tombstone of an entry that goes on in others: one after a merge, several after a split.

    Raises:
        EntryError: no other entry is named, or one of them twice, or the entry itself.
    """
    return Tombstone.parse(Tombstone(entry.regc_id, entry.version + 1, "replaced", month, others).to_dict())


def check_successor(old: Record | None, new: Record) -> None:
    """Return only if `new` may follow `old` (None: nothing was ever published under that name).

    Raises:
        EntryError: the rule that is broken.
    """
    if old is None:
        if isinstance(new, Entry) and new.version == 1 and new.dates.renewed:
            raise EntryError("dates.renewed", "a first version was never renewed")
        return
    if old.regc_id != new.regc_id:
        raise EntryError("regc_id", "the next version of an entry keeps its name")
    if old.status == "withdrawn":
        raise EntryError("status", "this entry was withdrawn, and that is final")
    if new.version <= old.version:
        raise EntryError("version", "an old version: versions only grow")
    if isinstance(new, Tombstone) and (isinstance(old, Entry) or new.status == "withdrawn"):
        return
    if isinstance(old, Tombstone) or isinstance(new, Tombstone):
        raise EntryError("status", "this entry has ended: it can only be withdrawn")
    _check_dates(old, new)
    _check_adversarial(old, new)
    _check_corrections(old, new)


def _check_dates(old: Entry, new: Entry) -> None:
    if old.status == "corrected" != new.status:
        raise EntryError("status", "a corrected entry stays corrected until it ends")
    before, after = old.dates, new.dates
    if after.published != before.published:
        raise EntryError("dates.published", "the month of the first publication never changes")
    for name in ("reviewed", "renewed", "corrected"):
        if getattr(after, name) < getattr(before, name):
            raise EntryError(f"dates.{name}", "this date never goes back")
    if after.renewed and month_number(after.renewed) >= month_number(after.published) + DURATIONS.ceiling:
        raise EntryError("dates.renewed", "no renewal goes beyond five years")


def _check_adversarial(old: Entry, new: Entry) -> None:
    before, after = old.adversarial, new.adversarial
    if before.reply and not after.reply:
        raise EntryError("adversarial.reply", "the reply stays as long as the entry")
    if before.reply_refused and not (after.reply_refused or after.reply):
        raise EntryError("adversarial.reply_refused", "the reason stays until a reply takes its place")
    if after.observations[: len(before.observations)] != before.observations:
        raise EntryError("adversarial.observations", "an observation is added, never changed")
    if new.remediation[: len(old.remediation)] != old.remediation:
        raise EntryError("remediation", "a step is added, never changed")


def _check_corrections(old: Entry, new: Entry) -> None:
    kept = len(old.corrections)
    if new.corrections[:kept] != old.corrections:
        raise EntryError("corrections", "a correction is added, never changed")
    told = {correction.field: correction.before for correction in new.corrections[kept:]}
    if told != changes(old, new):
        raise EntryError("corrections", "one correction for each field that changed, and for no other")


def _fields(entry: Entry) -> dict[str, Any]:
    """The told groups of an entry, flat: one level below the group, and the group itself when it is a list or null."""
    flat: dict[str, Any] = {}
    for group, value in entry.to_dict().items():
        if group in _TOLD:
            inner = value if isinstance(value, dict) else {"": value}
            flat.update({f"{group}.{name}".rstrip("."): item for name, item in inner.items()})
    return flat
