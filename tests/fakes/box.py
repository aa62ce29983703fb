"""The sandbox of one of our units without systemd: what its lines forbid is really forbidden, then a command runs.

    python tests/fakes/box.py config/systemd/sourdine-intake.service -- sourdine intake check …

Taken from the unit: PrivateNetwork, RestrictAddressFamilies, SystemCallFilter (by libseccomp, which systemd uses too),
MemoryDenyWriteExecute, NoNewPrivileges, LimitCORE. Not here: users, mounts and the devices, which need systemd itself.
"""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 38, 65, 1
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
ALLOW, REFUSE, EQUAL = 0x7FFF0000, 0x00050001, 4  # seccomp.h: allow, errno EPERM, SCMP_CMP_EQ


def lines_of(unit: Path) -> dict[str, list[str]]:
    """Every value of each directive, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, equal, value = line.partition("=")
        if equal and not line.startswith(("#", ";")):
            found.setdefault(name, []).append(value)
    return found


def syscalls(group: str) -> set[str]:
    """The names in one of systemd's groups."""
    shown = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    names = set()
    for line in map(str.strip, shown.stdout.splitlines()):
        if line.startswith("@") and line != group:
            names |= syscalls(line)
        elif line and not line.startswith(("#", "@")):
            names.add(line)
    return names


def allowed(filters: list[str]) -> set[str]:
    """As systemd.exec(5) reads them: the first list allows, later ones with `~` take away; `@default` always stays."""
    default = syscalls("@default")
    names = set(default)
    for text in filters:
        groups = set().union(*(syscalls(word) for word in text.removeprefix("~").split()))
        names = names - groups if text.startswith("~") else names | groups
    return names | default


class _Compare(ctypes.Structure):
    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


def filter_syscalls(names: set[str], families: list[str]) -> None:
    """From here on only these system calls, and only sockets of these families."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p,
    ]  # fmt: skip
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    rules = library.seccomp_init(ctypes.c_uint32(REFUSE))
    for name in names - {"socket"}:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:
            library.seccomp_rule_add_array(rules, ALLOW, number, 0, None)
    number = library.seccomp_syscall_resolve_name(b"socket")
    for family in families:
        compare = _Compare(0, EQUAL, getattr(socket, family), 0)
        library.seccomp_rule_add_array(rules, ALLOW, number, 1, ctypes.byref(compare))
    if library.seccomp_load(rules):
        raise SystemExit("seccomp refused the filter")


def enter(unit: Path) -> None:
    """Close the box around this process."""
    said = lines_of(unit)
    names = allowed(said["SystemCallFilter"])
    libc = ctypes.CDLL(None, use_errno=True)
    if said.get("PrivateNetwork") == ["yes"] and libc.unshare(CLONE_NEWNET if not os.geteuid() else _BOTH):
        raise SystemExit("no network namespace")
    if said["LimitCORE"] == ["0"]:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise SystemExit("no_new_privs refused")
    # Before Linux 6.3 there is no such prctl; nothing else differs.
    if said.get("MemoryDenyWriteExecute") == ["yes"]:
        libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
    filter_syscalls(names, said["RestrictAddressFamilies"][0].split())


_BOTH = CLONE_NEWUSER | CLONE_NEWNET

if __name__ == "__main__":
    enter(Path(sys.argv[1]))
    os.execvp(sys.argv[3], sys.argv[3:])
