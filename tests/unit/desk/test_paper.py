"""Cases from paper and visits: typed here, read there, and like any other case on the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.desk.carry.paper import NewCase, PaperForm, add_message, case_of_codename, new_case, read_form
from app.desk.carry.paper_pages import paper_form, tear_off
from app.desk.carry.takeup import take_up
from app.desk.cases.entries import reporter_texts
from app.desk.cases.reading import list_cases, show_case
from app.desk.cases.saving import save_case
from app.desk.circle import links
from app.desk.replies.blind import acknowledge_unread
from app.desk.replies.replies import send
from app.domain.deadlines import due
from app.errors import UserError
from app.reporter.inbox import read_inbox
from app.settings import IntakeSettings
from app.stores.carriage import Carriage, Terms
from app.stores.intake import IntakeStore
from crypto import codename, derive, note
from crypto.derive import Mailbox
from crypto.outbox import open_outbox
from crypto.signing import SigningKey
from tests.unit.desk.house import DAY, INSTANCE, STORY, House, Reporter
from tests.unit.desk.test_replies import outbox


def form(**changes: object) -> PaperForm:
    return replace(PaperForm(STORY, DAY, {"cooperative": "Les Tilleuls", "topic": "1"}), **changes)


def mailbox_of(house: House, words: tuple[str, ...]) -> Mailbox:
    """What the intake derives from what somebody types."""
    code = codename.parse(" ".join(words).upper())
    return Mailbox.from_root(derive.root(code, house.manifest.salt, house.manifest.kdf))


def test_a_typed_case_is_like_any_other(fresh: House) -> None:
    desk = fresh.desk()
    new = new_case(desk, form(received=DAY - timedelta(days=4), exclude=("brume",)))
    shown = show_case(desk, new.case_id)
    record = shown.case.record
    assert (shown.messages[0].message.story, dict(shown.fields)) == (
        STORY,
        {"cooperative": "Les Tilleuls", "topic": "1"},
    )
    assert (record.channel, record.language, record.allowed, record.excluded) == (
        "paper",
        "fr",
        ("alize", "cypres"),
        ("brume",),
    )
    assert (str(record.facts.state), record.facts.opened, record.mailbox) == ("received", True, True)
    assert (record.received, record.facts.entered) == (DAY - timedelta(days=4), DAY - timedelta(days=4))
    assert due(record.facts, DAY).day == DAY + timedelta(days=1)  # three working days after a Thursday
    assert list_cases(fresh.desk("brume")) == []
    assert [one.label for one in list_cases(fresh.desk("cypres"))] == [new.label]
    with fresh.store.reading() as tx:
        assert STORY in reporter_texts(desk, shown.case, tx)
        told = [(line.action, reason) for line, reason in desk.history(tx, shown.case)]
    assert told == [("receive", ""), ("set", "channel=paper received=2026-10-29"), ("open", "")]
    assert save_case(desk, new.case_id, fresh.folder / "saved").names == []


def test_nobody_sweeps_it_and_no_receipt_is_owed(fresh: House) -> None:
    desk = fresh.desk()
    new = new_case(desk, form())
    take_up(fresh.desk("cypres"))
    assert show_case(desk, new.case_id).messages[0].message.story == STORY
    sent, _ = outbox(fresh)
    assert sent.receipts == ()


def test_the_words_open_the_mailbox_on_the_intake(fresh: House, tmp_path: Path) -> None:
    desk = fresh.desk()
    new = new_case(desk, form(channel="visit"))
    assert len(new.codename) == 8
    send(desk, new.case_id, "Merci d'être venue.")
    _, data = outbox(fresh)
    (tmp_path / "intake").mkdir()
    (tmp_path / "today").write_text(f"{DAY}\n")
    store = IntakeStore.create(IntakeSettings(home=tmp_path / "intake", trial=True, reserve_bytes=0))
    try:
        carriage = Carriage(store, instance=INSTANCE, key=fresh.pickup_key)
        opened = open_outbox(data, fresh.store.identity().public)
        carriage.apply_outbox(opened, note.digest(data), Terms(DAY, 0, 180))
        mailbox = mailbox_of(fresh, new.codename)
        inbox = read_inbox(store, fresh.manifest, mailbox, DAY)
        assert [reply.text for reply in inbox.replies] == ["Merci d'être venue."]
        assert (inbox.gaps, inbox.unshown) == ((), 0)
        # A reply signed by any other key than the desk's is told, and not shown.
        other = replace(fresh.manifest, desk_key=SigningKey.generate().public)
        forged = read_inbox(store, other, mailbox, DAY)
        assert (forged.replies, forged.unshown) == ((), 1)
    finally:
        store.close()


def test_what_they_write_there_joins_the_case(fresh: House) -> None:
    desk = fresh.desk()
    new = new_case(desk, form())
    mailbox = mailbox_of(fresh, new.codename)
    fresh.receive(fresh.seal("Voici la suite de mon histoire.", reporter=Reporter(mailbox), kind="message"))
    assert take_up(desk).joined == [new.case_id]
    assert [one.message.story for one in show_case(desk, new.case_id).messages] == [
        STORY,
        "Voici la suite de mon histoire.",
    ]
    assert len(acknowledge_unread(desk, [new.case_id])) == 1


def test_the_words_are_kept_nowhere(fresh: House) -> None:
    for language in ("fr", "en"):
        new = new_case(fresh.desk(), form(language=language))
        assert set(new.codename) <= set(codename.word_list(language).shown)
        joined = [" ".join(new.codename), " ".join(codename.fold(" ".join(new.codename)))]
        assert fresh.search(STORY, *joined, "Les Tilleuls", new.label) == []
        assert "codename" not in repr(new)
        assert STORY not in repr(form())


def test_without_follow_up_there_is_no_mailbox(fresh: House) -> None:
    new = new_case(fresh.desk(), form(follow_up="none"))
    assert new.codename is None
    with pytest.raises(UserError, match="without a mailbox"):
        send(fresh.desk(), new.case_id, "Bonjour.")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"received": DAY + timedelta(days=1)}, "in the future"),
        ({"received": DAY - timedelta(days=367)}, "more than a year ago"),
        ({"channel": "phone"}, "from paper or from a visit"),
        ({"language": "de"}, "in French or in English"),
        ({"exclude": ("alize",)}, "kept you out"),
        ({"exclude": ("nobody",)}, "no reviewer of this desk"),
        ({"exclude": ("brume", "cypres")}, "two of two colleges must remain"),
    ],
)
def test_what_cannot_be_made(house: House, changes: dict[str, object], why: str) -> None:
    desk = house.desk()
    before = sorted(path.name for path in (house.home / "evidence").iterdir())
    with pytest.raises(UserError, match=why):
        new_case(desk, form(**changes))
    assert list_cases(desk) == []
    assert sorted(path.name for path in (house.home / "evidence").iterdir()) == before


def test_a_link_keeps_its_reviewer_out_of_what_is_typed(fresh: House) -> None:
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    new = new_case(fresh.desk(), form())
    assert show_case(fresh.desk(), new.case_id).case.record.linked == ("brume",)
    assert list_cases(fresh.desk("brume")) == []
    files = sorted(path.name for path in (fresh.home / "evidence").iterdir())
    with pytest.raises(UserError, match="declared a link"):
        new_case(fresh.desk("brume"), form())
    assert sorted(path.name for path in (fresh.home / "evidence").iterdir()) == files


def test_words_that_cannot_be_written_down_make_no_case(fresh: House) -> None:
    def broken(new: NewCase) -> None:
        assert len(new.codename) == 8
        raise UserError("The printer is on fire.", "")

    with pytest.raises(UserError, match="on fire"):
        new_case(fresh.desk(), form(), printed=broken)
    assert list_cases(fresh.desk()) == []
    assert [path.name for path in (fresh.home / "evidence").iterdir() if path.is_file()] == [".lock"]


def test_somebody_comes_back_with_their_words(fresh: House) -> None:
    desk = fresh.desk()
    new = new_case(desk, form(exclude=("brume",)))
    words = " ".join(new.codename)
    case = case_of_codename(desk, f" {words.upper()} ")
    assert (case.id, case.record.label) == (new.case_id, new.label)
    with fresh.store.reading() as tx:
        assert [line.action for line, _ in desk.history(tx, case)][-1] == "visit"
    code = codename.draw(b"a" * 32, fresh.manifest.salt)
    stranger = " ".join(codename.words(code, "fr"))
    for by, typed in (("brume", words), ("alize", stranger)):
        with pytest.raises(UserError, match="no case with this codename"):
            case_of_codename(fresh.desk(by), typed)
    swapped = "abandon " * 7 + "about"  # listed words whose checksum is wrong
    for typed, hint in (("un deux", "8 words"), (f"zzzz {words.split(' ', 1)[1]}", "Word 1"), (swapped, "order")):
        with pytest.raises(UserError, match="no codename") as refused:
            case_of_codename(desk, typed)
        assert hint in refused.value.hint


def test_what_they_add_on_a_visit_joins_their_case(fresh: House) -> None:
    desk = fresh.desk()
    new = new_case(desk, form(exclude=("brume",)))
    words = " ".join(new.codename)
    fresh.forward(3)
    assert add_message(desk, words, "Depuis, on m'a retiré mes dossiers.\r\n").id == new.case_id
    assert add_message(fresh.desk("cypres"), words, "Encore une chose.").id == new.case_id
    shown = show_case(desk, new.case_id)
    told = [(one.message.kind, one.message.story) for one in shown.messages]
    assert told[0] == ("report", STORY)
    assert {("message", "Depuis, on m'a retiré mes dossiers.\n"), ("message", "Encore une chose.")} == set(told[1:])
    assert shown.case.facts.last_reporter_message == desk.today
    files = sorted(path.name for path in (fresh.home / "evidence").iterdir())
    for by, text, why in (
        ("brume", "Encore.", "no case with this codename"),
        ("alize", " ", "cannot be taken"),
        ("alize", words, "cannot be taken"),
    ):
        with pytest.raises(UserError, match=why):
            add_message(fresh.desk(by), words, text)
    assert sorted(path.name for path in (fresh.home / "evidence").iterdir()) == files


def test_a_case_with_another_mailbox_takes_no_message(fresh: House) -> None:
    desk = fresh.desk()
    new = new_case(desk, form())
    with fresh.store.writing() as tx:
        case = desk.case(tx, new.case_id)
        desk.save(tx, case, replace(case.record, keys=Reporter.new().mailbox.public))
    with pytest.raises(UserError, match="takes no message now"):
        add_message(desk, " ".join(new.codename), "Encore une chose.")


def test_a_typed_text_becomes_a_form() -> None:
    typed = f"cooperative: Les Tilleuls\nexclude: brume\n\n{STORY}"
    read = read_form(typed, received=DAY, channel="visit", follow_up="none")
    assert read == PaperForm(STORY, DAY, {"cooperative": "Les Tilleuls"}, "visit", "fr", "none", ("brume",))
    for text, hint in (
        ("Court.", "fewer than 50"),
        (f"topic: 1\nville: Lyon\n\n{STORY}", "a line above the story"),
        (f"topic: 1\ntopic: 99\npublish: x\n\n{STORY}", "topic stands twice; publish has a value"),
        (f"topic: 99\n\n{STORY}", "not on the list"),
    ):
        with pytest.raises(UserError, match="cannot be taken") as refused:
            read_form(text, received=DAY)
        assert hint.lower() in refused.value.hint.lower()
        assert "Lyon" not in refused.value.hint


class Outline(HTMLParser):
    """Tags, their balance, and everything that would load something."""

    VOID = frozenset({"meta"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.outside: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [name for name, _ in attrs if name in {"src", "href", "action", "onload"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_tear_off_has_two_halves_that_nothing_ties(language: str) -> None:
    words = codename.words(codename.draw(b"b" * 32, b"s" * 16), language)
    data = tear_off(words, "Héron calme", language=language)
    page = data.decode("ascii")
    outline = Outline(page)
    assert (outline.open, outline.outside, outline.tags.count("h1")) == ([], [], 1)
    assert outline.tags.count("li") == 8 + 5
    take, keep = page.split('<div class="cut"')
    assert "H&#233;ron calme" in keep
    assert "calme" not in take
    assert str(DAY.year) not in page
    assert "@page{size:A4;margin:0}" in page, "a browser prints day, hour and file name into the margin of a page"
    assert f'<html lang="{language}">' in page
    assert all(f"<li>{word.encode('ascii', 'xmlcharrefreplace').decode()}</li>" in take for word in words)
    assert '<div class="line">' in take
    named = tear_off(words, "x", language=language, onion="abc<def.onion").decode("ascii")
    assert "abc&lt;def.onion" in named
    assert '<div class="line">' not in named


def test_the_paper_form_asks_what_the_onion_asks() -> None:
    page = paper_form()
    outline = Outline(page)
    assert (outline.open, outline.outside, outline.tags.count("h1"), outline.tags.count("h2")) == ([], [], 1, 9)
    assert outline.tags.count("li") == 9
    for words in ("L'argent, les comptes".replace("'", "&#x27;"), "détruite", "nom de code"):
        assert words in page
    assert page.index("Qui ne doit pas lire") < page.index("Que s'est-il passé")
    assert "lire\N{NO-BREAK SPACE}?" in page
