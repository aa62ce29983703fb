"""Search in what this reviewer may read: languages, replies, names of files, excerpts, and no case of anybody else."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases.reading import show_case
from app.desk.cases.search import Hit, matching, note_read, prepare, search
from app.desk.core import inner
from app.desk.replies.replies import send
from crypto.openpgp.armor import crc24
from crypto.openpgp.encrypt import encrypt_bytes
from tests.unit.desk.house import DAY, House, Reporter, keys

FRENCH = "Les administrateurs n'ont pas convoqué l'assemblée générale. Le cœur du problème : des factures gonflées."
ENGLISH = "The board hid several invoices from the members, and nobody dared to ask about the elections."


@pytest.fixture(scope="module")
def cases(house: House) -> dict[str, str]:
    """Three cases, the last one not for brume."""
    return {
        "french": house.new_case(FRENCH, reporter=Reporter.new(), fields={"cooperative": "Les Tilleuls"}),
        "english": house.new_case(ENGLISH, files=[("grand-livre 2025.pdf", b"1" * 60)]),
        "excluded": house.new_case(f"{FRENCH} Brume est cité.", exclude=["brume"]),
    }


def armoured(data: bytes) -> str:
    body, check = (base64.b64encode(part).decode() for part in (data, crc24(data).to_bytes(3, "big")))
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN PGP MESSAGE-----\n\n{lines}\n={check}\n-----END PGP MESSAGE-----\n"


def found(house: House, query: str, name: str = "alize") -> list[str]:
    return [hit.case_id for hit in search(house.desk(name), query)]


@pytest.mark.parametrize(
    "query",
    [
        "facture",
        "FACTURES gonflées",
        "factures gonflees",
        "administrateur",
        "convoquer",
        "convoquée",
        "l'assemblée",
        '"assemblée générale"',
        '"ASSEMBLEE GENERALE"',
        "« coeur du probleme »",
        "gonfl",
        "tilleuls",
    ],
)
def test_french_is_found_in_all_its_forms(house: House, cases: dict[str, str], query: str) -> None:
    assert cases["french"] in found(house, query)
    assert cases["english"] not in found(house, query)


@pytest.mark.parametrize("query", ["invoice", "election", "hidden invoices members", '"dared to ask"', "grand livre"])
def test_english_is_found_in_all_its_forms(house: House, cases: dict[str, str], query: str) -> None:
    assert found(house, query) == [cases["english"]]


@pytest.mark.parametrize("query", ["", "  ", "les", "the of", '""', "zzyzx", '"générale assemblée"', "?!"])
def test_nothing_answers(house: House, cases: dict[str, str], query: str) -> None:
    assert found(house, query) == []


def test_a_case_is_found_by_its_label_and_number(house: House, cases: dict[str, str]) -> None:
    label = show_case(house.desk(), cases["english"]).listed.label
    assert found(house, label)[0] == cases["english"]
    assert found(house, cases["french"]) == [cases["french"]]


def test_whoever_is_excluded_finds_nothing(house: House, cases: dict[str, str]) -> None:
    brume = house.desk("brume")
    assert found(house, "facture", "brume") == [cases["french"]]
    assert {case.id for case in prepare(brume)} == {cases["french"], cases["english"]}
    assert brume.shelf.index is not None
    assert brume.shelf.index.ids() == {cases["french"], cases["english"]}
    assert matching(brume, "brume cité") <= {cases["french"]}


def test_an_excerpt_shows_the_words(house: House, cases: dict[str, str]) -> None:
    long = "Rien de neuf dans ce long récit. " * 60 + "Un jour, le trésorier a menacé une adhérente.\n" + "Suite. " * 90
    case_id = house.new_case(long)
    (hit,) = search(house.desk(), "trésorière menace")
    assert hit.case_id == case_id
    marked = [hit.excerpt[start:end] for start, end in hit.marks]
    assert marked == ["trésorier", "menacé"]
    assert len(hit.excerpt) <= 240
    assert "\n" not in hit.excerpt
    assert set(hit.to_dict()) == {"id", "label", "state", "score", "excerpt"}
    assert "trésorier" not in repr(hit)
    assert isinstance(hit, Hit)


def test_what_changes_is_found_at_once(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(FRENCH, reporter=reporter)
    desk, brume = fresh.desk(), fresh.desk("brume")
    assert search(desk, "nouvelle") == []
    fresh.receive(fresh.seal("Une nouvelle pièce.", reporter=reporter, kind="message", files=[("relevé.ods", b"x")]))
    take_up(brume)
    assert [hit.case_id for hit in search(desk, "pièces nouvelles")] == [case_id]
    assert [hit.case_id for hit in search(desk, "releve")] == [case_id]
    send(brume, case_id, "Merci, nous transmettons au médiateur.")
    assert [hit.case_id for hit in search(desk, "mediateur")] == [case_id]
    with desk.store.writing() as tx:
        tx.drop_case(case_id)
    assert search(desk, "mediateur") == []


def test_an_inner_layer_is_found_once_it_was_read_and_never_opened_for_the_index(
    fresh: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipients = [reviewer.fingerprint for reviewer in keys().reviewers]
    secret = encrypt_bytes(keys().folder / "public", recipients, b"Le coffre est vide.", DAY)
    case_id = fresh.new_case(armoured(secret))
    desk = fresh.desk()
    with monkeypatch.context() as patch:
        patch.setattr(inner, "open_text", lambda *_: pytest.fail("gpg was started"))
        assert search(desk, "coffre") == []
    show_case(desk, case_id)
    assert [hit.case_id for hit in search(desk, "coffres vides")] == [case_id]
    assert search(fresh.desk("brume"), "coffre") == []


def test_what_was_purged_is_in_no_index(fresh: House) -> None:
    case_id = fresh.new_case("Une phrase introuvable ailleurs : zygomatique.")
    desk = fresh.desk()
    with desk.store.reading() as tx:
        note_read(desk, desk.case(tx, case_id), ["", "un coffre"])
    assert [hit.case_id for hit in search(desk, "coffre zygomatiques")] == [case_id]
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        tx.drop_content(case_id)
        desk.save(tx, case, replace(case.record, purged=DAY))
    assert search(desk, "zygomatique") == search(desk, "coffre") == []
    assert desk.shelf.read == {}


def test_progress_is_told_and_nothing_is_written(fresh: House) -> None:
    fresh.new_case("Une phrase introuvable ailleurs : zygomatique.")
    told: list[tuple[int, int]] = []
    prepare(fresh.desk(), lambda done, total: told.append((done, total)))
    assert told == [(0, 1), (1, 1)]
    assert fresh.search("zygomatique", "zygomat") == []
