"""Memory that does not grow with the report. How fast it is stands in benchmarks/, beside gpg itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.crypto.openpgp.conftest import House

GROWTH = """
import resource, sys
from datetime import date
from pathlib import Path
from crypto.envelope import EnvelopeWriter
from crypto.envelope_report import ReportHead
from crypto.openpgp.encrypt import Encryptor

home, output, *recipients = sys.argv[1:]
head = ReportHead("trial.example", "0" * 32, "report", 1, "0" * 64, tuple(recipients), "fr", {})

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def seal(megabytes):
    with open(output, "wb") as sink, Encryptor(Path(home), recipients, sink.fileno(), date(2026, 11, 21)) as running:
        writer = EnvelopeWriter(running.write, framing=running.framing)
        writer.message("x")
        writer.start_file("a", "b/c")
        block = bytes(65536)
        for _ in range(megabytes * 16):
            writer.file_chunk(block)
        writer.end_file()
        writer.finish(head)
        running.finish()

seal(1)
before = peak()
seal(200)
print(peak() - before)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_report(house: House, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", GROWTH, str(house.public), str(tmp_path / "out"), *house.recipients]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[4])
    assert int(done.stdout) < 2 * 1024  # KiB
