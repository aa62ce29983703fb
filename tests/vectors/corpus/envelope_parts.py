"""What envelopes of the corpus are made of: cases, the ZIP by the standard library, the ZIP by hand."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from crypto import canonical
from crypto import stored_zip as sz
from crypto.derive import Mailbox
from crypto.fields import to_b64
from tests.vectors.base import Vector, secret

STORY = "Ce que j'ai vu, à plusieurs reprises.\n".encode()
RECIPIENTS = ["A" * 40, "B" * 40, "C" * 40]
LABEL = b"sourdine/envelope/v1\n"
Body = dict[str, Any]


class Stream(io.RawIOBase):
    """A sink that cannot seek, like a pipe."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)


def mailbox() -> Mailbox:
    """The mailbox of these vectors."""
    return Mailbox.from_root(secret("envelope mailbox"))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class Case:
    """What an envelope is made of; every scenario changes one thing."""

    story: bytes = STORY
    files: tuple[tuple[str, str, bytes], ...] = ()
    padding: bytes = bytes(7)
    signed: bool = False
    seq: int = 0
    late: Callable[[Body], Body] | None = None  # after the signature
    early: Callable[[Body], Body] | None = None  # before it
    names: dict[bytes, bytes] = field(default_factory=dict)

    def body(self) -> Body:
        files = [
            {"n": n, "name": name, "size": len(data), "type": kind, "sha256": digest(data)}
            for n, (name, kind, data) in enumerate(self.files, 1)
        ]
        public = mailbox().public
        box = {"hpke": to_b64(public.hpke), "ed25519": to_b64(public.ed25519), "seq": self.seq}
        body: Body = {
            "format": "sourdine/envelope/v1",
            "instance": "trial.example",
            "report_id": "0123456789abcdef" * 2,
            "kind": "report",
            "manifest": {"version": 3, "digest": digest(b"manifest")},
            "recipients": RECIPIENTS,
            "language": "fr",
            "fields": {"topic": "3", "cooperative": "La Ruche, Lyon"},
            "message": {"size": len(self.story), "sha256": digest(self.story)},
            "files": files,
            "mailbox": box if self.signed else None,
        }
        return self.early(body) if self.early else body

    def report(self) -> bytes:
        body = self.body()
        signature = mailbox().signing.sign(LABEL + canonical.dumps(body)) if self.signed else b""
        body["signature"] = to_b64(signature)
        return canonical.dumps(self.late(body) if self.late else body)

    def entries(self) -> list[tuple[bytes, bytes]]:
        files = [(b"files/%03d" % n, data) for n, (_, _, data) in enumerate(self.files, 1)]
        whole = [(b"message.txt", self.story), *files, (b"report.json", self.report()), (b"padding", self.padding)]
        return [(self.names.get(name, name), data) for name, data in whole]


def by_zipfile(entries: list[tuple[bytes, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """The ZIP as the standard library streams it."""
    sink = Stream()
    with zipfile.ZipFile(sink, "w", method) as archive:  # type: ignore[arg-type]
        for name, data in entries:
            info = zipfile.ZipInfo(name.decode())
            info.create_system, info.compress_type = 3, method
            with archive.open(info, "w") as entry:
                entry.write(data)
    return bytes(sink.data)


def by_hand(entries: list[tuple[bytes, bytes]], **instead: Callable[..., bytes]) -> bytes:
    """The same with records that a scenario may replace."""
    local = instead.get("local", sz.local_header)
    after = instead.get("after", sz.descriptor)
    central = instead.get("central", sz.central_header)
    end = instead.get("end", sz.end)
    out, directory = b"", b""
    for name, data in entries:
        crc = zlib.crc32(data)
        directory += central(name, crc, len(data), len(out))
        out += local(name) + data + after(crc, len(data))
    return out + directory + end(len(entries), len(directory), len(out))


def content(name: str, expect: str, rule: str, payload: bytes, comment: str = "") -> Vector:
    return Vector("envelope", f"content-{name}", expect, payload, rule, comment, {"layer": "content"}, binary=True)


FILES = (("facture é 2026.pdf", "application/pdf", b"%PDF-1.7\n"), ("", "application/octet-stream", b""))
