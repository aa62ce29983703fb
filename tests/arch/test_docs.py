"""Documents are tested: links resolve, claims name a test that exists, commands and settings are described."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
TEST_NAME = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
REGISTRIES = ("pypi.org", "pythonhosted.org", "registry.npmjs.org", "deb.debian.org", "index-url", "find-links")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name.decode() for name in listed.split(b"\0") if name]


def test_the_pages_are_there() -> None:
    names = {str(page.relative_to(ROOT)) for page in PAGES}
    assert {"README.md", "SECURITY.md", "CHANGELOG.md", "docs/threat-model.md", "docs/spec/README.md"} <= names


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_named_tests_exist(page: Path) -> None:
    for path, name in TEST_NAME.findall(page.read_text(encoding="utf-8")):
        assert (ROOT / path).is_file(), f"{page.name} names {path}"
        if name:
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{page.name} names {path}::{name}"


def test_every_promise_names_its_test() -> None:
    rows = [
        line
        for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").split("## What is promised")[1].splitlines()
        if line.startswith("| P")
    ]
    assert len(rows) >= 10
    assert [row for row in rows if not TEST_NAME.search(row)] == []


def test_adr_numbers_are_never_reused() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")]
    assert len(numbers) >= 8
    assert len(numbers) == len(set(numbers))


def test_every_runtime_dependency_has_its_adr() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "adr").glob("*.md"))
    direct = {name for extra in ("intake", "desk", "registry") for name in map(bare, extras[extra])}
    assert sorted(name for name in direct if f"`{name}`" not in text) == []
    assert len(extras["intake"]) <= 12


def bare(requirement: str) -> str:
    return re.split(r"[<>=!~\[]", requirement)[0].strip()


def test_no_file_names_a_package_registry() -> None:
    own = Path(__file__)
    named = [
        (str(path.relative_to(ROOT)), word)
        for path in tracked()
        if path.is_file() and path != own
        for word in REGISTRIES
        if word.encode() in path.read_bytes()
    ]
    assert named == []


@pytest.mark.parametrize(("name", "least"), [("build", 1), ("run", 16), ("test", 30)])
def test_locks_are_hashed(name: str, least: int) -> None:
    lock = ROOT / "requirements" / f"{name}.txt"
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)==\S+ \\$", lock.read_text(encoding="utf-8"), re.M)
    assert len(pinned) >= least
    assert lock.read_text(encoding="utf-8").count("--hash=sha256:") >= len(pinned)
