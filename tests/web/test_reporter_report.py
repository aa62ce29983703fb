"""A report from the form to the ciphertext: what arrives, what is refused with which status, what is given back."""

from __future__ import annotations

import hashlib
import io
import os
import re
from datetime import timedelta

import pytest

from app.domain.limits import STORY_MAX
from crypto import codename
from crypto.padding import is_bucket
from tests.web.reporter_house import (
    BOUNDARY,
    DAY,
    STORY,
    House,
    Opened,
    file_part,
    hidden,
    multipart,
    part,
    text_of,
    words_of,
)
from tests.web.test_reporter_pages import assert_accessible, assert_self_contained

CANARY = "canari-71c2"
FIELDS = {
    "cooperative": "Les Abeilles, Lyon",
    "topic": "3",
    "period": "printemps 2024",
    "others": "oui",
    "asked_internally": "non",
    "publish": "ask",
}


def sent(house: House, *files: tuple[str, bytes], **fields) -> Opened:
    """One report through the door, opened again."""
    page = house.client().send(files, **fields)
    assert page.status_code == 200, text_of(page)
    assert len(house.envelopes()) == house.stored() == 1
    return house.open_all()[0]


def assert_nothing_stored(house: House) -> None:
    assert house.stored() == 0
    assert house.envelopes() == []


def assert_given_back(page, story: str = STORY) -> None:
    assert story in text_of(page)
    assert house_attempt(page)


def house_attempt(page) -> str:
    return hidden(page, "attempt")


# -- the way of a report ----------------------------------------------------------------------------------------------


def test_from_the_form_to_the_desk(house: House):
    client = house.client()
    attempt = house_attempt(client.get("/report"))
    form = {"story": STORY, "attempt": attempt, "follow_up": "codename", "exclude": "brume", **FIELDS}
    review = client.post("/report/review", form)
    assert review.status_code == 200
    assert_accessible(review, "fr")
    assert_self_contained(review)
    assert house_attempt(review) == attempt
    fields = {name: hidden(review, name) for name in form}
    assert fields == form
    page = client.send([("preuve.pdf", b"%PDF-1.7")], **fields)
    assert page.status_code == 200
    assert_accessible(page, "fr")
    assert "1 message, 1 document." in text_of(page)
    assert len(words_of(page)) == 8
    opened = house.open_all()[0]
    assert opened.story == STORY
    assert dict(opened.head.fields) == FIELDS
    assert opened.files == [("preuve.pdf", b"%PDF-1.7")]
    assert (opened.head.kind, opened.head.language, opened.head.seq) == ("report", "fr", 0)
    assert opened.head.recipients == house.reception.manifest.recipients(["brume"])
    assert opened.report.mailbox == house.mailbox_of(words_of(page)).public


def test_the_review_shows_what_may_identify(house: House):
    story = STORY + " En tant que trésorier, écrivez-moi : jean@exemple.fr ou 06 12 34 56 78."
    review = house.client().post("/report/review", {"story": story, "attempt": house.client().attempt()})
    for shown in ("une adresse e-mail", "un numéro", "une formule qui dit votre rôle", "jean@exemple.fr"):
        assert shown in text_of(review)
    assert "Nous avons repéré" not in house.client().post("/report/review", {"story": STORY}).text


def test_modify_gives_everything_back(house: House):
    client = house.client()
    form = {"story": STORY, "attempt": client.attempt(), "follow_up": "none", "exclude": ["alize"], **FIELDS}
    for page in (
        client.post("/report/review", {**form, "modify": "yes"}),
        client.send(**form, modify="yes"),
    ):
        assert page.status_code == 200
        assert_accessible(page, "fr")
        assert STORY in text_of(page)
        assert house_attempt(page) == form["attempt"]
        for identifier in ("follow_up-none", "exclude-alize", "topic-3", "publish-ask"):
            assert re.search(rf'id="{identifier}"[^>]* checked', page.text)
        assert 'value="Les Abeilles, Lyon"' in page.text
    assert_nothing_stored(house)


