"""Attachments and inner layers: our names, nothing overwritten, no link followed, one layer and never a report."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases import saving
from app.desk.cases.entries import draft_entry
from app.desk.cases.reading import show_case
from app.desk.cases.saving import open_attachment, save_case
from app.desk.core import evidence, inner
from app.desk.core.bench import Desk
from app.errors import BusyError, UserError
from crypto.openpgp.encrypt import encrypt_bytes
from tests.unit.desk.house import DAY, STORY, House, Reporter, keys

ODD = ("../../etc/passwd", "/absolu", "..", ".caché", "a\u202egnp.exe", "con", "x" * 255, "", "même", "même", "a/b\\c")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "saved"


def sealed_for(house: House, *names: str, data: bytes = b"dedans") -> bytes:
    """What stock gpg makes for these reviewers."""
    fingerprints = [reviewer.fingerprint for reviewer in keys().reviewers if reviewer.name in names]
    assert house.home.exists()
    return encrypt_bytes(keys().folder / "public", fingerprints, data, DAY, hidden=False)


def test_odd_names_stay_inside_the_folder(house: House, folder: Path) -> None:
    case_id = house.new_case(files=[(name, str(n).encode()) for n, name in enumerate(ODD)])
    saved = save_case(house.desk(), case_id, folder)
    assert len(set(saved.names)) == len(ODD)
    assert {path.name for path in folder.rglob("*")} == set(saved.names)
    assert sorted(path.read_bytes() for path in folder.iterdir()) == sorted(str(n).encode() for n in range(len(ODD)))
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not set(path.name) & {"/", "\\", "\u202e"}
    assert {path.name for path in folder.parent.iterdir()} == {"saved"}


def test_later_messages_have_a_folder_of_their_own(house: House, folder: Path) -> None:
    reporter = Reporter.new()
    case_id = house.new_case(reporter=reporter, files=[("a", b"1")])
    house.receive(
        house.seal("", reporter=reporter, kind="survey", fields={"q1": "yes"}),
        house.seal("suite", reporter=reporter, kind="message", files=[("a", b"2")]),
    )
    take_up(house.desk())
    names = save_case(house.desk(), case_id, folder).names
    assert names[0] == "001-a"
    assert names[1].startswith("message-")
    assert [(folder / name).read_bytes() for name in names] == [b"1", b"2"]


def test_nothing_is_overwritten(house: House, folder: Path) -> None:
    case_id = house.new_case(files=[("a", b"1")])
    folder.mkdir()
    (folder / "001-a").write_text("mien")
    with pytest.raises(UserError, match="already stands"):
        save_case(house.desk(), case_id, folder)
    assert (folder / "001-a").read_text() == "mien"


def test_no_link_is_followed(house: House, folder: Path, tmp_path: Path) -> None:
    reporter = Reporter.new()
    case_id = house.new_case(reporter=reporter, files=[("a", b"1")])
    outside = tmp_path / "outside"
    outside.mkdir()
    folder.mkdir()
    (folder / "001-a").symlink_to(outside / "target")
    with pytest.raises(UserError, match="already stands"):
        save_case(house.desk(), case_id, folder)
    link = tmp_path / "link"
    link.symlink_to(outside)
    with pytest.raises(UserError, match="cannot be used"):
        save_case(house.desk(), case_id, link)
    assert list(outside.iterdir()) == []


def test_a_folder_below_that_is_a_link_is_refused(house: House, folder: Path, tmp_path: Path) -> None:
    reporter = Reporter.new()
    case_id = house.new_case(reporter=reporter)
    house.receive(house.seal("suite", reporter=reporter, kind="message", files=[("a", b"2")]))
    take_up(house.desk())
    folder.mkdir()
    (folder / "message-002").symlink_to(tmp_path)
    with pytest.raises(UserError, match="is not a folder"):
        save_case(house.desk(), case_id, folder)


@pytest.mark.parametrize("place", ["no/such/parent", "file"])
def test_refuses_a_folder_that_is_none(house: House, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be used"):
        save_case(house.desk(), house.new_case(files=[("a", b"1")]), tmp_path / place)


def test_a_file_that_cannot_be_written_whole_is_removed(
    house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = house.new_case(files=[("a", b"1" * 600_000)])

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", lambda descriptor, mode: _Full(descriptor))
        with pytest.raises(UserError, match="could not be written: No space"):
            save_case(house.desk(), case_id, folder)
    assert list(folder.iterdir()) == []
    with monkeypatch.context() as patch:
        patch.setattr(evidence, "RESERVE_BYTES", 2**62)
        with pytest.raises(BusyError):
            save_case(house.desk(), case_id, folder)


class _Full:
    """A file on a disk with room for nothing."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> _Full:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def write(self, _data: bytes) -> int:
        raise OSError(28, "No space left on device")


def test_one_attachment_as_a_stream(house: House) -> None:
    case_id = house.new_case(files=[("a", b"1" * 300_000), ("b", b"")])
    with open_attachment(house.desk(), case_id, 1, 1) as (file, stream):
        assert (file.name, stream.read()) == ("a", b"1" * 300_000)
    for position, n in ((1, 3), (2, 1), (0, 1), (1, 0)):
        with pytest.raises(UserError, match="no such file"), open_attachment(house.desk(), case_id, position, n):
            pass


