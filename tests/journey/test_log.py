"""From a desk without a network to a visitor without trust: one log, from the first export to a withdrawal.

Real keys, real files, real commands: the desk signs, the registry loads and writes its copy, a visitor checks it off
line with nothing but the root key and a checkpoint that was kept from the month before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import draft_entry, sign_entry
from app.desk.cases.exports import export_registry
from crypto.fields import from_b64
from tests.unit.desk.house import ORIGIN, House, open_house
from tests.unit.desk.test_entries import paper, published

Capture = pytest.CaptureFixture[str]


class Registry:
    """The public program in a folder of its own; it meets the desk in files only."""

    def __init__(self, house: House, folder: Path) -> None:
        self.folder, self.house = folder, house
        folder.mkdir()
        (folder / "manifest").write_bytes((house.home / "manifest").read_bytes())
        publisher = '[publisher]\nname = "OETC"\ndirector = "D"\nhost = "H"\naddress = "1 rue du Test, 75000 Paris"\n'
        issuer = f'[[issuers]]\nroot = "{house.root.public.hex()}"\nmanifest = "manifest"\n'
        (folder / "registry.toml").write_text(f'trial = true\norigin = "{ORIGIN}"\n{issuer}{publisher}', "utf-8")
        (folder.parent / "today").write_text(house.desk().today.isoformat(), "ascii")
        self.run("init")

    def run(self, *words: str, status: int = 0) -> None:
        with pytest.raises(SystemExit) as over:
            main.main(["registry", *words, "--config", str(self.folder / "registry.toml")])
        assert int(over.value.code or 0) == status, words

    def verify(self, copy: Path, capsys: Capture, *words: str, status: int = 0) -> dict[str, Any]:
        capsys.readouterr()
        self.run("verify", str(copy), "--root", self.house.root.public.hex(), "--json", *words, status=status)
        found = json.loads(capsys.readouterr().out)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def house() -> Iterator[House]:
    with open_house() as made:
        yield made


def withdraw(house: House, case_id: str) -> None:
    draft_entry(house.desk(), case_id, {"status": "withdrawn"})
    for name in ("alize", "cypres"):
        sign_entry(house.desk(name), case_id)
    move_case(house.desk(), case_id, "withdrawn", "décision de justice")


def test_a_log_from_the_desk_to_the_visitor(house: House, tmp_path: Path, capsys: Capture) -> None:
    first, second = published(house), published(house)
    registry = Registry(house, tmp_path / "registry")
    one, two = house.folder / "one.regc", house.folder / "two.regc"
    export_registry(house.desk(), one)
    registry.run("import", str(one))
    before = tmp_path / "before"
    registry.run("export", "--to", str(before))
    facts = registry.verify(before, capsys)
    assert (facts["entries"], facts["ended"], facts["logs"][0]["leaves"]) == (2, 0, 2)
    kept = before / "log" / "checkpoint"

    withdraw(house, first)
    third = published(house)
    export_registry(house.desk(), two)
    registry.run("import", str(two))
    after = tmp_path / "after"
    registry.run("export", "--to", str(after))
    facts = registry.verify(after, capsys, "--checkpoint", str(kept))
    log = facts["logs"][0]
    assert (facts["entries"], facts["ended"], log["leaves"], log["without_record"]) == (3, 1, 4, 1)
    assert log["grew_from"] == [2]

    copy = (after / "export" / "entries.json").read_text("utf-8")
    names = [paper(house, case).record.regc_id for case in (first, second, third)]
    lines = {line["entry"]["regc_id"]: line["entry"] for line in json.loads(copy)["entries"]}
    assert set(lines) == set(names)
    assert set(lines[names[0]]) == {"schema", "regc_id", "version", "status", "month", "replaced_by"}
    # A withdrawal really erases: neither text nor salt of the withdrawn version is left in the registry.
    gone = json.loads(one.read_bytes().split(b"\n")[1])
    salts = {item["entry"]["regc_id"]: item["salt"] for item in gone["entries"]}
    assert salts[names[0]] not in copy
    assert salts[names[1]] in copy
    files = b"".join(path.read_bytes() for path in registry.folder.glob("registry.db*"))
    assert from_b64(salts[names[0]]) not in files
    assert from_b64(salts[names[1]]) in files

    # The visitor's two checks against whoever holds the copy: a leaf changed, and the older state brought as the newer.
    forged = tmp_path / "forged.json"
    leaf = json.loads(copy)["leaves"][0]["hashes"][0]
    forged.write_text(copy.replace(leaf, "0" * 64), "utf-8")
    # The names are random, so the leaf may be the one of a version that is shown, which then is no leaf either.
    assert "log" in {fault["code"] for fault in registry.verify(forged, capsys, status=1)["faults"]}
    faults = registry.verify(before, capsys, "--checkpoint", str(after / "log" / "checkpoint"), status=1)["faults"]
    assert "had 4 leaves once, and has 2" in faults[0]["what"]
