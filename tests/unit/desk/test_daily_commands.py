"""The daily work as it is typed."""

from __future__ import annotations

import json

import pytest

from app.cli import main, ui
from app.errors import UsageError, UserError
from tests.unit.desk.house import House, Reporter, keys
from tests.unit.desk.test_closing import REPLY
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_journey import Typed


@pytest.fixture(scope="module")
def typed(house: House) -> Typed:
    return Typed(house)


def test_merge_and_back(typed: Typed) -> None:
    source, target = typed.house.new_case(), typed.house.new_case()
    typed("case", "show", source)
    typed("case", "merge", source, target, "--reason", "la même chose")
    assert typed("case", "merge", "--undo", source, "--reason", "non")[-1].endswith("by itself again.")
    for words in ([source], [source, target, "--undo"]):
        with pytest.raises(UsageError, match="--undo"):
            typed("case", "merge", *words, "--reason", "oui")


def test_split_and_back(typed: Typed) -> None:
    source = typed.house.new_case(reporter=Reporter.new())
    (new,) = typed("case", "split", source, "--messages", "1", "--reason", "à part")
    assert typed("case", "split", "--undo", new, "--reason", "non")[-1].startswith(new)
    with pytest.raises(UsageError, match="--undo"):
        typed("case", "split", source, "--reason", "oui")
    with pytest.raises(UsageError):
        typed("case", "split", source, "--messages", "un", "--reason", "oui")


def test_spam_is_closed_together(typed: Typed) -> None:
    case_id, unread = typed.house.new_case(), typed.house.new_case()
    typed("case", "show", case_id)
    words = ["--reason", "publicité", "--text-file", typed.file("closing.txt", REPLY), "--set"]
    words += ["category=GOV", "--set", "severity=2", "--set", "conflict=none"]
    assert typed("case", "close-many", case_id, *words)[-1] == "1 closed, 0 stay."
    args = main.parse(["desk", "case", "close-many", unread, *words, "--config", str(typed.config), "--as", "alize"])
    with ui.captured() as lines:
        assert args.run(args) == 1
    assert lines[1].startswith(f"  {unread}: Open the report first")
    args.json = True
    with ui.captured() as lines:
        assert args.run(args) == 1
    assert json.loads(lines[0])["refused"][0]["id"] == unread


def test_whose_turn_it_is(typed: Typed) -> None:
    case_id = typed.house.new_case()
    (turn,) = typed("case", "suggest", case_id)
    assert typed("case", "hand-over", case_id)[-1].startswith(f"{case_id}: {turn} answers")
    (other,) = typed("case", "suggest", case_id)
    assert other != turn
    assert typed("case", "hand-over", case_id, "--to", other, "--deputy", turn, "--reason", "congé")
    closed = typed.house.new_case(reporter=Reporter.new(), exclude=["brume"])
    typed("reply", closed, "--text-file", typed.file("r.txt", "Bonjour."))
    typed("case", "set", closed, "owner=alize", "deputy=cypres")
    assert typed("case", "suggest", closed) == ["Nobody else may take it."]
    typed("case", "hand-over", closed, "--to", "cypres", "--deputy", "alize", "--reason", "congé")


def test_a_dossier_for_an_authority(typed: Typed) -> None:
    case_id = assessed(typed.house, files=[("a.pdf", b"1")])
    typed("case", "set", case_id, "consent_referral=yes", "consent_words=yes")
    folder = typed.house.folder
    cert = folder / "authority.gpg"
    cert.write_bytes(keys().reviewers[0].cert)
    words = ["case", "refer", case_id, "--authority", "Parquet", "--with-words", "--files", "1.1"]
    said = typed(*words, "--to", str(folder / "d.gpg"), "--cert", str(cert))[-1]
    assert "SHA-256" in said
    typed(*words, "--to", str(folder / "d.zip"), "--text-file", typed.file("e.txt", "Les comptes manquent."))
    with pytest.raises(UserError, match="already a file"):
        typed(*words, "--to", str(folder / "d.gpg"))
    with pytest.raises(UsageError, match="named by its message"):
        typed("case", "refer", case_id, "--authority", "Parquet", "--to", str(folder / "f"), "--files", "2")
