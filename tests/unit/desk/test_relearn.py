"""An export that a restored desk forgot is taken back, and the next one follows it."""

from __future__ import annotations

import pytest

from app.desk.cases.exports import export_registry
from app.desk.cases.relearn import learn_export
from app.desk.keep.backup import make_backup
from app.domain.batch import OrderError
from app.errors import UserError
from crypto.errors import FormatError, TrustError
from tests.unit.desk.house import House
from tests.unit.desk.test_backup import bring_back, lose
from tests.unit.desk.test_entries import exported, facts, paper, published
from tests.unit.desk.test_journey import Typed


def test_what_left_after_the_backup_is_taken_back(fresh: House) -> None:
    first, second = published(fresh), published(fresh, exclude=["brume"])
    backup, last = fresh.folder / "desk.backup", fresh.folder / "export"
    make_backup(fresh.desk(), backup)
    exported(fresh)
    whole = paper(fresh, first)
    lose(fresh)
    bring_back(fresh, backup)
    assert not paper(fresh, first).exported
    done = learn_export(fresh.desk(), last)
    assert (done.sequence, done.entries, done.homeless) == (1, 2, ())
    for case_id in (first, second):
        again = paper(fresh, case_id)
        assert (again.exported, again.published, again.signed) == (True, again.record, True)
        assert facts(fresh, case_id).exported
    assert paper(fresh, first).record == whole.record
    with pytest.raises(UserError, match="knows that export already"):
        learn_export(fresh.desk(), last)
    third = published(fresh)
    assert export_registry(fresh.desk(), fresh.folder / "export-2").sequence == 2
    assert facts(fresh, third).exported


def test_an_entry_without_a_case_here_is_told(fresh: House) -> None:
    backup = fresh.folder / "desk.backup"
    fresh.new_case()
    make_backup(fresh.desk(), backup)
    published(fresh)
    exported(fresh)
    published(fresh)
    export_registry(fresh.desk(), fresh.folder / "export-2")
    lose(fresh)
    bring_back(fresh, backup)
    with pytest.raises(OrderError, match=r"Export 1 of try\.example is missing"):
        learn_export(fresh.desk(), fresh.folder / "export-2")
    typed = Typed(fresh)
    assert len(typed.json("learn-export", str(fresh.folder / "export"))["homeless"]) == 1
    assert typed("learn-export", str(fresh.folder / "export-2")) == ["Export 2: 0 entries stand as they left."]


def test_only_an_export_of_this_desk(fresh: House) -> None:
    path = fresh.folder / "other"
    path.write_bytes(b"sourdine/export/v1\n{}\nAAAA\n")
    with pytest.raises((FormatError, TrustError)):
        learn_export(fresh.desk(), path)
