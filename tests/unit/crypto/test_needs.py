"""What each format loads: a machine installs only the extra of its program."""

from __future__ import annotations

import subprocess
import sys

import pytest

LISTING = "import sys, {}; print(*sorted(set(sys.modules) & {{'argon2', 'mnemonic', 'gnupg', 'subprocess'}}))"


@pytest.mark.parametrize(
    ("modules", "loaded"),
    [
        ("crypto.manifest, crypto.export, crypto.note, crypto.quorum", ""),  # the registry
        ("crypto.pickup, crypto.outbox", ""),  # the courier's side
        ("crypto.reply, crypto.sealed, crypto.hpke", "argon2"),  # the desk: no word lists
        ("crypto.codename", "mnemonic"),  # the intake
    ],
)
def test_formats_load_only_what_their_program_installs(modules: str, loaded: str) -> None:
    command = [sys.executable, "-c", LISTING.format(modules)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == loaded
