"""Makes a data directory with rows, for the migration tests: `python tools/fixture.py tests/migrations/fixtures/v0.1`.

Run once when a version closes, never again for that version: the point of a fixture is that it was written by the code
of its time. One case is published, one report waits at the intake, one reply waits for its reporter, whose codename
stands in `codename.txt`. Everything in it is a trial: its keys open nothing else.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from app.cli.demo import doors
from app.cli.demo_doors import serving
from app.cli.demo_layout import REVIEWERS, Trial, prepare
from app.cli.demo_walk import Journey
from app.cli.visitor import Upload
from crypto.openpgp.gpg import stop_agent

# Sockets, locks and what gpg makes anew.
KEEP_OUT = shutil.ignore_patterns("S.*", "*.lock", ".#*", "random_seed", "*~", "crls.d", "openpgp-revocs.d", "*-???")
FILES = (Upload("pv.pdf", b"%PDF-1.4 trial", "application/pdf"), Upload("a.jpg", b"x"), Upload("b.txt", b""))


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="sf-") as folder:
        trial = Trial(Path(folder) / "data", 18900)
        trial.today.parent.mkdir()
        prepare(trial)
        trial.today.write_text("2026-11-22\n")
        journey = Journey(trial, Path(folder))
        journey.files = FILES
        try:
            with serving(trial, doors(trial, "0" * 8)):
                for name, step in journey.steps():
                    if name != "erasing":
                        step()
                journey._reply("reply", "Une réponse qui attend.")
                journey._carry_outbox("outbox-last")
                words = journey.codename
                waiting = Journey(trial, Path(folder))
                waiting.files = FILES
                waiting.report()
        finally:
            for name, _ in REVIEWERS:
                stop_agent(trial.home(name))
        shutil.copytree(trial.folder, target, ignore=KEEP_OUT)
        (target / "codename.txt").write_text(" ".join(words) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
