"""What the page is made of beside its views: visible text, safe copies in memory, long work, French sentences."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path
from threading import Event

import pytest

from app.desk.cases.setting import SETTERS
from app.desk.core.visible import first_words, visible
from app.desk.page.copies import Copies
from app.desk.page.jobs import BROKEN, Job, Progress, Told
from app.desk.page.phrases import OTHER, in_french
from app.desk.page.sessions import TOLD, Session
from app.desk.page.wording import GUARDS, JOURNAL, KEYS, STATES, day_in_french
from app.domain.facts import State
from app.domain.guards import Guard
from app.errors import UserError
from crypto.errors import FormatError

ROOT = Path(__file__).parents[3]
DONE = Told("Fait.", "Done.")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u202eb\u200bc", "a⟦U+202E⟧b⟦U+200B⟧c"),
        ("l1\r\nl2\rl3\t.", "l1\nl2\nl3\t."),
        ("\x00\x1b[31m\u2028\ue000", "⟦U+0000⟧⟦U+001B⟧[31m⟦U+2028⟧⟦U+E000⟧"),
        ("é ‑ « ok »", "é ‑ « ok »"),
        ("\U000e0041", "⟦U+E0041⟧"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_first_words_stand_in_one_line() -> None:
    assert first_words("un\ndeux\u202e trois", 2) == "un deux⟦U+202E⟧…"
    assert first_words("un deux") == "un deux"
    assert first_words("a " * 5, 5) == "a a a a a"
    assert first_words("x" * 2000).endswith("x…")


def test_copies_are_bounded_in_bytes_and_the_least_looked_at_goes() -> None:
    copies: Copies[str] = Copies(10)
    copies.put(("a", 1, 1), "one", 4)
    copies.put(("b", 1, 1), "two", 4)
    assert copies.get(("a", 1, 1)) == "one"
    copies.put(("c", 1, 1), "three", 4)
    assert copies.get(("b", 1, 1)) is None
    copies.put(("a", 1, 1), "again", 5)
    assert (copies.get(("a", 1, 1)), len(copies)) == ("again", 2)
    copies.put(("d", 1, 1), "large", 50)
    assert (copies.get(("d", 1, 1)), len(copies)) == ("large", 1)
    copies.clear()
    assert len(copies) == 0


def run(work: object) -> Job:
    job = Job(("x", "x"), work, "/cases").start()
    assert job.wait(10)
    return job


def test_work_tells_how_far_it_is_and_what_it_came_to() -> None:
    def work(step: Progress) -> Told:
        step(3, 9)
        return DONE

    job = run(work)
    assert (job.done, job.total, job.told, job.problem, job.running) == (3, 9, DONE, None, False)


@pytest.mark.parametrize(
    ("error", "told"), [(UserError("a", "b"), "a"), (FormatError("bad"), "bad"), (ValueError("canari"), str(BROKEN))]
)
def test_work_that_fails_says_so_and_no_more(error: Exception, told: str) -> None:
    def work(_step: Progress) -> Told:
        raise error

    job = run(work)
    assert job.told is None
    assert str(job.problem) == told


def test_work_stops_at_its_next_step() -> None:
    begun, go_on = Event(), Event()

    def work(step: Progress) -> Told:
        step(1, 2)
        begun.set()
        assert go_on.wait(10)
        step(2, 2)
        return DONE

    job = Job(("x", "x"), work, "/cases").start()
    assert begun.wait(10)
    job.cancel(0.01)
    assert job.running
    go_on.set()
    assert job.wait(10)
    assert (job.told, job.problem, job.done) == (None, None, 2)


def test_sentences_are_found_by_number_and_the_oldest_go() -> None:
    session = Session(0.0)
    numbers = [session.tell(Told(str(n), str(n))) for n in range(TOLD + 2)]
    assert session.what_was_done(numbers[0]) is None
    assert session.what_was_done(numbers[2]).french == "2"
    assert session.what_was_done(numbers[-1]).french == str(TOLD + 1)
    assert session.what_was_done(numbers[-1] + 1) is None
    assert session.what_was_done(0) is None


def test_days_in_french() -> None:
    assert day_in_french(date(2028, 3, 1)) == "1er mars 2028"
    assert day_in_french(date(2026, 11, 22), weekday=True) == "dimanche 22 novembre 2026"


def test_every_guard_state_and_key_has_its_words() -> None:
    assert set(GUARDS) == set(Guard)
    assert set(STATES) == set(State)
    assert set(KEYS) >= set(SETTERS)


def test_sentences_of_services_are_said_in_french() -> None:
    assert in_french("The reason is empty.") == "La raison manque."
    assert in_french("3 envelopes were opened by nobody for 3 days or more.").startswith("3 enveloppes")
    assert in_french("After that, reviewers of one college alone could open this case, and more.").startswith("Un seul")
    assert in_french("A legal hold keeps this case: it does not go back.").startswith("Une procédure")
    assert in_french("A message of this case was read by nobody yet.").startswith("Un message")
    assert in_french("Something that nobody foresaw.") == OTHER


def test_every_act_about_a_case_has_its_words() -> None:
    said = {
        node.args[1].value
        for path in (ROOT / "app" / "desk").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr, len(node.args)) == ("log", 2)
        and isinstance(node.args[1], ast.Constant)
        and any(keyword.arg == "case" for keyword in node.keywords)
    }
    assert len(said) > 20
    assert said - set(JOURNAL) == set()
