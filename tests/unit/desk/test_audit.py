"""The journal on the disk, changed at random: each change is found, with a key and without."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cli import main, ui
from app.desk.carry.outboxes import make_outbox
from app.desk.cases.decisions import move_case
from app.desk.cases.reading import show_case
from app.desk.core.chain import journal_fault
from app.desk.keep.audit import Audit, audit, audit_store, head_of, parse_head
from app.desk.replies.replies import send
from app.domain import journal
from app.errors import UsageError, UserError
from app.stores.desk import DeskStore
from tests.unit.desk.house import House, Reporter, open_house
from tests.unit.desk.test_journey import Typed

COLUMNS = ("n", "day", "actor", "action", "subject", "reason_hash", "previous", "hash", "sealed")


class Worked:
    """A desk with some lines, the last of them not yet carried away, and its database as bytes."""

    def __init__(self, house: House) -> None:
        self.house = house
        for _ in range(2):
            case_id = house.new_case(reporter=Reporter.new())
            desk = house.desk()
            show_case(desk, case_id)
            send(desk, case_id, "Bonjour.")
            move_case(desk, case_id, "acknowledged", "lu")
            make_outbox(desk, house.folder / "outbox")
        send(desk, case_id, "Encore.")
        self.desk = desk
        self.head = head_of(house.store).hash
        house.store.forget()
        self.path = house.home / "desk.db"
        self.whole = self.path.read_bytes()
        with closing(sqlite3.connect(self.path)) as link:
            self.rows = link.execute(f"SELECT {', '.join(COLUMNS)} FROM journal ORDER BY n").fetchall()

    def changed(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as link:
            link.execute(statement, values)
            link.commit()

    def restore(self) -> None:
        for name in ("desk.db-wal", "desk.db-shm"):
            (self.house.home / name).unlink(missing_ok=True)
        self.path.write_bytes(self.whole)


@pytest.fixture(scope="module")
def worked() -> Iterator[Worked]:
    with open_house() as house:
        yield Worked(house)


@pytest.fixture
def each(worked: Worked) -> Iterator[Worked]:
    yield worked
    worked.restore()


def kinds(found: Audit) -> set[str]:
    return {fault.kind for fault in found.faults}


def test_what_was_written_is_whole(worked: Worked) -> None:
    assert audit_store(worked.house.store).faults == ()
    assert audit_store(worked.house.store, worked.head).faults == ()
    assert audit(worked.desk, worked.head) == Audit(len(worked.rows), worked.head)
    for name in ("brume", "cypres"):
        assert audit(worked.house.desk(name)).faults == ()


def edit(worked: Worked, n: int, _other: int, *, column: str, value: object) -> None:
    worked.changed(f"UPDATE journal SET {column} = ? WHERE n = ?", value, n)


def remove(worked: Worked, n: int, _other: int, **_: object) -> None:
    worked.changed("DELETE FROM journal WHERE n = ?", n)


def cut(worked: Worked, n: int, _other: int, **_: object) -> None:
    worked.changed("DELETE FROM journal WHERE n >= ?", n)


def renumber(worked: Worked, n: int, other: int, **_: object) -> None:
    for at in range(len(worked.rows), n - 1, -1):
        worked.changed("UPDATE journal SET n = n + ? WHERE n = ?", 1 + other % 50, at)


def insert(worked: Worked, n: int, other: int, **_: object) -> None:
    row = worked.rows[n - 1]
    count = len(worked.rows)
    worked.changed(f"INSERT INTO journal VALUES ({', '.join('?' * 9)})", count + 1 + other % 3, *row[1:])


def swap(worked: Worked, n: int, other: int, **_: object) -> None:
    row, mate = worked.rows[n - 1], worked.rows[other % len(worked.rows)]
    sets = ", ".join(f"{name} = ?" for name in COLUMNS[1:])
    for target, content in ((row[0], mate), (mate[0], row)):
        worked.changed(f"UPDATE journal SET {sets} WHERE n = ?", *content[1:], target)


def forge(worked: Worked, n: int, _other: int, *, value: object, **_: object) -> None:
    """Edit one line and compute its hash anew, as somebody who knows the format would."""
    line = journal.from_row(dict(zip(COLUMNS, worked.rows[n - 1], strict=True)))
    line = replace(line, actor=f"{value}x")
    worked.changed("UPDATE journal SET actor = ?, hash = ? WHERE n = ?", line.actor, journal.line_hash(line), n)


CHANGES = {
    "edit": edit,
    "remove": remove,
    "cut": cut,
    "renumber": renumber,
    "insert": insert,
    "swap": swap,
    "forge": forge,
}
# `at` and `other` choose lines, `value` is put into a column.
VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40),
    st.binary(max_size=40),
    st.sampled_from(["2026-11-02", "20261102", "2026-W45-1", "0" * 64, "f" * 64, "alize", "purge", ""]),
    st.floats(allow_nan=False),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(CHANGES)),
    at=st.integers(0, 10**6),
    other=st.integers(0, 10**6),
    column=st.sampled_from(COLUMNS),
    value=VALUES,
)
def test_every_random_change_is_found(
    worked: Worked, kind: str, at: int, other: int, column: str, value: object
) -> None:
    worked.restore()
    before = worked.rows
    n = before[at % len(before)][0]
    try:
        CHANGES[kind](worked, n, other, column=column, value=value)
    except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError):
        return  # SQLite itself refused
    with closing(sqlite3.connect(worked.path)) as link:
        if stored(link) == stored_before(before):
            return  # nothing was changed: a swap with itself, the same value again
    found = audit(worked.desk, worked.head)
    assert found.faults, (kind, n, column)
    if kind != "edit" or column != "sealed":  # a reason that was exchanged shows only with the key of its case
        assert audit_store(worked.house.store, worked.head).faults
    worked.restore()


def stored(link: sqlite3.Connection) -> list[tuple[str, ...]]:
    rows = link.execute(f"SELECT {', '.join(COLUMNS)} FROM journal ORDER BY n").fetchall()
    return [tuple(repr(value) for value in row) for row in rows]


def stored_before(rows: list[tuple[object, ...]]) -> list[tuple[str, ...]]:
    return [tuple(repr(value) for value in row) for row in rows]


def test_a_cut_tail_shows_against_a_head_or_the_last_outbox(each: Worked) -> None:
    last = len(each.rows)
    each.changed("DELETE FROM journal WHERE n = ?", last)
    assert audit_store(each.house.store).faults == ()  # nothing shows it without a head
    assert audit(each.desk).faults == ()  # what came after the last outbox
    assert kinds(audit_store(each.house.store, each.head)) == {"cut"}
    assert kinds(audit(each.desk, each.head)) == {"cut"}
    each.changed("DELETE FROM journal WHERE n >= ?", last - 1)
    assert kinds(audit(each.desk)) == {"cut"}


def test_a_reason_that_was_exchanged_shows_with_the_key(each: Worked) -> None:
    each.changed("UPDATE journal SET sealed = (SELECT sealed FROM journal WHERE n = 5) WHERE n = 4")
    found = audit(each.desk)
    assert {(fault.n, fault.kind) for fault in found.faults} == {(4, "reason")}
    each.changed("UPDATE journal SET sealed = NULL WHERE n = 4")
    assert kinds(audit_store(each.house.store)) == kinds(audit(each.desk)) == {"reason"}


def test_a_last_outbox_that_is_gone_is_told(each: Worked) -> None:
    each.changed("UPDATE outboxes SET sealed = NULL")
    assert kinds(audit(each.desk)) == {"unreadable"}
    assert "last outbox" in audit(each.desk).faults[0].message


def test_text_that_is_none_is_told(each: Worked) -> None:
    each.changed("UPDATE journal SET actor = CAST(x'ff' AS TEXT) WHERE n = 2")
    assert kinds(audit_store(each.house.store)) == kinds(audit(each.desk)) == {"unreadable"}
    with pytest.raises(UserError, match="cannot be read"):
        head_of(each.house.store)


def test_a_head_is_read_as_people_copy_it(worked: Worked) -> None:
    shown = head_of(worked.house.store).to_text().splitlines()
    assert shown[0] == f"try.example, journal, 2026-11-02, {len(worked.rows)}"
    assert [len(line.split()) for line in shown[1:]] == [8, 8]
    assert parse_head(" ".join(shown[1:]).upper()) == worked.head
    for wrong in ("", "12", "g" * 64, "0" * 65):
        with pytest.raises(UserError, match="64 hexadecimal digits"):
            parse_head(wrong)


@pytest.mark.parametrize("head", ["", " ", "0" * 64, "0000 " * 16])
def test_a_head_through_which_everything_passes_is_wrong_usage(each: Worked, head: str) -> None:
    with pytest.raises(UsageError):
        run(Typed(each.house), "verify", "--head", head)


def test_a_journal_without_any_line_is_cut(each: Worked) -> None:
    each.changed("DELETE FROM journal")
    status, lines = run(Typed(each.house), "verify")
    assert status == 1
    assert lines[0].startswith("cut: No line is left")
    assert kinds(audit(each.desk)) == {"cut"}
    with each.house.store.reading() as tx:
        assert "No line is left" in journal_fault(each.desk.keyring, tx)
    each.changed("DELETE FROM outboxes")
    each.changed("DELETE FROM pickups")
    assert kinds(audit_store(each.house.store)) == {"cut"}
    with pytest.raises(UserError, match="No line is left"):
        make_outbox(each.desk, each.house.folder / "outbox")


def run(typed: Typed, *words: str, by: str = "") -> tuple[int, list[str]]:
    args = main.parse(["desk", "audit", *words, "--config", str(typed.config), *(["--as", by] if by else [])])
    with ui.captured() as lines:
        return args.run(args) or 0, lines


def test_as_it_is_typed(each: Worked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURDINE_REVIEWER", raising=False)
    typed = Typed(each.house)
    count = len(each.rows)
    assert run(typed, "verify") == (0, [f"{count} lines, all of them as they were written."])
    assert run(typed, "verify", by="cypres")[0] == 0
    told = json.loads(run(typed, "verify", "--json", "--head", each.head)[1][0])
    assert told == {"lines": count, "head": each.head, "faults": []}
    status, lines = run(typed, "head", "--to", str(tmp_path / "head.txt"))
    assert (status, (tmp_path / "head.txt").read_text()) == (0, lines[0] + "\n")
    assert json.loads(run(typed, "head", "--json")[1][0])["hash"] == each.head
    each.changed("UPDATE journal SET actor = 'cypres' WHERE n = 3")
    for by in ("", "alize"):
        assert run(typed, "verify", by=by) == (1, ["edited: Line 3 was edited: its hash does not fit its content."])
    with pytest.raises(UserError, match="Line 3 was edited"):
        run(typed, "head")


def test_an_empty_journal_has_no_head(tmp_path: Path) -> None:
    with open_house() as house:
        assert audit_store(house.store).faults == ()
        assert audit(house.desk()).faults == ()
        with pytest.raises(UserError, match="no line yet"):
            head_of(house.store)
        assert isinstance(house.store, DeskStore)


def test_something_else_in_the_place_of_a_reason_is_told(each: Worked) -> None:
    each.changed("UPDATE journal SET sealed = 'text' WHERE n = 2")
    assert "unreadable" in kinds(audit(each.desk)) & kinds(audit_store(each.house.store))
