"""One thing that somebody should know today; many rooms of the desk raise them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Alarm:
    """`subject` is a case, or the part of the desk that it is about."""

    subject: str
    message: str
    day: str = ""
