"""What a reporter types: read strictly, refused with the field and the reason, searched for what may identify them.

The names of the fields are those of CONTRACT.md. Nothing here knows HTTP: a form is pairs of names and values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.domain import taxonomy
from app.domain.limits import FIELD_MAX, STORY_MAX, STORY_MIN
from crypto import codename

Pairs = Iterable[tuple[str, str]]

TOPICS = tuple(taxonomy.TOPICS)
FOLLOW_UPS = ("codename", "none")
PUBLISH = ("yes", "ask", "no")
YES_NO = ("yes", "no")
SATISFACTION = ("yes", "partly", "no")
QUESTIONS = ("q1", "q2", "q3", "q4")
# The only fields that may come more than once in one form.
REPEATS = frozenset({"exclude", "files"})

_SHORT = ("cooperative", "period", "others", "asked_internally")


@dataclass(frozen=True)
class FieldError:
    """One refused field. `code` is one of: missing, too_short, too_long, unknown, too_few, codename, twice."""

    field: str
    code: str


class FieldErrors(Exception):
    """A form that cannot be taken as it is. Names fields and codes, never what was typed."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in self.errors))

    @property
    def too_long(self) -> bool:
        """Whether a length is the reason: another HTTP status than a wrong value."""
        return any(error.code == "too_long" for error in self.errors)


@dataclass(frozen=True)
class ReportForm:
    """A first report. `story` may be empty only where a sealed file stands for it."""

    story: str = field(repr=False)
    cooperative: str = field(default="", repr=False)
    topic: str = ""
    period: str = field(default="", repr=False)
    others: str = field(default="", repr=False)
    asked_internally: str = field(default="", repr=False)
    publish: str = ""
    follow_up: str = "codename"
    exclude: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, pairs: Pairs, *, sealed: bool = False) -> ReportForm:
        """The form, if every field holds.

        Args:
            pairs: names and values as they came; unknown names are left aside.
            sealed: allow an empty story, because a sealed file may take its place.

        Raises:
            FieldErrors: every refused field with its reason.
        """
        form = _Reading(pairs)
        story = form.story(STORY_MIN, optional=sealed)
        short = {name: form.short(name) for name in _SHORT}
        report = cls(
            story=story,
            topic=form.choice("topic", TOPICS),
            publish=form.choice("publish", PUBLISH),
            follow_up=form.choice("follow_up", FOLLOW_UPS) or "codename",
            exclude=form.several("exclude"),
            **short,
        )
        form.check()
        return report

    @property
    def fields(self) -> dict[str, str]:
        """What travels beside the story, under the names of the form."""
        named = {name: getattr(self, name) for name in (*_SHORT, "topic", "publish")}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class MessageForm:
    """What a reporter adds later: any length from one character up."""

    story: str = field(repr=False)
    exclude: tuple[str, ...] = field(default=(), repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, pairs: Pairs, *, optional: bool = False) -> MessageForm:
        """A message with a story, or with an optional one.

        Raises:
            FieldErrors: as for a report.
        """
        form = _Reading(pairs)
        message = cls(form.story(1, optional=optional), form.several("exclude"))
        form.check()
        return message

    @classmethod
    def parse_choices(cls, pairs: Pairs, *, needed: Mapping[str, tuple[str, ...]], text: str = "") -> MessageForm:
        """A message of closed answers.

        Args:
            needed: the allowed codes of each question; at least one question must be answered.
            text: the name of one optional line of text.

        Raises:
            FieldErrors: an answer outside its codes, or none at all.
        """
        form = _Reading(pairs)
        answers = {name: form.choice(name, codes) for name, codes in needed.items()}
        if not any(form.value(name) for name in needed):
            form.refuse(next(iter(needed)), "missing")
        if text:
            answers[text] = form.short(text)
        message = cls("", form.several("exclude"), {name: value for name, value in answers.items() if value})
        form.check()
        return message


