"""A name beside an entry: off by default, on its conditions when on, sealed, seen by who signs, destroyed in time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.cli import main
from app.desk.cases.answers import answer_entry
from app.desk.cases.decisions import expire_due, move_case
from app.desk.cases.entries import check_entry, draft_entry, sign_entry
from app.desk.cases.entry_reading import show_paper
from app.desk.cases.exports import export_registry
from app.desk.cases.letters import make_notice
from app.desk.cases.steps import add_step
from app.desk.core.bench import Desk
from app.domain.deadlines import ANSWERED, due
from app.domain.entry import Entry
from app.domain.states import MoveRefused
from app.domain.strict import EntryError
from app.errors import UserError
from crypto.export import name_digest
from tests.unit.desk.house import House, open_house
from tests.unit.desk.test_entries import draft, exported, facts, paper, verified
from tests.unit.desk.test_journey import Typed

NAME = "Aurore Zwingli"
BODY = {
    "organ": "board",
    "function": "chair",
    "mandate_from": 2022,
    "mandate_to": 2025,
    "name": NAME,
    "nominative": {
        "basis": {
            "type": "court_decision",
            "id": "ECLI:FR:CCASS:2022:C100428",
            "verified": "2026-11",
            "counsel": "La décision est définitive et publie elle-même ce nom.",
        },
        "expires": "2027-10",
    },
}


@pytest.fixture
def naming() -> Iterator[House]:
    """A desk whose settings say that it may publish names."""
    with open_house() as made:
        made.settings = replace(made.settings, nominative=True)
        yield made


def named(name: str = NAME, **nominative: Any) -> dict[str, Any]:
    raw = draft()
    raw["body"] = copy.deepcopy(BODY) | {"name": name}
    raw["body"]["nominative"].update(nominative)
    return raw


def drafted(house: House, raw: dict[str, Any]) -> str:
    case_id = verified(house, fields={"publish": "yes"})
    draft_entry(house.desk(), case_id, raw)
    return case_id


def out(house: House) -> str:
    """A published entry with a name, ready to leave."""
    case_id = drafted(house, named())
    move_case(house.desk(), case_id, "registry_proposed", "utile")
    make_notice(house.desk(), case_id, house.folder / "letter")
    move_case(house.desk(), case_id, "right_of_reply", "avis envoyé")
    house.forward(31)
    for name in ("alize", "cypres"):
        sign_entry(house.desk(name), case_id)
    move_case(house.desk(), case_id, "published", "délai écoulé")
    return case_id


def name_beside(desk: Desk, case_id: str) -> str:
    """The name that whoever signs reads first."""
    beside = show_paper(desk, case_id).beside
    return beside.text if beside else ""


def test_a_desk_that_does_not_say_so_takes_no_name(fresh: House) -> None:
    case_id = verified(fresh)
    with pytest.raises(EntryError, match="publishes no name of a person"):
        draft_entry(fresh.desk(), case_id, named())
    with pytest.raises(UserError, match="no entry yet"):
        check_entry(fresh.desk(), case_id)


def test_a_switch_that_is_turned_off_holds_the_name_back(naming: House) -> None:
    case_id = drafted(naming, named())
    assert check_entry(naming.desk(), case_id) == ()
    naming.settings = replace(naming.settings, nominative=False)
    assert [finding.code for finding in check_entry(naming.desk(), case_id)] == ["nominative"]


def test_the_desk_takes_the_name_out_and_keeps_it_sealed(naming: House) -> None:
    case_id = drafted(naming, named())
    kept = paper(naming, case_id)
    entry = kept.record
    assert isinstance(entry, Entry)
    assert entry.body
    assert entry.body.nominative
    assert kept.name
    assert (kept.name.text, len(kept.name.salt)) == (NAME, 32)
    assert entry.body.nominative.digest == name_digest(kept.name)
    assert "Zwingli" not in str(entry.to_dict())
    assert "Zwingli" not in repr(kept)
    for part in naming.folder.rglob("*"):
        if part.is_file():
            assert b"Zwingli" not in part.read_bytes()


@pytest.mark.parametrize(
    ("name", "nominative", "told"),
    [
        (NAME, {"expires": "2027-12"}, "more than 12 months from now"),
        (NAME, {"expires": "2026-11"}, "has passed"),
        (NAME, {"basis": BODY["nominative"]["basis"] | {"verified": "2026-12"}}, "a month to come"),
        (f"{NAME} 06 12 34 56 78", {}, "more than a name"),
    ],
)
def test_what_the_gate_says_of_a_name(naming: House, name: str, nominative: dict[str, Any], told: str) -> None:
    case_id = drafted(naming, named(name, **nominative))
    findings = check_entry(naming.desk(), case_id)
    assert [finding.code for finding in findings] == ["nominative"]
    assert told in findings[0].message


def test_a_name_stands_beside_the_entry_and_never_in_it(naming: House) -> None:
    raw = named()
    raw["finding"]["text"] = "Décision de zwingli hors mandat."
    case_id = drafted(naming, raw)
    assert [finding.code for finding in check_entry(naming.desk(), case_id)] == ["name"]


def test_a_name_without_its_basis_is_refused(naming: House) -> None:
    case_id = verified(naming)
    raw = named()
    del raw["body"]["nominative"]
    with pytest.raises(EntryError, match="basis and its expiry"):
        draft_entry(naming.desk(), case_id, raw)
    raw = named()
    del raw["body"]["name"]
    with pytest.raises(EntryError, match=r"^body.name"):
        draft_entry(naming.desk(), case_id, raw)


def test_both_who_sign_read_the_name_and_it_leaves_beside_the_entry(naming: House) -> None:
    case_id = out(naming)
    letter = (naming.folder / "letter").read_text("utf-8")
    cooperative, person = letter.split("\f")
    assert f"{NAME}, dont le nom" in cooperative
    assert f"À l'attention de : {NAME}" in person
    assert "ECLI:FR:CCASS:2022:C100428" in person
    assert "{" not in letter
    assert name_beside(naming.desk("cypres"), case_id) == NAME
    record = paper(naming, case_id).record
    assert isinstance(record, Entry)
    assert record.adversarial.persons_informed == "2026-11"
    signed = exported(naming).entries[0]
    assert signed.name
    assert signed.name.text == NAME
    assert signed.entry["body"]["nominative"]["digest"] == name_digest(signed.name)
    assert "Zwingli" not in str(signed.entry)


def test_the_command_line_shows_the_name_to_who_signs(naming: House, capsys: pytest.CaptureFixture[str]) -> None:
    case_id = drafted(naming, named())
    move_case(naming.desk(), case_id, "registry_proposed", "utile")
    make_notice(naming.desk(), case_id, naming.folder / "letter")
    move_case(naming.desk(), case_id, "right_of_reply", "avis envoyé")
    typed = Typed(naming)
    typed.config.write_text(typed.config.read_text("utf-8") + "nominative = true\n", "utf-8")
    for reviewer in ("alize", "cypres"):
        args = main.parse(["desk", "entry", "sign", case_id, "--config", str(typed.config), "--as", reviewer])
        args.run(args)
        assert f"would name: {NAME}" in capsys.readouterr().err


def test_another_name_needs_another_notice(naming: House) -> None:
    case_id = drafted(naming, named())
    move_case(naming.desk(), case_id, "registry_proposed", "utile")
    make_notice(naming.desk(), case_id, naming.folder / "letter")
    salt = paper(naming, case_id).name
    draft_entry(naming.desk(), case_id, named())
    assert paper(naming, case_id).name == salt
    assert facts(naming, case_id).notice_on is not None
    draft_entry(naming.desk(), case_id, named("Basile Zwingli"))
    assert paper(naming, case_id).name != salt
    assert facts(naming, case_id).notice_on is None


def test_after_the_notice_a_name_is_what_was_told(naming: House) -> None:
    case_id = out(naming)
    with pytest.raises(UserError, match="told another text"):
        draft_entry(naming.desk(), case_id, named("Basile Zwingli"))
    raw = named()
    del raw["body"]["name"]
    draft_entry(naming.desk(), case_id, raw)
    assert name_beside(naming.desk(), case_id) == NAME


def test_a_withdrawal_that_two_colleges_signed_destroys_the_name(naming: House) -> None:
    case_id = out(naming)
    exported(naming)
    draft_entry(naming.desk(), case_id, {"status": "withdrawn"})
    sign_entry(naming.desk(), case_id)
    assert paper(naming, case_id).name
    sign_entry(naming.desk("cypres"), case_id)
    assert paper(naming, case_id).name is None
    move_case(naming.desk(), case_id, "withdrawn", "décision de justice")
    assert exported(naming).entries[0].name is None


def lines(house: House, case_id: str) -> list[tuple[str, str]]:
    desk = house.desk()
    with house.store.reading() as tx:
        return [(line.action, reason) for line, reason in desk.history(tx, desk.case(tx, case_id))]


def test_a_name_that_a_version_leaves_out_waits_for_its_signatures(naming: House) -> None:
    case_id = drafted(naming, named())
    raw = draft()
    draft_entry(naming.desk(), case_id, raw)
    naming.forward(400)
    expire_due(naming.desk())
    assert paper(naming, case_id).name
    assert name_beside(naming.desk(), case_id) == ""


def test_the_month_of_a_name_ends_it_and_not_the_entry(naming: House) -> None:
    case_id = out(naming)
    exported(naming)
    naming.forward(270)
    assert expire_due(naming.desk()) == []
    assert paper(naming, case_id).name
    naming.forward(60)
    for _ in range(2):
        assert expire_due(naming.desk()) == []
    assert [line for line, _ in lines(naming, case_id)].count("forget name") == 1
    kept = paper(naming, case_id)
    assert (kept.name, facts(naming, case_id).state) == (None, "published")
    assert check_entry(naming.desk(), case_id) == ()
    with pytest.raises(UserError, match="No published entry"):
        export_registry(naming.desk(), naming.folder / "export")
    # The entry goes on without the name: what comes later still leaves.
    add_step(naming.desk(), case_id, "done")
    for reviewer in ("alize", "cypres"):
        sign_entry(naming.desk(reviewer), case_id)
    later = exported(naming).entries[0]
    assert (later.entry["version"], later.name) == (2, None)


def test_the_answer_of_the_cooperative_does_not_end_the_time_of_the_person(naming: House) -> None:
    case_id = drafted(naming, named())
    move_case(naming.desk(), case_id, "registry_proposed", "utile")
    make_notice(naming.desk(), case_id, naming.folder / "letter")
    move_case(naming.desk(), case_id, "right_of_reply", "avis envoyé")
    naming.forward(1)
    answer_entry(naming.desk(), case_id, "Nous prenons acte.")
    for reviewer in ("alize", "cypres"):
        sign_entry(naming.desk(reviewer), case_id)
    with pytest.raises(MoveRefused) as refused:
        move_case(naming.desk(), case_id, "published", "répondu")
    assert [str(one.guard) for one in refused.value.refusals] == ["reply_time"]
    assert due(facts(naming, case_id), naming.settings.clock.today()).why != ANSWERED[1]
    naming.forward(30)
    move_case(naming.desk(), case_id, "published", "délai écoulé")


def test_a_name_that_a_waiting_version_leaves_out_ends_in_its_month(naming: House) -> None:
    case_id = out(naming)
    exported(naming)
    raw = copy.deepcopy(paper(naming, case_id).record.to_dict())
    raw["body"]["nominative"] = None
    raw["dates"]["corrected"] = "2026-12"
    raw |= {"status": "corrected", "version": 2, "amend": {"reason": "remedy", "note": "Le nom est retiré."}}
    draft_entry(naming.desk(), case_id, raw)
    assert paper(naming, case_id).name
    naming.forward(340)
    expire_due(naming.desk())
    assert paper(naming, case_id).name is None


def test_every_export_asks_whether_the_name_may_leave(naming: House) -> None:
    case_id = out(naming)
    exported(naming)
    add_step(naming.desk(), case_id, "done")
    for reviewer in ("alize", "cypres"):
        sign_entry(naming.desk(reviewer), case_id)
    naming.settings = replace(naming.settings, nominative=False)
    with pytest.raises(UserError, match="No published entry") as refused:
        export_registry(naming.desk(), naming.folder / "export")
    assert "publishes no name" in refused.value.hint
    naming.settings = replace(naming.settings, nominative=True)
    naming.forward(340)
    signed = exported(naming).entries[0]
    assert (signed.entry["version"], signed.name) == (2, None)
