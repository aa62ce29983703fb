"""`sourdine desk audit`: what proves that nothing was changed."""

from __future__ import annotations

from typing import Any


def register(actions: Any) -> None:
    """Add these actions to `desk`."""