def test_a_story_that_begins_with_a_line_end(house: House):
    """Browsers drop the first line end of a text area; the page must not."""
    page = house.client().post("/report/review", {"story": "\n" + STORY, "modify": "yes"})
    assert f">\n\n{STORY.replace(chr(39), '&#39;')}</textarea>" in page.text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_receipt(house: House, language):
    page = house.client(language).send([("a", b"1"), ("b", b"")])
    assert_accessible(page, language)
    words = words_of(page)
    assert set(words) <= set(codename.word_list(language).shown)
    shown = text_of(page)
    wanted = {"fr": ("seule clé", "9 novembre 2026"), "en": ("only key", "9 November 2026")}
    for sentence in ("2 documents", *wanted[language]):
        assert sentence in shown
    assert len(page.data) <= 14 * 1024


def test_without_follow_up(house: House):
    page = house.client().send(follow_up="none")
    assert page.status_code == 200
    assert words_of(page) == []
    assert 'name="check"' not in page.text
    opened = house.open_all()[0]
    assert opened.report.mailbox is None


def test_with_and_without_follow_up_look_alike(house: House):
    """Same page length, same ciphertext size, same rows."""
    pages = [house.client().send(follow_up=answer) for answer in ("codename", "none")]
    assert len(pages[0].data) == len(pages[1].data)
    first, second = house.envelopes()
    assert first.stat().st_size == second.stat().st_size
    assert first.stat().st_mtime == second.stat().st_mtime


def test_sizes_are_published_ones(house: House):
    for size in (0, 10_000, 20_000, 100_000):
        house.client().send([("x", os.urandom(size))])
    assert all(is_bucket(path.stat().st_size) for path in house.envelopes())
    assert all(path.stat().st_mode & 0o077 == 0 for path in house.envelopes())


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 1_000_000])
def test_bytes_arrive_as_they_were(house: House, size):
    data = os.urandom(size)
    opened = sent(house, ("données", data), ("again", data[::-1]))
    assert [hashlib.sha256(got).digest() for _, got in opened.files] == [
        hashlib.sha256(each).digest() for each in (data, data[::-1])
    ]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("été 🐝.pdf", "été 🐝.pdf"),
        ('guillemet".txt', 'guillemet".txt'),
        ("nul\x00.txt", "nul\ufffd.txt"),
        ("\u202etxt.exe", "\u202etxt.exe"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("x" * 300, "x" * 255),
    ],
)
def test_odd_names(house: House, name, kept):
    assert sent(house, (name, b"1")).files == [(kept, b"1")]


@pytest.mark.parametrize("length", [50, STORY_MAX])
def test_lengths_at_the_limit(house: House, length):
    assert sent(house, story="é" * length).story == "é" * length


def test_four_byte_characters_at_the_limit(house: House):
    client = house.client()
    form = {"story": "🐝" * STORY_MAX, "attempt": client.attempt()}
    assert client.post("/report/review", form).status_code == 200
    assert client.send(**form).status_code == 200


def test_odd_stories_arrive(house: House):
    story = "\ufeffNul \x00, RTL \u202e, <b>&amp;</b> {{ 7 * 7 }}\r\n" + "ligne\r\n" * 10
    assert sent(house, story=story).story == story.replace("\r\n", "\n")


def test_typed_text_is_escaped(house: House):
    story = "<script>alert(1)</script>\"'" + STORY
    page = house.client().post("/report/review", {"story": story, "attempt": "x", "cooperative": '"><b>'})
    assert "<script" not in page.text
    assert '"><b>' not in page.text


def test_twenty_files_and_the_size_limit(tmp_path):
    house = House(tmp_path, max_bytes=1000)
    try:
        files = [(f"f{n}", b"z" * 50) for n in range(20)]
        assert house.client().send(files).status_code == 200
        assert house.client().send([("x", b"z" * 1001)]).status_code == 413
        assert house.client().send([("x", b"z" * 1000)]).status_code == 200
        assert house.stored() == 2
    finally:
        house.close()


