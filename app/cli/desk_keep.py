"""`sourdine desk audit|backup|restore|purge|discard`: keeping, proving, destroying."""

from __future__ import annotations

from typing import Any


def register(actions: Any, cases: Any) -> None:
    """Add these actions to `desk` and to `desk case`."""
