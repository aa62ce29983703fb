"""`sourdine desk reply`, templates, acknowledgements, and cases typed from paper or a visit."""

from __future__ import annotations

from typing import Any


def register(actions: Any, cases: Any) -> None:
    """Add these actions to `desk` and to `desk case`."""
