"""Files that travel: whole or not at all, plain or refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.errors import UserError
from app.transfer import files
from app.transfer.files import PartFile, open_plain, write_secret, write_whole


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_appears_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "out box"
    assert write_whole(path, [b"one", b"two"]) == 6
    assert path.read_bytes() == b"onetwo"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == {"out box"}


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    path.write_bytes(b"old")

    def cut():
        yield b"new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, cut())
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == {"outbox"}


def test_an_older_file_and_an_older_part_are_replaced(tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    path.write_bytes(b"old")
    (tmp_path / "outbox.part").write_bytes(b"a crash left this")
    write_whole(path, [b"new"])
    assert path.read_bytes() == b"new"
    assert names(tmp_path) == {"outbox"}


def test_restart_drops_what_was_written(tmp_path: Path) -> None:
    with PartFile(tmp_path / "x") as part:
        part.write(b"first try")
        part.restart()
        part.write(b"2nd")
        assert part.size == 3
        part.keep()
    assert (tmp_path / "x").read_bytes() == b"2nd"


def test_only_a_plain_place_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("folder", "link"):
        with pytest.raises(UserError, match="not a plain file"):
            write_whole(tmp_path / name, [b"x"])
    with pytest.raises(UserError, match="cannot be written: No such file"):
        write_whole(tmp_path / "no" / "folder", [b"x"])


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    with PartFile(tmp_path / "pickup") as part:
        part._file.close()
        part._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - closed by the part
        with pytest.raises(UserError, match="No space left on device"):
            part.write(b"x")
    assert names(tmp_path) == set()


def test_a_failed_rename_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(files.os, "replace", refuse)
    with pytest.raises(UserError, match="Input/output error"):
        write_whole(tmp_path / "x", [b"x"])
    assert names(tmp_path) == set()


def test_a_secret_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "key"
    write_secret(path, "first\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UserError, match="exists already"):
        write_secret(path, "second\n")
    assert path.read_text() == "first\n"
    with pytest.raises(UserError, match="cannot be written"):
        write_secret(tmp_path / "no" / "key", "x")


def test_only_a_plain_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    with open_plain(tmp_path / "file", limit=5) as stream:
        assert stream.read() == b"12345"
    for name, sentence in {
        "link": "cannot be opened",
        "pipe": "not a plain file",
        "folder": "not a plain file",
        "nothing": "There is no file",
    }.items():
        with pytest.raises(UserError, match=sentence):
            open_plain(tmp_path / name, limit=5)
    with pytest.raises(UserError, match="larger than any file"):
        open_plain(tmp_path / "file", limit=4)
