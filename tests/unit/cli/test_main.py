"""The command line: exit status 0, 1, 2, sentences instead of traces, nothing loaded that is not needed."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

import pytest

from app.cli import main, ui
from app.errors import BusyError, UsageError, UserError
from crypto.errors import TrustError


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "app.cli", *words], capture_output=True, text=True, check=False)


def test_help_names_every_program() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in main.PROGRAMS)
    assert "example:" in done.stdout


@pytest.mark.parametrize("words", [(), ("nonsense",), ("desk",), ("desk", "nonsense"), ("demo", "--port-base", "x")])
def test_wrong_usage_is_status_two(words: tuple[str, ...]) -> None:
    assert run(*words).returncode == 2


def leaves(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Every action below a parser."""
    groups = [group for group in parser._actions if isinstance(group, argparse._SubParsersAction)]
    below = [leaf for group in groups for child in group.choices.values() for leaf in leaves(child)]
    return below or [parser]


@pytest.mark.parametrize("program", sorted(main.PROGRAMS))
def test_every_action_has_help_with_an_example(program: str) -> None:
    found = [leaf for leaf in leaves(main._parser(program)) if leaf.prog.split()[1] == program]
    assert found
    for leaf in found:
        assert leaf.prog in (leaf.epilog or ""), leaf.prog
        assert "example" in (leaf.epilog or ""), leaf.prog


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (UserError("It failed.", "Do this."), 1, "It failed."),
        (BusyError("The disk is full."), 1, "The disk is full."),
        (UsageError("Name a reviewer.", "Add --as NAME."), 2, "Add --as NAME."),
        (TrustError("the signature is not by the desk key"), 1, "the signature is not by the desk key"),
    ],
)
def test_refusals_become_sentences(
    error: Exception, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_args: argparse.Namespace) -> int:
        raise error

    with pytest.raises(SystemExit) as end:
        main.run(argparse.Namespace(run=refuse))
    assert end.value.code == status
    assert said in capsys.readouterr().err


def test_an_interruption_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_args: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    assert main.run(argparse.Namespace(run=interrupted)) == 1
    assert capsys.readouterr().err == "stopped\n"


def test_the_settings_file_comes_from_the_option_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURDINE_CONFIG", raising=False)
    with pytest.raises(UsageError):
        main.config_path(argparse.Namespace(config=None))
    monkeypatch.setenv("SOURDINE_CONFIG", "/from/environment")
    assert str(main.config_path(argparse.Namespace(config=None))) == "/from/environment"
    assert str(main.config_path(argparse.Namespace(config="/from/option"))) == "/from/option"


def test_results_are_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    ui.result({"é": [1, 2]})
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert json.loads(printed) == {"é": [1, 2]}


def test_a_passphrase_comes_from_its_descriptor() -> None:
    read, write = os.pipe()
    os.write(write, b"mot de passe\nsecond line\n")
    os.close(write)
    assert ui.read_passphrase(read) == "mot de passe"
    os.close(read)
    assert ui.read_passphrase(None) is None


@pytest.mark.parametrize("line", [b"\xff\xfe\n", b"a\0b\n", b"x" * 5000])
def test_a_passphrase_that_is_none_gives_a_sentence(line: bytes) -> None:
    read, write = os.pipe()
    os.write(write, line)
    os.close(write)
    with pytest.raises(UsageError, match="passphrase"):
        ui.read_passphrase(read)
    os.close(read)
    for closed in (read, -1, 2**40, 10**20):
        with pytest.raises(UsageError, match="No passphrase can be read"):
            ui.read_passphrase(closed)
