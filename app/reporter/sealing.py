"""From a body that is still arriving to one ciphertext in the store: nothing is written before gpg has it.

    files → ZIP (stored) → padding → gpg → one file; then one transaction

Whatever goes wrong before the transaction kills gpg and removes the file: closing gpg's input instead would seal half
a report as a whole one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from app.errors import BusyError
from app.stores.envelope_files import Draft
from app.stores.intake import AlreadyClaimed, Claim, IntakeStore
from app.web.multipart import File
from crypto import canonical
from crypto.derive import Mailbox
from crypto.envelope import Chunk, EnvelopeWriter
from crypto.envelope_report import FileInfo, ReportHead
from crypto.errors import FormatError, ToolError
from crypto.manifest import Manifest
from crypto.openpgp.encrypt import Encryptor
from crypto.openpgp.packets import EnvelopeParser
from crypto.openpgp.sizes import GPG_2_4
from crypto.padding import is_bucket

FLUSH_BYTES = 8 * 1024 * 1024
NOTHING_STORED = "Nothing was stored. Keep your text and try again later."


@dataclass(frozen=True)
class Content:
    """What one envelope will hold."""

    kind: str
    story: str = field(repr=False)
    language: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    exclude: tuple[str, ...] = field(default=(), repr=False)
    files: Iterable[File] = field(default=(), repr=False)
    expect: int = 0  # bytes announced, to refuse early what the disk cannot hold


@dataclass(frozen=True)
class Written:
    """What went through: how many files, a digest of everything, and the first content's MAC if this is a repeat."""

    files: int
    digest: bytes
    first: bytes | None = None


ClaimOf = Callable[[bytes], Claim]
Signer = Callable[[], Mailbox | None]


class Sealer:
    """Seals for the reviewers of one manifest.

    Args:
        home: the public GnuPG home of the intake.
        manifest: who receives.
        store: where the ciphertext goes.
    """

    def __init__(self, home: Path, manifest: Manifest, store: IntakeStore) -> None:
        self._home = home
        self._manifest = manifest
        self._store = store

    def seal(self, content: Content, claim: ClaimOf, *, today: date, signer: Signer, seq: int = 0) -> Written:
        """Seal and store one envelope.

        Args:
            claim: makes the claim from the digest of what was sent.
            signer: gives the mailbox that signs, if the reporter keeps one; asked when everything has arrived.
            seq: 0 for a first report, else a later number.

        Raises:
            BodyError: the body broke off or is too large.
            ExclusionError, FormatError: what was sent cannot be sealed.
            BusyError: disk, database or gpg refuse.
        """
        recipients = self._manifest.recipients(content.exclude)
        head = self._head(content, recipients, seq)
        with self._draft(content.expect) as draft, Encryptor(self._home, recipients, draft.fd, today) as gpg:
            writer = EnvelopeWriter(_steadily(gpg.write, draft.fd), framing=gpg.framing)
            written = _write(writer, content)
            sealed = writer.finish(head, signer())
            gpg.finish()
            if os.fstat(draft.fd).st_size != sealed.ciphertext:
                raise ToolError("gpg wrote another size than it must")
            return self._commit(draft, written, claim, today)

    def keep(self, content: Content, claim: ClaimOf, *, today: date) -> Written:
        """Store an envelope that was sealed elsewhere, as it is.

        Raises:
            FormatError: not exactly one file, or its packets are not those of an envelope for every reviewer.
            BodyError, BusyError: as `seal`.
        """
        parser, digest, count = EnvelopeParser(), hashlib.sha256(), 0
        with self._draft(content.expect) as draft:
            for count, file in enumerate(content.files, 1):
                if count > 1:
                    raise FormatError("an envelope comes alone")
                for chunk in file.chunks():
                    parser.feed(chunk)
                    digest.update(chunk)
                    _write_all(draft, chunk)
            if parser.finish() != len(self._manifest.reviewers):
                raise FormatError("the envelope is not sealed to every reviewer")
            # Whatever gpg sealed to these keys has these packets; only an envelope also has a published size. The
            # desk could not read the rest, and a size of its own would stand out for as long as it lies here.
            if not is_bucket(draft.file.tell()):
                raise FormatError("the envelope has no published size")
            return self._commit(draft, Written(count, digest.digest()), claim, today)

    def digest(self, content: Content) -> Written:
        """Read a repeated body to its end and digest it like `seal`, sealing nothing."""
        return _write(EnvelopeWriter(lambda _data: None, framing=GPG_2_4), content)

    def _head(self, content: Content, recipients: tuple[str, ...], seq: int) -> ReportHead:
        return ReportHead(
            instance=self._manifest.instance,
            report_id=secrets.token_hex(16),
            kind=content.kind,
            manifest_version=self._manifest.version,
            manifest_digest=self._manifest.digest,
            recipients=recipients,
            language=content.language,
            fields=dict(content.fields),
            seq=seq,
        )

    def _commit(self, draft: Draft, written: Written, claim: ClaimOf, today: date) -> Written:
        try:
            self._store.commit(draft, claim=claim(written.digest), today=today)
        except AlreadyClaimed as repeated:
            return replace(written, first=repeated.content)
        return written

    @contextmanager
    def _draft(self, expect: int) -> Iterator[Draft]:
        """A file for one ciphertext: gone again unless it was committed."""
        draft = self._store.new_envelope(expect)
        try:
            yield draft
        except (ToolError, OSError):
            raise BusyError("The report could not be sealed.", NOTHING_STORED) from None
        finally:
            self._store.discard(draft)


def _write(writer: EnvelopeWriter, content: Content) -> Written:
    writer.message(content.story)
    infos = [_write_file(writer, file) for file in content.files]
    sent = {
        "kind": content.kind,
        "story": hashlib.sha256(content.story.encode()).hexdigest(),
        "fields": dict(content.fields),
        "exclude": sorted(content.exclude),
        "files": [[info.name, info.type, info.size, info.sha256] for info in infos],
    }
    return Written(len(infos), hashlib.sha256(canonical.dumps(sent)).digest())


def _write_file(writer: EnvelopeWriter, file: File) -> FileInfo:
    writer.start_file(file.name, file.type)
    for chunk in file.chunks():
        writer.file_chunk(chunk)
    return writer.end_file()


def _steadily(write: Callable[[Chunk], object], descriptor: int) -> Callable[[Chunk], object]:
    """`write`, and every few megabytes a word to the kernel to bring what gpg has written so far to the disk.

    Without it the last `fsync` of a large report waits for all of it: a sixth of the whole time.
    """
    begun = since = 0

    def put(data: Chunk) -> None:
        nonlocal begun, since
        write(data)
        since += len(data)
        if since >= FLUSH_BYTES:
            # Only what is new: these pages are still dirty, so they are written and nothing has to be dropped.
            os.posix_fadvise(descriptor, begun, since, os.POSIX_FADV_DONTNEED)
            begun, since = begun + since, 0

    return put


def _write_all(draft: Draft, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[draft.file.write(view) or 0 :]
