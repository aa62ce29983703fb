"""Rates and turns, on a clock of the test's own."""

from __future__ import annotations

import threading

import pytest

from app.errors import BusyError
from app.web import circuits
from app.web.circuits import Rates, Turns, circuit_of
from app.web.kdf_queue import SHARE, KdfQueue
from crypto.arena import Arena
from crypto.derive import Kdf


def key(number: int) -> bytes:
    return number.to_bytes(8, "little")


def test_a_burst_then_one_at_a_time() -> None:
    rates = Rates(burst=5, seconds=2.0)
    assert [rates.charge(key(1), 10.0) for _ in range(6)] == [True] * 5 + [False]
    assert not rates.charge(key(1), 11.9)
    assert rates.charge(key(1), 12.0)
    assert not rates.charge(key(1), 12.0)
    assert [rates.charge(key(1), 1000.0) for _ in range(6)] == [True] * 5 + [False]


def test_a_refused_request_costs_nothing() -> None:
    rates = Rates(burst=1, seconds=1.0)
    assert rates.charge(key(1), 0.0)
    assert not any(rates.charge(key(1), 0.5) for _ in range(100))
    assert rates.charge(key(1), 1.0)


def test_circuits_do_not_count_for_each_other_and_nobody_counts_nothing() -> None:
    rates = Rates(burst=1, seconds=1.0)
    assert all(rates.charge(key(number), 0.0) for number in range(1, 500))
    assert all(rates.charge(b"", 0.0) for _ in range(500))


def test_a_person_never_meets_the_limit() -> None:
    """Twenty whole journeys by one circuit, as fast as one machine sends them: eight POST requests each 0.8 s."""
    rates = Rates()
    assert all(rates.charge(key(1), round(journey * 0.8, 1)) for journey in range(20) for _ in range(6))


def test_the_table_is_bounded_and_forgets_the_quietest() -> None:
    rates = Rates(burst=10, seconds=1.0)
    same_set = [key(1 + number * circuits.SETS) for number in range(circuits.WAYS + 1)]
    for _ in range(10):
        assert rates.charge(same_set[0], 0.0)
    for other in same_set[1:]:
        assert rates.charge(other, 0.0)
    assert not rates.charge(same_set[0], 0.0), "the busiest must not be the one that is forgotten"
    assert len(rates._shared.data) == circuits.SETS * circuits.WAYS * 16


def test_a_quiet_circuit_is_gone_from_memory() -> None:
    rates = Rates(burst=2, seconds=1.0)
    rates.charge(key(1), 0.0)
    assert key(1) in rates._shared.data[:]
    rates.charge(key(1 + circuits.SETS), 3.0)
    assert key(1) not in rates._shared.data[:]


def test_turns_go_round() -> None:
    turns: Turns[str] = Turns()
    for what in ("a1", "a2", "a3", "b1", "c1", "c2"):
        turns.put(what[0], what)
    assert [turns.take() for _ in range(6)] == ["a1", "b1", "c1", "a2", "c2", "a3"]
    with pytest.raises(IndexError):
        turns.take()


def test_the_circuit_of_a_request() -> None:
    assert circuit_of({"sourdine.circuit": b"k"}) == b"k"
    assert circuit_of({"REMOTE_ADDR": "fc00::1"}) == b""


class Held:
    """A queue whose derivations wait for the test, and tell in which order they ran."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.ran = threading.Event(), []
        self.queue = KdfQueue(b"s" * 16, Kdf(1, 8, 1))
        monkeypatch.setattr(Arena, "root", self._root)
        self.threads: list[threading.Thread] = []

    def _root(self, code: bytes) -> bytes:
        self.go.wait(10)
        self.ran.append(code)
        return code

    def login(self, code: bytes, circuit: bytes) -> None:
        before = 9 - self.queue._seats._value
        self.threads.append(threading.Thread(target=self.queue.for_login, args=(code, circuit)))
        self.threads[-1].start()
        while 9 - self.queue._seats._value == before:
            pass
        while sum(map(len, self.queue._waiting._waiting.values())) < len(self.threads) - 1:
            pass

    def finish(self) -> list[bytes]:
        self.go.set()
        for thread in self.threads:
            thread.join(10)
        return self.ran


def test_logins_are_served_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    for code, circuit in ((b"x", b"0"), (b"a1", b"A"), (b"a2", b"A"), (b"a3", b"A"), (b"b1", b"B"), (b"c1", b"C")):
        held.login(code, circuit)
    assert held.finish() == [b"x", b"a1", b"b1", b"c1", b"a2", b"a3"]


def test_one_circuit_cannot_take_every_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held(monkeypatch)
    for number in range(SHARE):
        held.login(bytes([number]), b"A")
    with pytest.raises(BusyError):
        held.queue.for_login(b"more", b"A")
    held.login(b"b", b"B")
    assert len(held.finish()) == SHARE + 1
    assert not held.queue._taken, "a circuit that waits for nothing is forgotten"
    assert held.queue.for_login(b"again", b"A") == b"again"
