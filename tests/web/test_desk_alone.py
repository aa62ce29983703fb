"""The desk's page where there is no network at all, and what its code could reach one with."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.alone import Person
from tests.fakes.desk_door import free_port, served, write_settings
from tests.unit.desk.house import STORY, Reporter, open_house

ROOT = Path(__file__).parents[2]
NETWORK = """socket socketserver http urllib ssl asyncio ftplib smtplib poplib imaplib telnetlib xmlrpc requests httpx
aiohttp stem tor"""
FORBIDDEN = frozenset(NETWORK.split())
# What the desk loads without its page; Flask and Werkzeug bring a server of their own, which nothing here starts.
SERVICES = "import sys, app.desk, app.desk.{}; print(*sorted(sys.modules))"


@pytest.mark.slow
def test_a_day_at_the_desk_where_only_lo_is_up() -> None:
    with open_house() as house:
        house.receive(house.seal(STORY, reporter=Reporter.new()))
        write_settings(house.settings, free_port())
        outbox = house.folder / "outbox"
        words = ["unshare", "--map-root-user", "--net", sys.executable, "-m", "tests.fakes.alone"]
        done = subprocess.run(
            [*words, str(house.home), str(outbox)], capture_output=True, text=True, check=False, cwd=ROOT, timeout=300
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["interfaces"] == ["lo"]
        assert told["sockets"] >= 1
        assert told["outside"] == []
        assert outbox.is_file()
        assert house.search("Nous vous lisons.", "décidé seul") == []


@pytest.mark.slow
def test_a_page_that_is_stopped_leaves_no_agent() -> None:
    with open_house() as house:
        with served(house.settings) as desk:
            person = Person(desk)
            person.ask("/", code=desk.code)
            person.ask("/unlock", reviewer="alize", passphrase="")
            assert (house.home / "gnupg" / "alize" / "S.gpg-agent").exists()
        assert not (house.home / "gnupg" / "alize" / "S.gpg-agent").exists()


def modules() -> list[Path]:
    return sorted((ROOT / "app" / "desk").rglob("*.py"))


def imported(tree: ast.Module) -> set[str]:
    plain = [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    whole = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in (*plain, *whole)}


def test_no_module_of_the_desk_imports_a_network() -> None:
    found = {str(path.relative_to(ROOT)): imported(ast.parse(path.read_text())) & FORBIDDEN for path in modules()}
    assert len(found) > 60
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_the_services_load_no_page() -> None:
    """A command of the desk needs neither Flask nor what comes with it."""
    for service in ("cases.reading", "cases.decisions", "replies.replies", "carry.takeup", "carry.outboxes"):
        code = SERVICES.format(service)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
        loaded = set(done.stdout.split())
        assert loaded.isdisjoint({"flask", "werkzeug", "jinja2", "app.desk.page", "app.web.hull"}), service
