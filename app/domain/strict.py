"""Reading one JSON object that a person wrote: an unknown field, another type or a long text is refused by name.

The refusal names the field and the rule, never the value: it may be shown, logged and quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from app.domain.durations import MONTH
from app.errors import UserError

T = TypeVar("T")
# Controls, formats (bidirectional overrides, zero-width), surrogates, private and unassigned code points.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks without a shape of their own (Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt),
# and the blank of Braille: Python calls most of them printable.
_SHAPELESS = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_LATIN = r"A-Za-z\u00c0-\u024f\u1e00-\u1eff"
# Greek, Cyrillic, Armenian: their letters pass for Latin ones, and one of them makes another word that looks the same.
_ALIKE = r"\u0370-\u058f\u1c80-\u1c8f\u1f00-\u1fff\u2de0-\u2dff\ua640-\ua69f"
_MIXED = re.compile(rf"[{_LATIN}][\u0300-\u036f]*[{_ALIKE}]|[{_ALIKE}][\u0300-\u036f]*[{_LATIN}]")


class EntryError(UserError):
    """A rule of the registry record is broken. `field` says where (docs/spec/entry.md)."""

    def __init__(self, field: str, rule: str, hint: str = "See docs/spec/entry.md. Nothing was changed.") -> None:
        super().__init__(f"{field}: {rule}.", hint)
        self.field = field


class Reader:
    """One object of the record. Every getter raises EntryError with the path of the field."""

    def __init__(self, raw: object, where: str, names: Collection[str]) -> None:
        if not isinstance(raw, Mapping):
            raise EntryError(where or "entry", "an object with named fields is expected")
        self._raw: Mapping[str, Any] = raw
        self._where = f"{where}." if where else ""
        for name in raw:
            if name not in names:
                # A name that is not ours may itself be content: say where, and which names exist.
                raise EntryError(where or "entry", f"a field is unknown; the fields are {', '.join(names)}")

    def path(self, name: str) -> str:
        """The full name of a field, such as finding.text."""
        return self._where + name

    def raw(self, name: str) -> Any:
        """The value as it is, None when absent."""
        return self._raw.get(name)

    def text(self, name: str, limit: int, *, required: bool = False, lines: int = 1) -> str:
        """Text in its composed form, without invisible characters or outer spaces."""
        value = self._raw.get(name, "")
        if not isinstance(value, str):
            raise EntryError(self.path(name), "a text is expected")
        if required and not value:
            raise EntryError(self.path(name), "this field is needed")
        if len(value) > limit:
            raise EntryError(self.path(name), f"at most {limit} characters")
        if value.count("\n") >= lines:
            raise EntryError(self.path(name), f"at most {lines} line{'s' if lines > 1 else ''}")
        if value != clean(value) or has_unseen(value):
            raise EntryError(self.path(name), "plain text without invisible characters or outer spaces is expected")
        if not value.isascii() and _MIXED.search(value):
            raise EntryError(self.path(name), "a word mixes letters of two scripts, such as Latin and Cyrillic")
        return value

    def choice(self, name: str, options: Collection[str], default: str | None = None) -> str:
        """One of a closed list; the default stands in for an absent field, never for a wrong one."""
        value = self._raw.get(name, default)
        if not isinstance(value, str) or value not in options:
            raise EntryError(self.path(name), f"one of: {', '.join(option for option in options if option)}")
        return value

    def integer(self, name: str, low: int, high: int, *, default: int | None = None) -> int:
        """A whole number between two bounds; true and false are no numbers."""
        value = self._raw.get(name, default)
        if type(value) is not int or not low <= value <= high:
            raise EntryError(self.path(name), f"a whole number from {low} to {high}")
        return value

    def boolean(self, name: str) -> bool:
        """true or false; absent is false."""
        value = self._raw.get(name, False)
        if type(value) is not bool:
            raise EntryError(self.path(name), "true or false")
        return value

    def month(self, name: str) -> str:
        """A month such as 2026-12, or nothing. The registry holds no finer date."""
        value = self._raw.get(name, "")
        if not isinstance(value, str) or (value and not MONTH.fullmatch(value)):
            raise EntryError(self.path(name), "a month such as 2026-12, without a day")
        return value

    def items(self, name: str, parse: Callable[[Any, str], T], limit: int) -> tuple[T, ...]:
        """A list, each item read by `parse` with its own path."""
        value = self._raw.get(name, [])
        if not isinstance(value, list | tuple) or len(value) > limit:
            raise EntryError(self.path(name), f"a list of at most {limit} items")
        return tuple(parse(item, f"{self.path(name)}[{number}]") for number, item in enumerate(value))

    def choices(self, name: str, options: Collection[T], default: tuple[T, ...]) -> tuple[T, ...]:
        """A list without repetition from a closed list."""
        value = self._raw.get(name, default)
        if not isinstance(value, list | tuple) or any(
            isinstance(item, bool | dict | list) or item not in options for item in value
        ):
            known = ", ".join(str(option) for option in options)
            raise EntryError(self.path(name), f"a list of: {known}")
        if len(set(value)) != len(value):
            raise EntryError(self.path(name), "one item stands twice")
        return tuple(value)


def has_unseen(text: str) -> bool:
    """Whether a character stands there that nobody sees; line feeds are text."""
    if text.isascii() and text.isprintable():
        return False
    # What is printable to Python has none of these; asking character by character took a third of the time of a load.
    return _SHAPELESS.search(text) is not None or (
        not text.isprintable()
        and any(unicodedata.category(character) in _INVISIBLE for character in text if character != "\n")
    )


def clean(text: str) -> str:
    """Composed Unicode, line feeds only, no space at the ends: what a draft is turned into before it is read."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
