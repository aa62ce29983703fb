"""One running demo for the journey tests: started as a user would, stopped by its process id."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.house import House, free_base, wait_for_doors


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    # A space in the path, and short: gpg-agent's socket has to fit for the stock commands of these tests.
    folder = Path(tempfile.mkdtemp(prefix="sd "))
    made = House(folder, free_base())
    words = [sys.executable, "-m", "app.cli", "demo", "--data", str(made.data), "--port-base", str(made.base)]
    with (folder / "said").open("w+") as said:
        program = subprocess.Popen(words, stdout=said, stderr=said, env=made.environment)
        try:
            wait_for_doors(made, program, said.name)
            yield made
        finally:
            program.send_signal(signal.SIGINT)
            try:
                assert program.wait(timeout=30) == 0
            finally:
                program.kill()
                for home in (made.data / "desk" / "gnupg").glob("*"):
                    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
                shutil.rmtree(folder)
