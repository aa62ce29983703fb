"""The folder of a static copy: made beside the one in use, then put in its place; a run cut short goes on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from app.errors import UserError

MARK = "site.json"
FORMAT = "sourdine-registry-site/v1"
# Everything in a copy is public, and its web server is often another user than who makes it.
_FOLDER, _FILE = 0o755, 0o644


class Folder:
    """One copy in the making.

    Args:
        goal: where the copy will stand.
        state: what tells one state of the register from another; a copy of another state is begun anew.

    Raises:
        UserError: something else than such a copy stands there.
    """

    def __init__(self, goal: Path, state: dict[str, str]) -> None:
        self._goal = goal.absolute()
        self._part = self._goal.with_name(f"{goal.name}.part")
        self._old = self._goal.with_name(f"{goal.name}.old")
        self._mark = json.dumps({"format": FORMAT, **state}, indent=1) + "\n"
        for folder in (self._goal, self._part, self._old):
            _check_ours(folder)
        if self._old.exists() and not self._goal.exists():
            self._old.rename(self._goal)  # a run ended between its two last steps
        if self._part.exists() and _text(self._part / MARK) != self._mark:
            shutil.rmtree(self._part)
        self._goal.parent.mkdir(parents=True, exist_ok=True)
        _make_folder(self._part)
        self.put(MARK, [self._mark.encode()])

    def has(self, name: str) -> bool:
        """Whether a file was written, whole."""
        return (self._part / name).is_file()

    def put(self, name: str, data: Iterable[bytes]) -> None:
        """Write a file, whole or not at all."""
        path = self._part / name
        _make_folder(path.parent)
        half = path.with_name(f".{path.name}.half")
        with half.open("wb") as file:
            for chunk in data:
                file.write(chunk)
        half.chmod(_FILE)
        half.replace(path)

    def add_line(self, name: str, line: str) -> None:
        """Add a line to a text file."""
        with (self._part / name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")

    def finish(self) -> None:
        """Put the copy in its place; whoever reads meanwhile finds the old one or the new one."""
        if self._old.exists():
            shutil.rmtree(self._old)
        if self._goal.exists():
            self._goal.rename(self._old)
        self._part.rename(self._goal)
        if self._old.exists():
            shutil.rmtree(self._old)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir()
        folder.chmod(_FOLDER)


def _check_ours(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    mark = _text(folder / MARK) if folder.is_dir() else ""
    if f'"format": "{FORMAT}"' not in mark:
        raise UserError(
            f"{folder} exists and is no copy of a registry.",
            "Nothing was written. Name a new folder, or one that an earlier export made.",
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
