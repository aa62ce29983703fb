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
