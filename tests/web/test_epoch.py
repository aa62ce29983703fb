"""Small parts under the doors: sealed values of an hour, the queue of derivations, slots."""

from __future__ import annotations

import threading

import pytest

from app.errors import BusyError
from app.web.epoch import LIFETIME, Epoch
from app.web.kdf_queue import KdfQueue
from app.web.slots import Slots
from crypto.arena import Arena
from crypto.derive import Kdf, root

CHEAP = Kdf(time_cost=1, memory_kib=8)


class Clock:
    now = 5.0

    def __call__(self) -> float:
        return self.now


def test_a_value_comes_back_for_an_hour():
    clock = Clock()
    epoch = Epoch(clock)
    text = epoch.seal("session", b"secret value")
    assert text.isascii()
    assert b"secret" not in text.encode()
    assert epoch.seal("session", b"secret value") != text
    for _ in range(2):
        assert epoch.open("session", text) == b"secret value"
    clock.now += LIFETIME - 1
    assert epoch.open("session", text) == b"secret value"
    clock.now += 1
    assert epoch.open("session", text) is None


def test_another_purpose_or_run():
    epoch = Epoch()
    text = epoch.seal("session", b"x")
    assert epoch.open("check", text) is None
    assert Epoch().open("session", text) is None


@pytest.mark.parametrize("text", ["", "x", "é", "====", "A" * 100, "A" * 10_000])
def test_forged(text):
    assert Epoch().open("session", text) is None


def test_every_changed_character():
    epoch = Epoch()
    text = epoch.seal("session", b"x" * 32)
    for at in range(len(text)):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        assert epoch.open("session", changed) is None


def test_derivations_one_at_a_time(monkeypatch):
    running, most = [], []

    def slow(_arena, code):
        running.append(code)
        most.append(len(running))
        done.wait(0.02)
        running.pop()
        return code

    done = threading.Event()
    queue = KdfQueue(b"s" * 16, CHEAP)
    monkeypatch.setattr(Arena, "root", slow)
    roots = [queue.for_report(bytes([n])) for n in range(6)]
    assert [root.result() for root in roots] == [bytes([n]) for n in range(6)]
    assert most == [1] * 6


def test_logins_beyond_the_queue_are_told_to_come_back(monkeypatch):
    hold, results = threading.Event(), []
    queue = KdfQueue(b"s" * 16, CHEAP, waiting=2)
    monkeypatch.setattr(Arena, "root", lambda _arena, code: hold.wait(10) and code)
    threads = [threading.Thread(target=lambda: results.append(queue.for_login(b"x"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    while queue._seats.acquire(blocking=False):
        queue._seats.release()
    with pytest.raises(BusyError):
        queue.for_login(b"x")
    hold.set()
    for thread in threads:
        thread.join()
    assert results == [b"x"] * 3
    assert queue.for_login(b"x") == b"x"


def test_a_failed_derivation_leaves_the_queue_open(monkeypatch):
    def fail(*_arguments):
        raise MemoryError

    queue = KdfQueue(b"s" * 16, CHEAP, waiting=0)
    with monkeypatch.context() as patch:
        patch.setattr(Arena, "root", fail)
        with pytest.raises(MemoryError):
            queue.for_login(b"c" * 10)
    assert queue.for_login(b"c" * 10) == root(b"c" * 10, b"s" * 16, CHEAP)


def test_slots():
    slots = Slots(1)
    with slots.one(), pytest.raises(BusyError), slots.one():
        pass
    with pytest.raises(ValueError, match="broken"), slots.one():
        raise ValueError("broken")
    with slots.one():
        pass
