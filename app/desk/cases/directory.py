"""The directory of cooperatives on the desk: one file beside the database, and judgements that reviewers share.

The file holds what public registers say and may be read by anyone; the shared row, sealed and authenticated, holds its
digest, so that no other file is ever read. Which two ids are one cooperative is a reviewer's judgement: shown to the
others, with its reason, and undone by whoever knows better.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from app.desk.core.bench import Desk
from app.desk.core.chain import check_journal
from app.desk.core.clean import check_plain
from app.directory.book import LIMIT as BOOK_LIMIT
from app.directory.book import Book, write
from app.directory.bundles import Checked, check_bundle
from app.directory.gleif import read_gleif
from app.directory.sirene import read_sirene
from app.directory.tally import Tally
from app.domain.durations import month_of
from app.domain.judgements import flat, merged, resolve, unmerged
from app.domain.legal_person import LegalPerson
from app.errors import UserError
from app.stores.desk import Transaction
from app.transfer.files import open_plain, write_whole
from crypto import canonical, note
from crypto.directory import KIND as NOTE
from crypto.directory import RECORDS_MAX, Bundle, sign_bundle
from crypto.errors import FormatError

KIND = "directory"
BOOK, LAST = "book", "bundle"
JUDGED = "directory-judged"
SUBJECT = "directory"  # the journal is in clear on the disk: it names no cooperative
LAYOUTS = ("gleif", "sirene", "bundle")
# INSEE's stock of all legal units has some five gigabytes.
FILE_LIMIT = 64 * 1024**3
_SAFE = "Nothing was changed."


@dataclass(frozen=True)
class Imported:
    """What a file brought; `total`: how many legal persons the directory holds now."""

    layout: str
    tally: Tally
    total: int


@dataclass(frozen=True)
class Made:
    """A bundle that was written."""

    sequence: int
    records: int
    merges: int


@dataclass(frozen=True)
class Judgement:
    """What a reviewer judged about an id; `into` is empty when they undid what was judged before."""

    one: str
    into: str
    by: str
    day: str
    reason: str = field(repr=False)


def import_directory(desk: Desk, path: Path, layout: str = "", *, anew: bool = False) -> Imported:
    """Take a register's file, or a bundle of this desk, into the directory.

    Args:
        layout: one of LAYOUTS, or nothing to see it from the file.
        anew: begin with this file alone, whatever the directory held.

    Raises:
        UserError: no such file, another layout, or the directory to add to is gone or damaged.
        FormatError, TrustError: a bundle that is not one of ours.
    """
    desk.check_analyst()
    tally = Tally()
    with desk.store.reading() as tx:
        before, book = desk.shared(tx, KIND).get(BOOK), Book() if anew else open_book(desk, tx)
    with open_plain(path, limit=FILE_LIMIT) as stream:
        found = layout or _layout(stream)
        checked = _own_bundle(desk, stream) if found == "bundle" else None
        persons = checked.persons if checked else _persons(found, stream, month_of(desk.today), tally)
        news = write(book, persons)
    if checked:
        tally.kept = len(checked.persons)
    with desk.store.writing() as tx:
        if desk.shared(tx, KIND).get(BOOK) != before:
            raise UserError("Another import was made at the same moment.", f"{_SAFE} Import the file again.")
        write_whole(_file(desk, news.digest), [news.data])
        desk.put_shared(tx, KIND, BOOK, {"digest": news.digest, "count": len(news), "day": desk.today.isoformat()})
        if checked:
            _take_back(desk, tx, checked)
        desk.log(tx, "directory import", subject=SUBJECT)
    with desk.store.writing() as tx:
        # Files are written and deleted while nobody else writes: whatever another import made since stays.
        _forget_others(_file(desk, desk.shared(tx, KIND)[BOOK]["digest"]))
    return Imported(found, tally, len(news))


def open_book(desk: Desk, tx: Transaction) -> Book:
    """The directory; an empty one before the first import.

    Raises:
        UserError: its file is gone, or not the one that was written.
    """
    row = desk.shared(tx, KIND).get(BOOK)
    if row is None:
        return Book()
    path = _file(desk, row["digest"])
    hint = (
        "Nothing secret is lost: put the file back from a backup, or begin anew and import every file again: "
        "sourdine desk directory import FILE --anew"
    )
    if not path.is_file():
        raise UserError("The file of the directory is gone.", hint)
    with open_plain(path, limit=BOOK_LIMIT) as stream:
        book = Book(stream.read())
    if book.digest != row["digest"]:
        raise UserError("The file of the directory is not the one that this desk wrote.", hint)
    return book


def find(desk: Desk, cooperative_id: str) -> LegalPerson:
    """The legal person of an id, wherever judgements lead from it.

    Raises:
        UserError: the directory has none.
    """
    with desk.store.reading() as tx:
        return person_of(desk, tx, cooperative_id)


def person_of(desk: Desk, tx: Transaction, cooperative_id: str) -> LegalPerson:
    """As `find`, within a transaction."""
    last = resolve(in_force(desk, tx), cooperative_id)
    person = open_book(desk, tx).get(last)
    if person is None:
        raise UserError(
            f"The directory has no legal person {last[:70]}.", f"{_SAFE} See: sourdine desk directory search WORDS"
        )
    return person


def make_bundle(desk: Desk, path: Path, *, after: int = 0, countries: Collection[str] = ()) -> Made:
    """Sign the whole directory for the registry, and write it.

    Args:
        after: the number of the bundle that the registry has, when this desk was restored from an older backup.
        countries: only legal persons of these; none means all.

    Raises:
        UserError: nothing is there, too much for one bundle, or a journal that was changed.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise UserError(f"{path} cannot be written.", f"Name a file in a folder that exists. {_SAFE}")
    desk.check_analyst()
    with desk.store.reading() as tx:
        last, judged = desk.shared(tx, KIND).get(LAST), in_force(desk, tx)
        data, bundle = _signed(desk, tx, after, countries)
    with desk.store.writing() as tx:
        if (desk.shared(tx, KIND).get(LAST), in_force(desk, tx)) != (last, judged):
            raise UserError("Somebody else changed the directory at the same moment.", f"{_SAFE} Make it again.")
        check_journal(desk.keyring, tx)
        desk.put_shared(tx, KIND, LAST, {"sequence": bundle.sequence, "digest": note.digest(data)})
        desk.log(tx, "directory bundle", subject=SUBJECT)
    write_whole(path, [data])
    return Made(bundle.sequence, len(bundle.records), len(bundle.merges))


