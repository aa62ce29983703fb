"""The notice: everything that the page would print, thirty days that begin on a day everybody knows, no disk."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.desk.cases.decisions import move_case
from app.desk.cases.entries import sign_entry
from app.desk.cases.letters import letter, make_notice, receive_notice
from app.domain import taxonomy
from app.domain.entry import Entry
from app.domain.states import MoveRefused
from app.errors import UserError
from app.transfer import memory
from tests.unit.desk.house import House
from tests.unit.desk.test_entries import draft, facts, notified, proposed, verified
from tests.unit.desk.test_journey import Typed
from tests.unit.desk.test_nominative import BODY, NAME

# What no letter tells: numbers and dates that the desk counts, and what only a later version has.
UNTOLD = frozenset({"schema", "version", "status", "dates", "adversarial", "corrections"}) | {
    "body.nominative.basis.counsel",
    "body.nominative.digest",
}
LABELS: dict[str, Any] = {
    "cooperative.form": taxonomy.FORMS,
    "cooperative.members": taxonomy.MEMBERS,
    "cooperative.sector": taxonomy.SECTORS,
    "body.organ": taxonomy.ORGANS,
    "body.function": taxonomy.FUNCTIONS,
    "body.nominative.basis.type": {"court_decision": ("une décision de justice définitive",)},
    "finding.category": {"GOV": taxonomy.public_label("GOV")},
    "finding.subcode": {"GOV-2": taxonomy.public_label("GOV", "GOV-2")},
    "finding.evidence": taxonomy.EVIDENCE,
    "finding.founding_principles": taxonomy.FOUNDING,
    "finding.ica_principles": taxonomy.ICA,
    "finding.harm": taxonomy.HARMS,
    "references.type": {"law": ("texte de loi",)},
    "remediation.status": {"refused": ("recommandation refusée",)},
    "collective.cases": {"3-4": ("3 ou 4 cas indépendants",)},
}


def whole() -> dict[str, Any]:
    """An entry with every field."""
    raw = draft(harm="dignity", founding_principles=["democracy"], ica_principles=[2, 5], period_to="2025")
    del raw["good_faith"]
    raw["cooperative"] |= {
        "identifier": {"type": "siren", "value": "732829320"},
        "federation": "Fédération des coopératives",
        "sector": "retail",
    }
    raw["finding"]["subcode"] = "GOV-2"
    raw["body"] = copy.deepcopy(BODY)
    del raw["body"]["name"]
    raw["body"]["nominative"] |= {"digest": "ab" * 32}
    raw["body"]["nominative"]["basis"]["url"] = "https://www.courdecassation.fr/decision"
    raw["references"] = [{"type": "law", "id": "Loi 47-1775, art. 8", "url": "https://legifrance.example/1947"}]
    raw["remediation"] = [{"month": "2026-10", "status": "refused", "note": "La direction a refusé toute suite."}]
    raw["collective"] = {"cases": "3-4", "entitled_body": "Association des sociétaires"}
    return raw | {"regc_id": "REGC-2026-" + "A" * 16}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if path in UNTOLD:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item, path)
    else:
        yield path, value


def test_the_letter_tells_every_field_of_the_entry(house: House) -> None:
    entry = Entry.parse(whole())
    text = letter(entry, house.settings.clock.today(), "", name=NAME)
    assert not [line for line in text.splitlines() if len(line) > 120]
    flat = " ".join(text.split())
    told = dict(leaves(asdict(entry)))
    assert len(told) > 35
    assert all(value for value in told.values()), "a field of the example is empty"
    for path, value in leaves(asdict(entry)):
        if path == "cooperative.identifier.type":
            continue
        said = LABELS[path][value][0] if path in LABELS else str(value)
        assert said in flat, path


def test_a_short_entry_has_a_short_letter(house: House) -> None:
    raw = draft(severity=2) | {"regc_id": "REGC-2026-" + "A" * 16}
    del raw["good_faith"]
    raw["finding"]["subcode"] = "GOV-2"
    raw["remediation"] = [{"month": "2026-10", "status": "done", "note": ""}]
    raw["collective"] = {"cases": "5-9", "entitled_body": ""}
    text = letter(Entry.parse(raw), house.settings.clock.today(), "")
    assert "fait (2026-10)\n" in text
    for absent in ("Organe :", "Personne :", "Numéro :", "Fédération :", "Organisme habilité", "Référence :", "\f"):
        assert absent not in text


def test_the_time_is_counted_from_the_date_of_the_letter_or_its_proof_of_receipt(fresh: House) -> None:
    case_id = notified(fresh)
    assert "à compter de la date de cette lettre" in (fresh.folder / "letter").read_text("utf-8")
    made = fresh.settings.clock.today()
    with pytest.raises(UserError, match="was received between"):
        receive_notice(fresh.desk(), case_id, made - timedelta(days=1))
    fresh.forward(10)
    with pytest.raises(UserError, match="was received between"):
        receive_notice(fresh.desk(), case_id, made + timedelta(days=11))
    typed = Typed(fresh)
    typed("notice", case_id, "--received", str(made + timedelta(days=10)))
    for name in ("alize", "cypres"):
        sign_entry(fresh.desk(name), case_id)
    fresh.forward(29)
    with pytest.raises(MoveRefused):
        move_case(fresh.desk(), case_id, "published", "délai écoulé")
    fresh.forward(1)
    move_case(fresh.desk(), case_id, "published", "délai écoulé")
    with pytest.raises(UserError, match="No notice of this case waits"):
        receive_notice(fresh.desk(), case_id, made)


def test_nobody_received_a_notice_that_was_not_made(house: House) -> None:
    with pytest.raises(UserError, match="No notice of this case waits"):
        receive_notice(house.desk(), verified(house), house.settings.clock.today())


def test_a_new_letter_has_a_receipt_of_its_own(fresh: House) -> None:
    case_id = proposed(fresh)
    make_notice(fresh.desk(), case_id, fresh.folder / "letter")
    receive_notice(fresh.desk(), case_id, fresh.settings.clock.today())
    assert facts(fresh, case_id).notice_received
    make_notice(fresh.desk(), case_id, fresh.folder / "letter")
    assert facts(fresh, case_id).notice_received is None


def test_outside_a_trial_no_letter_is_written_to_a_disk(
    fresh: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = proposed(fresh)
    fresh.settings = replace(fresh.settings, trial=False)
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr(memory, "MOUNTS", mounts)
    mounts.write_text("1 0 8:1 / / rw - ext4 /dev/sda rw\n")
    path = tmp_path / "letter"
    with pytest.raises(UserError, match="would stay on a disk"):
        make_notice(fresh.desk(), case_id, path)
    assert not path.exists()
    assert facts(fresh, case_id).notice_on is None
    mounts.write_text(f"1 0 0:1 / {tmp_path} rw - tmpfs tmpfs rw\n")
    make_notice(fresh.desk(), case_id, path)
    assert path.exists()
