"""`sourdine desk case new` and `case visit`, as they are typed."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.cli import desk_paper, main, ui
from app.errors import UsageError, UserError
from app.transfer import memory
from crypto import codename
from tests.unit.desk.house import STORY, House
from tests.unit.desk.test_journey import Typed

TYPED = f"cooperative: Les Tilleuls, Lyon\ntopic: 1\n\n{STORY}\n"


@pytest.fixture(scope="module")
def typed(house: House) -> Typed:
    return Typed(house)


def come_back(typed: Typed, words: str, *more: str) -> list[str]:
    """Somebody says their words, through a pipe."""
    reading, writing = os.pipe()
    try:
        os.write(writing, f"{words}\n".encode())
        os.close(writing)
        return typed("case", "visit", "--codename-fd", str(reading), *more)
    finally:
        os.close(reading)


def test_a_form_becomes_a_case_and_its_words_are_said_once(typed: Typed) -> None:
    path = typed.file("form.txt", TYPED)
    made = typed.json("case", "new", "--from", path, "--channel", "visit", "--received", "2026-10-30")
    assert codename.parse(" ".join(made["codename"]))
    shown = typed.json("case", "show", made["id"])
    assert (shown["label"], shown["state"], shown["mailbox"]) == (made["label"], "received", True)
    assert shown["fields"] == {"cooperative": "Les Tilleuls, Lyon", "topic": "1"}
    assert [message["story"] for message in shown["messages"]] == [STORY]
    assert shown["facts"]["entered"] == "2026-10-30"
    lines = typed("case", "new", "--from", path)
    assert lines[0].endswith("made, from a paper form.")
    assert [line.partition(". ")[0] for line in lines[1:]] == [str(n) for n in range(1, 9)]


def test_a_wrong_day_and_a_wrong_descriptor_are_named(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ("case", "new", "--received", "2026-02-30"),
        ("access", "add", "--requester", "X", "--kind", "access", "--day", "2026-02-30"),
        ("recommend", "add", "abcdefghij23", "--to", "X", "--text-file", "r.txt", "--due", "tomorrow"),
    ):
        with pytest.raises(SystemExit):
            main.parse(["desk", *words])
        assert "a day such as 2026-11-02" in capsys.readouterr().err, words
    with pytest.raises(UsageError, match="No codename can be read from --codename-fd"):
        typed("case", "visit", "--codename-fd", "99")


def test_who_comes_back_reads_the_replies_and_no_story(typed: Typed) -> None:
    made = typed.json("case", "new", "--from", typed.file("form.txt", TYPED))
    words = " ".join(made["codename"])
    assert come_back(typed, words) == [f"{made['id']} ({made['label']}): 0 replies"]
    typed("acknowledge", made["id"])
    lines = come_back(typed, words)
    assert "Votre signalement est bien arrivé." in lines[1]
    assert STORY not in "\n".join(lines)
    answer = come_back(typed, words, "--json")
    assert '"seq": 1' in answer[0]
    with pytest.raises(UserError, match="no codename"):
        come_back(typed, "un deux trois")
    assert come_back(typed, words, "--add", typed.file("more.txt", "Une chose de plus."))[0].endswith("1 replies")
    stories = [message["story"] for message in typed.json("case", "show", made["id"])["messages"]]
    assert stories == [STORY, "Une chose de plus."]


def test_the_words_are_asked_without_echo(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    made = typed.json("case", "new", "--from", typed.file("form.txt", TYPED))
    monkeypatch.setattr(ui, "ask_hidden", lambda _question: " ".join(made["codename"]))
    assert made["label"] in typed("case", "visit")[0]


def test_the_tear_off_is_for_its_owner_only_and_never_over_another(
    typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    place = typed.house.folder / "tear-off.html"
    words = ["case", "new", "--from", typed.file("form.txt", TYPED), "--tear-off", str(place), "--language", "en"]
    made = typed.json(*words)
    assert made["codename"] is None
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    page = place.read_text()
    assert '<html lang="en">' in page
    before = len(typed.json("case", "list"))
    with pytest.raises(UserError, match="exists already"):
        typed(*words)
    assert place.read_text() == page
    assert len(typed.json("case", "list")) == before
    place.unlink()
    args = main.parse(["desk", *words, "--config", str(typed.config), "--as", "alize"])
    args.run(args)
    said = capsys.readouterr()
    assert f"{place}: print it, cut it in two" in said.err
    assert "Destroy the sheet" in said.err
    assert len(said.out.splitlines()) == 1


def test_a_case_that_could_not_be_made_takes_its_tear_off_back(tmp_path: Path) -> None:
    from app.desk.carry.paper import NewCase

    words = codename.words(codename.draw(b"a" * 32, b"s" * 16), "fr")
    made = NewCase("abcdefghij23", "Héron calme", words)
    for path in (tmp_path / "slip.html", None):
        slip = desk_paper._TearOff(path, "fr", "")
        slip.take_back()
        slip.write(made)
        assert path is None or path.is_file()
        slip.take_back()
    assert list(tmp_path.iterdir()) == []


def test_outside_a_trial_only_memory_will_do(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    # Some machines have their temporary folder in memory: here it is on a disk.
    mounts = fresh.folder / "mountinfo"
    mounts.write_text("1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / /dev/shm rw - tmpfs tmpfs rw\n")
    monkeypatch.setattr(memory, "MOUNTS", mounts)
    typed = Typed(fresh)
    form = typed.file("form.txt", TYPED)
    typed.config.write_text(typed.config.read_text().replace("trial = true\n", ""))
    with pytest.raises(UserError, match="is on a disk"):
        typed("case", "new", "--from", form)
    with memory_folder() as folder:
        inside = folder / "form.txt"
        inside.write_text(TYPED)
        with pytest.raises(UserError, match="The tear-off would stay on a disk"):
            typed("case", "new", "--from", str(inside), "--tear-off", str(fresh.folder / "slip.html"))
        assert typed.json("case", "list") == []
        slip = folder / "slip.html"
        assert typed.json("case", "new", "--from", str(inside), "--tear-off", str(slip))["codename"] is None
        assert slip.is_file()


@contextmanager
def memory_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sdp-", dir="/dev/shm"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def test_what_cannot_be_typed(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    form = typed.file("form.txt", TYPED)
    with pytest.raises(UsageError, match="no form to take in"):
        typed("case", "new")
    with pytest.raises(UsageError, match="no codename to print"):
        typed("case", "new", "--from", form, "--follow-up", "none", "--tear-off", "x")
    with pytest.raises(UserError, match="cannot be taken"):
        typed("case", "new", "--from", typed.file("short.txt", "Court."))
    with pytest.raises(SystemExit):
        typed("case", "new", "--from", form, "--received", "hier")
    assert "a day such as" in capsys.readouterr().err


def test_without_follow_up_no_word_is_shown(typed: Typed) -> None:
    made = typed.json("case", "new", "--from", typed.file("form.txt", TYPED), "--follow-up", "none")
    assert made["codename"] is None
    assert typed.json("case", "show", made["id"])["mailbox"] is False


def test_the_empty_form_needs_nobody(typed: Typed) -> None:
    (page,) = typed("case", "new", "--print-form", by="")
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>")


@pytest.mark.parametrize("action", ["new", "visit"])
def test_every_action_has_an_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.parse(["desk", "case", action, "--help"])
    assert f"example:\n  sourdine desk case {action}" in capsys.readouterr().out


def test_the_address_of_the_settings_stands_on_the_tear_off(typed: Typed) -> None:
    typed.config.write_text(typed.config.read_text() + 'onion = "exemple234567.onion"\n', encoding="utf-8")
    place = typed.house.folder / "address.html"
    typed("case", "new", "--from", typed.file("form.txt", TYPED), "--tear-off", str(place))
    assert "exemple234567.onion" in place.read_text()