def merge(desk: Desk, one: str, into: str, reason: str) -> None:
    """Judge that one id and another are one cooperative; the first goes on under the second.

    Raises:
        UserError: no such ids, judged already, or it would lead back to where it began.
    """
    why = check_plain(reason, "The reason")
    desk.check_analyst()
    with desk.store.writing() as tx:
        merged(in_force(desk, tx), one, into)
        person = open_book(desk, tx).get(into)
        if person is None:
            raise UserError(f"The directory has no legal person {into}.", f"{_SAFE} It goes on under one that it has.")
        merged(in_force(desk, tx), one, person.id)  # it may have been named by another of its numbers
        _judge(desk, tx, one, person.id, why)
        desk.log(tx, "directory merge", subject=SUBJECT)


def unmerge(desk: Desk, one: str, reason: str) -> None:
    """Undo what was judged about an id, whoever judged it.

    Raises:
        UserError: nothing was.
    """
    why = check_plain(reason, "The reason")
    desk.check_analyst()
    with desk.store.writing() as tx:
        unmerged(in_force(desk, tx), one)
        _judge(desk, tx, one, "", why)
        desk.log(tx, "directory unmerge", subject=SUBJECT)


def judgements(desk: Desk, tx: Transaction) -> list[Judgement]:
    """Everything that was ever judged, by id, and then in the order in which it was."""
    rows = sorted(desk.shared(tx, JUDGED).values(), key=lambda row: str(row["one"]))
    return [Judgement(row["one"], **act) for row in rows for act in row["acts"]]


