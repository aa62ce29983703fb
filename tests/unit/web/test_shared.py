"""What several processes share, with processes that really are several and really die."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from app.errors import BusyError
from app.web.circuits import Rates
from app.web.shared import Shared
from app.web.slots import Slots

HERE, THERE = b"circuit1", b"circuit2"


def hold(what: AbstractContextManager[None], held: list[object] = []) -> None:  # noqa: B006 - kept on purpose
    """Enter, and stay."""
    held.append(what)
    what.__enter__()


@contextmanager
def other_process(work: Callable[[], object]) -> Iterator[int]:
    """A child that has done `work` and lives until the end of the block."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a test runner with threads may not fork, from 3.12 on
        child = os.fork()
    if not child:
        try:
            work()
            os.write(writer, b".")
            time.sleep(60)
        finally:
            os._exit(0)
    os.close(writer)
    try:
        assert os.read(reader, 1) == b"."
        yield child
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_slots_are_counted_over_all_processes_and_free_when_one_is_killed() -> None:
    slots = Slots(2)
    with other_process(lambda: hold(slots.one())), slots.one(), pytest.raises(BusyError), slots.one():
        pass
    with slots.one(), slots.one():
        pass


def test_a_circuit_has_a_few_slots_in_all_processes() -> None:
    slots = Slots(8, each=2)
    with other_process(lambda: hold(slots.one(HERE))), slots.one(HERE):
        with pytest.raises(BusyError), slots.one(HERE):
            pass
        with slots.one(THERE), slots.one(), slots.one():
            pass
    with slots.one(HERE), slots.one(HERE):
        pass


def test_one_at_a_time_over_processes_and_threads() -> None:
    shared = Shared(8)
    with other_process(lambda: hold(shared.alone())) as child:
        entered = threading.Event()

        def enter() -> None:
            with shared.alone():
                entered.set()

        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.3)
        os.kill(child, signal.SIGKILL)
        assert entered.wait(5)
        waiting.join()


def test_two_locks_crossed_between_threads_are_no_deadlock() -> None:
    """With POSIX record locks the kernel would refuse the second wait with EDEADLK."""
    first, second = Shared(1), Shared(1)

    def cross() -> None:
        hold(second.alone())
        threading.Thread(target=hold, args=(first.alone(),), daemon=True).start()
        time.sleep(0.2)

    with first.alone(), other_process(cross) as child:
        done = threading.Event()

        def wait() -> None:
            with second.alone():
                done.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not done.wait(0.3)
        os.kill(child, signal.SIGKILL)
        assert done.wait(5)
        waiting.join()


def test_a_rate_is_one_over_all_processes() -> None:
    rates = Rates(burst=3, seconds=1.0)
    with other_process(lambda: [rates.charge(HERE, 50.0) for _ in range(2)]):
        assert rates.charge(HERE, 50.0)
        assert not rates.charge(HERE, 50.0)
        assert rates.charge(THERE, 50.0)


def test_nothing_stays_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with Slots(4).one():
            pass
    assert len(os.listdir("/proc/self/fd")) <= before + 1
