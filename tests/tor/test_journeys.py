"""Whole journeys over Tor: a report with documents, its receipt, its codename, its mailbox, and a reply."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import secrets
from pathlib import Path

import pytest

from app.cli.visitor import Upload, Visitor
from crypto import padding
from tests.journey.house import submit
from tests.journey.test_journeys import NAMES, SIZES, STORIES, content
from tests.tor.house import OnionHouse

pytestmark = pytest.mark.onion

JOURNEYS = 20


@pytest.mark.parametrize("index", range(JOURNEYS))
def test_twenty_journeys(onions: OnionHouse, tmp_path: Path, index: int) -> None:
    """The everyday journeys of tests/journey, each on circuits of its own, opened with stock gpg and unzip."""
    draw = random.Random(index)
    files = [
        Upload(NAMES[(index + n) % len(NAMES)], content(SIZES[(index * 3 + n) % len(SIZES)], index * 100 + n))
        for n in range(1 + index % 2)
    ]
    fields: dict[str, str | list[str]] = {
        "story": STORIES[index % len(STORIES)],
        "cooperative": draw.choice(["", "Les Tilleuls, Lyon", "Ἀγορά"]),
        "topic": str(1 + index % 9),
        "follow_up": "none" if index % 5 == 4 else "codename",
    }
    before = onions.envelopes()
    visitor = onions.visit(client=index % 2)
    page = submit(visitor, fields, files)
    assert page.status == 200, page.text
    words = page.items("codename")
    assert len(words) == (0 if index % 5 == 4 else 8)
    (envelope,) = onions.envelopes() - before
    assert padding.is_bucket(envelope.stat().st_size)
    opened(onions, tmp_path, envelope, fields, files)
    if words:
        assert mailbox(visitor, words) == []


def test_no_page_and_no_header_names_the_machine(onions: OnionHouse) -> None:
    for door in ("reporter", "registry"):
        page = onions.visit(door).get("/")
        assert page.status == 200
        assert "Server" not in page.headers
        for name in ("127.0.0.1", "localhost", str(onions.folder)):
            assert name not in page.text + str(page.headers), f"{door} names {name}"


def test_another_host_name_is_refused(onions: OnionHouse) -> None:
    visitor = onions.visit()
    visitor.host = "127.0.0.1"
    assert visitor.get("/").status == 421


def test_replies_come_back_over_tor(onions: OnionHouse, tmp_path: Path) -> None:
    """Three reporters write, the courier fetches and pushes through its guarded onion, each reads one reply."""
    written = {}
    for number in range(3):
        visitor, canary = onions.visit(), secrets.token_hex(8)
        page = submit(visitor, {"story": f"{STORIES[number]} ({canary})"}, [Upload("pv.pdf", content(30_000, number))])
        assert page.status == 200, page.text
        written[canary] = (visitor, page.items("codename"))
    assert "bytes" in onions.courier("fetch", "--to", str(tmp_path / "pickup"))
    imported = json.loads(onions.desk("import", str(tmp_path / "pickup"), "--json"))
    assert imported["imported"] >= len(written)
    assert imported["refused"] == []
    for canary, case in cases(onions, set(written)).items():
        text = tmp_path / "reply.txt"
        text.write_text(f"Une personne a lu votre signalement ({canary}).")
        onions.desk("reply", case, "--text-file", str(text), "--kind", "acknowledgement")
    onions.desk("outbox", "--to", str(tmp_path / "outbox"))
    before = onions.envelopes()
    onions.courier("push", str(tmp_path / "outbox"))
    assert len(onions.envelopes()) < len(before), "the signed receipts let the intake delete what arrived"
    for canary, (visitor, words) in written.items():
        replies = mailbox(visitor, words)
        assert len(replies) == 1
        assert canary in replies[0][1]


def test_erasing_over_tor(onions: OnionHouse) -> None:
    visitor = onions.visit()
    words = onions.report(STORIES[0], [], visitor=visitor).items("codename")
    assert mailbox(visitor, words) == []
    page = visitor.get("/mailbox")
    assert visitor.post("/mailbox/erase", page.form("/mailbox/erase") | {"confirm": "yes"}).status == 200
    assert mailbox(visitor, words) == []


def mailbox(visitor: Visitor, words: list[str]) -> list[tuple[str, str]]:
    """The replies that a codename opens."""
    entered = visitor.post("/replies", {"codename": " ".join(words)})
    assert entered.status == 303, entered.text
    page = visitor.get("/mailbox")
    assert page.status == 200, page.text
    return page.articles()


def opened(
    house: OnionHouse, tmp_path: Path, envelope: Path, fields: dict[str, str | list[str]], files: list[Upload]
) -> None:
    """The envelope holds the story and the files byte for byte."""
    report = house.stock_open(envelope, tmp_path / "opened")
    story = str(fields["story"]).replace("\r\n", "\n")
    assert (tmp_path / "opened" / "message.txt").read_bytes().decode() == story
    assert (report["mailbox"] is None) == (fields["follow_up"] == "none")
    listed = report["files"]
    assert isinstance(listed, list)
    for number, (entry, file) in enumerate(zip(listed, files, strict=True), start=1):
        data = (tmp_path / "opened" / "files" / f"{number:03d}").read_bytes()
        assert data == file.content
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()


def cases(house: OnionHouse, canaries: set[str]) -> dict[str, str]:
    """The case of each story, by what the desk shows."""
    found = {}
    for case in json.loads(house.desk("case", "list", "--json")):
        shown = json.loads(house.desk("case", "show", case["id"], "--json"))
        with contextlib.suppress(StopIteration):
            found[next(canary for canary in canaries if canary in shown["messages"][0]["story"])] = case["id"]
        if len(found) == len(canaries):
            break
    assert set(found) == canaries
    return found
