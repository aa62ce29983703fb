"""The whole site as files that any web server serves: pages, exports, deltas and the log (docs/spec/registry-data.md).

Every page is asked of the site itself, so that a copy shows what the site shows. There is one difference: no name of
a person is in a copy, because a folder that anyone may take is a list of names, and nobody comes to erase them there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.errors import UserError
from app.registry import create_app, draw, wording
from app.registry.draw import Shelf
from app.registry.lines import shown_of
from app.registry.static_folder import Folder
from app.settings import RegistrySettings
from app.stores.registry import RegistryStore
from app.stores.registry_values import Stored
from crypto import tlog

LISTED = 100
REDIRECTS = "_redirects"
_EXPORTS = ("entries.json", "entries.csv", "statements.csv", "entries.ftm.json", "delta/index.json")
# A server of files answers no question: the search gives way to a list of everything.
_NOT_COPIED = ("/search", "/export/", "/log/")
_PAGE = "text/html"
_SHOWN = frozenset({200, 410})


@dataclass
class Written:
    """How much a copy holds: pages, and files of data."""

    pages: int = 0
    files: int = 0


class _Nameless(RegistryStore):
    """The same register without the names that stand beside some entries."""

    def find(self, regc_id: str) -> Stored | None:
        found = super().find(regc_id)
        return replace(found, name="") if found else None


class _Copy:
    """One run over the site."""

    def __init__(self, app: Flask, shelf: Shelf, folder: Folder) -> None:
        self.written = Written()
        self._app = app
        self._client: FlaskClient = app.test_client()
        self._shelf = shelf
        self._folder = folder
        self._host = shelf.settings.door.hosts[0]

    def pages(self) -> None:
        """Every page in every language."""
        for path in _fixed(self._app):
            self._page(path)
        for regc_id in self._names():
            for prefix in wording.PREFIXES:
                self._page(f"{prefix}/entry/{regc_id}")
        with closing(self._shelf.store.cooperatives()) as cooperatives:
            for name in cooperatives:
                self._cooperative(name)
        self._lists()

    def data(self) -> None:
        """Exports, deltas and the log."""
        for name in _EXPORTS:
            self._file(f"/export/{name}")
        for day in self._days():
            self._file(f"/export/delta/{day}.json")
        for door, size in self._logs():
            self._log(door, size)

    def _names(self) -> Iterator[str]:
        """Every name ever published: a change told each of them."""
        for day in self._days():
            yield from (change.regc_id for change in self._shelf.store.changes(day))

    def _days(self) -> list[date]:
        today = self._shelf.today
        return [day for day in self._shelf.store.change_days(today) if day <= today]

    def _cooperative(self, name: str) -> None:
        found = self._shelf.store.cooperative(name, self._shelf.today)
        for one in dict.fromkeys(filter(None, (name, found.into if found else ""))):
            for prefix in wording.PREFIXES:
                self._page(f"{prefix}/cooperative/{one}")

    def _lists(self) -> None:
        """Everything that is shown, page by page, in the place of the search."""
        shown = self._shelf.store.counts(self._shelf.today)[0]
        last = max(1, -(-shown // LISTED))
        with closing(shown_of(self._shelf.store, self._shelf.today)) as entries:
            for number in range(1, last + 1):
                some = [stored.record for stored in islice(entries, LISTED)]
                end = "/search" if number == 1 else f"/search/{number}"
                for prefix in wording.PREFIXES:
                    self._draw(f"{prefix}{end}", "listing.html", entries=some, number=number, last=last)

    def _logs(self) -> Iterator[tuple[str, int]]:
        """The address and size of every log; the first one of the settings also stands without its name."""
        for head in self._shelf.store.logs():
            for door in ("/log", f"/log/{head.issuer}"):
                found = self._get(f"{door}/checkpoint")
                if found.status_code == 200 and found.data == head.checkpoint:
                    yield door, head.size

    def _log(self, door: str, size: int) -> None:
        """Head and tiles; a proof is an answer to a question, and its place says so."""
        self._file(f"{door}/checkpoint")
        for level, number, width in tlog.tiles(size):
            path = tlog.tile_path(number, width)
            self._file(f"{door}/tile/{level}/{path}")
            if level == 0:
                self._file(f"{door}/tile/entries/{path}")
        for kind in ("inclusion", "consistency"):
            for prefix in wording.PREFIXES:
                self._draw(f"{prefix}{door}/proof/{kind}", "noproof.html", door=door)

    def _page(self, path: str) -> None:
        name = _file_name(path)
        if self._folder.has(name):
            self.written.pages += 1
            return
        answer = self._get(path)
        if answer.status_code in {301, 308}:
            goal = answer.headers["Location"].removeprefix(f"http://{self._host}")
            self._folder.add_line(REDIRECTS, f"{path} {goal} 301")
            self._draw(path, "moved.html", goal=goal)
            return
        _check(answer, path)
        self._folder.put(name if answer.mimetype == _PAGE else path.lstrip("/"), [answer.data])
        self.written.pages += 1

    def _draw(self, path: str, template: str, **values: object) -> None:
        with self._app.test_request_context(path, headers={"Host": self._host}):
            text = draw.draw(template, noindex=True, **values)
        self._folder.put(_file_name(path), [text.encode()])
        self.written.pages += 1

    def _file(self, path: str) -> None:
        name = path.lstrip("/")
        if not self._folder.has(name):
            answer = self._get(path)
            _check(answer, path)
            self._folder.put(name, answer.iter_encoded())
            answer.close()
        self.written.files += 1

    def _get(self, path: str) -> TestResponse:
        return self._client.get(path, headers={"Host": self._host})


def write_site(settings: RegistrySettings, goal: Path) -> Written:
    """Write a copy of the site to the folder `goal`, which appears whole or not at all.

    Raises:
        UserError: something else stands there, or the register changed meanwhile.
    """
    app = create_app(settings)
    first: Shelf = app.extensions["shelf"]
    shelf = Shelf(_Nameless(first.store.engine, settings), settings)
    app.extensions["shelf"] = shelf
    try:
        return _write(app, shelf, goal)
    except OSError as error:
        raise UserError(
            f"The copy could not be written: {error.strerror}.",
            "A copy that was there stays as it was. Name a folder that you may write to, on a disk with room.",
        ) from None
    finally:
        shelf.store.close()


def _write(app: Flask, shelf: Shelf, goal: Path) -> Written:
    day, stamp = shelf.today, shelf.store.stamp(shelf.today)
    folder = Folder(goal, {"origin": shelf.settings.origin, "day": day.isoformat(), "stamp": stamp})
    copy = _Copy(app, shelf, folder)
    copy.pages()
    copy.data()
    if shelf.store.stamp(shelf.today) != stamp:
        raise UserError(
            "The registry changed while its copy was being written.",
            "The copy that was there stays as it was. Type the same command again.",
        )
    folder.finish()
    return copy.written


def _fixed(app: Flask) -> Iterator[str]:
    """The addresses of the site without a variable part, as its own table has them."""
    for rule in app.url_map.iter_rules():
        path = rule.rule
        if not rule.arguments and not draw.without_prefix(path).startswith(_NOT_COPIED):
            yield path


def _file_name(path: str) -> str:
    return f"{path.strip('/')}/index.html".lstrip("/")


def _check(answer: TestResponse, path: str) -> None:
    if answer.status_code not in _SHOWN:
        raise UserError(
            f"The page {path} answers {answer.status_code}: the copy would not be whole.",
            "The copy that was there stays as it was.",
        )
