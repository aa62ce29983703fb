"""What the desk gets back, and the sentences for it, French first. The worker sends codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.desk.files.kinds import Kind


class Label(NamedTuple):
    fr: str
    en: str


class Sentence(str):
    """A sentence in French, which has its English one beside it."""

    __slots__ = ("en",)
    en: str

    def __new__(cls, fr: str, en: str) -> Sentence:
        self = super().__new__(cls, fr)
        self.en = en
        return self


@dataclass(frozen=True)
class Trait:
    """One thing that the file tells beside its content.

    Args:
        what: its code, one of `TRAITS` of `app.desk.files.labels`.
        value: cleaned, one line, at most `limits.VALUE` characters.
        betrays: it can lead to a person, a device or a place.
    """

    what: str
    label: Label
    value: str
    betrays: bool


@dataclass(frozen=True)
class Part:
    """One entry of an archive, one part of a message, one object in a document. Nothing of it was opened.

    Args:
        size: bytes that it says to have when unpacked.
        outside: its name leads out of the folder it would be unpacked in (absolute, or with "..").
        special: a device, a pipe, a sparse file.
    """

    name: str
    size: int
    folder: bool = False
    link: bool = False
    outside: bool = False
    sealed: bool = False
    special: bool = False


@dataclass(frozen=True)
class Examined:
    """The metadata report of one attachment. `refusal` is empty, or a sentence; what was told before it stays."""

    kind: Kind
    label: Label
    mismatch: bool
    traits: tuple[Trait, ...] = ()
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True)
class Page:
    """Pixels, packed by the parent as PNG. For office documents and mail: one embedded picture."""

    width: int
    height: int
    png: bytes


@dataclass(frozen=True)
class SafeCopy:
    """What can be looked at: pixels and text. With a `refusal` there is nothing else."""

    pages: tuple[Page, ...] = ()
    text: str = ""
    notes: tuple[str, ...] = ()
    refusal: str = ""
