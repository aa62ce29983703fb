"""From a pickup to cases: who may open what, and what joins what."""

from __future__ import annotations

from app.desk.takeup import take_up
from tests.unit.desk.house import STORY, House, Reporter


def test_report_becomes_a_case(fresh: House) -> None:
    received = fresh.receive(fresh.seal(STORY, reporter=Reporter.new(), files=[("a.pdf", b"1" * 100)]))
    assert (received.imported, received.already, received.refused) == (1, 0, [])
    alize = fresh.desk()
    done = take_up(alize)
    assert len(done.cases) == 1, done
    with fresh.store.reading() as tx:
        (case,) = alize.cases(tx)
        assert case.record.mailbox
        (brume_case,) = fresh.desk("brume").cases(tx)
        assert brume_case.record == case.record
