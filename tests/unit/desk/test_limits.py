"""What is too large for this machine, or not there: refused or left waiting by itself, and nothing else with it."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

import pytest

from app.desk.carry import takeup
from app.desk.carry.takeup import take_up
from app.desk.cases.reading import show_case
from app.desk.cases.saving import save_case
from app.desk.core import evidence, inner
from app.errors import BusyError
from crypto.errors import ToolError
from tests.unit.desk.house import STORY, House, bomb
from tests.unit.desk.test_takeup import counts


def test_refuses_what_holds_more_than_it_weighs(fresh: House) -> None:
    data, written = bomb(fresh), []
    assert len(data) < 100_000
    fresh.receive(data, fresh.seal(STORY))
    keep = evidence.PartFile.write
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evidence.PartFile, "write", lambda part, data: (written.append(len(data)), keep(part, data))[1])
        done = take_up(fresh.desk())
    assert [one.why for one in done.refused] == ["the message holds more than is accepted"]
    assert len(done.cases) == 1
    assert sum(written) < 1_000_000
    assert counts(fresh) == (0, 1, 1)
    again = take_up(fresh.desk("brume"))
    assert (again.refused, again.waiting) == ([], [])


def test_one_envelope_that_does_not_fit_keeps_back_no_other(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    large = fresh.seal(STORY, files=[("a.bin", secrets.token_bytes(200_000))])
    fresh.receive(large, fresh.seal(STORY))
    real = evidence.Evidence.check_space

    def check(self: evidence.Evidence, size: int) -> None:
        if size > 100_000:
            raise BusyError("The disk of this desk is too full for that.", "Make room.")
        real(self, size)

    with monkeypatch.context() as patch:
        patch.setattr(evidence.Evidence, "check_space", check)
        done = take_up(fresh.desk())
    assert len(done.cases) == 1
    assert [one.why for one in done.waiting] == ["the disk of this desk is too full for that"]
    assert counts(fresh) == (1, 1, 0)
    assert len(take_up(fresh.desk()).cases) == 1


@pytest.mark.parametrize("error", [ToolError("gpg was killed"), OSError(5, "Input/output error")])
def test_a_tool_that_fails_is_told(fresh: House, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    fresh.receive(fresh.seal(STORY))

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(takeup, "open_envelope", fail)
        (told,) = take_up(fresh.desk()).waiting
    assert told.why in {"gpg was killed", "its file cannot be read (Input/output error)"}
    assert counts(fresh) == (1, 0, 0)


def test_a_lost_file_keeps_back_no_other(fresh: House) -> None:
    fresh.receive(fresh.seal(STORY))
    (waiting,) = (fresh.home / "evidence" / "inbox").iterdir()
    waiting.unlink()
    fresh.receive(fresh.seal(STORY))
    done = take_up(fresh.desk())
    assert (len(done.cases), len(done.waiting)) == (1, 1)
    assert "cannot be read" in done.waiting[0].why


def test_an_inner_layer_may_not_hold_far_more_than_it_weighs(fresh: House, tmp_path: Path) -> None:
    desk, data = fresh.desk(), bomb(fresh)
    text = "-----BEGIN PGP MESSAGE-----\n\n" + base64.encodebytes(data).decode() + "-----END PGP MESSAGE-----\n"
    (shown,) = show_case(desk, fresh.new_case(text)).messages
    assert shown.inner.note == inner.TOO_LARGE
    saved = save_case(desk, fresh.new_case(files=[("a.gpg", data), ("b.txt", b"1")]), tmp_path)
    assert saved.names == ["001-a.gpg", "002-b.txt"]
    assert saved.notes == [f"001-a.gpg: {inner.TOO_LARGE}"]
    assert sorted(path.name for path in tmp_path.iterdir()) == saved.names
    sizes = (1, 1_000_000, 100_000_000)
    assert [inner.file_limit(size) for size in sizes] == [16_000_000, 20_000_000, 500_000_000]
