"""Sizes and cost of the derivation (docs/spec/derivation.md), apart from it.

The registry reads manifests and the courier's side reads outboxes: both need these figures, neither may derive.
"""

from __future__ import annotations

from dataclasses import dataclass

CODE_BYTES = 10
SALT_BYTES = 16
ROOT_BYTES = 32
LOCATOR_BYTES = 32


@dataclass(frozen=True)
class Kdf:
    """Argon2id parameters: 80 random bits need no stretching, so this is a second line, priced at about 0.25 s."""

    time_cost: int = 3
    memory_kib: int = 65_536
    parallelism: int = 1  # CRYPTO D: four lanes finish no sooner in a flood and slow every other page
