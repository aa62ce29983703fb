"""A letter to a body that may act: a range, with the yes of everybody, and nobody's words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.circle import clusters
from app.desk.duties.collective import set_amount
from app.desk.duties.collective_letter import Written, write_letter
from app.desk.duties.judging import undo
from app.domain.collective import AMOUNTS
from app.domain.entry import Entry
from app.domain.facts import State
from app.errors import UserError
from tests.unit.desk.house import STORY, House
from tests.unit.desk.test_collective import WHY, both, several, told_of
from tests.unit.desk.test_merging import case, put, reasons
from tests.unit.domain.samples import raw_entry

BODY = "Union des associations de locataires"


def ready(house: House, count: int = 3, **facts: object) -> list[str]:
    """Verified cases, judged to be of different authors, whose reporters agreed to a referral."""
    ids = several(house, count)
    both(house, *([one] for one in ids))
    for one in ids:
        put(house, one, **{"state": State.VERIFIED, "consent_referral": True, "reporter_opinion": "yes"} | facts)
    return ids


def write(house: House, case_id: str, name: str = "alize", **options: str) -> Written:
    path = house.folder / "letter.html"
    path.unlink(missing_ok=True)
    return write_letter(house.desk(name), case_id, path, **{"body": BODY, "kind": "approved"} | options)


def text(house: House) -> str:
    return (house.folder / "letter.html").read_text(encoding="utf-8")


def test_the_letter_tells_a_range_and_names_nobody(fresh: House) -> None:
    ids = ready(fresh)
    set_amount(fresh.desk(), ids[0], "over-50k")
    done = write(fresh, ids[0])
    assert done.cases == "3-4"
    page = text(fresh)
    for told in (BODY, "Les Tilleuls", "trois ou quatre", "droits politiques", done.reference, "association agréée"):
        assert told in page
    labels = [case(fresh, one).record.label for one in ids]
    bands = [*AMOUNTS, *(label for pair in AMOUNTS.values() for label in pair)]
    for secret in (*ids, *labels, *bands, "alize", "cypres", WHY, *STORY.split(", ")):
        assert secret not in page
    assert "<h2>Inscriptions publiques</h2>" not in page
    for one in ids:
        assert reasons(fresh, one)[-1] == ("collective letter", f"{done.reference} to {BODY} (approved)")


def test_each_refusal_is_a_sentence(fresh: House) -> None:
    ids = several(fresh)
    with pytest.raises(UserError, match="Two colleges judge first"):
        write(fresh, ids[0])
    bare = fresh.new_case()
    with pytest.raises(UserError, match="Two colleges judge first"):
        write(fresh, bare)
    both(fresh, *([one] for one in ids))
    with pytest.raises(UserError, match="Fewer than 3 independent and verified"):
        write(fresh, ids[0])
    for one in ids:
        put(fresh, one, state=State.VERIFIED)
    put(fresh, ids[0], consent_referral=True)
    with pytest.raises(UserError, match="Not every reporter agreed") as refused:
        write(fresh, ids[0])
    assert case(fresh, ids[1]).record.label in refused.value.hint
    for one in ids:
        put(fresh, one, consent_referral=True)
    for options, why in (
        ({"body": "x" * 161}, "a name on one line"),
        ({"body": "a@b.example"}, "a name on one line"),
        ({"body": ""}, "The body is empty"),
        ({"kind": "party"}, "The kind of body"),
        ({"body": " ".join(STORY.split()[:7])}, "reporter's own words"),
    ):
        with pytest.raises(UserError, match=why):
            write(fresh, ids[0], **options)
    assert not (fresh.folder / "letter.html").exists()
    assert write(fresh, ids[0]).cases == "3-4"
    undo(fresh.desk(), ids[0], "doute")
    with pytest.raises(UserError, match="Two colleges judge first"):
        write(fresh, ids[0])


def test_no_letter_below_fifty_members(fresh: House) -> None:
    ids = ready(fresh)
    both(fresh, *([one] for one in ids), members="<50")
    with pytest.raises(UserError, match="fewer than 50 members"):
        write(fresh, ids[0])


def test_threads_of_one_author_support_no_letter(fresh: House) -> None:
    a, b, c = ready(fresh)
    both(fresh, [a, b], [c])
    with pytest.raises(UserError, match="Fewer than 3"):
        write(fresh, a)


def test_whoever_may_not_open_all_writes_none(fresh: House) -> None:
    ids = [*several(fresh, 2), told_of(fresh, exclude=["brume"])]
    both(fresh, *([one] for one in ids))
    for one in ids:
        put(fresh, one, state=State.VERIFIED, consent_referral=True)
    with pytest.raises(UserError, match="Fewer than 3") as refused:
        write(fresh, ids[0], "brume")
    assert case(fresh, ids[2]).record.label not in refused.value.hint
    assert write(fresh, ids[0]).cases == "3-4"


def test_the_name_of_a_cooperative_reaches_nobody(fresh: House) -> None:
    ids = [told_of(fresh, "Les Tilleuls 06 12 34 56 78") for _ in range(3)]
    both(fresh, *([one] for one in ids))
    for one in ids:
        put(fresh, one, state=State.VERIFIED, consent_referral=True)
    with pytest.raises(UserError, match="holds an address, a number or a date"):
        write(fresh, ids[0])


def test_outside_a_trial_it_is_written_to_memory_only(fresh: House) -> None:
    ids = ready(fresh)
    desk = fresh.desk()
    strict = replace(desk, settings=replace(desk.settings, trial=False))
    with pytest.raises(UserError, match="would stay on a disk"):
        write_letter(strict, ids[0], Path(fresh.home / "letter.html"), body=BODY, kind="approved")


def findings(house: House, case_id: str, name: str = "alize", cases: str = "3-4") -> list[str]:
    """What the entry gate is told of this block."""
    entry = Entry.parse(raw_entry(collective={"cases": cases, "entitled_body": BODY}))
    desk = house.desk(name)
    with house.store.reading() as tx:
        found = clusters.collective_findings(desk, tx, desk.case(tx, case_id), entry)
    return [one.message for one in found]


def test_an_entry_may_tell_what_was_judged(fresh: House) -> None:
    a, b, c = ready(fresh)
    assert "less than 30 days ago" in findings(fresh, a)[0]
    fresh.forward(31)
    assert findings(fresh, a) == []
    assert "no more: write that" in findings(fresh, a, cases="5-9")[0]
    bare = told_of(fresh)
    assert "Two colleges judge first" in findings(fresh, bare)[0]
    unknown = fresh.new_case()
    assert "Two colleges judge first" in findings(fresh, unknown)[0]
    put(fresh, b, reporter_opinion="no")
    assert "Fewer than 3" in findings(fresh, a)[0]
    put(fresh, b, reporter_opinion="yes", state=State.ASSESSMENT)
    assert "Fewer than 3" in findings(fresh, a)[0]
    put(fresh, b, state=State.VERIFIED)
    assert findings(fresh, c) == []
    plain = Entry.parse(raw_entry())
    desk = fresh.desk()
    with fresh.store.reading() as tx:
        assert clusters.collective_findings(desk, tx, desk.case(tx, bare), plain) == ()
        assert clusters.collective_findings(desk, tx, desk.case(tx, bare), object()) == ()


def test_a_judgement_counts_for_whoever_may_open_its_cases(fresh: House) -> None:
    ids = [*several(fresh, 2), told_of(fresh, exclude=["brume"])]
    both(fresh, *([one] for one in ids))
    for one in ids:
        put(fresh, one, state=State.VERIFIED, reporter_opinion="yes")
    fresh.forward(31)
    assert findings(fresh, ids[0]) == findings(fresh, ids[0], "cypres") == []
    assert "Fewer than 3" in findings(fresh, ids[0], "brume")[0]


def test_a_judgement_of_somebody_who_was_retired_counts_no_more(fresh: House) -> None:
    """What leaves rests on signatures that hold under the manifest in use."""
    ids = ready(fresh)
    both(fresh, *([one] for one in ids), members="1000+", by=("brume", "cypres"))
    both(fresh, *([one] for one in ids), by=("brume", "cypres"))
    fresh.forward(31)
    assert findings(fresh, ids[0]) == []
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    assert "Two colleges judge first" in findings(fresh, ids[0])[0]
    both(fresh, *([one] for one in ids))
    assert findings(fresh, ids[0]) == []
