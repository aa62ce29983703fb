"""One waiting envelope, decrypted with one reviewer's key and sealed again before anything looks at it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.desk.carry.admission import Terms, check
from app.desk.core.bench import Desk
from app.desk.core.evidence import context, new_name
from app.desk.core.keyring import KEY_BYTES, SEED_LIMIT, Keyring
from app.desk.core.messages import Message, message_of
from app.stores.desk_carried import EnvelopeRow
from crypto.envelope_reader import read_envelope
from crypto.errors import FormatError, NoKeyError, SealingError
from crypto.openpgp.decrypt import decrypt, decrypt_bytes
from crypto.openpgp.single import Single
from crypto.openpgp.swift import lent
from crypto.sealed import SealedWriter

# Lending takes about as long as opening two envelopes with a passphrase.
WORTH_LENDING = 4


@dataclass(frozen=True)
class Opened:
    """An envelope that was decrypted and checked; its content rests in the file `name`, under the message's key."""

    row: EnvelopeRow
    name: str
    message: Message = field(repr=False)
    terms: Terms = field(repr=False)


@dataclass(frozen=True)
class Opener:
    """Where gpg works for this reviewer, and what it is told."""

    home: Path
    passphrase: str | None = field(repr=False)

    def opens(self, keyring: Keyring) -> bool:
        """Whether the key answers: its own seed is what it certainly opens."""
        me = next(row for row in keyring.reviewers if row.name == keyring.name)
        try:
            _, by = decrypt_bytes(self.home, me.seed, passphrase=self.passphrase, limit=SEED_LIMIT)
        except SealingError:
            return False
        return by == keyring.fingerprint


@contextmanager
def opener(keyring: Keyring, count: int) -> Iterator[Opener]:
    """For opening `count` envelopes: the key itself, or a copy lent to memory where a passphrase would slow each one.

    A key on a card, without a passphrase, or asked for by gpg-agent is never copied.
    """
    own = Opener(keyring.home, keyring.passphrase)
    with ExitStack() as stack:
        if keyring.passphrase and count >= WORTH_LENDING:
            with suppress(SealingError):
                swift = Opener(*stack.enter_context(lent(own.home, keyring.fingerprint, keyring.passphrase)))
                own = swift if swift.opens(keyring) else own
        yield own


def open_envelope(desk: Desk, row: EnvelopeRow, by: Opener) -> Opened:
    """Decrypt into a sealed file and check what came out.

    The packet at this reviewer's place in the manifest is tried alone, then, should that be another's, all of them.

    Raises:
        NoKeyError: not for this reviewer.
        NotYet: for a manifest that this desk does not have yet.
        FormatError, TrustError: not an envelope of this instance.
        UserError, ToolError, OSError: this machine cannot open it now (disk, gpg, a lost file).
        Whatever is raised, the sealed copy is gone again.
    """
    place = _place(desk.keyring)
    try:
        return _open(desk, row, by, place)
    except NoKeyError:
        if place is None:
            raise
        return _open(desk, row, by, None)


def _place(keyring: Keyring) -> int | None:
    fingerprints = [reviewer.fingerprint for reviewer in keyring.manifest.reviewers]
    return fingerprints.index(keyring.fingerprint) if keyring.fingerprint in fingerprints else None


def _open(desk: Desk, row: EnvelopeRow, by: Opener, place: int | None) -> Opened:
    name, key = new_name(), secrets.token_bytes(KEY_BYTES)
    desk.evidence.check_space(row.size)
    with desk.evidence.waiting(row.id) as source, desk.evidence.sealing(name) as part:
        single = Single(source, place)
        with SealedWriter(part.write, key, context(name)) as writer:
            # Compression is forbidden inside, and gpg tells of it in no line: without it, less comes out than went in.
            opened_by = decrypt(by.home, single, writer.write, by.passphrase, limit=row.size)
        packets = single.finish()
        part.keep()
    try:
        with desk.evidence.reader(name, key) as reader:
            opened = read_envelope(reader)
            terms = check(desk.keyring, opened.report.head, opened_by=opened_by, packets=packets)
            if opened.report.head.kind != "report" and opened.report.mailbox is None:
                raise FormatError("a message that names no mailbox")
            message = message_of(opened, row, key=key, evidence=name)
    except BaseException:
        desk.evidence.drop(name)
        raise
    return Opened(row, name, message, terms)
