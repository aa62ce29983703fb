"""The directory on the desk: files in, a bundle out, ids judged one, and judgements undone."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.cases import directory
from app.directory.bundles import check_bundle
from app.domain.judgements import resolve
from app.errors import UsageError, UserError
from crypto import note
from crypto.errors import SealingError, TrustError
from tests.unit.desk.house import House, open_house
from tests.unit.desk.test_journey import Typed

DATA = Path(__file__).resolve().parents[2] / "data" / "directory"
SIRENE = str(DATA / "StockUniteLegale_utf8.csv")
GLEIF = str(DATA / "gleif-goldencopy-lei2-golden-copy.csv")
RIVERS, LIMES = "fr-siren-732829320", "fr-siren-900000019"
NAMED = "fr-name-aaaaaaaaaaaaaaaa"


@pytest.fixture
def typed(fresh: House) -> Typed:
    return Typed(fresh)


@pytest.fixture(scope="module")
def stocked() -> Iterator[Typed]:
    """A desk with a directory that the tests of this module only read or put back."""
    with open_house() as house:
        typed = Typed(house)
        typed("directory", "import", SIRENE)
        yield typed


def bundle_of(house: House, path: Path):
    return check_bundle(path.read_bytes(), house.manifest, house.settings.clock.today())


def test_registers_come_in_and_a_bundle_leaves(typed: Typed, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="empty"):
        typed("directory", "make", "--to", str(tmp_path / "none"))
    done = typed.json("directory", "import", SIRENE)
    assert (done["layout"], done["kept"], done["total"], done["people"], done["refused"]) == ("sirene", 5, 5, 2, 2)
    lines = typed("directory", "import", GLEIF, "--layout", "gleif")
    assert lines[0] == "4 cooperatives taken; the directory holds 8 now."
    assert lines[1] == "Left out: 3 of other forms or countries, 1 natural persons."
    assert lines[-1] == "  line 10: lei: check its digits."
    assert typed.json("directory", "import", str(DATA / "gleif-api-lei-records.json"))["total"] == 8
    assert len(list(typed.house.home.glob("directory-*.book"))) == 1
    (found,) = typed.json("directory", "search", "trois", "rivieres")["found"]
    assert (found["id"], found["source"], found["lei"] != "", found["names"][-1]) == (RIVERS, "gleif", True, "C3R")
    assert found["org_ids"] == ["FR-RCS-732829320", f"XI-LEI-{found['lei']}"]
    typed("directory", "merge", NAMED, RIVERS, "--reason", "same articles of association")
    assert typed.json("directory", "make", "--to", str(tmp_path / "one")) == {"merges": 1, "records": 8, "sequence": 1}
    one = bundle_of(typed.house, tmp_path / "one")
    assert one.bundle.merges == {NAMED: RIVERS}
    assert typed("directory", "make", "--to", str(tmp_path / "two"), "--country", "FR", "--country", "be") == [
        "Directory 2: 6 legal persons, 1 merged ids."
    ]
    two = bundle_of(typed.house, tmp_path / "two")
    assert (two.bundle.sequence, two.bundle.previous) == (2, one.digest)
    with pytest.raises(UserError, match="already a file"):
        typed("directory", "make", "--to", str(tmp_path / "one"))
    with pytest.raises(UserError, match="cannot be written"):
        typed("directory", "make", "--to", str(tmp_path / "no" / "folder"))


def test_after_a_restore_the_last_bundle_brings_everything_back(typed: Typed, tmp_path: Path) -> None:
    typed("directory", "import", SIRENE)
    typed("directory", "merge", NAMED, RIVERS, "--reason", "same articles of association")
    for number in (1, 2):
        typed("directory", "make", "--to", str(tmp_path / str(number)))
    with typed.house.store.writing() as tx:  # a backup of before all that
        for kind in ("directory", "directory-judged"):
            for row in tx.shared(kind):
                tx.drop_shared(kind, row.id)
    assert typed("directory", "search", "rivieres") == ["The directory has no such legal person."]
    assert typed.json("directory", "import", str(tmp_path / "2"))["layout"] == "bundle"
    assert typed.json("directory", "make", "--to", str(tmp_path / "3"))["sequence"] == 3
    assert bundle_of(typed.house, tmp_path / "3").bundle.merges == {NAMED: RIVERS}
    assert bundle_of(typed.house, tmp_path / "3").bundle.previous == note.digest((tmp_path / "2").read_bytes())
    typed("directory", "import", str(tmp_path / "1"))  # an older one takes no number back
    assert typed.json("directory", "make", "--to", str(tmp_path / "4"))["sequence"] == 4
    assert typed.json("directory", "make", "--to", str(tmp_path / "9"), "--after", "8")["sequence"] == 9


def test_a_bundle_of_somebody_else_is_refused(typed: Typed, tmp_path: Path) -> None:
    typed("directory", "import", SIRENE)
    typed("directory", "make", "--to", str(tmp_path / "own"))
    data = (tmp_path / "own").read_bytes()
    (tmp_path / "changed").write_bytes(data.replace(b"TILLEULS", b"TILLEUL "))
    with pytest.raises(TrustError):
        typed("directory", "import", str(tmp_path / "changed"))
    with open_house() as other, pytest.raises(SealingError):
        Typed(other)("directory", "import", str(tmp_path / "own"))


def test_the_file_is_the_one_that_was_written(typed: Typed, tmp_path: Path) -> None:
    typed("directory", "import", SIRENE)
    (path,) = typed.house.home.glob("directory-*.book")
    path.write_bytes(path.read_bytes().replace(b"RIVIERES", b"RIVIERE "))
    with pytest.raises(UserError, match="not the one that this desk wrote"):
        typed("directory", "search", "trois")
    damaged = path.read_bytes()
    with pytest.raises(UserError, match="not the one that this desk wrote"):
        typed("directory", "import", GLEIF)
    assert path.read_bytes() == damaged
    path.unlink()
    for args in (("search", "trois"), ("import", GLEIF)):
        with pytest.raises(UserError, match="is gone") as refused:
            typed("directory", *args)
        assert "import FILE --anew" in refused.value.hint
    assert typed.json("directory", "import", SIRENE, "--anew")["total"] == 5
    assert typed("directory", "search", "trois")[0].startswith(RIVERS)


def test_search_as_typed(stocked: Typed) -> None:
    (line,) = stocked("directory", "search", "cuma", "moulin", "--country", "fr")
    assert line.endswith('CUMA "LE MOULIN", DU HAUT  FR agricultural ENDED  siren 900000035')
    assert stocked("directory", "search", "moulin", "--country", "BE") == ["The directory has no such legal person."]
    with pytest.raises(UsageError, match="two letters"):
        stocked("directory", "search", "moulin", "--country", "France")
    with pytest.raises(UserError, match="another layout"):
        stocked("directory", "import", SIRENE, "--layout", "gleif")
    with pytest.raises(UserError, match="There is no file"):
        stocked("directory", "import", "/nowhere")


def test_judged_one_and_undone_by_somebody_else(stocked: Typed) -> None:
    assert stocked("directory", "merges") == ["Nobody has judged two ids to be one."]
    assert stocked("directory", "merge", NAMED, LIMES, "--reason", "same seat") == [
        f"{NAMED} goes on as {LIMES}, from the next bundle on."
    ]
    stocked("directory", "merge", LIMES, RIVERS, "--reason", "merged by its members", by="cypres")
    assert stocked("directory", "search", "tilleuls")[0].endswith(f"(judged to be {RIVERS})")
    desk = stocked.house.desk("brume")
    assert directory.find(desk, NAMED).id == RIVERS
    lines = stocked("directory", "merges", by="brume")
    assert next(line for line in lines if NAMED in line).endswith("(alize: same seat)")
    for one, into, words in (
        (NAMED, RIVERS, "goes on as"),
        (RIVERS, NAMED, "one already"),
        ("fr-name-bbbbbbbbbbbbbbbb", NAMED, "no legal person"),
        ("Les Tilleuls", RIVERS, "no id"),
    ):
        with pytest.raises(UserError, match=words):
            stocked("directory", "merge", one, into, "--reason", "x")
    with pytest.raises(UserError, match="reason is empty"):
        stocked("directory", "merge", "fr-name-bbbbbbbbbbbbbbbb", RIVERS, "--reason", " ")
    with pytest.raises(UserError, match="no legal person"):
        directory.find(desk, "fr-siren-000000000")
    stocked("directory", "unmerge", LIMES, "--reason", "two companies after all")
    assert directory.find(desk, NAMED).id == LIMES
    with pytest.raises(UserError, match="Nobody judged"):
        stocked("directory", "unmerge", LIMES, "--reason", "again")
    stocked("directory", "unmerge", NAMED, "--reason", "another seat", by="brume")
    told = stocked.json("directory", "merges")
    assert [(one["one"], one["into"], one["by"]) for one in told] == [
        (NAMED, LIMES, "alize"),
        (NAMED, "", "brume"),
        (LIMES, RIVERS, "cypres"),
        (LIMES, "", "alize"),
    ]


def test_the_disk_tells_nothing_of_what_was_judged(stocked: Typed) -> None:
    stocked("directory", "merge", NAMED, RIVERS, "--reason", "vu dans les statuts")
    with stocked.house.database() as link:
        text = json.dumps([list(map(str, row)) for row in link.execute("select * from journal")])
        text += json.dumps([list(map(str, row)) for row in link.execute("select * from shared")])
        (judged,) = link.execute("select count(*) from shared where kind = 'directory-judged'").fetchone()
    assert NAMED not in text
    assert RIVERS not in text
    assert judged > 0
    stocked("directory", "unmerge", NAMED, "--reason", "x")


def test_random_judgements_on_a_desk_are_undone(stocked: Typed) -> None:
    """The rule itself is tried a thousand times in test_judgements.py; here it goes through the store."""
    desk, draw = stocked.house.desk(), random.Random(7)
    ids = [RIVERS, LIMES, "fr-siren-900000027", "fr-siren-900000035", "fr-siren-900000100"]
    for _ in range(60):
        one, into = draw.sample(ids, 2)
        with desk.store.reading() as tx:
            judged = directory.in_force(desk, tx)
        try:
            if one in judged and draw.random() < 0.5:
                directory.unmerge(desk, one, "x")
            else:
                directory.merge(desk, one, into, "x")
        except UserError:
            continue
        for name in ids:
            assert directory.find(desk, name).id in ids
    with desk.store.reading() as tx:
        left = directory.in_force(desk, tx)
    assert all(resolve(left, name) not in left for name in ids)
    for one in left:
        directory.unmerge(desk, one, "x")
    assert [directory.find(desk, name).id for name in ids] == ids


def test_a_crash_between_file_and_row_leaves_the_old_directory(typed: Typed) -> None:
    typed("directory", "import", SIRENE)
    (old,) = typed.house.home.glob("directory-*.book")
    orphan = typed.house.home / "directory-0123456789abcdef.book"
    orphan.write_bytes(b"\nwhat was written before the crash\n")
    assert typed("directory", "search", "trois")[0].startswith(RIVERS)
    typed("directory", "import", GLEIF)
    (new,) = typed.house.home.glob("directory-*.book")
    assert new not in {old, orphan}


def test_two_imports_at_one_moment(typed: Typed) -> None:
    """The second one began before the first was done: it is refused, and nothing of the first is lost."""
    desk = typed.house.desk()

    class Slow(type(desk.store)):  # the first import is done between the reading and the writing of the second
        def writing(self):
            if not done:
                done.append(True)
                directory.import_directory(typed.house.desk("cypres"), Path(GLEIF))
            return super().writing()

    done: list[bool] = []
    slow = Slow(typed.house.settings)
    try:
        with pytest.raises(UserError, match="at the same moment"):
            directory.import_directory(replace(desk, store=slow), Path(SIRENE))
    finally:
        slow.close()
    assert len(typed("directory", "search", "molen")) == 2


def test_an_import_that_follows_at_once_keeps_its_file(typed: Typed) -> None:
    desk = typed.house.desk()

    class Slow(type(desk.store)):  # the other import is done before the first one clears up
        @contextmanager
        def writing(self):
            with super().writing() as tx:
                yield tx
            if not done:
                done.append(True)
                directory.import_directory(typed.house.desk("cypres"), Path(GLEIF))

    done: list[bool] = []
    slow = Slow(typed.house.settings)
    try:
        directory.import_directory(replace(desk, store=slow), Path(SIRENE))
    finally:
        slow.close()
    assert typed("directory", "search", "molen")
    assert typed("directory", "search", "trois")[0].startswith(RIVERS)
    assert len(list(typed.house.home.glob("directory-*.book"))) == 1


def test_a_bundle_and_a_judgement_at_one_moment(typed: Typed, tmp_path: Path) -> None:
    typed("directory", "import", SIRENE)
    desk = typed.house.desk()

    class Slow(type(desk.store)):
        def writing(self):
            if not done:
                done.append(True)
                directory.merge(typed.house.desk("cypres"), NAMED, RIVERS, "same seat")
            return super().writing()

    done: list[bool] = []
    slow = Slow(typed.house.settings)
    try:
        with pytest.raises(UserError, match="at the same moment"):
            directory.make_bundle(replace(desk, store=slow), tmp_path / "x")
    finally:
        slow.close()
    assert not (tmp_path / "x").exists()
    assert typed.json("directory", "make", "--to", str(tmp_path / "x"))["sequence"] == 1


def test_a_country_without_anybody_makes_no_bundle(typed: Typed, tmp_path: Path) -> None:
    typed("directory", "import", SIRENE)
    with pytest.raises(UserError, match="empty"):
        typed("directory", "make", "--to", str(tmp_path / "x"), "--country", "DE")


def test_who_is_no_analyst_changes_nothing(typed: Typed, tmp_path: Path) -> None:
    desk = typed.house.desk()
    reviewers = tuple(
        replace(one, role="mediator") if one.name == "alize" else one for one in desk.keyring.manifest.reviewers
    )
    typed.house.pin(typed.house.next_manifest(reviewers=reviewers))
    for words in (
        ("import", SIRENE),
        ("make", "--to", str(tmp_path / "x")),
        ("merge", NAMED, RIVERS, "--reason", "x"),
        ("unmerge", NAMED, "--reason", "x"),
    ):
        with pytest.raises(UserError, match="role"):
            typed("directory", *words)
