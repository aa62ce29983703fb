"""Text that a hostile file gave: made harmless, in the worker and again by the parent."""

from __future__ import annotations

import unicodedata

# Cc: controls; Cf: invisible and direction marks; Cs: lone surrogates; Cn: unassigned; Zl, Zp: other line breaks.
DROPPED = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
KEPT = "\n\t"
INVISIBLE = "\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u180e\u00ad"
ROOM = 4  # characters looked at for each one that may stay


def clean(text: str, limit: int) -> str:
    """At most `limit` characters, line breaks and tabs kept, nothing that reorders, hides or controls."""
    text = text[: limit * ROOM].replace("\r\n", "\n").replace("\r", "\n")
    bad = {ord(one): None for one in set(text) if one not in KEPT and unicodedata.category(one) in DROPPED}
    return text.translate(bad)[:limit]


def line(text: str, limit: int) -> str:
    """`clean`, on one line."""
    return " ".join(clean(text, limit).split())


def invisible(text: str) -> int:
    """How many characters nobody sees: such marks can name the reader whom a copy was given to."""
    return sum(text.count(one) for one in INVISIBLE)
