"""A dossier for an authority: what consent covers leaves, under names of ours; everything else stays."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.cases.decisions import move_case
from app.desk.cases.reading import show_case
from app.desk.cases.referral import FILES_MAX, PAPER, Wanted, write_dossier
from app.desk.cases.setting import set_values
from app.errors import UserError
from crypto.openpgp.decrypt import decrypt_bytes
from tests.unit.desk.house import STORY, House, Reporter, keys
from tests.unit.desk.test_decisions import assessed
from tests.unit.desk.test_merging import put, reasons

FILES = [("PV signé par Zoé Martin.PDF", b"%PDF-1 contenu"), ("notes", b"deuxieme piece")]
WANTED = Wanted("Direction régionale, service des coopératives")


@pytest.fixture
def case_id(house: House) -> str:
    made = assessed(house, files=FILES, fields={"cooperative": "Les Frênes", "period": "2024"})
    set_values(house.desk(), made, ["cooperative=Les Tilleuls", "consent_referral=yes"])
    return made


def read(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def refusal(house: House, case_id: str, path: Path, wanted: Wanted = WANTED) -> UserError:
    with pytest.raises(UserError) as refused:
        write_dossier(house.desk(), case_id, path, wanted)
    assert "Nothing was written" in refused.value.hint or "Nothing was changed" in refused.value.hint
    assert not path.exists()
    return refused.value


def test_what_is_established_leaves_and_nothing_else(house: House, case_id: str, tmp_path: Path) -> None:
    move_case(house.desk(), case_id, "referred", "compétence de l'autorité")
    done = write_dossier(
        house.desk(), case_id, tmp_path / "d.zip", Wanted(WANTED.authority, "Deux exercices sans vote.")
    )
    inside = read(tmp_path / "d.zip")
    page = inside.pop("index.txt").decode()
    assert inside == {}
    for told in (
        done.reference,
        WANTED.authority,
        "Les Tilleuls",
        "Deux exercices",
        "1 texte(s)",
        "D'autres pièces reçues : 2",
    ):
        assert told in page
    with house.store.reading() as tx:
        case = house.desk().case(tx, case_id)
        (line,) = case.paper(tx, PAPER)
    keys_of = case.record.keys
    for secret in (STORY, "Zoé", "PV", "2024", "Frênes", case_id, case.record.label, keys_of.locator.hex()):
        assert secret not in page
    assert line["digest"] == done.digest == hashlib.sha256((tmp_path / "d.zip").read_bytes()).hexdigest()
    assert reasons(house, case_id)[-1] == (
        "dossier",
        f"{done.reference} to {WANTED.authority}: 0 files, without the reporter's words",
    )


def test_words_and_documents_that_were_agreed(house: House, case_id: str, tmp_path: Path) -> None:
    wanted = Wanted(WANTED.authority, words=True, files=((1, 2), (1, 1), (1, 1)))
    assert "these words are handed on" in str(refusal(house, case_id, tmp_path / "d.zip", wanted))
    set_values(house.desk(), case_id, ["consent_words=yes"])
    write_dossier(house.desk(), case_id, tmp_path / "d.zip", wanted)
    inside = read(tmp_path / "d.zip")
    page = inside.pop("index.txt").decode()
    assert inside == {"texte-01.txt": STORY.encode(), "piece-01": FILES[1][1], "piece-02.pdf": FILES[0][1]}
    assert hashlib.sha256(FILES[0][1]).hexdigest() in page
    assert "texte(s)" not in page
    assert "D'autres pièces" not in page


def test_a_legal_duty_hands_on_no_words_and_lists_them(house: House, tmp_path: Path) -> None:
    case_id = assessed(house, files=FILES)
    assert "referred" in str(refusal(house, case_id, tmp_path / "d.zip"))
    set_values(house.desk(), case_id, ["legal_duty=yes"], "Article L. 123-4 du code monétaire.")
    refusal(house, case_id, tmp_path / "d.zip", Wanted(WANTED.authority, words=True))
    put(house, case_id, category="", severity=None, grade="", cooperative="")
    write_dossier(house.desk(), case_id, tmp_path / "d.zip", Wanted(WANTED.authority, files=((1, 1),)))
    page = read(tmp_path / "d.zip")["index.txt"].decode()
    assert "    Une obligation légale de l'association.\n    Article L. 123-4 du code monétaire.\n" in page
    assert "accord de la personne" not in page
    assert "Les propres mots de la personne : 1 texte(s)." in page
    assert page.count("non établie") == 2
    assert "non évalués" in page


def test_the_reason_of_a_duty_holds_no_words_either(house: House, tmp_path: Path) -> None:
    case_id = assessed(house)
    set_values(house.desk(), case_id, ["legal_duty=yes"], f"parce que {STORY.lower()}")
    assert "The reason of the legal duty repeats" in str(refusal(house, case_id, tmp_path / "d.zip"))


def test_the_own_words_of_the_reporter_do_not_slip_in(house: House, case_id: str, tmp_path: Path) -> None:
    wanted = Wanted(WANTED.authority, f"Selon nous : {STORY.lower()}")
    assert "repeats the reporter's own words" in str(refusal(house, case_id, tmp_path / "d.zip", wanted))


def test_sealed_to_the_authority(house: House, case_id: str, tmp_path: Path) -> None:
    authority = keys().reviewers[2]
    wanted = Wanted(WANTED.authority, cert=authority.cert)
    assert write_dossier(house.desk(), case_id, tmp_path / "d.gpg", wanted).sealed
    data = (tmp_path / "d.gpg").read_bytes()
    assert not zipfile.is_zipfile(io.BytesIO(data))
    opened, _ = decrypt_bytes(house.home / "gnupg" / "cypres", data, limit=1_000_000)
    assert zipfile.ZipFile(io.BytesIO(opened)).namelist() == ["index.txt"]
    for cert in (
        b"no certificate",
        b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxx\n-----END PGP PUBLIC KEY BLOCK-----\n",
    ):
        assert "sealed to this certificate" in str(
            refusal(house, case_id, tmp_path / "e.gpg", Wanted(WANTED.authority, cert=cert))
        )


@pytest.mark.parametrize("files", [((0, 1),), ((9, 1),), ((1, 9),)])
def test_a_file_that_is_not_there(house: House, case_id: str, tmp_path: Path, files) -> None:
    assert "has no file" in str(refusal(house, case_id, tmp_path / "d.zip", Wanted(WANTED.authority, files=files)))


@pytest.mark.parametrize("authority", ["", "a\nb", "a" * 201])
def test_an_authority_is_one_line(house: House, case_id: str, tmp_path: Path, authority: str) -> None:
    assert "authority" in str(refusal(house, case_id, tmp_path / "d.zip", Wanted(authority)))


def test_too_much_for_one_dossier(house: House, case_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.desk.cases.referral.FILES_MAX", 3)
    assert FILES_MAX == 100_000_000
    refused = refusal(house, case_id, tmp_path / "d.zip", Wanted(WANTED.authority, files=((1, 1),)))
    assert "too large" in str(refused)


def test_in_clear_it_is_written_to_memory_only(house: House, case_id: str) -> None:
    desk = house.desk()
    strict = replace(desk, settings=replace(desk.settings, trial=False))
    with pytest.raises(UserError, match="would stay on a disk"):
        write_dossier(strict, case_id, house.home / "d.zip", WANTED)


def test_a_place_that_refuses_leaves_no_record(house: House, case_id: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_dossier(house.desk(), case_id, tmp_path / "missing" / "d.zip", WANTED)
    with house.store.reading() as tx:
        assert house.desk().case(tx, case_id).paper(tx, PAPER) is None


def test_a_case_elsewhere_is_not_referred(house: House, tmp_path: Path) -> None:
    case_id = house.new_case(reporter=Reporter.new())
    show_case(house.desk(), case_id)
    put(house, case_id, consent_referral=True)
    assert "referred" in str(refusal(house, case_id, tmp_path / "d.zip"))
