"""Settings: what is refused, and where paths are taken from."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.clock import SystemClock, TrialClock
from app.errors import BusyError, UserError
from app.settings import (
    CourierSettings,
    DeskSettings,
    IntakeSettings,
    Issuer,
    RegistrySettings,
    TorSettings,
    load,
    refuse_loose,
)

ROOT = Path(__file__).resolve().parents[2]


def write(folder: Path, text: str) -> Path:
    path = folder / "program.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_and_relative_paths(tmp_path: Path) -> None:
    settings = load(
        IntakeSettings, write(tmp_path, 'root = "ab"\n[reporter]\nlisten = "127.0.0.1:1"\nhosts = ["a.onion"]\n')
    )
    assert settings.path("envelopes") == tmp_path / "envelopes"
    assert settings.url(settings.database) == f"sqlite:///{tmp_path}/intake.db"
    assert settings.url("postgresql://h/d") == "postgresql://h/d"
    assert settings.reporter.hosts == ("a.onion",)
    assert (settings.max_files, settings.max_bytes, settings.release_days) == (20, 500_000_000, 1)
    assert isinstance(settings.clock, SystemClock)


def test_nested_tables_and_lists(tmp_path: Path) -> None:
    text = """
origin = "x"
[publisher]
name = "n"
director = "d"
host = "h"
address = "a"
[[issuers]]
root = "ab"
manifest = "m"
"""
    settings = load(RegistrySettings, write(tmp_path, text))
    assert settings.issuers == (Issuer("ab", "m"),)
    assert settings.publisher is not None
    assert settings.publisher.director == "d"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("surprise = 1", "surprise is unknown"),
        ("home = '/'", "home is unknown"),
        ("max_files = 'many'", "max_files has a value of the wrong type"),
        ("trial = 1", "trial has a value of the wrong type"),
        ("[reporter]\nhosts = []", "missing setting: reporter.listen"),
        ("[reporter]\nlisten = 'x'\nhosts = [1]", "reporter.hosts has a value of the wrong type"),
        ("not toml", "not a valid TOML file"),
    ],
)
def test_refuses(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        load(IntakeSettings, write(tmp_path, text))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no settings file") as error:
        load(DeskSettings, tmp_path / "none.toml")
    assert "--config" in error.value.hint


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        load(DeskSettings, tmp_path)


def test_loose_key_files_are_refused(tmp_path: Path) -> None:
    key = tmp_path / "key"
    with pytest.raises(UserError, match="missing"):
        refuse_loose(key)
    key.write_text("x")
    key.chmod(0o640)
    with pytest.raises(UserError, match="Others can read") as error:
        refuse_loose(key)
    assert "chmod 600" in error.value.hint
    key.chmod(0o600)
    assert refuse_loose(key) == key


def test_the_trial_clock_never_goes_back(tmp_path: Path) -> None:
    program = tmp_path / "intake"
    program.mkdir()
    settings = load(CourierSettings, write(program, "trial = true"))
    clock = settings.clock
    assert settings.clock is clock
    assert isinstance(clock, TrialClock)
    real = SystemClock().today()
    assert clock.today() == real
    day = tmp_path / "today"
    day.write_text("2999-01-31\n")
    assert str(clock.today()) == "2999-01-31"
    day.write_text("2999-01-30")
    assert str(clock.today()) == "2999-01-31"
    assert str(load(CourierSettings, write(program, "trial = true")).clock.today()) == "2999-01-31", "as all others do"
    day.write_text("soon")
    with pytest.raises(BusyError, match="does not hold a day"):
        clock.today()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("intake", IntakeSettings),
        ("courier", CourierSettings),
        ("desk", DeskSettings),
        ("registry", RegistrySettings),
        ("tor", TorSettings),
    ],
)
def test_shipped_examples_load_and_are_not_trials(name: str, kind: type) -> None:
    settings = load(kind, ROOT / "config" / f"{name}.example.toml")
    assert not settings.trial
