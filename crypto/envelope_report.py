"""`report.json`: what an envelope says of itself (docs/spec/envelope.md section 5), and the names of files.

Everything that a browser sent is inside the sealed envelope or nowhere. Names are made harmless twice: control
characters never enter a report, and `safe_name` makes what may be a name on a disk.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crypto import canonical, signing
from crypto.derive import Mailbox, MailboxKeys
from crypto.errors import FormatError
from crypto.fields import FINGERPRINT, INSTANCE, Fields, text_item, to_b64
from crypto.hpke import PUBLIC_BYTES

FORMAT = "sourdine/envelope/v1"
KINDS = ("report", "message", "survey", "mediation", "retaliation", "publish", "erase")

REPORT_LIMIT = 4 * 1024 * 1024
MESSAGE_LIMIT = 1024 * 1024  # 100,000 code points of four bytes, and room
FILES_LIMIT = 999  # three digits
NAME_LIMIT = 255
FIELDS_LIMIT = 64
FIELD_LIMIT = 10_000
RECIPIENTS_LIMIT = 64
SAFE_NAME_BYTES = 120

_LABEL = f"{FORMAT}\n".encode()
_LANGUAGE = re.compile(r"[a-z]{2}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_ANY_TYPE = "application/octet-stream"
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,12}\Z")
_DAY_ZERO = date(1970, 1, 1)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_LONGEST_SEQ = len(str(canonical.INTEGER_MAX))
# The object of a mailbox instead of `null`, and 64 bytes of signature in base64 instead of none.
_MAILBOX_ROOM = len('{"ed25519":"","hpke":"","seq":}') - len("null") + 44 + 1624 + _LONGEST_SEQ + 88

_TOP = ("format", "instance", "report_id", "kind", "manifest", "recipients", "language", "fields", "message", "files")
_ALL = (*_TOP, "mailbox", "signature")


@dataclass(frozen=True)
class ReportHead:
    """What the writer is told; the rest of the report follows from what was written."""

    instance: str
    report_id: str
    kind: str
    manifest_version: int
    manifest_digest: str
    recipients: tuple[str, ...]  # fingerprints in packet order
    language: str
    fields: Mapping[str, str]
    seq: int = 0


@dataclass(frozen=True)
class Part:
    """Size and SHA-256 of what one entry of the ZIP holds."""

    size: int
    sha256: str


@dataclass(frozen=True)
class FileInfo:
    """One attachment: its number from 1, the name and type that the reporter's browser gave."""

    n: int
    name: str
    type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Report:
    """A report.json whose form is right and whose signature, when it has a mailbox, was checked."""

    head: ReportHead
    message: Part
    files: tuple[FileInfo, ...]
    mailbox: MailboxKeys | None


def serialise(head: ReportHead, message: Part, files: Sequence[FileInfo], *, signer: Mailbox | None) -> bytes:
    """The bytes of report.json, signed by the mailbox when there is one.

    Raises:
        FormatError: a value that `parse` would refuse.
    """
    keys = signer and signer.public
    body: dict[str, Any] = {
        "format": FORMAT,
        "instance": head.instance,
        "report_id": head.report_id,
        "kind": head.kind,
        "manifest": {"version": head.manifest_version, "digest": head.manifest_digest},
        "recipients": list(head.recipients),
        "language": head.language,
        "fields": dict(head.fields),
        "message": {"size": message.size, "sha256": message.sha256},
        "files": [{"n": f.n, "name": f.name, "size": f.size, "type": f.type, "sha256": f.sha256} for f in files],
        "mailbox": keys and {"hpke": to_b64(keys.hpke), "ed25519": to_b64(keys.ed25519), "seq": head.seq},
    }
    signature = to_b64(signer.signing.sign(_LABEL + canonical.dumps(body))) if signer else ""
    data = canonical.dumps(body | {"signature": signature})
    if parse(data).head != head:
        raise FormatError("a sequence number needs a mailbox")
    return data


