"""When a severity takes one person and when it takes two (DOMAIN §3.2): lowering it may end somebody's protection."""

from __future__ import annotations

from app.domain import taxonomy

# A flag of retaliation is a danger for a person: severity 3 at least, from that moment (DOMAIN S0.17).
RETALIATION_SEVERITY = 3


def proposed(category: str, *, retaliation: bool) -> int | None:
    """The severity that the category and the reporter's flag propose; None while neither says anything."""
    known = taxonomy.CATEGORIES.get(category)
    levels = [known.severity] if known else []
    return max([*levels, *([RETALIATION_SEVERITY] if retaliation else [])], default=None)


def is_override(wanted: int, *, recorded: int | None, proposal: int | None) -> bool:
    """Whether two people must decide it: less than was recorded, or a first record of less than is proposed."""
    if recorded is not None:
        return wanted < recorded
    return proposal is not None and wanted < proposal
