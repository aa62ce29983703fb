"""A session lives in a cookie that only its process opens, for an hour or until logout; mistakes cost time."""

from __future__ import annotations

import threading
import time

import pytest

from app.courier.accounts import Entry
from app.courier.session import FREE_FAILURES, SESSION_SECONDS, WAITING_MAX, LoginGate, Sessions, TooMany

ENTRY = Entry("rivet", b"m" * 16, b"f" * 32, b"p" * 32)


class Moments:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_cookie_opens_to_its_session() -> None:
    moments = Moments()
    sessions = Sessions(now=moments)
    session = sessions.open(sessions.begin(ENTRY))
    assert session is not None
    assert (session.name, session.mark, session.fetch, session.push) == ("rivet", b"m" * 16, b"f" * 32, b"p" * 32)
    assert "rivet" not in repr(session)
    moments.now += SESSION_SECONDS + 1
    assert sessions.open(sessions.begin(ENTRY)) is not None


def test_an_hour_ends_it() -> None:
    moments = Moments()
    sessions = Sessions(now=moments)
    cookie = sessions.begin(ENTRY)
    moments.now += SESSION_SECONDS
    assert sessions.open(cookie) is not None
    moments.now += 1
    assert sessions.open(cookie) is None


def test_logout_ends_every_copy_and_is_forgotten_later() -> None:
    moments = Moments()
    sessions = Sessions(now=moments)
    cookie, other = sessions.begin(ENTRY), sessions.begin(ENTRY)
    session = sessions.open(cookie)
    assert session is not None
    sessions.end(session)
    assert sessions.open(cookie) is None
    remaining = sessions.open(other)
    assert remaining is not None
    moments.now += SESSION_SECONDS + 1
    sessions.end(remaining)
    assert len(sessions._ended) == 1


@pytest.mark.parametrize("change", ["", "x", "AAAA", "=", "é", "A" * 400])
def test_no_other_text_opens(change: str) -> None:
    assert Sessions(now=Moments()).open(change) is None


def test_another_process_opens_nothing_and_a_changed_byte_neither() -> None:
    cookie = Sessions(now=Moments()).begin(ENTRY)
    assert Sessions(now=Moments()).open(cookie) is None
    sessions = Sessions(now=Moments())
    cookie = sessions.begin(ENTRY)
    for at in (0, 20, len(cookie) - 4):
        letter = "A" if cookie[at] != "A" else "B"
        assert sessions.open(cookie[:at] + letter + cookie[at + 1 :]) is None


def fail(gate: LoginGate, times: int) -> None:
    for _ in range(times):
        gate.failed()


def test_mistakes_cost_time_after_the_fifth() -> None:
    moments = Moments()
    gate = LoginGate(now=moments)
    fail(gate, FREE_FAILURES - 1)
    with gate.turn():
        gate.failed()
    with pytest.raises(TooMany) as told, gate.turn():
        pass
    assert told.value.seconds == 2
    moments.now += 2
    with gate.turn():
        fail(gate, 20)
    with pytest.raises(TooMany) as told, gate.turn():
        pass
    assert told.value.seconds == 61
    moments.now += 700
    with gate.turn():
        pass


def test_a_good_login_forgives() -> None:
    gate = LoginGate()
    fail(gate, 30)
    gate.passed()
    with gate.turn():
        pass


def test_the_queue_is_short() -> None:
    gate = LoginGate()
    inside, leave = threading.Event(), threading.Event()
    done = []

    def work() -> None:
        with gate.turn():
            inside.set()
            leave.wait(10)
        done.append(1)

    threads = [threading.Thread(target=work) for _ in range(1 + WAITING_MAX)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    while gate._waiting < 1 + WAITING_MAX:
        time.sleep(0.001)
    with pytest.raises(TooMany) as told, gate.turn():
        pass
    assert told.value.seconds == 1
    leave.set()
    for thread in threads:
        thread.join()
    assert len(done) == 1 + WAITING_MAX
    with gate.turn():
        pass
