"""One waiting envelope, decrypted with one reviewer's key and sealed again before anything looks at it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from app.desk.admission import Counted, Terms, check
from app.desk.bench import Desk
from app.desk.evidence import context, new_name
from app.desk.keyring import KEY_BYTES
from app.desk.messages import Message, message_of
from app.stores.desk_carried import EnvelopeRow
from crypto.envelope_reader import read_envelope
from crypto.errors import FormatError
from crypto.openpgp.decrypt import decrypt
from crypto.sealed import SealedWriter


@dataclass(frozen=True)
class Opened:
    """An envelope that was decrypted and checked; its content rests in the file `name`, under the message's key."""

    row: EnvelopeRow
    name: str
    message: Message = field(repr=False)
    terms: Terms = field(repr=False)


def open_envelope(desk: Desk, row: EnvelopeRow) -> Opened:
    """Decrypt into a sealed file and check what came out.

    Raises:
        NoKeyError: not for this reviewer.
        NotYet: for a manifest that this desk does not have yet.
        FormatError, TrustError: not an envelope of this instance.
        UserError, ToolError, OSError: this machine cannot open it now (disk, gpg, a lost file).
        Whatever is raised, the sealed copy is gone again.
    """
    name, key = new_name(), secrets.token_bytes(KEY_BYTES)
    desk.evidence.check_space(row.size)
    with desk.evidence.waiting(row.id) as source, desk.evidence.sealing(name) as part:
        counted = Counted(source)
        with SealedWriter(part.write, key, context(name)) as writer:
            # Compression is forbidden inside, and gpg tells of it in no line: without it, less comes out than went in.
            opened_by = decrypt(desk.keyring.home, counted, writer.write, desk.keyring.passphrase, limit=row.size)
        packets = counted.finish()
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