def test_a_sealed_file_is_saved_with_what_is_inside(house: House, folder: Path) -> None:
    mine = sealed_for(house, "alize", data=b"contenu" * 100_000)
    others = sealed_for(house, "cypres")
    armoured = b"-----BEGIN PGP MESSAGE-----\nnot really\n"
    files = [("a.gpg", mine), ("b.gpg", others), ("c.gpg", mine[:-20]), ("d.asc", armoured)]
    case_id = house.new_case(files=files)
    shown = show_case(house.desk(), case_id).messages[0].message.files
    assert [file.sealed for file in shown] == [True, True, True, False]
    saved = save_case(house.desk(), case_id, folder)
    assert saved.names == ["001-a.gpg", "001-a.gpg.opened", "002-b.gpg", "003-c.gpg", "004-d.asc"]
    assert (folder / "001-a.gpg.opened").read_bytes() == b"contenu" * 100_000
    assert saved.notes == [f"002-b.gpg: {inner.NOT_YOURS}", f"003-c.gpg: {inner.DAMAGED}"]


def armour(house: House, data: bytes, *names: str) -> str:
    import base64

    text = base64.b64encode(sealed_for(house, *(names or ("alize",)), data=data)).decode()
    lines = [text[n : n + 64] for n in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PGP MESSAGE-----", "", *lines, "-----END PGP MESSAGE-----"]) + "\n"


def story_of(desk: Desk, case_id: str):
    (message,) = show_case(desk, case_id).messages
    return message.inner


def test_a_sealed_story_is_shown_with_what_is_inside(house: House) -> None:
    desk = house.desk()
    assert story_of(desk, house.new_case("Une histoire en clair, tout simplement, sans rien dedans.")) is None
    found = story_of(desk, house.new_case(armour(house, b"Ce qui est dedans.")))
    assert (found.text, found.note) == ("Ce qui est dedans.", "")
    assert "dedans" not in repr(found)
    assert story_of(desk, house.new_case(armour(house, b"x", "cypres"))).note == inner.NOT_YOURS
    assert story_of(desk, house.new_case(armour(house, b"\xff\xfe"))).note == inner.NOT_TEXT
    cut = "\n".join(armour(house, b"x" * 4000).splitlines()[:-9])
    assert story_of(desk, house.new_case(cut)).note == inner.DAMAGED


def test_one_layer_only_and_never_a_report(house: House) -> None:
    desk = house.desk()
    twice = armour(house, armour(house, b"secret").encode())
    found = story_of(desk, house.new_case(twice))
    assert found.note == inner.ONCE_ONLY
    assert found.text.startswith("-----BEGIN PGP MESSAGE-----")
    whole = house.seal(STORY, reporter=Reporter.new())
    before = len(take_up(desk).cases)
    case_id = house.new_case("voir la pièce jointe, qui est une enveloppe entière de ce service", files=[("e", whole)])
    folder = house.folder / "envelope"
    saved = save_case(desk, case_id, folder)
    assert saved.notes == [f"001-e: {inner.A_REPORT}"]
    assert zipfile.is_zipfile(folder / "001-e.opened")
    assert before == len(take_up(desk).cases) == 0


def test_a_sealed_envelope_as_a_story_is_not_taken_for_a_report(house: House) -> None:
    import base64

    whole = base64.b64encode(house.seal(STORY)).decode()
    lines = [whole[n : n + 64] for n in range(0, len(whole), 64)]
    text = "\n".join(["-----BEGIN PGP MESSAGE-----", "", *lines, "-----END PGP MESSAGE-----"])
    assert story_of(house.desk(), house.new_case(text)).note == inner.A_REPORT


def test_the_gate_reads_inner_layers_too(house: House) -> None:
    from tests.unit.desk.test_entries import draft, verified

    told = "six mots de suite qui sont uniques dans le dossier"
    case_id = verified(house, story=armour(house, told.encode(), "alize", "cypres"))
    assert [finding.code for finding in draft_entry(house.desk(), case_id, draft(text=f"Constat : {told}."))] == [
        "overlap"
    ]


def test_saving_is_journalled(house: House, folder: Path) -> None:
    desk = house.desk()
    case_id = house.new_case(files=[("a", b"1")])
    save_case(desk, case_id, folder)
    with house.store.reading() as tx:
        assert desk.history(tx, desk.case(tx, case_id))[-1][0].action == "save"
    assert saving.CHUNK < 2**20


def test_outside_a_trial_a_disk_is_refused(house: House, folder: Path) -> None:
    """Decrypted attachments end with the session: only a folder in memory takes them."""
    case_id = house.new_case(files=[("a", b"1")])
    desk = house.desk()
    assert save_case(desk, case_id, folder).on_disk
    real = replace(desk, settings=replace(desk.settings, trial=False))
    below = folder.parent / "other"
    with pytest.raises(UserError) as refused:
        save_case(real, case_id, below)
    assert "Nothing was written" in refused.value.message
    assert not below.exists()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        assert save_case(real, case_id, Path(memory) / "x").names == ["001-a"]
        assert not save_case(desk, case_id, Path(memory) / "y").on_disk
