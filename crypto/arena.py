"""Argon2id in a region of its own (docs/spec/derivation.md, ADR 0015): the same root as `derive.root`.

A server derives a root for every report and login. Here each process has one mapping for it, made when the server
starts: private, so no other process reads what a derivation leaves or works on; never in a core dump; wiped by the
library after each use, and then given back to the kernel, so that it weighs nothing while idle.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from argon2.low_level import ARGON2_VERSION, Type, core, ffi, lib  # type: ignore[attr-defined]

from crypto import derive
from crypto.derive import CODE_BYTES, ROOT_BYTES, SALT_BYTES, Kdf
from crypto.errors import FormatError


class Arena:
    """Derives roots at one cost for one instance. Not for two threads or two processes at once: the caller queues.

    Args:
        salt: of the instance.
        kdf: the cost.
        make_hook: makes a function that C can call; a system may forbid it.
    """

    def __init__(self, salt: bytes, kdf: Kdf, *, make_hook: Callable[..., Any] = ffi.callback) -> None:
        if len(salt) != SALT_BYTES:
            raise FormatError("an instance salt is 16 bytes long")
        self._salt = salt
        self._kdf = kdf
        # Argon2 rounds down to a multiple of four blocks for each lane, so this is always enough.
        size = kdf.memory_kib * 1024
        self._region = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._region.madvise(mmap.MADV_DONTDUMP)
        with suppress(OSError):  # some kernels have none; with them the fresh pages of each derivation cost no time
            self._region.madvise(mmap.MADV_HUGEPAGE)
        self._hooks = _hooks(ffi.from_buffer(self._region), size, make_hook)
        if self._hooks is None:
            del self._region
        self.root(bytes(CODE_BYTES))  # touches every page now, when a refusal still stops nothing but the start

    def root(self, code: bytes) -> bytes:
        """The 32-byte root of a code: exactly one Argon2id call.

        Raises:
            FormatError: the code has another length.
        """
        if len(code) != CODE_BYTES:
            raise FormatError("a code is 10 bytes long")
        if self._hooks is None:
            return derive.root(code, self._salt, self._kdf)
        out, pwd, salt = ffi.new("uint8_t[]", ROOT_BYTES), ffi.new("uint8_t[]", code), ffi.new("uint8_t[]", self._salt)
        fields = {
            **{"version": ARGON2_VERSION, "out": out, "outlen": ROOT_BYTES, "flags": lib.ARGON2_DEFAULT_FLAGS},
            **{"pwd": pwd, "pwdlen": CODE_BYTES, "salt": salt, "saltlen": SALT_BYTES},
            **{"secret": ffi.NULL, "secretlen": 0, "ad": ffi.NULL, "adlen": 0},
            **{"t_cost": self._kdf.time_cost, "m_cost": self._kdf.memory_kib},
            **{"lanes": self._kdf.parallelism, "threads": self._kdf.parallelism},
            **{"allocate_cbk": self._hooks[0], "free_cbk": self._hooks[1]},
        }
        try:
            code_of_error = core(ffi.new("argon2_context *", fields), Type.ID.value)
        finally:
            self._region.madvise(mmap.MADV_DONTNEED)
        if code_of_error != lib.ARGON2_OK:
            raise MemoryError("Argon2 could not work in its region")
        return bytes(ffi.buffer(out))


def _hooks(region: Any, size: int, make_hook: Callable[..., Any]) -> tuple[Any, Any] | None:
    """What hands the region to the library and takes it back; None where the system forbids such hooks.

    A hook is a piece of code made at run time. Under `MemoryDenyWriteExecute` there is none, and every derivation
    maps its own memory as the library does by itself.
    """

    def allocate(place: Any, wanted: int) -> int:
        if wanted > size:
            return int(lib.ARGON2_MEMORY_ALLOCATION_ERROR)
        place[0] = ffi.cast("uint8_t *", region)
        return int(lib.ARGON2_OK)

    try:
        taking = make_hook("int(uint8_t **, size_t)", allocate)
        return taking, make_hook("void(uint8_t *, size_t)", lambda _memory, _size: None)
    except MemoryError:
        return None
