"""What reviewers write before it is signed or sealed: plain text, and nothing that a browser would read as more.

bleach is at its end of life (its README, 2026-06-05), and is used here only: off line, on what reviewers themselves
write, never on what comes from a network. It judges and never repairs: a text that changes under it is refused, so
that two people sign what they read. Everything else relies on Jinja's escaping. One line here takes another library.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

import bleach

from app.domain.strict import has_unseen
from app.errors import UserError

TEXT_MAX = 100_000


def check_plain(text: str, what: str) -> str:
    """The text with plain line ends, if it is plain.

    Args:
        what: how the refusal names it, such as "The answer".

    Raises:
        UserError: empty, too long, markup, entities or invisible characters; never quotes the text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise UserError(f"{what} is empty.", "Nothing was changed.")
    if len(text) > TEXT_MAX:
        raise UserError(f"{what} is too long.", "Nothing was changed. Shorten it.")
    # Line ends and tabs are text; everything else that cannot be seen could hide something from the second signer.
    if has_unseen(text.replace("\t", "\n")):
        raise UserError(
            f"{what} has invisible characters.", "Nothing was changed. Type it again instead of pasting it."
        )
    if changes(text):
        raise UserError(
            f"{what} has markup or character codes in it.",
            "Nothing was changed. Write plain text, without tags such as <b> and without codes such as &amp;.",
        )
    return text


def changes(text: str) -> bool:
    """Whether cleaning would alter the text."""
    return html.unescape(bleach.clean(text, tags=set(), attributes={}, strip=True)) != text


def check_all(value: object, what: str) -> None:
    """Return only if every text of a decoded JSON value is plain, however deep the value is.

    Raises:
        UserError: one is not.
    """
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            if item.strip():
                check_plain(item, what)
        elif isinstance(item, Mapping):
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)