def test_text_only_clients_may_send_urlencoded(house: House):
    client = house.client()
    page = client.post("/report", {"story": STORY, "attempt": client.attempt()})
    assert len(words_of(page)) == 8
    assert house.open_all()[0].story == STORY


# -- repeats ----------------------------------------------------------------------------------------------------------


def test_a_repeat_shows_the_same_words_and_stores_nothing(house: House):
    client = house.client()
    attempt = client.attempt()
    pages = [client.send([("a", b"1")], attempt=attempt) for _ in range(3)]
    assert len({tuple(words_of(page)) for page in pages}) == 1
    assert {page.status_code for page in pages} == {200}
    assert house.stored() == len(house.envelopes()) == 1
    strip = [re.sub(r'(Mot n° \d|data-n="\d"|name="check" value="[^"]*")', "", page.text) for page in pages]
    assert len({text.rstrip("-> ") for text in strip}) == 1


@pytest.mark.parametrize("change", ["story", "file", "name", "field", "exclude"])
def test_a_repeat_with_other_content(house: House, change):
    client = house.client()
    first = {"attempt": client.attempt(), "topic": "1", "exclude": []}
    page = client.send([("a", b"1")], **first)
    fields = {
        "story": {"story": STORY + "!"},
        "field": {"topic": "2"},
        "exclude": {"exclude": ["alize"]},
    }.get(change, {})
    files = {"file": [("a", b"2")], "name": [("b", b"1")]}.get(change, [("a", b"1")])
    again = client.send(files, **{**first, **fields})
    assert again.status_code == 200
    assert words_of(again) == words_of(page)
    assert "La première version est gardée" in text_of(again)
    assert house.stored() == 1
    assert house.open_all()[0].story == STORY


def test_a_repeat_without_follow_up(house: House):
    client = house.client()
    attempt = client.attempt()
    client.send(attempt=attempt, follow_up="none")
    again = client.send(attempt=attempt, follow_up="none", story=STORY + "!")
    assert "Je fais suite à" in text_of(again)
    assert house.stored() == 1
    assert words_of(client.send(attempt=attempt, follow_up="codename"))


def test_a_repeat_is_remembered_until_the_end_of_the_next_day(house: House):
    client = house.client()
    attempt = client.attempt()
    words = words_of(client.send(attempt=attempt))
    house.set_day(DAY + timedelta(days=1))
    client.send(attempt=attempt)
    assert house.stored() == 1
    house.set_day(DAY + timedelta(days=2))
    assert words_of(client.send(attempt=attempt)) == words
    assert house.stored() == 2


def test_two_at_once_the_loser_is_told_like_a_repeat(house: House):
    """Both found the attempt free; only the transaction decides."""
    client, attempt = house.client(), house.client().attempt()
    first = client.send(attempt=attempt)
    store = house.store
    find = store.find_claim
    store.find_claim = lambda _digest: None
    try:
        same, other = client.send(attempt=attempt), client.send(attempt=attempt, story=STORY + "!")
    finally:
        store.find_claim = find
    assert words_of(first) == words_of(same) == words_of(other)
    assert "première version" not in text_of(same)
    assert "première version" in text_of(other)
    assert house.stored() == len(house.envelopes()) == 1


@pytest.mark.parametrize("attempt", ["", "x", "A" * 86, "é" * 86, "=" * 86])
@pytest.mark.parametrize("path", ["/report", "/report/review"])
def test_a_missing_or_forged_attempt(house: House, attempt, path):
    client = house.client()
    form = {"story": STORY, "attempt": attempt}
    page = client.send(**form) if path == "/report" else client.post(path, form)
    assert page.status_code == 400
    assert_accessible(page, "fr")
    assert_given_back(page)
    assert house.reception.attempts.open(house_attempt(page))
    assert_nothing_stored(house)


