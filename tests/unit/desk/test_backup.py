"""A backup brings a lost desk back: real reviewers open it, a new report decrypts, numbers go on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.carry.backups import Backup, backups, due_receipts
from app.desk.carry.outboxes import make_outbox
from app.desk.carry.takeup import take_up
from app.desk.cases.reading import list_cases, show_case
from app.desk.circle import ceremony
from app.desk.keep import backup as module
from app.desk.keep.audit import audit
from app.desk.keep.backup import Made, make_backup, restore
from app.desk.replies.replies import send
from app.errors import BusyError, UserError
from app.stores.desk import DeskStore
from crypto import note
from crypto.errors import FormatError, TrustError
from crypto.openpgp import gpg
from crypto.outbox import open_outbox
from crypto.signing import SigningKey
from tests.unit.desk.house import DAY, INSTANCE, STORY, House, Reporter, keys, open_house
from tests.unit.desk.test_discards import Both
from tests.unit.desk.test_journey import Typed
from tests.unit.desk.test_purge import by_two, closed


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with open_house() as house:
        made = Both(house, tmp_path / "intake")
        yield made
        made.store.close()


def lose(house: House) -> None:
    """The machine is gone; the settings are written again, reviewers still have their own keys."""
    house.store.close()
    for name in ("desk.db", "desk.db-wal", "desk.db-shm", "manifest", "desk.pub"):
        (house.home / name).unlink(missing_ok=True)
    shutil.rmtree(house.home / "evidence")
    for home in (house.home / "gnupg").iterdir():
        gpg.stop_agent(home)


def bring_back(house: House, path: Path) -> module.Restored:
    done = restore(house.settings, path)
    house.store = DeskStore.open(house.settings)
    return done


def test_a_lost_desk_comes_back_and_a_real_report_decrypts(both: Both) -> None:
    house, reporter = both.house, Reporter.new()
    both.send(house.seal(STORY, reporter=reporter, files=[("a.txt", b"texte" * 9000)], exclude=["brume"]))
    both.carry_in()
    both.carry_out()
    (case_id,) = [line.id for line in list_cases(house.desk())]
    path = house.folder / "desk.backup"
    made = make_backup(house.desk(), path)
    assert (made.number, made.files, made.missing) == (1, 1, 0)
    assert made.size == path.stat().st_size
    send(house.desk(), case_id, "Perdu avec la machine.")
    both.carry_out()
    both.carry_out()
    lose(house)
    assert bring_back(house, path).files == 1
    assert list_cases(house.desk("brume")) == []
    assert [line.id for line in list_cases(house.desk("cypres"))] == [case_id]
    assert show_case(house.desk(), case_id).messages[0].message.story == STORY
    assert audit(house.desk()).faults == ()
    both.send(house.seal("Un nouveau fait, après la perte.", reporter=reporter, kind="message"))
    both.carry_in()
    stories = [one.message.story for one in show_case(house.desk("cypres"), case_id).messages]
    assert stories == [STORY, "Un nouveau fait, après la perte."]
    send(house.desk(), case_id, "Nous sommes de retour.")
    with pytest.raises(UserError, match="was restored"):
        both.carry_out()
    applied = both.carry_out(after=3)
    assert (applied.number, applied.missed, applied.deleted) == (5, 1, 1)
    assert both.carry_out().number == 6


def test_what_waits_is_in_the_backup_too(fresh: House) -> None:
    fresh.receive(fresh.seal(STORY))
    path = fresh.folder / "desk.backup"
    assert make_backup(fresh.desk(), path).files == 1
    lose(fresh)
    bring_back(fresh, path)
    assert len(take_up(fresh.desk()).cases) == 1


def test_a_desk_that_never_made_an_outbox_goes_on(fresh: House) -> None:
    fresh.new_case()
    make_backup(fresh.desk(), fresh.folder / "b")
    lose(fresh)
    bring_back(fresh, fresh.folder / "b")
    make_outbox(fresh.desk(), fresh.folder / "outbox", after=0)
    sent = open_outbox((fresh.folder / "outbox").read_bytes(), fresh.store.identity().public)
    assert (sent.number, sent.previous) == (2, "0" * 64)


def test_a_backup_says_nothing_without_a_key(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case("histoire canari-77", reporter=reporter, files=[("canari-77.txt", b"canari-77" * 99)])
    send(fresh.desk(), case_id, "réponse canari-77")
    path = fresh.folder / "desk.backup"
    make_backup(fresh.desk(), path)
    data = path.read_bytes()
    assert b"canari-77" not in data
    assert reporter.mailbox.locator not in data
    assert path.stat().st_mode & 0o077 == 0
    assert not list(fresh.folder.glob("desk.backup.*"))


def test_backups_are_numbered_and_on_the_record_of_a_purge(fresh: House) -> None:
    case_id = closed(fresh)
    with fresh.store.reading() as tx:
        assert backups(fresh.desk(), tx) == []
    first = make_backup(fresh.desk("alize"), fresh.folder / "b1")
    with pytest.raises(UserError, match="cannot be written"):
        make_backup(fresh.desk(), fresh.folder / "b1")
    second = make_backup(fresh.desk("cypres"), fresh.folder / "b2")
    with fresh.store.reading() as tx:
        found = backups(fresh.desk(), tx)
    assert [(one.number, one.day, one.digest) for one in found] == [
        (1, DAY.isoformat(), first.digest),
        (2, DAY.isoformat(), second.digest),
    ]
    fresh.forward(60)
    assert by_two(fresh, case_id).backups == (1, 2)


def test_by_setting_receipts_wait_for_a_backup(fresh: House) -> None:
    fresh.settings = replace(fresh.settings, receipts_after_backup=True)
    fresh.new_case()
    assert make_outbox(fresh.desk(), fresh.folder / "o1").receipts == 0
    make_backup(fresh.desk(), fresh.folder / "b1")
    fresh.new_case()
    assert make_outbox(fresh.desk(), fresh.folder / "o2").receipts == 1
    assert make_outbox(fresh.desk(), fresh.folder / "o3").receipts == 0
    make_backup(fresh.desk(), fresh.folder / "b2")
    with fresh.store.reading() as tx:
        assert len(due_receipts(fresh.desk(), tx, 10)) == 1
    assert make_outbox(fresh.desk(), fresh.folder / "o4").receipts == 1


def test_a_backup_that_did_not_finish_lets_no_receipt_go(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.settings = replace(fresh.settings, receipts_after_backup=True)
    fresh.new_case()
    make_backup(fresh.desk(), fresh.folder / "b1")
    fresh.new_case()
    monkeypatch.setattr(module, "_copy", lambda *_: "")
    with pytest.raises(UserError, match="changed while it was copied"):
        make_backup(fresh.desk(), fresh.folder / "b2")
    assert not list(fresh.folder.glob("b2*"))
    with fresh.store.reading() as tx:
        found = backups(fresh.desk(), tx)
    assert [bool(one.digest) for one in found] == [True, False]
    assert isinstance(found[1], Backup)
    assert make_outbox(fresh.desk(), fresh.folder / "o1").receipts == 1


def test_a_file_that_is_gone_is_told(fresh: House) -> None:
    fresh.new_case()
    for path in (fresh.home / "evidence").glob("?" * 32):
        path.unlink()
    assert make_backup(fresh.desk(), fresh.folder / "b").missing == 1


def test_what_a_backup_lacks_stays_at_the_intake(fresh: House) -> None:
    fresh.settings = replace(fresh.settings, receipts_after_backup=True)
    fresh.new_case()
    (path,) = (fresh.home / "evidence").glob("?" * 32)
    gone = path.rename(fresh.folder / "elsewhere")
    assert make_backup(fresh.desk(), fresh.folder / "b1").missing == 1
    assert make_outbox(fresh.desk(), fresh.folder / "o1").receipts == 0
    fresh.new_case()  # what came later is not held back for it
    assert make_backup(fresh.desk(), fresh.folder / "b2").missing == 1
    assert make_outbox(fresh.desk(), fresh.folder / "o2").receipts == 1
    gone.rename(path)
    assert make_backup(fresh.desk(), fresh.folder / "b3").missing == 0
    assert make_outbox(fresh.desk(), fresh.folder / "o3").receipts == 1


def test_what_a_killed_backup_left_goes_with_the_next(fresh: House) -> None:
    left = fresh.folder / f"last-week{module.SNAPSHOT}"
    left.write_bytes(b"half")
    make_backup(fresh.desk(), fresh.folder / "b")
    assert not list(fresh.folder.glob(f"*{module.SNAPSHOT}*"))


@pytest.mark.parametrize("at", ["write_whole", "_finish", "_sync"])
def test_a_restore_that_was_cut_short(fresh: House, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """Either there is no desk yet and one tries again, or it says that it was restored."""
    path = fresh.folder / "b"
    fresh.new_case()
    make_backup(fresh.desk(), path)
    lose(fresh)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, at, killed)
        with pytest.raises(KeyboardInterrupt):
            restore(fresh.settings, path)
    if at != "_sync":
        assert not (fresh.home / "desk.db").exists()
        restore(fresh.settings, path)
    fresh.store = DeskStore.open(fresh.settings)
    with pytest.raises(UserError, match="This desk was restored"):
        make_outbox(fresh.desk(), fresh.folder / "o")
    assert not list(fresh.home.glob("*.restoring*"))
    assert len(list_cases(fresh.desk())) == 1


def test_places_that_refuse(fresh: House) -> None:
    (fresh.folder / "link").symlink_to(fresh.folder / "elsewhere")
    for name in ("link", "no/such", "."):
        with pytest.raises(UserError, match="cannot be written"):
            make_backup(fresh.desk(), fresh.folder / name)
    (fresh.folder / f"b{module.SNAPSHOT}").mkdir()
    with pytest.raises(UserError, match=r"copy\.db cannot be written"):
        make_backup(fresh.desk(), fresh.folder / "b")
    with fresh.desk().evidence.lock(), pytest.raises(BusyError):
        make_backup(fresh.desk(), fresh.folder / "c")


@pytest.fixture
def kept(fresh: House) -> tuple[House, Path, Made]:
    fresh.new_case(files=[("a.bin", b"x" * 200_000)])
    path = fresh.folder / "desk.backup"
    made = make_backup(fresh.desk(), path)
    lose(fresh)
    return fresh, path, made


def damaged(path: Path, data: bytes) -> Path:
    other = path.with_name("damaged")
    other.write_bytes(data)
    return other


def test_damage_is_found_and_nothing_is_left(kept: tuple[House, Path, Made]) -> None:
    house, path, _ = kept
    data = path.read_bytes()
    head = data.index(b"sourdine/backup/v1")
    cases = {
        b"": "not a backup",
        b"x" + data: "not a backup",
        data[:30]: "the length of its head",
        data[: head + 40]: "cut inside its head",
        data[:-1]: "cut or changed",
        data[:-5000]: "cut or changed",
        data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]: "cut or changed",
        data + b"x": "longer than its note says",
        data.replace(b'"number":1', b'"number":2', 1): "signature",
    }
    for changed, told in cases.items():
        with pytest.raises((FormatError, TrustError), match=told):
            restore(house.settings, damaged(path, changed))
        assert not (house.home / "desk.db").exists()
        assert not (house.home / "evidence").exists()
    bring_back(house, path)


def test_only_under_the_own_root_and_into_an_empty_folder(kept: tuple[House, Path, Made]) -> None:
    house, path, _ = kept
    stranger = replace(house.settings, root=SigningKey.generate().public.hex())
    with pytest.raises(TrustError):
        restore(stranger, path)
    with pytest.raises(UserError, match="no file"):
        restore(house.settings, house.folder / "nothing")
    bring_back(house, path)
    with pytest.raises(UserError, match=r"a database at .* already"):
        restore(house.settings, path)


@pytest.mark.parametrize(
    "names",
    [
        ["../../etc/passwd", "desk.db"],
        ["evidence/../x", "desk.db"],
        ["desk.db", "desk.db"],
        ["desk.db", "evidence/" + "0" * 32],
        ["evidence/" + "0" * 31, "desk.db"],
        ["evidence/.lock", "desk.db"],
        [],
    ],
)
def test_no_path_comes_from_a_backup(fresh: House, names: list[str]) -> None:
    """Even the desk's own signature opens no other place."""
    ring = fresh.desk().keyring
    parts = [{"name": name, "size": 0, "sha256": "0" * 64} for name in names]
    body = {"instance": ring.instance, "number": 1, "day": DAY.isoformat(), "journal_head": "0" * 64, "parts": parts}
    signed = note.sign_note("backup", body, ring.signing)
    manifest = (fresh.home / "manifest").read_bytes()
    path = fresh.folder / "made-up"
    path.write_bytes(b"".join([module.MAGIC, *(b"%08x\n%b" % (len(one), one) for one in (manifest, signed))]))
    lose(fresh)
    with pytest.raises(FormatError, match="other files than a desk has"):
        restore(fresh.settings, path)


