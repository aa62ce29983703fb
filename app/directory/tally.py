"""What became of the lines of a register's file: kept, passed over, or refused, each counted and said."""

from __future__ import annotations

from dataclasses import dataclass, field

SHOWN = 20


@dataclass
class Tally:
    """Counts of one reading.

    Attributes:
        kept: cooperatives. `others`: legal persons of another form or country, or without a public name.
        people: natural persons; nothing of their lines was looked at further.
        refused: malformed lines; `reasons`: the first of them, each with its number and its rule, never its content.
    """

    kept: int = 0
    others: int = 0
    people: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def refuse(self, number: int, why: str) -> None:
        self.refused += 1
        if len(self.reasons) < SHOWN:
            self.reasons.append(f"{number}: {why}")
