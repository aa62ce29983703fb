"""`sourdine registry import` of the directory, and what each refusal says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.settings import RegistrySettings, load
from app.stores.registry import RegistryStore
from crypto import canonical
from crypto.directory import Bundle, sign_bundle
from crypto.signing import SigningKey
from tests.fakes.issuer import Issuer
from tests.unit.cli.test_registry import home, issuer, run
from tests.unit.directory.test_book import LIMES, RIVERS

__all__ = ["home", "issuer"]  # fixtures
NAMED = "fr-name-aaaaaaaaaaaaaaaa"
DAY = date(2026, 12, 1)
RECORDS = tuple(one.to_dict() for one in sorted((RIVERS, LIMES), key=lambda one: one.id))


@pytest.fixture
def ready(home: Path) -> Path:
    assert run(home, "init") == 0
    return home


def bundle(home: Path, desk: Issuer, /, signer: SigningKey | None = None, **changes: Any) -> str:
    """A bundle file; the first one unless `changes` say otherwise."""
    made = Bundle(desk.instance, desk.manifest.digest, 1, "", DAY, RECORDS, {NAMED: RIVERS.id})
    made = replace(made, **changes)
    path = home / f"directory-{made.sequence}"
    path.write_bytes(sign_bundle(made, signer or desk.desk_key))
    return str(path)


def state(home: Path) -> tuple[str, str, str]:
    """What the register holds: both records, and where the merged id leads."""
    settings = load(RegistrySettings, home / "registry.toml")
    store = RegistryStore.open(settings)
    try:
        page = store.cooperative(NAMED, settings.clock.today())
        return store.directory_record(RIVERS.id), store.directory_record(LIMES.id), page.into if page else ""
    finally:
        store.close()


WHOLE = (
    canonical.dumps(RIVERS.to_dict()).decode(),
    canonical.dumps(LIMES.to_dict()).decode(),
    RIVERS.id,
)


def test_a_bundle_replaces_the_one_before(ready: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    file = bundle(ready, issuer)
    assert run(ready, "import", file) == 0
    assert "Directory 1 of desk.example loaded: 2 legal persons, 1 merged ids." in capsys.readouterr().out
    assert state(ready) == WHOLE
    assert run(ready, "import", file) == 0
    assert "already loaded" in capsys.readouterr().out
    after = {"sequence": 2, "previous": "0" * 64, "records": RECORDS[:1], "merges": {}}
    assert run(ready, "import", bundle(ready, issuer, **after), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"issuer": "desk.example", "sequence": 2, "already": False, "records": 1, "merges": 0}
    assert state(ready)[2] == ""
    assert "" in state(ready)[:2]
    assert run(ready, "import", file) == 1
    assert "is an old version" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": "other.example"}, "does not know the issuer other.example"),
        ({"manifest": "0" * 64}, "another reviewer manifest"),
        ({"day": DAY + timedelta(days=30)}, "a day to come"),
        ({"signer": SigningKey.generate()}, "signature"),
        ({"records": ({**RECORDS[0], "born": "1970"},)}, "a field is unknown"),
    ],
)
def test_refused_with_a_line_for_the_operator(
    ready: Path, issuer: Issuer, changes: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(ready, "import", bundle(ready, issuer)) == 0
    after = {"sequence": 2, "previous": "0" * 64, "merges": {}, "records": ()} | changes
    assert run(ready, "import", bundle(ready, issuer, **after)) == 1
    assert words in capsys.readouterr().err
    assert state(ready) == WHOLE
    assert run(ready, "loads", "--json") == 0
    line = json.loads(capsys.readouterr().out)[0]
    assert line["outcome"] == "refused"
    assert words in line["why"]


def test_an_altered_byte(ready: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    file = Path(bundle(ready, issuer))
    file.write_bytes(file.read_bytes().replace(b"RIVIERES", b"RIVIERE "))
    assert run(ready, "import", str(file)) == 1
    assert "signature" in capsys.readouterr().err
    file.write_bytes(file.read_bytes()[:-40])
    assert run(ready, "import", str(file)) == 1
    assert state(ready) == ("", "", "")
