"""The arena gives the very roots of `derive.root`, in memory that is mapped once."""

from __future__ import annotations

import os
import warnings
from typing import Any

import pytest

from crypto import arena, derive
from crypto.arena import Arena
from crypto.derive import Kdf
from crypto.errors import FormatError

CODE, SALT = b"c" * 10, b"s" * 16
COSTS = [Kdf(1, 8, 1), Kdf(2, 67, 2), Kdf(1, 100, 4), Kdf(1, 1024, 1)]


@pytest.mark.parametrize("kdf", COSTS)
def test_the_same_root(kdf: Kdf) -> None:
    made = Arena(SALT, kdf)
    for code in (CODE, os.urandom(10), CODE):
        assert made.root(code) == derive.root(code, SALT, kdf)


def test_the_cost_of_the_specification() -> None:
    assert Arena(SALT, Kdf()).root(CODE) == derive.root(CODE, SALT, Kdf())


def test_lengths() -> None:
    with pytest.raises(FormatError):
        Arena(SALT[1:], COSTS[0])
    with pytest.raises(FormatError):
        Arena(SALT, COSTS[0]).root(CODE + b"c")


def test_without_hooks_the_library_maps_its_own_memory() -> None:
    def forbidden(*_arguments: Any) -> Any:
        raise MemoryError

    made = Arena(SALT, COSTS[0], make_hook=forbidden)
    assert made.root(CODE) == derive.root(CODE, SALT, COSTS[0])
    assert not hasattr(made, "_region"), "what nobody uses is not mapped"


def test_a_region_that_is_too_small_is_never_overrun() -> None:
    made = Arena(SALT, COSTS[0])
    made._hooks = arena._hooks(arena.ffi.from_buffer(made._region), 4096, arena.ffi.callback)
    with pytest.raises(MemoryError):
        made.root(CODE)


def test_the_region_is_wiped() -> None:
    made = Arena(SALT, Kdf(1, 64, 1))
    made.root(CODE)
    assert bytes(made._region) == bytes(len(made._region))


def test_memory_stays_flat() -> None:
    def resident() -> int:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    made = Arena(SALT, Kdf(1, 32 * 1024, 1))
    before = resident()
    for _ in range(3):
        made.root(CODE)
        assert abs(resident() - before) < 4 * 1024 * 1024, "given back after each use"


def test_no_process_sees_what_another_derives() -> None:
    made = Arena(SALT, Kdf(1, 8, 1))
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a test runner with threads may not fork, from 3.12 on
        child = os.fork()
    if not child:
        os.write(writer, made.root(CODE))
        made._region[:4] = b"dirt"
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        theirs = stream.read()
    os.waitpid(child, 0)
    assert bytes(made._region) == bytes(len(made._region))
    assert theirs == made.root(CODE) == derive.root(CODE, SALT, Kdf(1, 8, 1))
