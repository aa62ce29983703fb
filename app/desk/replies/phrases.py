"""The templates of replies, in French and English: what stands already, and what a person must write (DOMAIN S1.8).

A template never decides: it holds the words that are the same for everybody. What is decided, and why, is written by
somebody, under a pseudonym of the team (S1.27). The sentences of the states come from `app.domain.states`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.desk.replies.phrase_texts import OPENINGS, TEXTS, says
from app.domain.deadlines import FEEDBACK_DAYS, TRIAGE_DAYS
from app.domain.facts import State
from app.domain.guards import OPINION_DAYS, QUESTION_DAYS
from app.domain.return_week import LANGUAGES
from app.domain.states import next_states

Words = tuple[str, str]  # French, English

__all__ = ["CLOSING_BLOCKS", "LANGUAGES", "TEMPLATES", "Block", "Template"]


@dataclass(frozen=True)
class Block:
    """One part that a person writes. `help` is what the empty form says in its place, never what may be sent."""

    name: str
    labels: Words
    help: Words
    required: bool = True

    def label(self, language: str) -> str:
        return self.labels[LANGUAGES.index(language)]

    def hint(self, language: str) -> str:
        """The help as one line of an empty form."""
        return f"({self.help[LANGUAGES.index(language)]})"


@dataclass(frozen=True)
class Template:
    """One template.

    Attributes:
        kind: one of `replies.KINDS`.
        labels: its name for people.
        states: the states of a case in which it says something true.
        blocks: what a person writes: four of them for a closing reply, one for the others.
        text: for each language, with `{block}` for each block and `{week}`, `{before}`, `{author}` where they stand.
        wait: days after which it is worth coming back, for `{week}`.
        asks: its block asks a question, or two.
    """

    name: str
    kind: str
    labels: Words
    states: frozenset[State]
    blocks: tuple[Block, ...]
    text: Mapping[str, str] = field(repr=False)
    wait: int = 0
    asks: bool = False


def _one(labels: Words, help: Words, *, required: bool = True) -> tuple[Block, ...]:
    return (Block("text", labels, help, required),)


def _closing(next_help: Words) -> tuple[Block, ...]:
    return (
        Block(
            "decision",
            ("Décision", "Decision"),
            ("Ce que nous avons décidé, en une ou deux phrases.", "What we decided, in a sentence or two."),
        ),
        Block(
            "why",
            ("Pourquoi", "Why"),
            (
                "Ce que nous avons regardé et ce qui a compté. Sans nom, et sans recopier le signalement.",
                "What we looked at and what counted. No name, and nothing copied from the report.",
            ),
        ),
        Block("what_next", ("La suite", "What next"), next_help),
        Block(
            "appeal",
            ("Contester", "Appeal"),
            (
                "Comment demander une relecture dans cette boîte, qui relit, et quelle autre voie existe.",
                "How to ask in this mailbox for another look, who looks again, and which other way there is.",
            ),
        ),
    )


_NEXT: Words = (
    "Ce que nous ferons encore, et ce que la personne peut faire.",
    "What we still do, and what the reporter can do.",
)
CLOSING_BLOCKS = _closing(_NEXT)
_ENDS = frozenset({State.CLOSED, State.EXPIRED, State.WITHDRAWN})
_GOING_ON = frozenset(State) - _ENDS
_MAY_CLOSE = frozenset(state for state in State if State.CLOSED in next_states(state))
# Nothing new is said while the cooperative answers (DOMAIN §3.4), and nothing before a person has read.
_IN_PROGRESS = _GOING_ON - {State.RECEIVED, State.RIGHT_OF_REPLY, State.OUT_OF_SCOPE, State.UNFOUNDED}


def _ending(name: str) -> Mapping[str, str]:
    """The text of a closing reply: its opening, the four blocks under their names, and what becomes of the mailbox."""
    texts = {}
    for language, opening in zip(LANGUAGES, OPENINGS[name], strict=True):
        parts = [f"{block.label(language)}\n{{{block.name}}}" for block in CLOSING_BLOCKS]
        texts[language] = "\n\n".join([opening, *parts, says(State.CLOSED, language)])
    return texts


_ALL = (
    Template(
        "acknowledgement",
        "acknowledgement",
        ("accusé de réception", "acknowledgement"),
        frozenset({State.RECEIVED}),
        _one(
            ("Un mot de plus", "A word more"),
            ("Facultatif : un mot qui ne répète rien du signalement.", "Optional: a word that repeats nothing of it."),
            required=False,
        ),
        TEXTS["acknowledgement"],
        wait=TRIAGE_DAYS,
    ),
    Template(
        "question",
        "question",
        ("question", "question"),
        frozenset({State.TRIAGE, State.QUESTION, State.ASSESSMENT, State.UNVERIFIABLE, State.MEDIATION}),
        _one(("Questions", "Questions"), ("Une question, deux au plus.", "One question, two at most.")),
        TEXTS["question"],
        wait=QUESTION_DAYS,
        asks=True,
    ),
    Template(
        "progress",
        "reply",
        ("où nous en sommes", "where we are"),
        _IN_PROGRESS,
        _one(
            ("Où nous en sommes", "Where we are"),
            ("Ce qui est fait, et ce que nous faisons maintenant.", "What is done, and what we do now."),
        ),
        TEXTS["progress"],
        wait=FEEDBACK_DAYS,
    ),
    Template(
        "out_of_scope",
        "closing",
        ("hors champ", "out of scope"),
        frozenset({State.OUT_OF_SCOPE}),
        _closing(("Qui peut agir, et comment s'y adresser.", "Who can act, and how to reach them.")),
        _ending("out_of_scope"),
    ),
    Template(
        "unfounded",
        "closing",
        ("infondé", "unfounded"),
        frozenset({State.UNFOUNDED}),
        CLOSING_BLOCKS,
        _ending("unfounded"),
    ),
    Template(
        "unverifiable",
        "closing",
        ("non vérifiable", "unverifiable"),
        frozenset({State.UNVERIFIABLE}),
        _closing(
            (
                "Ce qui nous aiderait à reprendre le dossier, et jusqu'à quand.",
                "What would help us to take the case up again, and until when.",
            )
        ),
        _ending("unverifiable"),
    ),
    Template(
        "verified",
        "closing",
        ("vérifié, sans inscription", "verified, without an entry"),
        frozenset({State.VERIFIED}),
        CLOSING_BLOCKS,
        _ending("verified"),
    ),
    Template(
        "mediation",
        "reply",
        ("proposer une médiation", "offer a mediation"),
        frozenset({State.ASSESSMENT, State.MEDIATION}),
        _one(
            ("La médiation proposée", "The mediation offered"),
            ("Ce qui serait discuté, et avec qui.", "What would be discussed, and with whom."),
        ),
        TEXTS["mediation"],
        wait=QUESTION_DAYS,
    ),
    Template(
        "referred",
        "closing",
        ("transmis à une autorité", "referred to an authority"),
        frozenset({State.REFERRED}),
        _closing(
            (
                "À quelle autorité, ce qu'elle a reçu, et ce qu'elle peut faire.",
                "To which authority, what it received, and what it can do.",
            )
        ),
        _ending("referred"),
    ),
    Template(
        "registry_proposed",
        "reply",
        ("proposer une inscription", "propose an entry"),
        frozenset({State.REGISTRY_PROPOSED}),
        _one(
            ("L'inscription proposée", "The entry proposed"),
            ("Ce que l'inscription dirait, avec d'autres mots.", "What the entry would say, in other words."),
        ),
        TEXTS["registry_proposed"],
        wait=OPINION_DAYS,
    ),
    Template(
        "published",
        "reply",
        ("inscription publiée", "entry published"),
        frozenset({State.PUBLISHED}),
        _one(
            ("L'inscription", "The entry"),
            ("Ce qui est publié, et jusqu'à quand.", "What is published, and until when."),
        ),
        TEXTS["published"],
    ),
    Template(
        "handover",
        "reply",
        ("relève", "handover"),
        _GOING_ON,
        _one(
            ("Un mot de plus", "A word more"),
            ("Facultatif : un mot à la personne.", "Optional: a word to the reporter."),
            required=False,
        ),
        TEXTS["handover"],
    ),
    Template(
        "closing",
        "closing",
        ("clôture", "closing"),
        _MAY_CLOSE,
        CLOSING_BLOCKS,
        _ending("closing"),
    ),
)
TEMPLATES: Mapping[str, Template] = {template.name: template for template in _ALL}
