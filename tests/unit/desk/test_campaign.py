"""A text for the members of a cooperative: after publication, after a month of silence, and to nobody in particular."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.cases.decisions import move_case
from app.desk.cases.entries import answer_entry, draft_entry, sign_entry
from app.desk.cases.exports import export_registry
from app.desk.cases.letters import make_notice
from app.desk.core.bench import Desk
from app.desk.duties.campaign import check_campaign, draft_campaign
from app.domain.facts import State
from app.errors import UserError
from tests.unit.desk.house import ORIGIN, STORY, House
from tests.unit.desk.test_collective import told_of
from tests.unit.desk.test_entries import draft, paper, published
from tests.unit.desk.test_merging import case, put, reasons

ONION = "b" * 56 + ".onion"


def at(house: House, name: str = "alize", **settings: object) -> Desk:
    desk = house.desk(name)
    return replace(desk, settings=replace(desk.settings, **{"onion": f"http://{ONION}/"} | settings))


def out(house: House, **options: object) -> str:
    """A case whose entry left for the registry, a month of silence ago."""
    case_id = published(house, **options)
    put(house, case_id, cooperative="Les Tilleuls")
    path = house.folder / f"export-{case_id}"
    export_registry(house.desk(), path)
    house.forward(31)
    return case_id


def codes(desk: Desk, case_id: str) -> list[str]:
    return [one.code for one in check_campaign(desk, case_id)]


def test_the_text_is_a_file_and_a_digest(fresh: House, tmp_path: Path) -> None:
    case_id = out(fresh)
    desk = at(fresh)
    assert codes(desk, case_id) == []
    before = {path for path in fresh.folder.rglob("*") if path.is_file()}
    digest = draft_campaign(desk, case_id, tmp_path / "text.txt")
    text = (tmp_path / "text.txt").read_text(encoding="utf-8")
    entry = paper(fresh, case_id).published
    assert f"https://{ORIGIN}/entry/{entry.regc_id}\n" in text
    assert f"http://{ONION}/\n" in text
    assert entry.finding.text in text
    for secret in (case_id, case(fresh, case_id).record.label, "alize", *STORY.split(", ")):
        assert secret not in text
    assert reasons(fresh, case_id)[-1] == ("campaign", f"SHA-256 {digest}")
    assert {path for path in fresh.folder.rglob("*") if path.is_file()} - before <= {
        fresh.home / "desk.db-wal",
        fresh.home / "desk.db-shm",
    }


def test_each_condition_holds_it_back(fresh: House, tmp_path: Path) -> None:
    case_id = out(fresh)
    desk = at(fresh)
    assert codes(at(fresh, onion=""), case_id) == ["onion"]
    assert codes(at(fresh, onion=f"{ONION}/?visitor=1"), case_id) == ["onion"]
    assert codes(at(fresh, registry=""), case_id) == ["registry"]
    other = told_of(
        fresh, story="Aucune assemblée annuelle n'a été tenue pendant deux exercices, et ma voisine le dit."
    )
    assert codes(desk, case_id) == ["quiet", "overlap"]
    with pytest.raises(UserError, match="The gate holds this text back") as refused:
        draft_campaign(desk, case_id, tmp_path / "text.txt")
    assert "wait until" in refused.value.hint
    assert not (tmp_path / "text.txt").exists()
    fresh.forward(31)
    put(fresh, other, reporter_opinion="no")
    assert codes(desk, case_id) == ["opinion", "overlap"]
    put(fresh, other, category="FIN")
    assert codes(desk, case_id) == []
    put(fresh, case_id, state=State.CORRECTED)
    assert codes(desk, case_id) == ["entry"]


def test_before_it_left_there_is_nothing_to_tell(fresh: House) -> None:
    case_id = published(fresh)
    fresh.forward(31)
    assert codes(at(fresh), case_id) == ["entry"]
    assert codes(at(fresh), fresh.new_case()) == ["entry"]


def test_no_text_below_fifty_members(fresh: House) -> None:
    case_id = told_of(fresh, fields={"publish": "yes"})
    for name in ("alize", "cypres"):
        move_case(fresh.desk(name), case_id, "verified", "oui")
    small = draft(subcode="")
    small["cooperative"]["members"] = "<50"
    draft_entry(fresh.desk(), case_id, small)
    move_case(fresh.desk(), case_id, "registry_proposed", "utile")
    make_notice(fresh.desk(), case_id, fresh.folder / "letter")
    move_case(fresh.desk(), case_id, "right_of_reply", "avis envoyé")
    answer_entry(fresh.desk(), case_id, "Une assemblée sera convoquée.")
    for name in ("alize", "cypres"):
        sign_entry(fresh.desk(name), case_id)
    move_case(fresh.desk(), case_id, "published", "délai écoulé")
    export_registry(fresh.desk(), fresh.folder / "export")
    fresh.forward(31)
    assert codes(at(fresh), case_id) == ["members"]


def test_whoever_is_kept_out_of_a_case_is_not_told_of_it(fresh: House) -> None:
    case_id = out(fresh)
    told_of(fresh, exclude=["brume"])
    assert codes(at(fresh), case_id) == ["quiet"]
    assert codes(at(fresh, "brume"), case_id) == []


def test_no_table_and_no_setting_holds_recipients(fresh: House) -> None:
    """S0.24: there is no mailing list, because nothing has a place for one."""
    out(fresh)
    with fresh.database() as link:
        names = {row[0] for row in link.execute("select name from sqlite_master")}
        columns = {column[1] for name in names for column in link.execute(f"pragma table_info('{name}')")}
        kinds = {row[0] for row in link.execute("select distinct kind from papers")}
        kinds |= {row[0] for row in link.execute("select distinct kind from shared")}
    settings = set(vars(fresh.settings))
    words = ("recipient", "subscri", "mailing", "newsletter", "e_mail", "email", "contact")
    assert not [name for name in (names | columns | kinds | settings) if any(word in name.lower() for word in words)]
    assert {"reviewer", "sealed"} <= columns


def test_nothing_of_it_can_send() -> None:
    root = Path(__file__).resolve().parents[3]
    for name in ("app/domain/campaign.py", "app/desk/duties/campaign.py", "app/cli/desk_collective.py"):
        text = (root / name).read_text(encoding="utf-8")
        imports = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
        assert not [line for line in imports if any(word in line for word in ("smtplib", "email", "socket", "http"))]
        assert 'add_argument("--recipient' not in text


def test_the_cooperative_is_established_first(fresh: House) -> None:
    """Without it no reporter of the same harm would be asked, not even that of the case."""
    case_id = out(fresh)
    put(fresh, case_id, cooperative="", reporter_opinion="no")
    assert codes(at(fresh), case_id) == ["cooperative"]
    put(fresh, case_id, cooperative="LT 93")
    assert codes(at(fresh), case_id) == ["opinion"]
