"""The desk's journal as a hash chain: one line for each act, each line holding the hash of the one before.

The reason of an act is sealed elsewhere, under the case key; the line keeps its salted hash, so that a purge leaves
the chain valid. A chain alone cannot show that its end was cut or that everything was written anew: for that, the
head is compared with one that left the desk before, in an outbox, an export or on paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from crypto import canonical

FIRST = "0" * 64
# The act that takes every reason of its case with it.
PURGE = "purge"
_PREFIX = b"sourdine/journal/v1\n"


@dataclass(frozen=True)
class Line:
    """One act: who did what to which subject on which day. `hash` covers everything else."""

    n: int
    day: date
    actor: str
    action: str
    subject: str
    reason_hash: str
    previous: str
    hash: str


@dataclass(frozen=True)
class Fault:
    """Where the journal is broken and how: `edited`, `missing`, `reordered`, `cut`, `reason` or `unreadable`."""

    n: int
    kind: str
    message: str


def line_hash(line: Line) -> str:
    """SHA-256 over the canonical bytes of a line without its own hash."""
    body = {
        "action": line.action,
        "actor": line.actor,
        "day": line.day.isoformat(),
        "n": line.n,
        "previous": line.previous,
        "reason_hash": line.reason_hash,
        "subject": line.subject,
    }
    return hashlib.sha256(_PREFIX + canonical.dumps(body)).hexdigest()


def reason_hash(salt: bytes, reason: str) -> str:
    """What the line keeps of a reason. The salt lies beside the sealed reason: without it no guess can be tried."""
    return hashlib.sha256(salt + reason.encode()).hexdigest()


def append(last: Line | None, *, day: date, actor: str, action: str, subject: str, reason_hash: str = "") -> Line:
    """The line that follows `last` (None: the first of all)."""
    line = Line(
        n=last.n + 1 if last else 1,
        day=day,
        actor=actor,
        action=action,
        subject=subject,
        reason_hash=reason_hash,
        previous=last.hash if last else FIRST,
        hash="",
    )
    return replace(line, hash=line_hash(line))


def from_row(row: Mapping[str, Any]) -> Line:
    """A line as it stands on a disk, whatever somebody made of it: what was never written has no hash that fits."""
    texts = {name: row[name] for name in ("actor", "action", "subject", "reason_hash", "previous", "hash")}
    number = row["n"] if type(row["n"]) is int and abs(row["n"]) <= canonical.INTEGER_MAX else 0
    try:
        day = date.fromisoformat(row["day"])
    except (ValueError, TypeError):
        day = date.min
    if day == date.min or not all(isinstance(text, str) for text in texts.values()):
        return Line(number, date.min, "", "", "", "", "", "")
    line = Line(n=number, day=day, **texts)
    # Another spelling of one day (20261102) would have the same hash.
    return line if row["day"] == day.isoformat() else replace(line, hash="")


def head(lines: Iterable[Line]) -> str:
    """The hash of the last line, or the one before all lines."""
    last = FIRST
    for line in lines:
        last = line.hash
    return last


def verify(lines: Iterable[Line], head: str | None = None) -> tuple[Fault, ...]:
    """Every place where the journal is not what was written; empty when it is whole.

    Args:
        lines: in the order in which they are stored.
        head: a head that left the desk; the chain may have grown since, but must still pass through it.
    """
    faults: list[Fault] = []
    seen = {FIRST}
    number, previous = 0, FIRST
    for line in lines:
        fault = _fault(line, number + 1, previous)
        if fault:
            faults.append(fault)
        number, previous = line.n, line.hash
        seen.add(line.hash)
    if head is not None and head not in seen:
        faults.append(Fault(number + 1, "cut", "The given head is not in this journal: its end was cut or rewritten."))
    return tuple(faults)


def reason_faults(rows: Iterable[tuple[Line, bool]]) -> tuple[Fault, ...]:
    """Reasons that were taken away, added or put back, as far as it shows without the key of their case.

    Args:
        rows: each line, and whether a sealed reason lies beside it. A purge takes all reasons of its case.
    """
    rows = list(rows)
    purged = {line.subject for line, _ in rows if line.action == PURGE}
    faults = []
    for line, sealed in rows:
        if sealed and (not line.reason_hash or line.subject in purged):
            faults.append(Fault(line.n, "reason", f"Line {line.n} holds a reason that was not written with it."))
        elif line.reason_hash and not sealed and line.subject not in purged:
            faults.append(Fault(line.n, "reason", f"The reason of line {line.n} was taken away."))
    return tuple(faults)


def _fault(line: Line, expected: int, previous: str) -> Fault | None:
    if line_hash(line) != line.hash:
        return Fault(line.n, "edited", f"Line {line.n} was edited: its hash does not fit its content.")
    if line.n < expected:
        return Fault(line.n, "reordered", f"Line {line.n} stands after line {expected - 1}.")
    if line.n > expected:
        return Fault(expected, "missing", f"Line {expected} is missing: line {line.n} stands in its place.")
    if line.previous != previous:
        return Fault(line.n, "edited", f"Line {line.n} does not continue the line before it.")
    return None
