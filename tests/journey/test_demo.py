"""The demo as a newcomer meets it: the walk, a second start, and one sentence for each thing that can be in the way."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.demo import alone
from app.cli.demo_layout import Trial, prepare
from app.cli.serve import bind
from tests.journey.house import free_base

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="sd once "))
    yield path
    shutil.rmtree(path)


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "demo", *words], capture_output=True, text=True, check=False, timeout=300
    )


def test_the_walk_passes_every_step_twice(folder: Path) -> None:
    for _ in range(2):
        done = demo("--once", "--data", str(folder / "data"), "--port-base", str(free_base()))
        assert done.returncode == 0, done.stdout + done.stderr
        steps = re.findall(r"^ ?(\d+)\. ", done.stdout, re.M)
        assert [int(number) for number in steps] == list(range(1, len(steps) + 1))
        assert len(steps) >= 15
    running = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True, check=False)
    assert running.stdout == "", "the demo left a process behind"


def test_doors_that_cannot_open_are_one_sentence(folder: Path) -> None:
    prepare(Trial(folder / "d", free_base()))
    # A rolled-back disk: the signed manifest is gone from the intake, the doors must not open.
    (folder / "d" / "intake" / "manifest").write_bytes(b"not a manifest\n")
    done = demo("--once", "--data", str(folder / "d"), "--port-base", str(free_base()))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("sourdine: ")


def test_a_busy_port_is_one_sentence(folder: Path) -> None:
    base = free_base()
    with bind(f"127.0.0.1:{base + 2}"):
        done = demo("--data", str(folder / "d"), "--port-base", str(base))
    assert done.returncode == 1
    assert f"127.0.0.1:{base + 2} is already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_demos_in_one_folder_are_one_sentence(folder: Path) -> None:
    with alone(Trial(folder / "d", 8080)):
        done = demo("--data", str(folder / "d"), "--port-base", str(free_base()))
    assert done.returncode == 1
    assert "already runs in" in done.stderr


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_is_no_folder(folder: Path, name: str) -> None:
    (folder / "file").write_text("mine")
    done = demo("--data", str(folder / name), "--port-base", str(free_base()))
    assert done.returncode == 1
    assert done.stderr.startswith("sourdine: ")


def test_a_folder_with_other_things_is_left_alone(folder: Path) -> None:
    (folder / "mine.txt").write_text("keep")
    done = demo("--data", str(folder), "--port-base", str(free_base()))
    assert done.returncode == 1
    assert "holds other things" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_set_up_that_was_cut_short_begins_again(folder: Path) -> None:
    data = folder / "d"
    (data / "intake").mkdir(parents=True)
    (data / "intake" / "half").write_text("x")
    (data / ".sourdine-demo").write_text("being made\n")
    assert prepare(Trial(data, free_base()))
    assert not (data / "intake" / "half").exists()
    assert not prepare(Trial(data, free_base())), "the second start finds the data again"


@pytest.mark.parametrize("words", [("--port-base", "80"), ("--port-base", "65535"), ("--nonsense",)])
def test_wrong_usage(words: tuple[str, ...]) -> None:
    assert demo(*words).returncode == 2


def set_up(tmp_path: Path, *commands: str) -> subprocess.CompletedProcess[str]:
    """`make setup` on a machine that has only these commands."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in ("sh", "dirname", "cat", "cksum", "id", *commands):
        # The interpreter itself: a version manager's shim would need more commands than this machine has.
        found = str(Path(sys.executable).resolve()) if name == "python3" else shutil.which(name)
        assert found, name
        (path / name).symlink_to(found)
    return subprocess.run(
        ["sh", str(ROOT / "tools" / "setup.sh"), "run"],
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        ((), "python3 is missing"),
        (("python3",), "are missing: gpg gpg-agent\n"),
        (("python3", "gpg"), "are missing: gpg-agent\n"),
    ],
)
def test_a_machine_that_lacks_something_gets_one_line_to_type(
    tmp_path: Path, commands: tuple[str, ...], said: str
) -> None:
    done = set_up(tmp_path, *commands)
    assert done.returncode == 1
    assert said in done.stderr
    assert "apt-get install" in done.stderr