def test_an_attempt_of_another_intake(house: House):
    flipped = list(house.client().attempt())
    flipped[-5] = "A" if flipped[-5] != "A" else "B"
    assert house.client().send(attempt="".join(flipped)).status_code == 400


# -- refusals ---------------------------------------------------------------------------------------------------------

REFUSED = [
    ({"story": ""}, 400, "#story"),
    ({"story": "   \r\n " * 30}, 400, "#story"),
    ({"story": "x" * 49}, 400, "#story"),
    ({"story": "x" * (STORY_MAX + 1)}, 413, "#story"),
    ({"cooperative": "x" * 501}, 413, "#cooperative"),
    ({"topic": "0"}, 400, "#topic"),
    ({"publish": "perhaps"}, 400, "#publish"),
    ({"follow_up": "perhaps"}, 400, "#follow_up"),
    ({"exclude": "nobody"}, 400, "#exclude"),
    ({"exclude": ["alize", "brume", "cypres"]}, 400, "#exclude"),
    ({"exclude": ["cypres"]}, 400, "#exclude"),
    ({"exclude": ["alize", "brume"]}, 400, "#exclude"),
]


@pytest.mark.parametrize(("change", "status", "link"), REFUSED)
@pytest.mark.parametrize("path", ["/report", "/report/review"])
def test_refused_fields(house: House, path, change, status, link):
    client = house.client()
    form = {"story": STORY, "attempt": client.attempt(), "period": CANARY, **change}
    page = client.send([("a", b"1")], **form) if path == "/report" else client.post(path, form)
    if path == "/report" and not form["story"].strip():
        assert "enveloppe scellée" in text_of(page)
    assert page.status_code == status
    assert_accessible(page, "fr")
    assert f'<a href="{link}">' in page.text
    assert CANARY in page.text
    assert form["story"].strip() in text_of(page)
    assert hidden(page, "attempt") == form["attempt"]
    assert_nothing_stored(house)


def test_a_codename_is_no_story(house: House):
    client = house.client()
    words = " ".join(codename.words(codename.draw(b"x" * 32, b"y" * 16), "en")) + " " * 50
    for page in (client.send(story=words), client.post("/report/review", {"story": words})):
        assert page.status_code == 400
        assert "votre clé, ne l'envoyez pas" in text_of(page)
    assert_nothing_stored(house)


def test_duplicated_fields(house: House):
    client = house.client()
    page = client.send(story=[STORY, STORY])
    assert page.status_code == 400
    assert_given_back(page)
    assert client.post("/report/review", {"story": [STORY, STORY]}).status_code == 400
    assert_nothing_stored(house)


def test_too_many_files(house: House):
    page = house.client().send([(f"f{n}", b"1") for n in range(21)])
    assert page.status_code == 413
    assert "trop de fichiers" in text_of(page)
    assert_accessible(page, "fr")
    assert_given_back(page)
    assert 'type="file"' in page.text
    assert_nothing_stored(house)


def test_too_much_announced_is_refused_before_gpg(tmp_path):
    house = House(tmp_path, max_bytes=1000)
    try:
        client = house.client()
        body = multipart({"story": STORY, "attempt": client.attempt()}, [("x", b"z" * 4_000_000)])
        page = client.post("/report", body, content_type=f"multipart/form-data; boundary={BOUNDARY}")
        assert page.status_code == 413
        assert_given_back(page)
        assert_nothing_stored(house)
    finally:
        house.close()


def broken(house: House, body: bytes, boundary: str = BOUNDARY):
    return house.client().post("/report", body, content_type=f"multipart/form-data; boundary={boundary}")


