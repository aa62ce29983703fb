"""The mailbox: opening it, what it shows and hides, what it sends, and that an empty one tells nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.domain.limits import STORY_MAX
from crypto import codename
from crypto.derive import Mailbox
from crypto.signing import SigningKey
from tests.web.reporter_house import DAY, STORY, House, multipart, text_of, words_of
from tests.web.test_reporter_pages import assert_accessible, assert_self_contained

WORDS = codename.words(codename.draw(b"w" * 32, b"s" * 16), "fr")
OTHERS = codename.words(codename.draw(b"o" * 32, b"s" * 16), "fr")


@pytest.fixture
def mailbox(house: House) -> Mailbox:
    return house.mailbox_of(WORDS)


@pytest.fixture
def visitor(house: House):
    client = house.client()
    assert client.login(WORDS).status_code == 303
    return client


def body_of(page) -> str:
    assert page.status_code == 200
    return page.text


def articles(page) -> list[str]:
    return re.findall(r'<article class="reply" data-id="([0-9a-f]{32})">', page.text)


# -- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["", "fr", "en"])
def test_login(house: House, language):
    client = house.client(language)
    answer = client.login(WORDS)
    assert answer.status_code == 303
    assert answer.headers["Location"] == client.base + "/mailbox"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
    for part in ("Max-Age", "Expires", "Domain", *WORDS):
        assert part not in cookie
    page = client.get("/mailbox")
    assert_accessible(page, language or "fr")
    assert_self_contained(page)
    assert len(page.data) <= 14 * 1024


@pytest.mark.parametrize(
    "typed",
    [
        " ".join(WORDS).upper(),
        "\n".join(f"{n}. {word}" for n, word in enumerate(WORDS, 1)),
        " ".join(word[:4] for word in WORDS),
        " ".join(codename.words(codename.draw(b"w" * 32, b"s" * 16), "it")),
    ],
)
def test_codenames_as_people_type_them(house: House, typed):
    house.reply(house.mailbox_of(WORDS))
    client = house.client("en")
    assert client.post("/replies", {"codename": typed}).status_code == 303
    assert len(articles(client.get("/mailbox"))) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "vous en avez tapé 0"),
        ("   ", "vous en avez tapé 0"),
        (" ".join(WORDS[:7]), "vous en avez tapé 7"),
        (" ".join((*WORDS, "mot")), "vous en avez tapé 9"),
        ("mot " * 2000, "vous en avez tapé 2000"),
        (" ".join((*WORDS[:3], "zzyzx", *WORDS[4:])), "Le mot n° 4, « zzyzx », n'est pas dans la liste"),
        (" ".join((WORDS[1], WORDS[0], *WORDS[2:])), "l'un d'eux ou leur ordre est faux"),
    ],
)
def test_mistakes_are_named_before_any_derivation(house: House, monkeypatch, typed, sentence):
    client = house.client()
    assert client.get("/").status_code == 200
    monkeypatch.setattr(house.reception.queue, "_arena", None)
    page = client.post("/replies", {"codename": typed})
    assert page.status_code == 400
    assert_accessible(page, "fr")
    assert sentence in text_of(page)
    assert typed.strip() in text_of(page)
    assert not page.headers.getlist("Set-Cookie")


def test_mistakes_in_english(house: House):
    page = house.client("en").post("/replies", {"codename": " ".join((*WORDS[:7], "zzyzx"))})
    assert "Word number 8, “zzyzx”, is not in the list" in text_of(page)


def test_a_queue_that_is_full(house: House):
    queue = house.reception.queue
    for _ in range(9):
        assert queue._seats.acquire(blocking=False)
    page = house.client().login(WORDS)
    assert page.status_code == 503
    assert "Réessayez dans quelques minutes" in text_of(page)
    assert house.client().send().status_code == 200


@pytest.mark.parametrize("path", ["delete", "erase"])
def test_without_a_session(house: House, path):
    client = house.client("en")
    assert client.get("/mailbox").status_code == 303
    answer = client.post(f"/mailbox/{path}", {"confirm": "yes"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/en/replies")


def test_a_session_lasts_an_hour_and_slides(house: House, visitor):
    for _ in range(3):
        house.seconds += 3599
        assert visitor.get("/mailbox").status_code == 200
    house.seconds += 3600
    assert visitor.get("/mailbox").status_code == 303


def test_a_forged_cookie(house: House, visitor):
    for value in ("", "x", "A" * 98, "A" * 3000):
        visitor.http.set_cookie("__Host-session", value, domain="reporter.test", secure=True)
        assert visitor.get("/mailbox").status_code == 303


def test_a_cookie_of_another_run(house: House, visitor, tmp_path):
    house._app = None
    visitor.http.application = house.app
    assert visitor.get("/mailbox").status_code == 303


def test_leaving(house: House, visitor):
    page = visitor.post("/mailbox/leave")
    assert page.status_code == 200
    assert "Nouvelle identité" in text_of(page)
    assert "Max-Age=0" in page.headers["Set-Cookie"]
    assert visitor.get("/mailbox").status_code == 303


# -- reading ----------------------------------------------------------------------------------------------------------


def test_replies_in_order(house: House, visitor, mailbox):
    second = house.reply(mailbox, 2, state="verified", author="cypres")
    first = house.reply(mailbox, 1)
    page = visitor.get("/mailbox")
    assert articles(page) == [first, second]
    shown = text_of(page)
    for text in ("Bonjour.\nVoici la réponse 1.", "De Cypres", "Nous étudions le dossier.", "Nous avons pu vérifier."):
        assert text in shown
    assert "Il manque" not in shown
    assert_accessible(page, "fr")
    house.client("en").login(WORDS)


def test_replies_in_another_language_and_state(house: House, mailbox):
    house.reply(mailbox, state="of_a_later_version")
    client = house.client("en")
    client.login(WORDS)
    assert "Stage:" not in client.get("/mailbox").text


def test_a_reply_is_text_only(house: House, visitor, mailbox):
    house.reply(mailbox, text="<script>alert(1)</script>")
    page = visitor.get("/mailbox")
    assert "<script" not in page.text
    assert "<script>alert(1)</script>" in text_of(page).replace("&lt;", "<") or "&lt;script&gt;" in page.text


def test_a_gap_is_told(house: House, visitor, mailbox):
    house.reply(mailbox, 3)
    house.reply(mailbox, 1)
    assert "Il manque ici : réponse n° 2." in text_of(visitor.get("/mailbox"))


def test_what_is_not_from_the_desk_is_not_shown(house: House, visitor, mailbox):
    good = house.reply(mailbox, 1)
    house.reply(mailbox, 2, desk=SigningKey.generate(), text="forged-words")
    house.put(mailbox.locator, "00" * 16, b"garbage")
    page = visitor.get("/mailbox")
    assert articles(page) == [good]
    assert "2 réponses ne sont pas montrées" in text_of(page)
    assert "forged-words" not in page.text


def test_one_number_twice_shows_both(house: House, visitor, mailbox):
    """A desk that was restored numbers on from its backup; what it says, and whom it excludes, counts all the same."""
    first = house.reply(mailbox, 1)
    pair = [house.reply(mailbox, 2, text=text, exclude=("brume",)) for text in ("one", "two")]
    page = visitor.get("/mailbox")
    assert articles(page) == [first, *sorted(pair)]
    assert "Il manque" not in text_of(page)
    assert "pas montrée" not in text_of(page)
    assert re.search(r'id="exclude-brume"[^>]* checked', page.text)


def test_a_replayed_reply_is_shown_once(house: House, visitor, mailbox):
    reply = house.reply(mailbox, 1)
    other = house.reply(mailbox, 2)
    again = next(row.data for row in house.store.replies(mailbox.locator, DAY) if row.id == reply)
    house.put(mailbox.locator, "cd" * 16, again)
    page = visitor.get("/mailbox")
    assert articles(page) == [reply, other]
    assert "1 réponse n'est pas montrée" in text_of(page)


def test_a_reply_under_another_name_is_not_shown(house: House, visitor, mailbox):
    from crypto.reply import Reply, seal_reply

    reply = Reply("try.example", mailbox.locator, "ab" * 16, 1, DAY, "alize", "assessment", "reply", "x")
    house.put(mailbox.locator, "cd" * 16, seal_reply(reply, mailbox.public, house.desk))
    page = visitor.get("/mailbox")
    assert articles(page) == []
    assert "1 réponse n'est pas montrée" in text_of(page)


def test_sent_messages_are_never_shown(house: House, visitor):
    visitor.message(story="canari-9d1")
    assert "canari-9d1" not in visitor.get("/mailbox").text


def test_empty_mailboxes_give_the_same_bytes(house: House, mailbox):
    """Never issued, unanswered, erased, expired, sealed to somebody else: one page."""
    pages = []

    def look(words) -> None:
        client = house.client()
        client.login(words)
        pages.append(body_of(client.get("/mailbox")))

    look(OTHERS)  # nobody ever drew it
    look(words_of(house.client().send()))  # unanswered
    deleted = house.client()
    deleted.login(WORDS)
    deleted.post("/mailbox/delete", {"reply": house.reply(mailbox)})
    look(WORDS)
    house.reply(mailbox)
    deleted.post("/mailbox/erase", {"confirm": "yes"})
    look(WORDS)
    house.reply(mailbox)
    house.set_day(DAY + timedelta(days=180))
    look(WORDS)
    assert len(pages) == 5
    assert len(set(pages)) == 1


def test_replies_stay_readable_when_the_manifest_has_expired(house: House, mailbox):
    identifier = house.reply(mailbox)
    house.reception.manifest.check_fresh(DAY)
    late = DAY + timedelta(days=100)
    object.__setattr__(house.reception.manifest, "expires", DAY)
    house.set_day(late)
    client = house.client()
    client.login(WORDS)
    assert articles(client.get("/mailbox")) == [identifier]
    page = client.message(story=STORY)
    assert page.status_code == 503
    assert STORY in text_of(page)
    assert house.stored() == 0


# -- deleting ---------------------------------------------------------------------------------------------------------


def test_delete_one(house: House, visitor, mailbox):
    first, second = house.reply(mailbox, 1), house.reply(mailbox, 2)
    other = house.reply(house.mailbox_of(OTHERS))
    for reply in (first, other, "", "x" * 500):
        answer = visitor.post("/mailbox/delete", {"reply": reply})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/mailbox")
    page = visitor.get("/mailbox")
    assert articles(page) == [second]
    assert "réponse n° 1" in text_of(page)
    assert house.store.counts().replies == 2


def test_erase_everything(house: House, visitor, mailbox):
    house.reply(mailbox, 1, exclude=("brume",))
    house.reply(house.mailbox_of(OTHERS))
    asked = visitor.post("/mailbox/erase", {})
    assert asked.status_code == 400
    assert '<a href="#confirm">' in asked.text
    assert_accessible(asked, "fr")
    page = visitor.post("/mailbox/erase", {"confirm": "yes"})
    assert page.status_code == 200
    assert "Tout est effacé ici" in page.text
    assert visitor.get("/mailbox").status_code == 303
    assert house.store.counts().replies == 1
    opened = house.open_all()[0]
    assert (opened.head.kind, dict(opened.head.fields)) == ("erase", {"confirm": "yes"})
    assert opened.head.recipients == house.reception.manifest.recipients(["brume"])
    assert opened.report.mailbox == mailbox.public


def test_erasing_when_the_desk_cannot_be_asked(house: House, visitor, mailbox):
    """The replies go all the same; the page says that the rest failed."""
    house.reply(mailbox)
    object.__setattr__(house.reception.manifest, "expires", DAY - timedelta(days=1))
    page = visitor.post("/mailbox/erase", {"confirm": "yes"})
    assert page.status_code == 503
    assert "gardez votre nom de code" in text_of(page)
    assert visitor.get("/mailbox").status_code == 200
    assert house.store.counts().replies == 0
    assert house.stored() == 0


# -- sending ----------------------------------------------------------------------------------------------------------


def test_a_message_with_documents(house: House, visitor, mailbox):
    page = visitor.message([("a.txt", b"1"), ("b.txt", b"")], story="Un mot de plus.", exclude=["cypres", "cypres"])
    assert page.status_code == 400
    page = visitor.message([("a.txt", b"1"), ("b.txt", b"")], story="Un mot de plus.", exclude=["brume"])
    assert page.status_code == 200
    assert "1 message, 2 documents" in text_of(page)
    assert_accessible(page, "fr")
    opened = house.open_all()[0]
    assert (opened.head.kind, opened.story) == ("message", "Un mot de plus.")
    assert opened.files == [("a.txt", b"1"), ("b.txt", b"")]
    assert opened.head.seq >> 32 == (DAY - DAY.replace(1970, 1, 1)).days
    assert opened.report.mailbox == mailbox.public
    assert opened.head.recipients == house.reception.manifest.recipients(["brume"])


def test_a_document_needs_no_words(house: House, visitor):
    assert visitor.message([("a.txt", b"1")], story="").status_code == 200
    page = visitor.message(story=" ")
    assert page.status_code == 400
    assert "Écrivez un message, ou joignez un document" in text_of(page)


def test_one_character_is_a_message(house: House, visitor):
    assert visitor.message(story="x").status_code == 200


def test_the_same_message_twice_is_one(house: House, visitor):
    for _ in range(2):
        assert visitor.message([("a", b"1")], story="x").status_code == 200
    visitor.message([("a", b"2")], story="x")
    other = house.client()
    other.login(OTHERS)
    other.message([("a", b"1")], story="x")
    assert house.stored() == 3


def test_excluded_reviewers_stay_excluded(house: House, visitor, mailbox):
    house.reply(mailbox, exclude=("brume", "gone"))
    page = visitor.get("/mailbox")
    assert re.search(r'id="exclude-brume"[^>]* checked', page.text)
    assert not re.search(r'id="exclude-alize"[^>]* checked', page.text)
    expected = house.reception.manifest.recipients(["brume"])
    visitor.message(story="x")
    visitor.post("/mailbox/publish", {"opinion": "no"})
    assert {opened.head.recipients for opened in house.open_all()} == {expected}
    page = visitor.message(story="y", exclude=["alize"])
    assert page.status_code == 400
    assert '<a href="#exclude">' in page.text
    assert visitor.message(story="y", exclude=["nobody"]).status_code == 400


ANSWERS = [
    ("survey", {"q1": "yes", "q2": "partly", "q4": "no"}, {"q1": "yes", "q2": "partly", "q4": "no"}, ""),
    ("mediation", {"consent": "yes", "mediator": "Mme X"}, {"consent": "yes", "mediator": "Mme X"}, ""),
    ("mediation", {"consent": "no"}, {"consent": "no"}, ""),
    ("retaliation", {}, {}, ""),
    ("retaliation", {"story": "On m'a retiré mes heures."}, {}, "On m'a retiré mes heures."),
    ("publish", {"opinion": "no"}, {"opinion": "no"}, ""),
]


@pytest.mark.parametrize(("kind", "form", "fields", "story"), ANSWERS)
def test_answers(house: House, visitor, mailbox, kind, form, fields, story):
    page = visitor.post(f"/mailbox/{kind}", form)
    assert page.status_code == 200
    opened = house.open_all()[0]
    assert (opened.head.kind, dict(opened.head.fields), opened.story) == (kind, fields, story)
    assert opened.report.mailbox == mailbox.public
    assert opened.head.seq > 0


REFUSED = [
    ("survey", {}, 400, "q1"),
    ("survey", {"q1": "7"}, 400, "q1"),
    ("mediation", {}, 400, "consent"),
    ("mediation", {"consent": "maybe"}, 400, "consent"),
    ("mediation", {"consent": "yes", "mediator": "x" * 501}, 413, "mediator"),
    ("retaliation", {"story": "x" * (STORY_MAX + 1)}, 413, "story"),
    ("retaliation", {"story": " ".join(WORDS)}, 400, "story"),
    ("publish", {"opinion": ""}, 400, "opinion"),
    ("publish", {"opinion": "yes", "exclude": "nobody"}, 400, "exclude"),
]


@pytest.mark.parametrize(("kind", "form", "status", "field"), REFUSED)
def test_refused_answers(house: House, visitor, kind, form, status, field):
    page = visitor.post(f"/mailbox/{kind}", form)
    assert page.status_code == status
    assert_accessible(page, "fr")
    assert f'<a href="#{field}">' in page.text
    assert house.stored() == 0


@pytest.mark.parametrize(("kind", "form", "_fields", "_story"), ANSWERS)
def test_answers_without_a_session(house: House, kind, form, _fields, _story):
    page = house.client().post(f"/mailbox/{kind}", form)
    typed = form.get("story", form.get("mediator", ""))
    assert page.status_code == (403 if typed else 303)
    assert typed in text_of(page)
    assert house.stored() == 0


def test_a_codename_is_no_message(house: House, visitor):
    page = visitor.message(story=" ".join(WORDS))
    assert page.status_code == 400
    assert "votre clé, ne l'envoyez pas" in text_of(page)
    assert house.stored() == 0


@pytest.mark.parametrize("cut", [1, 60])
def test_a_truncated_message(house: House, visitor, cut):
    body = multipart({"story": STORY}, [("x", b"z" * 100)])
    page = visitor.post("/mailbox/message", body[:-cut], content_type="multipart/form-data; boundary=----frontiere")
    assert page.status_code == (200 if cut == 1 else 400)
    assert (house.stored() == 1) == (cut == 1)


def test_too_much_for_a_message(house: House, visitor):
    page = visitor.message([(f"f{n}", b"") for n in range(21)], story=STORY)
    assert page.status_code == 413
    assert STORY in text_of(page)
    assert house.stored() == 0


def test_a_message_after_the_hour_is_given_back(house: House, visitor):
    house.seconds += 3600
    page = visitor.message([("a", b"1")], story=STORY)
    assert page.status_code == 403
    assert STORY in text_of(page)
    assert_accessible(page, "fr")
    page = house.client().post("/mailbox/message", b"x", content_type="multipart/form-data; boundary=b")
    assert page.status_code == 303
    assert house.stored() == 0


def test_later_routes_do_not_exist_yet(visitor):
    for path in ("protection", "attestation"):
        assert visitor.post(f"/mailbox/{path}", {"confirm": "yes"}).status_code == 404
