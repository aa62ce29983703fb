"""The chain: what was written verifies; any edit, removal, reordering or cut is found."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.domain import journal
from app.domain.journal import Line


def chain(length: int) -> list[Line]:
    lines: list[Line] = []
    for n in range(length):
        lines.append(
            journal.append(
                lines[-1] if lines else None,
                day=date(2026, 11, 1) + timedelta(n),
                actor="alize",
                action="move",
                subject=f"case{n}",
                reason_hash=journal.reason_hash(b"salt", f"reason {n}"),
            )
        )
    return lines


LINES = chain(6)


def test_what_was_written_verifies() -> None:
    assert journal.verify([]) == journal.verify(LINES) == ()
    assert [line.n for line in LINES] == [1, 2, 3, 4, 5, 6]
    assert LINES[0].previous == journal.FIRST == journal.head([])
    assert journal.head(LINES) == LINES[-1].hash


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "brume"},
        {"action": "open"},
        {"subject": "other"},
        {"day": date(2026, 1, 1)},
        {"reason_hash": "0" * 64},
        {"previous": "0" * 64},
        {"hash": "0" * 64},
    ],
)
def test_finds_an_edited_line(change: dict[str, object]) -> None:
    edited = [*LINES[:2], replace(LINES[2], **change), *LINES[3:]]
    faults = journal.verify(edited)
    assert (faults[0].n, faults[0].kind) == (3, "edited")


def test_finds_an_edited_line_whose_hash_was_recomputed() -> None:
    forged = replace(LINES[2], actor="brume")
    forged = replace(forged, hash=journal.line_hash(forged))
    faults = journal.verify([*LINES[:2], forged, *LINES[3:]])
    assert [(fault.n, fault.kind) for fault in faults] == [(4, "edited")]


def test_finds_a_removed_line() -> None:
    faults = journal.verify([*LINES[:2], *LINES[3:]])
    assert [(fault.n, fault.kind) for fault in faults] == [(3, "missing")]


def test_finds_reordered_lines() -> None:
    swapped = [LINES[0], LINES[2], LINES[1], *LINES[3:]]
    kinds = {fault.kind for fault in journal.verify(swapped)}
    assert "reordered" in kinds


def test_finds_a_cut_tail_with_a_head() -> None:
    head = LINES[-1].hash
    assert journal.verify(LINES[:4]) == ()  # nothing shows it without a head
    assert [(fault.n, fault.kind) for fault in journal.verify(LINES[:4], head)] == [(5, "cut")]
    assert journal.verify(LINES[:4], LINES[2].hash) == ()  # it has grown since that head
    assert journal.verify([], journal.FIRST) == ()


def test_finds_a_journal_written_anew() -> None:
    assert journal.verify(LINES, LINES[-1].hash) == ()
    other = [replace(line) for line in chain(6)]
    rewritten = journal.append(other[4], day=date(2026, 12, 1), actor="x", action="y", subject="z")
    assert journal.verify([*other[:5], rewritten], LINES[-1].hash)[0].kind == "cut"


def test_finds_every_random_mutation() -> None:
    dice = random.Random(1947)
    for _ in range(300):
        lines = list(LINES)
        at = dice.randrange(len(lines))
        kind = dice.choice(["edit", "remove", "swap", "double"])
        if kind == "edit":
            lines[at] = replace(lines[at], subject=lines[at].subject + "x")
        elif kind == "remove":
            del lines[at]
        elif kind == "swap":
            other = (at + 1) % len(lines)
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines.insert(at, lines[at])
        assert journal.verify(lines, LINES[-1].hash), kind


def test_reason_cannot_be_guessed_without_its_salt() -> None:
    assert journal.reason_hash(b"a", "spam") != journal.reason_hash(b"b", "spam")


def row(line: Line, **changes: object) -> dict[str, object]:
    return vars(line) | {"day": line.day.isoformat()} | changes


def test_a_line_comes_back_from_its_row() -> None:
    assert [journal.from_row(row(line)) for line in LINES] == LINES


@pytest.mark.parametrize(
    "change",
    [
        {"day": "20261103"},
        {"day": "2026-W45-2"},
        {"day": "never"},
        {"day": 20261103},
        {"day": None},
        {"actor": b"alize"},
        {"subject": 7.5},
        {"n": 2**60},
        {"n": "two"},
        {"n": 2.0},
        {"hash": None},
        {"previous": 0},
    ],
)
def test_what_was_never_written_is_found(change: dict[str, object]) -> None:
    rows = [row(line) for line in LINES]
    rows[1] |= change
    faults = journal.verify([journal.from_row(one) for one in rows])
    assert faults


def test_reasons_that_are_missing_or_too_many() -> None:
    bare = journal.append(None, day=date(2026, 11, 1), actor="alize", action="open", subject="a")
    told = journal.append(bare, day=bare.day, actor="alize", action="move", subject="a", reason_hash="0" * 64)
    end = journal.append(told, day=bare.day, actor="alize", action=journal.PURGE, subject="a", reason_hash="1" * 64)
    assert journal.reason_faults([(bare, False), (told, True)]) == ()
    assert journal.reason_faults([(bare, False), (told, False), (end, False)]) == ()
    for rows in ([(bare, True)], [(told, False)], [(told, True), (end, False)]):
        (fault,) = journal.reason_faults(rows)
        assert (fault.n, fault.kind) == (rows[0][0].n, "reason")