def in_force(desk: Desk, tx: Transaction) -> dict[str, str]:
    """What is judged today: from one id into another, each as it was judged."""
    last = {judgement.one: judgement.into for judgement in judgements(desk, tx)}
    return {one: into for one, into in last.items() if into}


def _judge(desk: Desk, tx: Transaction, one: str, into: str, reason: str) -> None:
    # Row ids are in clear on the disk: until a bundle tells it, nobody reads there which cooperatives we look at.
    name = desk.keyring.tag(JUDGED, one.encode()).hex()
    acts = desk.shared(tx, JUDGED).get(name, {"acts": []})["acts"]
    act = {"into": into, "by": desk.keyring.name, "day": desk.today.isoformat(), "reason": reason}
    desk.put_shared(tx, JUDGED, name, {"one": one, "acts": [*acts, act]})


def _signed(desk: Desk, tx: Transaction, after: int, countries: Collection[str]) -> tuple[bytes, Bundle]:
    last: dict[str, Any] = desk.shared(tx, KIND).get(LAST, {"sequence": 0, "digest": ""})
    records = tuple(record for record in open_book(desk, tx) if not countries or record["country"] in countries)
    if not records:
        raise UserError("The directory is empty.", f"{_SAFE} First: sourdine desk directory import FILE")
    sequence = max(last["sequence"], after) + 1
    bundle = Bundle(
        issuer=desk.keyring.instance,
        manifest=desk.keyring.manifest.digest,
        sequence=sequence,
        # After a restore the digest of the bundle before is not known here any more.
        previous="" if sequence == 1 else last["digest"] or "0" * 64,
        day=desk.today,
        records=records,
        merges=flat(in_force(desk, tx)),
    )
    hint = f"{_SAFE} Make it for the countries that the registry serves: --country FR --country BE"
    if len(records) > RECORDS_MAX:
        raise UserError(f"One bundle holds {RECORDS_MAX:,} legal persons, and there are {len(records):,}.", hint)
    try:
        data = sign_bundle(bundle, desk.keyring.signing)
    except FormatError:
        raise UserError("The directory is longer than one bundle.", hint) from None
    check_bundle(data, desk.keyring.manifest, desk.today)  # by the registry's own code
    return data, bundle


def _layout(stream: BinaryIO) -> str:
    """Seen from the beginning of the file, which is read again from there."""
    head = stream.read(4096).lstrip(b"\xef\xbb\xbf \r\n\t")
    stream.seek(0)
    if head.startswith(f"sourdine/{NOTE}/".encode()):
        return "bundle"
    return "sirene" if b"categorieJuridiqueUniteLegale" in head else "gleif"


def _persons(layout: str, stream: BinaryIO, month: str, tally: Tally) -> Iterator[LegalPerson]:
    if layout == "sirene":
        return read_sirene(stream, month, tally)
    head = stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    stream.seek(0)
    return read_gleif(stream, month, tally, json=head[:1] in {b"{", b"["})


def _own_bundle(desk: Desk, stream: BinaryIO) -> Checked:
    return check_bundle(stream.read(canonical.LIMIT + 257), desk.keyring.manifest, desk.today)


def _take_back(desk: Desk, tx: Transaction, checked: Checked) -> None:
    """After a restore: the number of the last bundle, and the judgements in it that are not known here."""
    bundle, known = checked.bundle, desk.shared(tx, KIND).get(LAST, {"sequence": 0})
    if bundle.sequence > known["sequence"]:
        desk.put_shared(tx, KIND, LAST, {"sequence": bundle.sequence, "digest": checked.digest})
    judged = {judgement.one for judgement in judgements(desk, tx)}
    for one, into in bundle.merges.items():
        if one not in judged and resolve(in_force(desk, tx), into) != one:
            _judge(desk, tx, one, into, f"It stood in bundle {bundle.sequence} of this desk.")


def _file(desk: Desk, digest: str) -> Path:
    return desk.settings.path(f"directory-{digest[:16]}.book")


def _forget_others(kept: Path) -> None:
    for path in kept.parent.glob("directory-*.book"):
        if path != kept:
            path.unlink(missing_ok=True)