def test_truncated_multipart(house: House):
    fields = {"story": STORY, "attempt": house.client().attempt()}
    whole = multipart(fields, [("x", b"z" * 1000)])
    for cut in (10, 100, 900):
        page = broken(house, whole[:-cut])
        assert page.status_code == 400
        assert_accessible(page, "fr")
        assert_given_back(page)
        assert_nothing_stored(house)


def test_cut_in_the_middle_of_the_story(house: House):
    page = broken(house, part("attempt", house.client().attempt()) + part("story", STORY)[:-30])
    assert page.status_code == 400
    assert STORY[:-40] in text_of(page)
    assert_nothing_stored(house)


def test_wrong_boundary(house: House):
    page = broken(house, multipart({"story": STORY, "attempt": house.client().attempt()}), "other")
    assert page.status_code == 400
    assert house_attempt(page)
    assert_nothing_stored(house)


def test_a_text_field_after_a_file(house: House):
    fields = part("attempt", house.client().attempt()) + part("story", STORY)
    page = broken(house, fields + file_part("x", b"1") + part("period", "2024") + f"--{BOUNDARY}--\r\n".encode())
    assert page.status_code == 400
    assert "après un fichier" in text_of(page)
    assert_given_back(page)
    assert_nothing_stored(house)


def test_a_file_in_another_field(house: House):
    fields = part("attempt", house.client().attempt()) + part("story", STORY)
    page = broken(house, fields + file_part("x", b"1", "other") + f"--{BOUNDARY}--\r\n".encode())
    assert page.status_code == 400
    assert_nothing_stored(house)


def test_no_file_and_a_named_empty_one(house: House):
    assert sent(house, ("", b""), ("empty.txt", b"")).files == [("empty.txt", b"")]


def test_another_type_of_body(house: House):
    assert house.client().post("/report", b"{}", content_type="application/json").status_code == 415
    assert house.client().post("/report", b"").status_code == 415


def test_an_expired_manifest(house: House):
    client = house.client()
    house.set_day(DAY + timedelta(days=366))
    form = client.get("/report")
    assert form.status_code == 503
    assert "n'est plus à jour" in text_of(form)
    page = client.send()
    assert page.status_code == 503
    assert "n'est plus à jour" in text_of(page)
    assert_given_back(page)
    assert_nothing_stored(house)
    house.set_day(DAY + timedelta(days=366))
    assert client.get("/replies").status_code == 200


def test_the_last_day_of_a_manifest(house: House):
    house.set_day(DAY + timedelta(days=365))
    assert house.client().send().status_code == 200


# -- what stays -------------------------------------------------------------------------------------------------------


def test_no_word_of_a_report_is_on_the_disk(house: House, caplog, capfd):
    client = house.client()
    words = words_of(client.send([(f"{CANARY}.txt", CANARY.encode())], story=f"{STORY} {CANARY}", period=CANARY))
    client.send([(f"{CANARY}.txt", CANARY.encode() * 1000)], story=f"{STORY} {CANARY}", topic="0")
    client.login(words)
    client.message(story=CANARY)
    found = []
    for path in house.settings.home.parent.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        found += [path for needle in (CANARY, *words) if needle.encode() in data or needle in path.name]
    assert found == []
    out, err = capfd.readouterr()
    assert CANARY not in out + err + caplog.text


def test_an_exception_in_a_view_is_a_page_with_the_text(house: House, caplog):
    def broken_find(_digest):
        raise RuntimeError(CANARY)

    house.store.find_claim = broken_find
    page = house.client().send()
    assert page.status_code == 500
    assert_given_back(page)
    assert CANARY not in page.text + caplog.text
    assert_nothing_stored(house)


def test_chunked_bodies(house: House):
    client = house.client()
    body = multipart({"story": STORY, "attempt": client.attempt()}, [("x", b"z" * 200_000)])
    environ = {
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
    }
    page = client.post("/report", headers={"Transfer-Encoding": "chunked"}, environ_overrides=environ)
    assert page.status_code == 200
    assert house.open_all()[0].files == [("x", b"z" * 200_000)]
