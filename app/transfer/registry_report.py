"""What a check of a downloaded registry found: the logs that it read, and each thing that does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from crypto.checkpoint import Checkpoint
from crypto.manifest import Manifest
from crypto.tlog import HASH, Frontier

# So many faults tell enough; checking each of a million one by one would take days.
FAULTS_MAX = 100


class Enough(Exception):
    """There is no need to look further."""


@dataclass(frozen=True)
class Fault:
    """What does not hold. `code` is for scripts, `where` an entry, an issuer or a line."""

    code: str
    where: str
    what: str


@dataclass
class Log:
    """One issuer's log as the copy shows it."""

    issuer: str
    size: int
    leaves: BinaryIO
    checkpoint: bytes = b""
    manifests: dict[int, Manifest] = field(default_factory=dict)
    frontier: Frontier = field(default_factory=Frontier)
    shown: bytearray = field(default_factory=bytearray)
    older: list[Checkpoint] = field(default_factory=list)

    @property
    def newest(self) -> Manifest | None:
        """The manifest that was used last."""
        return self.manifests[max(self.manifests)] if self.manifests else None

    def leaf(self, number: int) -> bytes:
        """The commitment of one leaf."""
        self.leaves.seek(number * HASH)
        return self.leaves.read(HASH)


@dataclass
class Report:
    """What was looked at, and what does not hold."""

    origin: str = ""
    entries: int = 0
    ended: int = 0
    logs: list[Log] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def add(self, code: str, where: str, what: str) -> None:
        """Note a fault.

        Raises:
            Enough: there are so many that the rest need not be looked for.
        """
        self.faults.append(Fault(code, where, what))
        if len(self.faults) >= FAULTS_MAX:
            raise Enough