class _Reading:
    """One form being read: collects every error before it complains."""

    def __init__(self, pairs: Pairs) -> None:
        self._values: dict[str, list[str]] = {}
        self._errors: list[FieldError] = []
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)
        for name, values in self._values.items():
            if len(values) > 1 and name not in REPEATS:
                self.refuse(name, "twice")

    def value(self, name: str) -> str:
        return self._values.get(name, [""])[0]

    def several(self, name: str) -> tuple[str, ...]:
        """Every different value, in order."""
        return tuple(dict.fromkeys(value for value in self._values.get(name, []) if value))

    def story(self, least: int, *, optional: bool) -> str:
        text = normal_text(self.value("story"))
        if len(text) > STORY_MAX:
            self.refuse("story", "too_long")
        elif not text.strip():
            if not optional:
                self.refuse("story", "missing")
            return ""
        elif len(text) < least:
            self.refuse("story", "too_short")
        elif is_codename(text):
            self.refuse("story", "codename")
        return text

    def short(self, name: str) -> str:
        text = normal_text(self.value(name)).strip()
        if len(text) > FIELD_MAX:
            self.refuse(name, "too_long")
        return text

    def choice(self, name: str, codes: tuple[str, ...]) -> str:
        code = self.value(name)
        if code and code not in codes:
            self.refuse(name, "unknown")
        return code

    def refuse(self, name: str, code: str) -> None:
        self._errors.append(FieldError(name, code))

    def check(self) -> None:
        if self._errors:
            raise FieldErrors(self._errors)


def normal_text(text: str) -> str:
    """Lines end with LF, as limits count them and as the envelope carries them."""
    return text.replace("\r\n", "\n")


def is_codename(text: str) -> bool:
    """Whether a text is a codename, or eight listed words that a slip keeps from being one.

    Tired people type their key into the wrong box (SecureDrop #1437, #2238); it must not travel as a message.
    """
    try:
        codename.parse(text)
    except codename.WrongChecksum:
        return True
    except codename.CodenameError:
        return False
    return True


@dataclass(frozen=True)
class Hint:
    """A passage that may identify its author. `kind` is email, phone, link or role."""

    kind: str
    text: str = field(repr=False)


# Quantifiers are bounded and each match begins at a word, so that the worst text costs one pass.
_HINTS = (
    ("email", re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")),
    ("link", re.compile(r"(?<!\w)(?:https?://|www\.)[^\s<>\"]{1,200}", re.IGNORECASE)),
    ("phone", re.compile(r"(?<![\w.])\+?\(?\d(?:[ .()/\u00a0\u202f-]{0,2}\d){8,14}(?!\w)")),
    (
        "role",
        re.compile(
            r"(?<!\w)(?:"
            r"en\s(?:ma\s)?(?:tant|qualit[ée])\s(?:qu[e'’]|d[e'’]|comme\s)\s?"
            r"|(?:j['’][ée]tais|je\ssuis|j['’]ai\s[ée]t[ée])\s(?:l[ea'’]|seule?s?\b|un|une)\s?"
            r"|as\s(?:the|an?)\s|in\smy\s(?:role|capacity|position)(?:\sas\s(?:the|an?))?\s?"
            r"|i\s(?:am|was)\s(?:the|alone)\b\s?"
            r")[\w'’-]{0,40}",
            re.IGNORECASE,
        ),
    ),
)
HINTS_MAX = 12


def hints(text: str) -> tuple[Hint, ...]:
    """Passages to read again before sending: addresses, numbers, links, "as the treasurer". Never complete."""
    found: dict[str, Hint] = {}
    for kind, pattern in _HINTS:
        for match in pattern.finditer(text):
            passage = " ".join(match.group().split())[:80]
            found.setdefault(passage, Hint(kind, passage))
            if len(found) == HINTS_MAX:
                return tuple(found.values())
    return tuple(found.values())
