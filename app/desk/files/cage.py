"""The worker shuts itself in: limits, then a seccomp filter, before it reads the first hostile byte.

The filter is an allow-list of system calls (seccomp(2), prctl(2)): memory, the pipes that are open already, the clock,
the end. No open, no socket, no process, no signal to others, no new executable memory. Everything else answers EPERM.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import signal
import struct
from collections.abc import Callable

from app.desk.files import limits

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
SECCOMP_MODE_FILTER = 2
RET_KILL_PROCESS, RET_ALLOW, RET_ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
LD_WORD, JUMP_EQUAL, JUMP_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
AT_NUMBER, AT_ARCH, AT_THIRD_ARGUMENT = 0, 4, 32  # struct seccomp_data
PROT_EXEC = 4
NOBODY = 65534

# name: number on x86-64, number on aarch64 (None: that machine has no such call)
ALLOWED: dict[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "lseek": (8, 62),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "futex": (202, 98),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sysinfo": (99, 179),
    "getrusage": (98, 165),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrandom": (318, 278),
    "time": (201, None),
    "gettimeofday": (96, 169),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "membarrier": (324, 283),
    "rseq": (334, 293),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
# Allowed unless the memory asked for could be executed: code that a file smuggles in has nowhere to stand.
WITHOUT_EXECUTION: dict[str, tuple[int, int]] = {"mmap": (9, 222), "mprotect": (10, 226)}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


class NoCageError(Exception):
    """This machine cannot shut the worker in."""


def program(machine: str) -> bytes:
    """The filter as classic BPF, 8 bytes an instruction.

    Raises:
        NoCageError: no table for this processor.
    """
    if machine not in MACHINES:
        raise NoCageError
    column, arch = MACHINES[machine]
    code = [
        (LD_WORD, 0, 0, AT_ARCH),
        (JUMP_EQUAL, 1, 0, arch),
        (RETURN, 0, 0, RET_KILL_PROCESS),
        (LD_WORD, 0, 0, AT_NUMBER),
    ]
    for numbers in ALLOWED.values():
        number = numbers[column]
        if number is not None:
            code += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, RET_ALLOW)]
    for both in WITHOUT_EXECUTION.values():
        code += [
            (JUMP_EQUAL, 0, 4, both[column]),
            (LD_WORD, 0, 0, AT_THIRD_ARGUMENT),
            (JUMP_BITS, 0, 1, PROT_EXEC),
            (RETURN, 0, 0, RET_ERRNO | errno.EPERM),
            (RETURN, 0, 0, RET_ALLOW),
        ]
    code.append((RETURN, 0, 0, RET_ERRNO | errno.EPERM))
    return b"".join(struct.pack("=HBBI", *one) for one in code)


def shut() -> None:
    """Drop what rights there are, set the limits, install the filter, and try it.

    Raises:
        NoCageError: a step failed, or the filter does not hold.
    """
    machine = platform.machine()
    libc = ctypes.CDLL(None, use_errno=True)
    _prctl(libc, PR_SET_PDEATHSIG, signal.SIGKILL)
    _become_nobody()
    # Again: a change of user clears it.
    _prctl(libc, PR_SET_PDEATHSIG, signal.SIGKILL)
    _prctl(libc, PR_SET_DUMPABLE, 0)
    _limit()
    _prctl(libc, PR_SET_NO_NEW_PRIVS, 1)
    code = program(machine)
    held = ctypes.create_string_buffer(code, len(code))
    listed = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))
    _prctl(libc, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(listed, len(listed)))
    _try()


def _prctl(libc: ctypes.CDLL, option: int, *arguments: object) -> None:
    padded = [one if not isinstance(one, int) else ctypes.c_ulong(one) for one in (*arguments, 0, 0, 0, 0)[:4]]
    if libc.prctl(option, *padded) != 0:
        raise NoCageError


def _become_nobody() -> None:
    """Root without a user namespace: another user has nothing to open even if the filter had a hole."""
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError:
        raise NoCageError from None


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.MEMORY),
        (resource.RLIMIT_CPU, limits.CPU_SECONDS),
        (resource.RLIMIT_NOFILE, limits.OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(OSError, ValueError):
            # One second more for the hard limit: the soft one ends with a signal of its own, which the parent can tell.
            resource.setrlimit(what, (most, most + 1 if what == resource.RLIMIT_CPU else most))
        # A limit that was lower already is as good; one that stayed higher is not.
        soft, _ = resource.getrlimit(what)
        if not 0 <= soft <= most:
            raise NoCageError


def _try() -> None:
    """A filter that was accepted and does nothing (some containers pretend) must not count."""
    probes: tuple[Callable[[], int], ...] = (_open_root, os.fork)
    for probe in probes:
        try:
            got = probe()
        except OSError as error:
            if error.errno == errno.EPERM:
                continue
        else:
            if got == 0:
                os._exit(1)
        raise NoCageError


def _open_root() -> int:
    return os.open("/", os.O_RDONLY)
