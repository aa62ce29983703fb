"""docs/operations/install.md can be typed: every command of ours parses, every file, unit and setting exists."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from app.cli import main
from app.settings import IntakeSettings, RegistrySettings, TorSettings, load

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations" / "install.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
TYPED = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]
OURS = [
    words[words.index("--") + 1 :] if words[0] == "runuser" else words
    for words in map(shlex.split, TYPED)
    if words[0] in {"runuser", "sourdine"}
]
SNIPPETS = {block.split("\n")[0].removeprefix("# "): block for kind, block in BLOCKS if kind == "toml"}
KINDS = {"intake.toml": IntakeSettings, "registry.toml": RegistrySettings, "tor.toml": TorSettings}
UNIT = re.compile(r"sourdine-[a-z-]+\.(?:service|timer)")


def test_the_page_is_what_this_test_thinks() -> None:
    assert len(OURS) >= 14
    assert len(TYPED) >= 45
    assert set(SNIPPETS) == set(KINDS)


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_our_commands_parse(words: list[str]) -> None:
    args = main.parse(words[1:])
    assert args.config, "a volunteer has no SOURDINE_CONFIG"


def test_commands_in_sentences_parse() -> None:
    for text in re.findall(r"`(sourdine [a-z][^`…]*)`", TEXT):
        words = text.split()[1:]
        if len(words) > 1:
            main.parse(words)


@pytest.mark.parametrize("line", TYPED)
def test_a_shell_can_read_it(line: str) -> None:
    subprocess.run(["sh", "-n", "-c", line], check=True, capture_output=True)


def test_every_file_of_ours_exists() -> None:
    named = set(re.findall(r"(?:/opt/sourdine/|`)((?:config|docs|tools)/[\w./*-]+)", TEXT))
    assert len(named) >= 6
    for name in named:
        assert list(ROOT.glob(name)), name
    for unit in UNIT.findall(TEXT):
        assert (ROOT / "config/systemd" / unit).is_file(), unit


def test_settings_files_are_copied_where_the_units_look() -> None:
    for unit in (ROOT / "config/systemd").glob("*.service"):
        command = re.search(r"^ExecStart=.* --config (\S+)$", unit.read_text(), re.MULTILINE)
        assert command
        program = Path(command[1]).stem
        assert f"/opt/sourdine/config/{program}.example.toml {command[1]}\n" in TEXT
        user = Path(command[1]).parent.name
        assert f"install -d -m 0700 -o {user} -g {user} {Path(command[1]).parent}\n" in TEXT


def test_every_unit_that_starts_is_switched_on() -> None:
    on = {unit for line in TYPED if line.startswith("systemctl enable") for unit in UNIT.findall(line)}
    installable = {unit.name for unit in (ROOT / "config/systemd").iterdir() if "[Install]" in unit.read_text()}
    assert on == installable


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_is_shown_of_a_settings_file_loads(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(SNIPPETS[name])
    settings = load(KINDS[name], path)
    assert not settings.trial


def test_sockets_are_the_same_on_both_sides(tmp_path: Path) -> None:
    def read(name: str, text: str) -> dict[str, str]:
        (tmp_path / name).write_text(text)
        settings = load(KINDS[name], tmp_path / name)
        doors = {at: getattr(settings, at, "") for at in ("reporter", "courier", "door")}
        return {at: getattr(door, "listen", door) for at, door in doors.items()}

    tor = read("tor.toml", (ROOT / "config/tor.example.toml").read_text())
    intake = read("intake.toml", SNIPPETS["intake.toml"])
    assert (tor["reporter"], tor["courier"]) == (intake["reporter"], intake["courier"])
    (tmp_path / "tor.toml").write_text(SNIPPETS["tor.toml"])
    beside = load(TorSettings, tmp_path / "tor.toml")
    assert beside.registry == read("registry.toml", SNIPPETS["registry.toml"])["door"]
