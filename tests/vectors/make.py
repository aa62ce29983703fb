"""Writes the corpus: `python -m tests.vectors.make [--renew]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.vectors.base import Vector
from tests.vectors.corpus import carriage, code, directory, export, log, manifest, plain, reply

FORMATS = (
    "canonical", "note", "padding", "sealed", "hpke", "codename", "draw", "derivation", "manifest", "reply", "pickup",
    "outbox", "export", "tlog", "checkpoint", "directory",
)  # fmt: skip


def all_vectors() -> Iterator[Vector]:
    """Every scenario of the formats above."""
    for module in (plain, code, manifest, reply, carriage, export, log, directory):
        yield from module.vectors()


def main(arguments: list[str]) -> None:
    """Write what is deterministic; what is random only when missing, or when asked to."""
    for vector in all_vectors():
        if vector.random and vector.path.exists() and "--renew" not in arguments:
            continue
        vector.path.parent.mkdir(exist_ok=True)
        vector.path.write_bytes(vector.serialise())


if __name__ == "__main__":
    main(sys.argv[1:])
