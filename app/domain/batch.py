"""A signed batch of registry records, and the order in which batches of one issuer are taken (docs/spec/export.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.durations import month_of
from app.domain.entry import Entry, Record
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
    """Return only if the batch and the publication months in it have begun.

    Raises:
        OrderError: the batch, or an entry in it, is of a day to come.
    """
    if batch.day > today:
        raise OrderError("This export is of a day to come.", f"{_SAFE} Check the date of both machines.")
    for signed in batch.records:
        if isinstance(signed.record, Entry) and signed.record.dates.published > month_of(today):
            raise OrderError(
                f"The publication month of {signed.record.regc_id} has not begun.", f"{_SAFE} Load it from then on."
            )
