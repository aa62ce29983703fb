"""What the tests measured, kept as a build artefact: build/onion/figures.txt."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "build" / "onion" / "figures.txt"


def figure(name: str, *values: float) -> None:
    """Add one line."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("a") as stream:
        stream.write(f"{name}: {' '.join(f'{value:.2f}' for value in values)}\n")