def parse(data: bytes) -> Report:
    """Reads report.json.

    Raises:
        FormatError: not canonical, a field missing, unknown or out of its bounds.
        TrustError: the signature is not by the mailbox key that the report names.
    """
    value = canonical.loads(data, limit=REPORT_LIMIT)
    top = Fields(value, _ALL)
    if top.raw("format") != FORMAT or top.raw("kind") not in KINDS:
        raise FormatError("the report is of an unknown format or kind")
    mailbox, seq = _mailbox(top)
    head = _head(top, seq)
    message = Fields(top.raw("message"), ("size", "sha256"))
    files = top.items("files", _file, FILES_LIMIT)
    if [file.n for file in files] != list(range(1, len(files) + 1)):
        raise FormatError("the files are not numbered from 1")
    if mailbox:
        signed = {name: value[name] for name in _ALL if name != "signature"}
        signing.check(mailbox.ed25519, _LABEL + canonical.dumps(signed), top.b64("signature", signing.SIGNATURE_BYTES))
    elif top.raw("signature") != "":
        raise FormatError("a signature needs a mailbox")
    part = Part(message.integer("size", 0, MESSAGE_LIMIT), message.hexadecimal("sha256", 64))
    return Report(head, part, files, mailbox)


def unused_room(signer: Mailbox | None, seq: int) -> int:
    """How many bytes shorter report.json is than one with a mailbox and the longest number.

    The writer counts them as if they were there, so that no size tells who kept a codename (section 4).
    """
    used = _MAILBOX_ROOM - _LONGEST_SEQ + len(str(seq)) if signer else 0
    return _MAILBOX_ROOM - used


def _head(top: Fields, seq: int) -> ReportHead:
    manifest = Fields(top.raw("manifest"), ("version", "digest"))
    recipients = top.items("recipients", text_item(FINGERPRINT), RECIPIENTS_LIMIT)
    if not recipients or len(set(recipients)) != len(recipients):
        raise FormatError("the recipients are none or repeated")
    return ReportHead(
        instance=top.text("instance", INSTANCE),
        report_id=top.hexadecimal("report_id", 32),
        kind=top.text("kind"),
        manifest_version=manifest.integer("version", 1),
        manifest_digest=manifest.hexadecimal("digest", 64),
        recipients=recipients,
        language=top.text("language", _LANGUAGE),
        fields=_form(top.raw("fields")),
        seq=seq,
    )


def _form(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > FIELDS_LIMIT or not all(map(_FIELD.fullmatch, value)):
        raise FormatError("the form's fields are malformed")
    fields = Fields(value, tuple(value))
    return {name: fields.text(name, limit=FIELD_LIMIT) for name in value}


def _file(value: Any) -> FileInfo:
    file = Fields(value, ("n", "name", "size", "type", "sha256"))
    name = file.text("name", limit=NAME_LIMIT)
    if clean_name(name) != name:
        raise FormatError("a file's name has a control character")
    kind = file.text("type", _TYPE)
    return FileInfo(file.integer("n"), name, kind, file.integer("size"), file.hexadecimal("sha256", 64))


def _mailbox(top: Fields) -> tuple[MailboxKeys | None, int]:
    if top.raw("mailbox") is None:
        return None, 0
    box = Fields(top.raw("mailbox"), ("hpke", "ed25519", "seq"))
    return MailboxKeys(box.b64("hpke", PUBLIC_BYTES), box.b64("ed25519", signing.KEY_BYTES)), box.integer("seq")


def later_seq(today: date) -> int:
    """The number of a message after the first report: grows with the days, and tells nothing within one."""
    return ((today - _DAY_ZERO).days << 32) + secrets.randbits(32)


def clean_name(name: str) -> str:
    """A file's name as a report carries it: what the reporter sees in it stays, control characters do not."""
    kept = (_REPLACEMENT if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in name)
    return "".join(kept)[:NAME_LIMIT]


def clean_type(media_type: str) -> str:
    """A media type without parameters; anything unusual becomes plain bytes."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain if _TYPE.fullmatch(plain) else _ANY_TYPE


def safe_name(name: str, n: int) -> str:
    """A name for a file on the reviewer's disk, `NNN-` and what is harmless of the original.

    No separator, no leading dot, nothing that changes the direction or hides; at most 120 bytes. The number keeps
    two files of one name apart and takes every name that an operating system reserves out of its reach.
    """
    plain = "".join("_" if _is_odd(c) else c for c in unicodedata.normalize("NFC", name))
    plain = plain.strip(" .") or "file"
    found = _EXTENSION.search(plain)
    extension = found[0] if found and found.start() else ""
    stem = plain.removesuffix(extension) if extension else plain
    room = SAFE_NAME_BYTES - len(f"{n:03d}-") - len(extension)
    return f"{n:03d}-" + stem.encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(" .") + extension


def _is_odd(char: str) -> bool:
    return char in '/\\:*?"<>|' or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
