"""What to look at twice before a reply is sealed: nobody can take a sealed reply back (DOMAIN §5.5).

Cautions never block, except one: words of another case mean that this may be the wrong reporter, and then a person
says so. They carry codes and places, never what was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.domain.gate import overlap
from app.domain.patterns import scan
from app.domain.return_week import tells_week
from app.domain.words import fold

FIRST_WORDS = 8
QUESTIONS_MAX = 2
# Kinds that ask somebody to come back, and so say when.
WITH_WEEK = frozenset({"acknowledgement", "question"})
# The words that people use for the four parts of a closing reply, by language: decision, why, what next, appeal.
PARTS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("décision", "décidé", "décidons"),
        ("pourquoi", "raison", "raisons", "motif", "motifs"),
        ("suite", "suites"),
        ("contester", "recours", "relecture", "réexamen"),
    ),
    (("decision", "decided"), ("why", "reason", "reasons"), ("next",), ("appeal", "contest", "review")),
)
PARTS_COUNT = 4
# Four headings alone say nothing: as many words again stand beside them, or there are four lines of some words each.
PARTS_WORDS_MIN = 8
LINE_WORDS_MIN = 3

# code → French, English.
CAUTIONS: dict[str, tuple[str, str]] = {
    "other_case": (
        "Ce texte nomme un autre dossier : est-ce bien la bonne personne ?",
        "This text names another case: is it really for this reporter?",
    ),
    "own_label": (
        "Ce texte porte l'étiquette du dossier : elle ne sert qu'ici, retirez-la.",
        "This text has the label of the case: it is for this desk only, remove it.",
    ),
    "email": ("Ce texte semble contenir une adresse e-mail.", "This text seems to have an e-mail address in it."),
    "phone": ("Ce texte semble contenir un numéro de téléphone.", "This text seems to have a telephone number in it."),
    "iban": ("Ce texte semble contenir un compte bancaire.", "This text seems to have a bank account in it."),
    "link": (
        "Ce texte contient un lien : la personne ne devrait pas le suivre depuis chez elle.",
        "This text has a link in it: nobody should follow it from home.",
    ),
    "overlap": (
        "Ce texte reprend six mots du signalement à la suite : qui lit par-dessus l'épaule reconnaîtrait l'affaire.",
        "Six words in a row are the reporter's own: whoever looks over their shoulder would know the matter.",
    ),
    "no_week": (
        "Ce texte ne dit pas quelle semaine revenir lire.",
        "This text does not say in which week to come back and read.",
    ),
    "questions": (
        "Plus de deux questions : une personne qui doit trop répondre ne revient pas.",
        "More than two questions: whoever must answer too much does not come back.",
    ),
    "blocks": (
        "Une réponse de clôture dit quatre choses : la décision, pourquoi, la suite, et comment la contester.",
        "A closing reply says four things: the decision, why, what next, and how to contest it.",
    ),
    "handover": (
        "Une autre personne signait jusqu'ici : annoncez d'abord la relève, avec le modèle « handover ».",
        'Somebody else signed until now: first announce the handover, with the template "handover".',
    ),
}
# What no text of ours should hold; the others are asked for separately.
_PATTERNS = ("email", "phone", "iban", "link")
_QUESTION = re.compile(r"\?[?!]*(?=[\s»\")’']|$)")
_NUMBERED = re.compile(r"^\s*\d{1,2}\s*[.)]\s+\S", re.MULTILINE)


@dataclass(frozen=True)
class Caution:
    """One thing to look at. `confirm`: sealing waits for a plain yes."""

    code: str

    @property
    def french(self) -> str:
        return CAUTIONS[self.code][0]

    @property
    def message(self) -> str:
        return CAUTIONS[self.code][1]

    @property
    def confirm(self) -> bool:
        return self.code == "other_case"


@dataclass(frozen=True)
class Around:
    """What surrounds a reply.

    Attributes:
        label: of its case.
        others: label and id of every other case at hand.
        stories: everything that the reporter wrote.
        new_author: somebody else signed the reply before, and did not say that this would change.
    """

    label: str
    others: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    stories: tuple[str, ...] = field(default=(), repr=False)
    new_author: bool = False


def cautions(text: str, kind: str, around: Around) -> tuple[Caution, ...]:
    """Everything to look at before this text is sealed, what matters most first.

    Args:
        kind: acknowledgement, question, reply or closing.
    """
    words = fold(text)
    found = {code for code, _ in scan(text)}
    holds = {
        "other_case": any(
            (label != around.label and _has(words, label)) or case_id in words for label, case_id in around.others
        ),
        "own_label": _has(words, around.label),
        **{code: code in found for code in _PATTERNS},
        "overlap": overlap(text, around.stories) is not None,
        "no_week": kind in WITH_WEEK and not tells_week(text),
        "questions": kind == "question" and count_questions(text) > QUESTIONS_MAX,
        "blocks": kind == "closing" and not tells_four_parts(text),
        "handover": around.new_author,
    }
    return tuple(Caution(code) for code, there in holds.items() if there)


def tells_four_parts(text: str) -> bool:
    """Whether a text can be read as decision, why, what next and how to contest it (DOMAIN S1.8).

    A machine cannot judge a reply. It sees a text that names the four parts, or one with a line for each.
    """
    words = fold(text)
    named = any(all(any(_has(words, name) for name in names) for names in parts) for parts in PARTS)
    lines = [line for line in text.splitlines() if len(fold(line)) >= LINE_WORDS_MIN]
    return (named and len(words) >= PARTS_WORDS_MIN) or len(lines) >= PARTS_COUNT


def count_questions(text: str) -> int:
    """How many questions a text asks: its question marks, or its numbered lines when those are more."""
    return max(len(_QUESTION.findall(text)), len(_NUMBERED.findall(text)))


def first_words(text: str) -> str:
    """The beginning of a text, on one line."""
    words = text.split()
    return " ".join(words[:FIRST_WORDS]) + (" …" if len(words) > FIRST_WORDS else "")


def _has(words: list[str], label: str) -> bool:
    wanted = fold(label)
    size = len(wanted)
    if not wanted or wanted[0] not in words:  # most labels are not there: told at once for thousands of cases
        return False
    return any(words[at : at + size] == wanted for at in range(len(words) - size + 1))
