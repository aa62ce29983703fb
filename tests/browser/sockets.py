"""Which sockets a process has open, from /proc: to show that a browser talks to this machine and to nothing else."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KINDS = ("tcp", "tcp6", "udp", "udp6")
EVERY_SECONDS = 0.05
_INODE = re.compile(r"socket:\[(\d+)\]")


@dataclass(frozen=True)
class Socket:
    """One socket (proc(5), /proc/net/tcp): where it is bound and what it is connected to."""

    kind: str
    local: str
    remote: str

    @property
    def is_inside(self) -> bool:
        """Bound to loopback and connected to loopback, or to nothing. A UDP socket is never: nothing here needs one."""
        ends = [ipaddress.ip_address(end) for end in (self.local, self.remote)]
        local, remote = [getattr(end, "ipv4_mapped", None) or end for end in ends]
        return self.kind.startswith("tcp") and local.is_loopback and (remote.is_loopback or remote.is_unspecified)


def sockets_of(pid: int) -> set[Socket]:
    """The network sockets of one process; none when it has ended."""
    found: set[Socket] = set()
    with contextlib.suppress(OSError):
        own = {match[1] for path in Path(f"/proc/{pid}/fd").iterdir() if (match := _INODE.fullmatch(_readlink(path)))}
        if own:
            for kind in KINDS:
                # Of the process's own network namespace: a sandboxed one has another.
                rows = Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]
                fields = [row.split() for row in rows]
                found |= {Socket(kind, _address(row[1]), _address(row[2])) for row in fields if row[9] in own}
    return found


def _readlink(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:  # closed meanwhile
        return ""


def _address(text: str) -> str:
    """`0100007F:1F90`, each 32-bit word in the order of this machine."""
    digits = text.partition(":")[0]
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    return str(ipaddress.ip_address(struct.pack(f"={len(words)}I", *words)))


@contextmanager
def watched(pids: Callable[[], Sequence[int]]) -> Iterator[set[Socket]]:
    """Look every twentieth of a second, for the length of the block, at all sockets that these processes have.

    A socket that lives for less can be missed; a connection to an address that does not answer lives for seconds.
    """
    seen: set[Socket] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(EVERY_SECONDS):
            for pid in pids():
                seen.update(sockets_of(pid))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        ended.set()
        watcher.join()
