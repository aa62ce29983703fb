"""`sourdine registry`: init, import, tick and what each refusal says."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import insert

from app.cli import main
from app.domain.durations import month_number
from app.settings import RegistrySettings, load
from app.stores import engine
from app.stores.registry import RegistryStore
from app.stores.registry_tables import NAMES
from crypto.tlog import Frontier
from tests.fakes.issuer import Issuer, forget_keys
from tests.unit.domain.samples import REGC_ID, raw_entry

EXAMPLE = Path(__file__).parents[3] / "config/registry.example.toml"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    yield Issuer()
    forget_keys()


@pytest.fixture
def home(tmp_path: Path, issuer: Issuer) -> Path:
    issuer.sequence, issuer.last, issuer.log = 0, "", Frontier()
    (tmp_path / "today").write_text("2026-12-02", "ascii")
    folder = tmp_path / "registry folder"
    folder.mkdir()
    (folder / "manifest").write_bytes(issuer.manifest_bytes)
    write(folder, issuer.root.public.hex())
    return folder


def write(folder: Path, *roots: str, origin: str = "regc.example") -> None:
    issuers = "".join(f'[[issuers]]\nroot = "{root}"\nmanifest = "manifest"\n' for root in roots)
    (folder / "registry.toml").write_text(f'trial = true\norigin = "{origin}"\n{issuers}', "utf-8")


def run(home: Path, *words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main.main(["registry", *words, "--config", str(home / "registry.toml")])
    return int(ended.value.code or 0)


def export(home: Path, issuer: Issuer, *entries: dict[str, Any], **changes: Any) -> str:
    path = home / f"export-{issuer.sequence + 1}.regc"
    path.write_bytes(issuer.export(*entries, **changes))
    return str(path)


def test_init_import_tick(home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "init") == 0
    file = export(home, issuer, raw_entry())
    assert run(home, "import", file) == 0
    assert "loaded: 1 record(s)" in capsys.readouterr().out
    assert run(home, "import", file) == 0
    assert "already loaded" in capsys.readouterr().out
    assert run(home, "import", file, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "issuer": "desk.example", "sequence": 1, "loaded": 0, "already": True,
    }  # fmt: skip
    assert run(home, "tick") == 0
    assert "1 entries shown, 0 ended" in capsys.readouterr().out


def test_init_says_which_manifest_is_missing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "manifest").unlink()
    assert run(home, "init") == 0
    assert "Bring the signed manifest" in capsys.readouterr().err
    assert run(home, "init") == 0


def test_import_refuses_and_changes_nothing(home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    run(home, "init")
    first = export(home, issuer, raw_entry())
    assert run(home, "import", first) == 0
    unknown = raw_entry(version=2)
    unknown["case"] = "x"
    after = {"sequence": 2, "previous": issuer.last}
    refused = {
        "same college": export(home, issuer, raw_entry(version=2), names=("alize", "brume"), **after),
        "unknown field": export(home, issuer, unknown, **after),
        "old version": export(home, issuer, raw_entry(), **after),
        "unknown issuer": export(home, Issuer("other.example"), raw_entry()),
    }
    told = {}
    capsys.readouterr()
    for name, file in refused.items():
        assert run(home, "import", file) == 1
        told[name] = capsys.readouterr().err
    assert "one college" in told["same college"]
    assert "unknown" in told["unknown field"]
    assert "old version" in told["old version"]
    assert "does not know the issuer" in told["unknown issuer"]
    assert all("Nothing was changed" in text for text in told.values())
    assert run(home, "loads", "--json") == 0
    lines = json.loads(capsys.readouterr().out)
    assert [line["outcome"] for line in lines] == ["refused"] * 4 + ["loaded"]
    assert [line["issuer"] for line in lines] == ["other.example", *["desk.example"] * 4]
    assert "one college" in lines[3]["why"]
    assert set(lines[0]) == {"day", "issuer", "sequence", "digest", "outcome", "why"}
    store = RegistryStore.open(load(RegistrySettings, home / "registry.toml"))
    stored = store.find(REGC_ID)
    store.close()
    assert stored
    assert stored.record.version == 1


def test_loads_for_a_person(home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    run(home, "init")
    assert run(home, "loads") == 0
    assert "No export was brought yet" in capsys.readouterr().err
    run(home, "import", export(home, issuer, raw_entry()))
    (home / "broken.regc").write_bytes(b"no export")
    assert run(home, "import", str(home / "broken.regc")) == 1
    capsys.readouterr()
    assert run(home, "loads", "--limit", "5") == 0
    refused, loaded = capsys.readouterr().out.splitlines()
    assert refused.startswith("2026-12-02  refused  unknown  ")
    assert loaded.startswith("2026-12-02  loaded  desk.example 1  ")


def test_tick_erases(home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    run(home, "init")
    run(home, "import", export(home, issuer, raw_entry()))
    (home.parent / "today").write_text("2027-12-01", "ascii")
    capsys.readouterr()
    for erased in (1, 0):
        assert run(home, "tick") == 0
        assert f"0 entries shown, 1 ended, {erased} of them erased today" in capsys.readouterr().out


def test_import_needs_its_settings(home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    run(home, "init")
    file = export(home, issuer, raw_entry())
    root = issuer.root.public.hex()
    for roots, origin, told in (
        ((), "regc.example", "knows no issuer"),
        ((root, root), "regc.example", "one name"),
        ((root,), "", "origin is empty"),
        (("0" * 64,), "regc.example", "not a reviewer manifest"),
    ):
        write(home, *roots, origin=origin)
        assert run(home, "import", file) == 1
        assert told in capsys.readouterr().err


def test_import_before_init(home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "import", export(home, issuer, raw_entry())) == 1
    assert "sourdine registry init" in capsys.readouterr().err


def test_serve_refuses_before_it_binds(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "serve") == 1
    assert "legal notices" in capsys.readouterr().err
    with (home / "registry.toml").open("a") as file:
        file.write('[publisher]\nname = "a"\ndirector = "b"\nhost = "c"\naddress = "d"\n')
    assert run(home, "serve") == 1
    assert "sourdine registry init" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("onion", f"{'a' * 56}.onion"),
        ("reporter_onion", "evil.example/?visitor=7"),
        ("reporter_onion", "http://x.onion"),
    ],
)
def test_serve_refuses_an_onion_that_is_none(
    home: Path, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    text = (home / "registry.toml").read_text()
    people = '[publisher]\nname = "a"\ndirector = "b"\nhost = "c"\naddress = "d"\n'
    (home / "registry.toml").write_text(f'{name} = "{value}"\n{text}{people}')
    assert run(home, "serve") == 1
    assert f"{name} is not an onion address" in capsys.readouterr().err


def test_serve_refuses_a_name_that_no_desk_can_sign_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, origin="Bad Origin!")
    people = '[publisher]\nname = "a"\ndirector = "b"\nhost = "c"\naddress = "d"\n'
    (home / "registry.toml").write_text((home / "registry.toml").read_text() + people)
    assert run(home, "serve") == 1
    assert "it never changes" in capsys.readouterr().err


def test_example_settings_are_valid() -> None:
    settings = load(RegistrySettings, EXAMPLE)
    assert settings.publisher
    assert len(settings.issuers) == 1
    assert not settings.trial


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("init", "serve", "tick", "import", "loads"):
        with pytest.raises(SystemExit) as ended:
            main.main(["registry", action, "--help"])
        assert ended.value.code == 0
        assert "example:" in capsys.readouterr().out


def test_a_withdrawal_while_somebody_reads_is_told_and_made_good(
    home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    run(home, "init")
    run(home, "import", export(home, issuer, raw_entry(finding__text="Manquement zorglubien constaté.")))
    store = RegistryStore.open(load(RegistrySettings, home / "registry.toml"))
    visitor = store.stream(date(2026, 12, 2))
    next(visitor)
    gone = {"schema": 2, "regc_id": REGC_ID, "version": 2, "status": "withdrawn", "month": "2026-12", "replaced_by": []}
    capsys.readouterr()
    assert run(home, "import", export(home, issuer, gone)) == 0
    assert "sourdine registry tick" in capsys.readouterr().err
    # Nothing ended: the words are taken out of the log all the same, once the visitor has left.
    keeper = store.engine.connect()
    keeper.exec_driver_sql("SELECT 1").fetchall()
    keeper.rollback()
    cast("Generator[object]", visitor).close()
    assert run(home, "tick") == 0
    assert "-wal" not in capsys.readouterr().err
    assert not [path.name for path in home.glob("registry.db*") if b"zorglubien" in path.read_bytes()]
    keeper.close()
    store.close()


def test_tick_destroys_names_once_the_switch_is_off(
    home: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    run(home, "init")
    run(home, "import", export(home, issuer, raw_entry()))
    store = RegistryStore.open(load(RegistrySettings, home / "registry.toml"))
    with engine.writing(store.engine) as connection:
        connection.execute(insert(NAMES).values(entry=1, name="Zoé Exemple-Publié", expires=month_number("2027-06")))
    store.close()
    config = home / "registry.toml"
    text = config.read_text("utf-8")
    config.write_text(f"nominative = true\n{text}", "utf-8")
    capsys.readouterr()
    assert run(home, "tick") == 0
    assert "destroyed" not in capsys.readouterr().err
    config.write_text(text, "utf-8")
    assert run(home, "tick") == 0
    assert "takes no names: 1 that stood beside entries" in capsys.readouterr().err
    assert not [path.name for path in home.glob("registry.db*") if b"Exemple-Publi" in path.read_bytes()]
    assert run(home, "tick") == 0
    assert "destroyed" not in capsys.readouterr().err
