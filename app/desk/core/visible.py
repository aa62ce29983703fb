"""Text from a reporter for a screen: nothing in it may hide, move its neighbours, or turn the reading direction."""

from __future__ import annotations

import unicodedata

# Line ends and tabs are text; every other invisible character is named in its place.
_TEXT = frozenset("\n\t")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """The text with each invisible character written as its number, such as ⟦U+202E⟧."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(f"⟦U+{ord(one):04X}⟧" if _is_hidden(one) else one for one in plain)


def first_words(text: str, count: int = 12) -> str:
    """The beginning of a text in one line, so that people know which one it is."""
    words = visible(text[:1000]).split()
    return " ".join(words[:count]) + ("…" if len(words) > count or len(text) > 1000 else "")


def _is_hidden(one: str) -> bool:
    return one not in _TEXT and unicodedata.category(one) in _HIDDEN
