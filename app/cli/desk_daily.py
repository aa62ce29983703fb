"""`sourdine desk case merge|split|close-many|…`: what a desk does every day beside deciding."""

from __future__ import annotations

from typing import Any


def register(actions: Any, cases: Any) -> None:
    """Add these actions to `desk` and to `desk case`."""
