"""Attachments on the desk's page: looked at in a closed box, shown as pixels and text, saved in memory only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.desk.house import House, Reporter, open_house
from tests.web.desk_pages import unlocked
from tests.web.desk_visit import Browser, words

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj "
    b"4 0 obj<</Author(Canari Martin)>>endobj\ntrailer<</Root 1 0 R/Info 4 0 R>>"
)
FILES = [
    ("é <b>.pdf", PDF),
    ("a.txt", b"Bonjour <script>x</script>"),
    ("photo.jpg", b"MZ" + bytes(200)),
    ("x.bin", bytes(range(256)) * 4),
]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


@pytest.fixture
def alize(house: House) -> Iterator[Browser]:
    with unlocked(house) as browser:
        yield browser


@pytest.fixture(scope="module")
def case_id(house: House) -> str:
    return house.new_case(reporter=Reporter.new(), files=FILES)


def examined(browser: Browser, path: str) -> str:
    assert "Rien n'est encore ouvert" in browser.get(path).text
    answer = browser.follow(browser.post(path))
    assert answer.status_code == 200
    return answer.text


def test_what_would_betray_is_said_and_pages_are_pixels(house: House, alize: Browser, case_id: str) -> None:
    path = f"/cases/{case_id}/files/1/1"
    page = examined(alize, path)
    assert "é &lt;b&gt;.pdf" in page
    assert "document PDF" in page
    assert "Ce qui pourrait trahir la personne" in page
    assert "Canari Martin" in page
    assert f'<img src="{path}/pages/1"' in page
    picture = alize.get(f"{path}/pages/1")
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.headers["Cache-Control"] == "no-store"
    assert picture.data.startswith(b"\x89PNG")
    assert {alize.get(f"{path}/pages/{n}").status_code for n in (0, 2)} == {404}
    alize.post("/lock")
    alize.unlock("alize")
    assert alize.get(f"{path}/pages/1").status_code == 404
    assert house.search("Canari Martin") == []


def test_text_is_shown_as_text(alize: Browser, case_id: str) -> None:
    page = examined(alize, f"/cases/{case_id}/files/1/2")
    assert "Bonjour &lt;script&gt;" in page
    assert "<script" not in page


def test_a_name_that_lies_is_told_and_nothing_runs(alize: Browser, case_id: str) -> None:
    page = examined(alize, f"/cases/{case_id}/files/1/3")
    assert "Le nom dit autre chose que le contenu." in page
    assert "<img" not in page


def test_an_unknown_kind_is_only_saved(alize: Browser, case_id: str) -> None:
    page = words(examined(alize, f"/cases/{case_id}/files/1/4"))
    assert "type inconnu" in page
    assert "Enregistrer les originaux" in page


def test_looking_is_journalled_as_looking(alize: Browser, case_id: str) -> None:
    alize.follow(alize.post(f"/cases/{case_id}/files/1/2"))
    assert "document examiné" in alize.get(f"/cases/{case_id}/history").text


def test_files_that_are_not_there(alize: Browser, case_id: str) -> None:
    for rest in ("1/5", "2/1", "0/0", "1/0"):
        assert alize.get(f"/cases/{case_id}/files/{rest}").status_code == 404
        assert alize.post(f"/cases/{case_id}/files/{rest}").status_code == 404


def test_originals_go_where_somebody_says(house: House, alize: Browser, case_id: str, tmp_path: Path) -> None:
    path = f"/cases/{case_id}/files"
    for typed in ("", "ici", "/\0"):
        assert "Écrivez le chemin entier" in alize.refused(path, folder=typed).text
    told = alize.done(path, folder=str(tmp_path / "originaux"))
    assert ": 4 fichiers" in told
    assert (tmp_path / "originaux" / "002-a.txt").read_bytes() == FILES[1][1]
    assert "canari" not in told.lower()


def test_a_folder_on_a_disk_is_refused_outside_a_trial(house: House, case_id: str, tmp_path: Path) -> None:
    from app.clock import TrialClock

    settings = replace(house.settings, trial=False)
    settings.__dict__["clock"] = TrialClock(house.folder / "today")
    house_like = type("Like", (), {"settings": settings})()
    disk = Path(__file__).parent / "never-made"
    with unlocked(house_like) as browser:
        assert "Essai" not in browser.get("/cases").text
        browser.refused(f"/cases/{case_id}/files", folder=str(disk))
    assert not disk.exists()
