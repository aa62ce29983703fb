"""Which sockets a process really has, read from the kernel (proc(5)), never from what a program says of itself."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

LISTENING = 0x0A
KINDS = ("tcp", "tcp6", "udp", "udp6", "raw", "raw6")


@dataclass(frozen=True)
class Socket:
    """One internet socket: addresses as text, the state as the kernel counts them."""

    kind: str
    local: str
    remote: str
    state: int

    @property
    def inside(self) -> bool:
        """Bound to loopback, and to or from nobody else."""
        return self.local in {"127.0.0.1", "::1"} and (
            self.remote in {"127.0.0.1", "::1"} or (self.state == LISTENING and self.remote in {"0.0.0.0", "::"})
        )


def sockets_of(pids: list[int]) -> list[Socket]:
    """The internet sockets of these processes; unix sockets reach nobody and are not listed."""
    table = _table(pids[0])
    inodes = {inode for pid in pids for inode in _inodes(pid)}
    return [found for inode, found in table.items() if inode in inodes]


def children_of(pid: int) -> list[int]:
    """All descendants."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents.setdefault(int(stat.read_text().rsplit(")", 1)[1].split()[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    new = [pid]
    while new:
        new = [child for parent in new for child in parents.get(parent, [])]
        found += new
    return found


def _inodes(pid: int) -> set[str]:
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            name = os.readlink(entry)
            if name.startswith("socket:["):
                found.add(name[8:-1])
    return found


def _table(pid: int) -> dict[str, Socket]:
    table = {}
    for kind in KINDS:
        for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]:
            words = line.split()
            table[words[9]] = Socket(kind, _address(words[1]), _address(words[2]), int(words[3], 16))
    return table


def _address(text: str) -> str:
    raw = text.partition(":")[0]
    packed = b"".join(struct.pack("<I", int(raw[at : at + 8], 16)) for at in range(0, len(raw), 8))
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)
