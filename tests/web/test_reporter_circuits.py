"""Shares of each circuit at the reporter door, and which requests tell the server that they leave plaintext behind."""

from __future__ import annotations

import time

import pytest

from app.web.circuits import BURST, CIRCUIT
from app.web.hull import Policy
from tests.web.reporter_house import STORY, House, Visitor, text_of, words_of
from tests.web.test_reporter_pages import assert_accessible

HERE, THERE = b"circuit1", b"circuit2"
DOCUMENT = ("note.txt", b"x" * 1000)


def by(house: House, circuit: bytes, language: str = "") -> Visitor:
    client = house.client(language)
    client.http.environ_base[CIRCUIT] = circuit
    return client


def policy_of(house: House) -> Policy:
    closure = house.app.before_request_funcs[None][0].__closure__
    return next(cell.cell_contents for cell in closure if isinstance(cell.cell_contents, Policy))


def spend(house: House, circuit: bytes) -> None:
    now = time.monotonic() + 60  # so that a slow machine gives nothing back in between
    rates = policy_of(house).rates
    assert rates is not None
    while rates.charge(circuit, now):
        pass


def test_a_form_too_many_is_told_to_wait_and_given_back(house: House):
    spend(house, HERE)
    form = {"story": STORY, "topic": "1", "attempt": house.client().attempt()}
    page = by(house, HERE).post("/report/review", form)
    assert page.status_code == 429
    assert page.headers["Retry-After"] == "60"
    assert_accessible(page, "fr")
    assert "Attendez une minute" in text_of(page)
    assert STORY in text_of(page)
    assert "Wait a minute" in text_of(by(house, HERE, "en").post("/report/review", form))
    for other in (by(house, THERE), house.client()):
        assert other.post("/report/review", form).status_code == 200
    assert by(house, HERE).get("/report").status_code == 200


def test_an_upload_too_many_is_told_to_wait_and_its_text_given_back(house: House):
    spend(house, HERE)
    page = by(house, HERE).send([DOCUMENT])
    assert page.status_code == 429
    assert STORY in text_of(page)
    assert house.stored() == 0
    assert by(house, THERE).send([DOCUMENT]).status_code == 200


def test_a_message_and_a_login_too_many(house: House):
    client = by(house, HERE)
    words = words_of(client.send())
    client.login(words)
    spend(house, HERE)
    page = client.message(story="encore")
    assert page.status_code == 429
    assert "encore" in text_of(page)
    assert client.login(words).status_code == 429
    assert house.stored() == 1


@pytest.mark.parametrize(
    ("status", "kind", "body", "headers"),
    [
        (415, "text/plain", b"x", {}),
        (413, "application/x-www-form-urlencoded", b"story=" + b"x" * 2_000_000, {}),
        (400, "application/x-www-form-urlencoded", b"a=1&a=2", {}),
        (403, "application/x-www-form-urlencoded", b"a=1", {"Sec-Fetch-Site": "cross-site"}),
    ],
)
def test_what_is_refused_counts_too(house: House, status: int, kind: str, body: bytes, headers: dict[str, str]):
    client, rates = by(house, HERE), policy_of(house).rates
    assert rates is not None
    page = client.http.post(
        client.base + "/report/review", data=body, content_type=kind, headers=headers, base_url="https://reporter.test"
    )
    assert page.status_code == status
    assert rates._find(HERE, time.monotonic())[1] > 0, "a part of its purse is spent"


def test_a_person_is_never_told_to_wait(house: House):
    """Whole ways of a report, with detours, as fast as a machine can: far from the limit."""
    client = by(house, HERE)
    for _ in range(BURST // 6):
        form = {"story": STORY, "topic": "1", "attempt": client.attempt()}
        assert client.post("/report/review", form).status_code == 200
        words = words_of(client.send([DOCUMENT]))
        assert client.login(words).status_code == 303
        assert client.message(story="encore").status_code == 200
        assert client.post("/mailbox/leave").status_code == 200


def test_uploads_of_one_circuit_are_few(house: House):
    slots = house.reception.uploads
    held = [slots.one(HERE) for _ in range(4)]
    for slot in held:
        slot.__enter__()
    page = by(house, HERE).send([DOCUMENT])
    assert page.status_code == 503
    assert STORY in text_of(page)
    assert by(house, THERE).send([DOCUMENT]).status_code == 200
    for slot in held:
        slot.__exit__(None, None, None)
    assert by(house, HERE).send([DOCUMENT]).status_code == 200


def test_bodies_of_one_circuit_and_of_all_are_bounded(house: House):
    form = {"story": STORY, "topic": "1", "attempt": house.client().attempt()}
    bodies = policy_of(house).bodies
    assert bodies is not None
    held = [bodies.one(HERE) for _ in range(8)]
    for slot in held:
        slot.__enter__()
    assert by(house, HERE).post("/report/review", form).status_code == 503
    assert by(house, HERE).get("/report").status_code == 200
    assert by(house, THERE).post("/report/review", form).status_code == 200
    held += [bodies.one() for _ in range(20)]
    for slot in held[8:]:
        slot.__enter__()
    assert by(house, THERE).post("/report/review", form).status_code == 503
    assert by(house, THERE).get("/report").status_code == 200
    for slot in held:
        slot.__exit__(None, None, None)
    for _ in range(40):
        assert house.client().post("/report/review", form).status_code == 200


def test_logins_of_one_circuit_wait_for_a_share_of_the_seats(house: House):
    words = words_of(by(house, THERE).send())
    queue = house.reception.queue
    held = [queue._seat(HERE) for _ in range(3)]
    for seat in held:
        seat.__enter__()
    assert by(house, HERE).login(words).status_code == 503
    assert by(house, THERE).login(words).status_code == 303
    for seat in held:
        seat.__exit__(None, None, None)
    assert by(house, HERE).login(words).status_code == 303


def test_a_circuit_is_in_no_page(house: House):
    spend(house, HERE)
    for page in (by(house, HERE).get("/"), by(house, HERE).send(), by(house, HERE).login(["x"])):
        assert HERE not in page.data
        assert HERE.hex().encode() not in page.data
        assert "circuit" not in str(page.headers).lower()


@pytest.mark.parametrize("language", ["", "en"])
def test_what_leaves_plaintext_behind_is_told(house: House, language: str):
    told: list[str] = []
    client = house.client(language)
    client.http.environ_base["sourdine.plaintext"] = lambda: told.append("told")
    for rule in house.app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            told.clear()
            client.http.open(client.base + rule.rule, method=method, base_url="https://reporter.test")
            expected = method == "POST" or rule.rule in {"/mailbox", "/report"}
            assert bool(told) == expected, (method, rule.rule)


def test_what_is_refused_at_the_threshold_is_told_too(house: House):
    told: list[str] = []
    client = house.client()
    client.http.environ_base["sourdine.plaintext"] = lambda: told.append("told")
    for status, host, headers in ((421, "https://other.test", {}), (403, "https://reporter.test", {"X-Tor2web": "1"})):
        told.clear()
        page = client.http.post("/report/review", data={"story": STORY}, base_url=host, headers=headers)
        assert page.status_code == status
        assert told
