"""`sourdine desk link|admit|release`: who may open what, and how the circle of reviewers changes."""

from __future__ import annotations

from typing import Any


def register(actions: Any, cases: Any) -> None:
    """Add these actions to `desk` and to `desk case`."""