def test_a_disk_that_is_too_small(kept: tuple[House, Path, Made], monkeypatch: pytest.MonkeyPatch) -> None:
    house, path, _ = kept
    monkeypatch.setattr(module, "RESERVE_BYTES", 1 << 60)
    with pytest.raises(UserError, match="too small"):
        restore(house.settings, path)
    monkeypatch.undo()
    bring_back(house, path)


def test_as_it_is_typed(fresh: House) -> None:
    typed = Typed(fresh)
    fresh.new_case()
    path = fresh.folder / "desk.backup"
    assert typed("backup", "--to", str(path))[0].startswith("Backup 1: 1 files, ")
    assert typed.json("backup", "--to", str(fresh.folder / "second"))["number"] == 2
    lose(fresh)
    assert typed("restore", str(path), by="") == [f"Backup 1 of {DAY.isoformat()} is restored: 1 files."]
    fresh.store = DeskStore.open(fresh.settings)
    assert len(typed.json("case", "list", by="cypres")) == 1
    with pytest.raises(UserError, match="was restored"):
        typed("outbox", "--to", str(fresh.folder / "outbox"))
    assert typed.json("outbox", "--to", str(fresh.folder / "outbox"), "--after", "7")["number"] == 9
    lose(fresh)
    assert json.loads(typed("restore", str(path), "--json", by="")[0])["number"] == 1
    fresh.store = DeskStore.open(fresh.settings)


def test_reviewers_bring_their_own_keys(fresh: House) -> None:
    """Without them nothing opens; the ceremony makes empty homes again and changes no key."""
    case_id = fresh.new_case()
    make_backup(fresh.desk(), fresh.folder / "b")
    lose(fresh)
    shutil.rmtree(fresh.home / "gnupg")
    bring_back(fresh, fresh.folder / "b")
    with pytest.raises(UserError, match="no GnuPG home"):
        fresh.desk()
    assert ceremony.enrol(fresh.store, fresh.settings, instance=INSTANCE, reviewers=keys().reviewers) == []
    with pytest.raises(UserError, match="opens this desk"):
        fresh.desk()
    for home in (fresh.home / "gnupg").iterdir():
        gpg.stop_agent(home)
    ignore = shutil.ignore_patterns("S.*", "*.lock")
    shutil.copytree(keys().folder / "gnupg", fresh.home / "gnupg", ignore=ignore, dirs_exist_ok=True)
    assert show_case(fresh.desk("cypres"), case_id).messages[0].message.story == STORY
