"""Every data directory of an earlier version opens after migration, with its rows in place and its promises kept."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.demo import doors
from app.cli.demo_layout import REVIEWERS, Trial, prepare
from crypto.openpgp.gpg import stop_agent

FIXTURES = Path(__file__).parent / "fixtures"
VERSIONS = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def test_the_fixtures_are_there() -> None:
    assert "v0.1" in VERSIONS


@pytest.fixture(params=VERSIONS)
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    folder = Path(tempfile.mkdtemp(prefix="sm-"))
    shutil.copytree(FIXTURES / request.param, folder / "data")
    # git keeps no modes, and the programs refuse secrets that others can read.
    for path in (folder / "data").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    made = Trial(folder / "data", 18900)
    yield made
    for name, _ in REVIEWERS:
        stop_agent(made.home(name))
    shutil.rmtree(folder)


def test_every_program_opens_it_with_its_rows(trial: Trial) -> None:
    for program in ("intake", "desk", "registry"):
        trial.command(program, "init")
    assert not prepare(trial), "a ready folder is found again, never made anew"
    status = json.loads(trial.command("intake", "status", "--json")[-1])
    assert (status["envelopes"], status["manifest_version"]) == (1, 1)
    assert status["replies"] >= 8
    cases = json.loads(trial.command("desk", "case", "list", "--json", "--as", "alize")[-1])
    assert [case["state"] for case in cases] == ["published"]
    shown = json.loads(trial.command("desk", "case", "show", cases[0]["id"], "--json", "--as", "cypres")[-1])
    assert len(shown["messages"]) == 2
    assert [file["name"] for file in shown["messages"][0]["files"]][1:] == ["a.jpg", "b.txt"]


def test_what_waited_is_still_delivered(trial: Trial, tmp_path: Path) -> None:
    """The reply opens with the codename of its time, the report opens on the desk, the entry is still shown."""
    for program in ("intake", "desk", "registry"):
        trial.command(program, "init")
    apps = [factory() for factory, _ in doors(trial, "0" * 8)]
    for app in apps:
        app.testing = False
    host = f"127.0.0.1:{trial.ports['reporter']}"
    words = (trial.folder / "codename.txt").read_text(encoding="utf-8").strip()
    reporter = apps[0].test_client()
    base = f"https://{host}"
    assert reporter.post("/replies", data={"codename": words}, base_url=base).status_code == 303
    assert "Une réponse qui attend." in reporter.get("/mailbox", base_url=base).text
    registry = apps[3].test_client()
    page = registry.get("/", headers={"Host": f"127.0.0.1:{trial.ports['registry']}"})
    assert "Les Tilleuls" in page.text
