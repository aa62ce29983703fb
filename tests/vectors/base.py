"""The form of a test vector: header lines, a blank line, the payload. See README.md in this folder."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crypto import codename, errors
from crypto.signing import SigningKey

ROOT = Path(__file__).resolve().parent
OUTCOMES: dict[str, type[Exception] | None] = {
    "success": None,
    "bad format": errors.FormatError,
    "bad trust": errors.TrustError,
    "expired": errors.ExpiredError,
    "no key": errors.NoKeyError,
    "wrong count": codename.WrongCount,
    "unlisted word": codename.UnlistedWord,
    "wrong checksum": codename.WrongChecksum,
}


@dataclass(frozen=True)
class Vector:
    """One scenario. `rule` is the exact message of the refusal, so that it is refused for its own reason."""

    format: str
    name: str
    expect: str
    payload: bytes = b""
    rule: str = ""
    comment: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    binary: bool = False
    random: bool = False

    @property
    def path(self) -> Path:
        return ROOT / self.format / f"{self.name}.txt"

    def serialise(self) -> bytes:
        lines = [f"expect: {self.expect}"]
        lines += [f"rule: {self.rule}"] if self.rule else []
        lines += [f"comment: {self.comment}"] if self.comment else []
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += ["encoding: base64"] if self.binary else []
        lines += ["random: yes"] if self.random else []
        payload = base64.encodebytes(self.payload) if self.binary else self.payload
        return "\n".join(lines).encode() + b"\n\n" + payload


def load(path: Path) -> Vector:
    """Read one committed vector."""
    head, _, payload = path.read_bytes().partition(b"\n\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\n"))
    expect, rule, comment = (headers.pop(name, "") for name in ("expect", "rule", "comment"))
    binary, random = (headers.pop(name, "") != "" for name in ("encoding", "random"))
    data = base64.decodebytes(payload) if binary else payload
    return Vector(path.parent.name, path.stem, expect, data, rule, comment, headers, binary, random)


def load_all(format_name: str) -> list[Vector]:
    """Every committed vector of one format."""
    return [load(path) for path in sorted((ROOT / format_name).glob("*.txt"))]


def secret(name: str, size: int = 32) -> bytes:
    """Test bytes that everybody knows."""
    return hashlib.shake_256(b"sourdine test " + name.encode()).digest(size)


def key(name: str) -> SigningKey:
    """A test key that everybody knows."""
    return SigningKey(secret(name))
