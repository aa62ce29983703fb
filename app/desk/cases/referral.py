"""A dossier for an authority: what is established, the documents that were chosen, and as little else as possible.

A yes to a referral is no yes to handing on one's words: the two are recorded apart. Names of files, dates, fields of
the form, the codename and the mailbox never leave; what is not handed over is listed, so that the authority knows what
to ask for in the ways of the law (Directive (EU) 2019/1937, art. 16). Each dossier is recorded with its digest.
"""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.desk.cases.decisions import check_awake
from app.desk.cases.letters import MONTHS
from app.desk.cases.referral_page import Chosen, Dossier, index
from app.desk.cases.setting import DUTY
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.messages import Message
from app.desk.core.texts import messages_of, reporter_texts
from app.domain.facts import State
from app.domain.gate import overlap
from app.errors import UserError
from app.stores.desk import Transaction
from app.transfer.files import PartFile
from app.transfer.memory import check_in_memory
from crypto.envelope_reader import read_envelope
from crypto.errors import FormatError, ToolError
from crypto.openpgp import certs, gpg
from crypto.openpgp.encrypt import encrypt_bytes

PAPER = "referral"
STATES = frozenset({State.REFERRED, State.ASSESSMENT})
AUTHORITY_MAX = 200
# A dossier is made in memory: what is larger is saved and handed over by itself.
FILES_MAX = 100_000_000
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,5})")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NOTHING = "Nothing was written."


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to hand over.

    Attributes:
        authority: to whom, on one line.
        established: what the analysts established, in their own words.
        words: the reporter's texts too.
        files: (message, file), each counted from 1 as `case show` does.
        cert: the authority's OpenPGP certificate; without it the file must be written to memory.
    """

    authority: str
    established: str = field(default="", repr=False)
    words: bool = False
    files: tuple[tuple[int, int], ...] = ()
    cert: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Written:
    """Under which reference, and the digest of the file that was written."""

    reference: str
    digest: str
    sealed: bool


def write_dossier(desk: Desk, case_id: str, path: Path, wanted: Wanted) -> Written:
    """Write the dossier and record it.

    Raises:
        UserError: not in this state, no consent, a file that is not there, a text with the reporter's own words, a
            certificate that nothing can be sealed to, or a place on a disk for a dossier in clear.
    """
    desk.check_analyst()
    authority = check_plain(wanted.authority, "The authority")
    if len(authority) > AUTHORITY_MAX or "\n" in authority:
        raise UserError(f"The authority is one line of at most {AUTHORITY_MAX} characters.", _NOTHING)
    established = check_plain(wanted.established, "What is established") if wanted.established else ""
    if not (wanted.cert or desk.settings.trial):
        check_in_memory(path, "The dossier, which is not sealed to the authority,")
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        _check_allowed(case, wanted)
        messages = messages_of(case, tx, desk)
        duty = (case.paper(tx, DUTY) or {}).get("reason", "") if case.facts.legal_duty else ""
        if not wanted.words:
            _check_own_words(desk, case, tx, "What is established", established)
            _check_own_words(desk, case, tx, "The reason of the legal duty", duty)
    chosen = _chosen(desk, messages, wanted.files)
    dossier = replace(_dossier(desk, case, authority, established), duty=duty)
    data = _zip(dossier, messages, chosen, words=wanted.words)
    if wanted.cert:
        data = _sealed(desk, data, wanted.cert)
    digest = hashlib.sha256(data).hexdigest()
    written = Written(dossier.reference, digest, bool(wanted.cert))
    # A full disk shows before it is recorded, and no dossier stands there that nobody recorded.
    with PartFile(path) as part:
        part.write(data)
        with desk.store.writing() as tx:
            case = desk.case(tx, case_id)
            _check_allowed(case, wanted)
            _record(desk, tx, case, written, wanted)
        part.keep()
    return written


def _check_allowed(case: OpenCase, wanted: Wanted) -> None:
    check_awake(case)
    facts = case.facts
    if facts.state not in STATES or not (facts.consent_referral or facts.legal_duty):
        raise UserError(
            "A dossier is made for a case that is referred: with the reporter's yes, or a legal duty, recorded.",
            f"Ask in the mailbox, then set consent_referral=yes, or legal_duty=yes with its reason. {_NOTHING}",
        )
    if wanted.words and not facts.consent_words:
        raise UserError(
            "The reporter did not agree that these words are handed on.",
            f"Ask in the mailbox, then set consent_words=yes; or leave out --with-words. {_NOTHING}",
        )


def _check_own_words(desk: Desk, case: OpenCase, tx: Transaction, what: str, text: str) -> None:
    place = overlap(text, reporter_texts(desk, case, tx))
    if place:
        raise UserError(f"{what} repeats the reporter's own words ({place}).", f"Write it in your words. {_NOTHING}")


def _chosen(desk: Desk, messages: Sequence[Message], files: Sequence[tuple[int, int]]) -> list[Chosen]:
    """The documents under names of ours: a name of theirs may tell who made them."""
    chosen: list[Chosen] = []
    total = 0
    for position, n in dict.fromkeys(files):
        message = messages[position - 1] if 1 <= position <= len(messages) else None
        file = next((one for one in message.files if one.n == n), None) if message else None
        if message is None or file is None:
            raise UserError(
                f"This case has no file {position}.{n}.", f"See them with: sourdine desk case show. {_NOTHING}"
            )
        total += file.size
        if total > FILES_MAX:
            raise UserError("These files are too large for one dossier.", f"Choose fewer of them. {_NOTHING}")
        with (
            desk.evidence.reader(message.evidence, message.key) as reader,
            read_envelope(reader).open_file(n) as stream,
        ):
            content = stream.read()
        ending = _ENDING.fullmatch(Path(file.name).suffix)
        suffix = f".{ending[1].lower()}" if ending else ""
        chosen.append(Chosen(f"piece-{len(chosen) + 1:02d}{suffix}", content))
    return chosen


def _dossier(desk: Desk, case: OpenCase, authority: str, established: str) -> Dossier:
    today = desk.today
    return Dossier(
        reference=f"T-{secrets.token_hex(4).upper()}",
        authority=authority,
        day=f"{today.day} {MONTHS[today.month - 1]} {today.year}",
        facts=case.facts,
        established=established,
        author=desk.keyring.name,
    )


def _zip(dossier: Dossier, messages: Sequence[Message], chosen: Sequence[Chosen], *, words: bool) -> bytes:
    texts = [one for one in messages if one.worded]
    told = [Chosen(f"texte-{n:02d}.txt", one.story.encode()) for n, one in enumerate(texts, 1)] if words else []
    kept_back = sum(len(one.files) for one in messages) - len(chosen)
    page = index(dossier, chosen, told, texts=len(texts) - len(told), files=kept_back)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for one in (Chosen("index.txt", page.encode()), *told, *chosen):
            archive.writestr(zipfile.ZipInfo(one.name, _EPOCH), one.content)
    return out.getvalue()


def _sealed(desk: Desk, data: bytes, cert: bytes) -> bytes:
    try:
        with gpg.private_home() as home:
            (fingerprint,) = certs.import_public(home, [certs.dearmor(cert)])
            return encrypt_bytes(home, [fingerprint], data, desk.today, hidden=False)
    except (FormatError, ToolError):
        raise UserError(
            "Nothing can be sealed to this certificate.",
            f"Ask the authority for its public OpenPGP key, one that has not expired. {_NOTHING}",
        ) from None


def _record(desk: Desk, tx: Transaction, case: OpenCase, written: Written, wanted: Wanted) -> None:
    line = {
        "authority": wanted.authority.strip(),
        "day": desk.today.isoformat(),
        "reference": written.reference,
        "digest": written.digest,
        "sealed": written.sealed,
        "words": wanted.words,
        "files": [f"{position}.{n}" for position, n in wanted.files],
    }
    case.put_paper(tx, PAPER, [*(case.paper(tx, PAPER) or ()), line])
    included = f"{len(wanted.files)} files, {'with' if wanted.words else 'without'} the reporter's words"
    desk.log(tx, "dossier", case=case, reason=f"{written.reference} to {line['authority']}: {included}")
