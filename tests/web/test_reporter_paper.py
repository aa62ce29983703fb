"""The optional check of the paper: two words, sealed with the page, good for an hour, never a condition."""

from __future__ import annotations

import re

import pytest

from tests.web.reporter_house import House, hidden, text_of, words_of
from tests.web.test_reporter_pages import assert_accessible


def checked(page, words: list[str], *, first: str = "", **change):
    numbers = [int(n) for n in re.findall(r'data-n="(\d)"', page.text)]
    form = {"word_a": first or words[numbers[0] - 1], "word_b": words[numbers[1] - 1], "check": hidden(page, "check")}
    return {**form, **change}


def test_the_two_words(house: House):
    client = house.client()
    page = client.send()
    words = words_of(page)
    numbers = re.findall(r'name="word_[ab]" data-n="(\d)"', page.text)
    assert len(set(numbers)) == 2
    assert not [word for word in words if word in hidden(page, "check")]
    right = client.post("/report/confirm", checked(page, words))
    assert (right.status_code, "Votre papier est juste" in right.text) == (200, True)
    short = {name: value[:4].upper() if name != "check" else value for name, value in checked(page, words).items()}
    assert "Votre papier est juste" in client.post("/report/confirm", short).text
    wrong = client.post("/report/confirm", checked(page, words, first="zzzz"))
    assert wrong.status_code == 200
    assert_accessible(wrong, "fr")
    assert f"Le mot n° {numbers[0]} n'est pas celui" in text_of(wrong)
    again = client.post("/report/confirm", checked(wrong, words))
    assert "Votre papier est juste" in again.text
    both = client.post("/report/confirm", checked(page, words, first="zzzz", word_b="zzzz"))
    assert f"Les mots n° {numbers[0]}, n° {numbers[1]} ne sont" in text_of(both)
    assert house.stored() == 1


@pytest.mark.parametrize("missing", ["word_a", "word_b", "check"])
def test_a_word_is_missing(house: House, missing):
    client = house.client()
    page = client.send()
    answer = client.post("/report/confirm", checked(page, words_of(page), **{missing: ""}))
    assert answer.status_code == 400
    assert_accessible(answer, "fr")


def test_a_check_that_cannot_be_opened(house: House):
    client = house.client()
    page = client.send()
    form = checked(page, words_of(page))
    for check in ("x", "é", "A" * 200, "A" * 2000, form["check"][:-4] + "AAAA"):
        answer = client.post("/report/confirm", {**form, "check": check})
        assert answer.status_code == 200
        assert "Votre signalement est en sûreté" in text_of(answer)
    house.seconds += 3599
    assert "Votre papier est juste" in client.post("/report/confirm", form).text
    house.seconds += 1
    late = client.post("/report/confirm", form)
    assert (late.status_code, "ne pouvons pas vérifier maintenant" in text_of(late)) == (200, True)


def test_a_session_is_no_check(house: House):
    """Both are sealed under one key, for different purposes."""
    client = house.client()
    page = client.send()
    client.login(words_of(page))
    cookie = client.http.get_cookie("__Host-session", "reporter.test")
    answer = client.post("/report/confirm", {"word_a": "a", "word_b": "b", "check": cookie.value})
    assert "ne pouvons pas vérifier maintenant" in text_of(answer)
