"""The house of DESIGN §2: import directions, sizes, start-up cost, one printer."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = ("app", "crypto", "tor", "migrations")
FILE_LINES = 400
TEST_LINES = 600
FUNCTION_LINES = 40
VIEW_LINES = 25
DOORS = ("reporter", "courier", "desk", "registry")
VERBS = {"get", "post", "put", "delete", "route"}
# The desk page and the registry start inside this budget even on a loaded machine; the real figure is in benchmarks/.
IMPORT_SECONDS = 3.0


def sources(*tops: str) -> list[Path]:
    found = [path for top in tops for path in sorted((ROOT / top).rglob("*.py"))]
    assert len(found) > 10, "the corpus of source files is not where this test looks"
    return found


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body; a docstring is documentation, not code."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    assert node.end_lineno is not None
    return node.end_lineno - body[0].lineno + 1


def is_view(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr in VERBS
        for mark in node.decorator_list
    )


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_files_stay_small() -> None:
    long = {str(p.relative_to(ROOT)): n for p in sources(*CODE) if (n := len(p.read_text().splitlines())) > FILE_LINES}
    assert long == {}
    tests = {
        str(p.relative_to(ROOT)): n for p in sources("tests") if (n := len(p.read_text().splitlines())) > TEST_LINES
    }
    assert tests == {}


def test_functions_stay_small() -> None:
    long = {f"{p.relative_to(ROOT)}:{f.name}": length(f) for p in sources(*CODE) for f in functions(p)}
    assert {name: n for name, n in long.items() if n > FUNCTION_LINES} == {}


@pytest.mark.parametrize("door", DOORS)
def test_views_stay_thin(door: str) -> None:
    views = {
        f"{p.relative_to(ROOT)}:{f.name}": length(f)
        for p in (ROOT / "app" / door).rglob("*.py")
        for f in functions(p)
        if is_view(f)
    }
    assert views, f"no view found under app/{door}: this test looks for the wrong decorator"
    assert {name: n for name, n in views.items() if n > VIEW_LINES} == {}


def test_nothing_is_global() -> None:
    found = [
        f"{p.relative_to(ROOT)}:{node.lineno}"
        for p in sources(*CODE)
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.Global)
    ]
    assert found == []


def test_one_file_prints_and_none_logs() -> None:
    found = []
    for path in sources(*CODE):
        if path == ROOT / "app" / "cli" / "ui.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and node.id == "print":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} print")
            if isinstance(node, ast.Attribute) and node.attr in {"debug", "info", "warning", "critical", "getLogger"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}")
    # python-gnupg logs what it reads: silencing it is the one thing that touches logging.
    assert found == [f"crypto/openpgp/gpg.py:{line_of('crypto/openpgp/gpg.py', 'disabled = True')} getLogger"]


def line_of(path: str, text: str) -> int:
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if text in line)


def test_only_openpgp_starts_gpg_and_only_cli_and_the_sandbox_fork() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sources("app", "crypto")
        if "subprocess" in path.read_text(encoding="utf-8")
        and not path.is_relative_to(ROOT / "crypto" / "openpgp")
        and not path.is_relative_to(ROOT / "app" / "cli")
        and path != ROOT / "app" / "desk" / "files" / "launch.py"
    ]
    assert found == []


def test_sql_stays_in_the_stores() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sources("app", "crypto")
        if "import sqlalchemy" in (text := path.read_text(encoding="utf-8")) or "from sqlalchemy" in text
        if not path.is_relative_to(ROOT / "app" / "stores")
    ]
    assert found == []


@pytest.mark.parametrize("door", DOORS)
def test_a_door_imports_quickly(door: str) -> None:
    code = f"import app.{door}"
    best = IMPORT_SECONDS * 10
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
        best = min(best, time.perf_counter() - begin)
    assert best < IMPORT_SECONDS


@pytest.mark.parametrize("door", DOORS)
def test_a_door_loads_only_what_it_needs(door: str) -> None:
    foreign = {
        "reporter": ("app.desk", "app.registry", "crypto.openpgp.decrypt", "bleach"),
        "courier": ("app.reporter", "app.desk", "app.registry", "crypto.openpgp.decrypt", "crypto.reply"),
        "desk": ("app.reporter", "app.courier", "app.registry", "multipart", "mnemonic", "stem", "PIL", "pypdfium2"),
        "registry": ("app.reporter", "app.courier", "app.desk", "crypto.openpgp.decrypt", "crypto.envelope", "argon2"),
    }[door]
    code = f"import sys, app.{door}; print(*[m for m in {foreign!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
