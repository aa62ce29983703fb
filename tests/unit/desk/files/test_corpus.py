"""The hostile corpus: each file gets an answer inside every bound, and an honest file still renders afterwards."""

from __future__ import annotations

import resource
import time
from io import BytesIO

import pytest

from app.desk.files import kinds, limits, sandbox
from app.desk.files.labels import REFUSALS
from tests.unit.desk.files import boxes, honest
from tests.unit.desk.files.corpus import SHOWN, Hostile, all_files

FILES = all_files()
CODES = {sentence: code for code, sentence in REFUSALS.items()}
# Both calls together: twice the wall of the worker, and its start.
SECONDS = 2 * limits.WALL_SECONDS + 5
OUTPUT = 120 << 20  # bytes: what the parent may hold for one copy
# The directory and the pixels of these lie within bounds, so they are told rather than refused.
TOLD = {
    "flat.zip": {"bomb"},
    "overlapping.zip": {"overlap", "bomb"},
    "macro.docm": {"macros"},
    "macro.odt": {"macros"},
    "macro.xls": {"macros"},
    "legacy.doc": {"macros"},
    "script.pdf": {"script"},
    "launch.pdf": {"script"},
    "zip-in.pdf": {"polyglot"},
    "zip-in.jpg": {"polyglot"},
    "sealed.pdf": {"sealed"},
    "bidi.txt": set(),
}
MISMATCHED = {"program.pdf", "program.jpg", "page.txt", "photo\u202egpj.exe", "empty.pdf"}


def test_the_corpus_is_there() -> None:
    assert len(FILES) >= 60
    assert len({one.name for one in FILES}) == len(FILES)
    assert all(set(one.answers) <= {SHOWN, *REFUSALS} for one in FILES)


def answer_to(one: Hostile, data: bytes) -> str:
    got = sandbox.safe_copy(BytesIO(data), len(data), name=one.name)
    if got.refusal:
        assert (got.pages, got.text) == ((), "")
        return CODES[got.refusal]
    assert len(got.pages) <= limits.PAGES
    assert sum(page.width * page.height for page in got.pages) <= limits.ALL_PIXELS
    assert sum(len(page.png) for page in got.pages) <= OUTPUT
    assert len(got.text) <= limits.TEXT
    assert not kinds.DISGUISE.search(got.text)
    assert "\x1b" not in got.text
    return SHOWN


@pytest.mark.slow
@pytest.mark.parametrize("one", FILES, ids=lambda one: ascii(one.name))
def test_hostile_files_end_in_an_answer(one: Hostile) -> None:
    data = one.make()
    begin = time.monotonic()
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert answer_to(one, data) in one.answers
    got = sandbox.examine(BytesIO(data), len(data), name=one.name)
    assert got.refusal == "" or got.refusal in CODES
    assert len(got.parts) <= limits.PARTS
    assert len(got.traits) <= limits.TRAITS
    assert {trait.what for trait in got.traits} >= TOLD.get(one.name, set())
    assert got.mismatch is True or one.name not in MISMATCHED
    assert time.monotonic() - begin < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) * 1024 < OUTPUT
    assert boxes.left() == []


@pytest.mark.slow
def test_links_and_paths_are_marked() -> None:
    by_name = {one.name: one.make() for one in FILES if one.name in {"links.zip", "links.tar", "devices.tar"}}
    found = {name: sandbox.examine(BytesIO(data), len(data), name=name) for name, data in by_name.items()}
    assert [part.outside for part in found["links.zip"].parts] == [True] * 5 + [False]
    assert found["links.zip"].parts[5].link
    assert [(part.link, part.outside) for part in found["links.tar"].parts] == [(True, True), (True, True)]
    assert [part.special for part in found["devices.tar"].parts] == [True, True]


@pytest.mark.slow
def test_after_all_of_it_an_honest_file_still_renders() -> None:
    """Runs behind the corpus; the process that starts the workers is the one that met every file above."""
    data = honest.pdf()
    got = sandbox.safe_copy(BytesIO(data), len(data), name="a.pdf")
    assert (len(got.pages), got.refusal) == (1, "")
    assert honest.WORDS in got.text
