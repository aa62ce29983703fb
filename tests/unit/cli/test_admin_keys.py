"""DOMAIN S1.15: the programs of administrators, couriers and publishers hold nothing that opens a report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OPENS = ("crypto.openpgp.decrypt", "crypto.openpgp.sign", "app.desk")
LOOK = """
import sys
from app.cli import main
main._module(sys.argv[1])
print([name for name in sys.modules if name.startswith(tuple(sys.argv[2:]))])
"""


@pytest.mark.parametrize("program", ["intake", "courier", "registry", "reviewers", "tor"])
def test_no_key_of_a_reviewer_can_be_used_there(program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK, program, *OPENS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
