"""The reporter door of a demo's folder, alone on a unix socket: SOCKET and intake.toml are the arguments."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from app.cli.serve import serve
from app.reporter import create_app
from app.settings import IntakeSettings, load

if __name__ == "__main__":
    settings = load(IntakeSettings, Path(sys.argv[2]))
    serve([(lambda: create_app(settings), replace(settings.reporter, listen=f"unix:{sys.argv[1]}"))])
