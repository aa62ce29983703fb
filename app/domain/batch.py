"""A signed batch of registry records, and the order in which batches of one issuer are taken (docs/spec/export.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.domain.durations import month_of
from app.domain.entry import Record, Tombstone
from app.errors import UserError

_SAFE = "Nothing was changed."


@dataclass(frozen=True)
class SignedRecord:
    """One record and who signed it: pairs of key fingerprint and detached OpenPGP signature.

    Attributes:
        salt: 32 bytes; with the record it makes the leaf of the log, and goes when the record goes.
        name: what `body.nominative` stands for, or nothing. It never enters an index, a log or a bulk export.
    """

    record: Record
    signatures: tuple[tuple[str, bytes], ...]
    salt: bytes
    name: str = ""


@dataclass(frozen=True)
class Batch:
    """An export whose every signature was checked.

    Attributes:
        checkpoint: the issuer's log after this batch, as the desk signed it (docs/spec/log.md).
    """

    issuer: str
    sequence: int
    previous: str
    digest: str
    day: date
    month: str
    records: tuple[SignedRecord, ...]
    checkpoint: bytes


@dataclass(frozen=True)
class Head:
    """The last batch that was taken from an issuer."""

    sequence: int
    digest: str


class OrderError(UserError):
    """A batch that does not follow the last one of its issuer."""


def is_next(head: Head | None, batch: Batch) -> bool:
    """True for the next batch of an issuer; False for the very last one brought again, which changes nothing.

    Raises:
        OrderError: an older one, another one under a used number, one too early, or one of another history.
    """
    expected = head.sequence + 1 if head else 1
    name = f"Export {batch.sequence} of {batch.issuer}"
    if head and (batch.sequence, batch.digest) == (head.sequence, head.digest):
        return False
    if head and batch.sequence == head.sequence:
        raise OrderError(
            f"{name} is not the export that was loaded under this number.",
            f"{_SAFE} Ask the issuer which of the two is right.",
        )
    if batch.sequence < expected:
        raise OrderError(
            f"{name} is an old version: export {expected - 1} is in force.",
            f"{_SAFE} What it holds was loaded or replaced before.",
        )
    if batch.sequence > expected:
        raise OrderError(
            f"Export {expected} of {batch.issuer} is missing: this one is number {batch.sequence}.",
            f"{_SAFE} Load the exports in their order.",
        )
    if head and batch.previous != head.digest:
        raise OrderError(
            f"{name} continues another export than the last one loaded.",
            f"{_SAFE} Ask the issuer whether its history was rewritten.",
        )
    return True


def check_time(batch: Batch, today: date) -> None:
    """Return only if the batch, and every month that its records tell of, have begun.

    An expiry is computed from these months: one that is to come would keep an entry, and a name, beyond their time.

    Raises:
        OrderError: the batch, or a month in it, is to come; `body.nominative.expires` alone may be.
    """
    if batch.day > today:
        raise OrderError("This export is of a day to come.", f"{_SAFE} Check the date of both machines.")
    month = month_of(batch.day)
    for signed in batch.records:
        if any(told > month for told in _months(signed.record)):
            raise OrderError(
                f"A month in {signed.record.regc_id} has not begun on the day of the export.",
                f"{_SAFE} Ask the issuer to export it from then on.",
            )


def _months(record: Record) -> Iterator[str]:
    if isinstance(record, Tombstone):
        yield record.month
        return
    dates, heard = record.dates, record.adversarial
    yield from (dates.published, dates.reviewed, dates.renewed, dates.corrected)
    yield from (heard.notified, heard.persons_informed, heard.reply_inserted)
    for group in (heard.observations, record.corrections, record.remediation):
        yield from (told.month for told in group)
    if record.body and record.body.nominative:
        yield record.body.nominative.basis.verified
