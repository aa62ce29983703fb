"""What no reply may be sealed with, whoever wrote it: refused before anything is changed."""

from __future__ import annotations

from collections.abc import Set

from app.desk.replies.phrases import LANGUAGES, TEMPLATES
from app.domain.facts import CaseFacts, State
from app.domain.reply_check import QUESTIONS_MAX, count_questions, tells_four_parts
from app.domain.states import next_states
from app.errors import UserError

_KEPT = "Nothing was sealed."
# Nothing follows here, but a case that was merged into this one closes with a reply of its own.
_ENDED = frozenset({State.EXPIRED, State.WITHDRAWN})
FORM = "Its form is the template closing: sourdine desk reply ID --template closing --print shows it."


def usual_kind(facts: CaseFacts) -> str:
    """What a reply is when nobody says: the one that the next move of the case waits for."""
    if facts.state is State.RECEIVED:
        return "acknowledgement"
    if facts.state is State.TRIAGE:
        return "question"
    return "closing" if _may_close(facts.state) else "reply"


def kind_of(facts: CaseFacts, text: str, wanted: str = "") -> str:
    """What a plain text is: what somebody says, else the usual. A text without the four parts closes nothing, and one
    without a question asks nothing.
    """
    kind = wanted or usual_kind(facts)
    if wanted or kind not in {"closing", "question"}:
        return kind
    fits = tells_four_parts(text) if kind == "closing" else count_questions(text) > 0
    return kind if fits else "reply"


def check_reply(text: str, kind: str, state: State, *, composed: bool) -> None:
    """Refuse a text that cannot be what it is said to be.

    Args:
        state: of the case that this one is decided with.
        composed: the text was put together from a template, which has looked at its blocks already.

    Raises:
        UserError: an empty form, a closing reply that closes nothing or says too little, no question or too many.
    """
    if _has_hint(text):
        raise UserError("A part of the form is not filled in: its hint in parentheses is still there.", _KEPT)
    if kind == "closing":
        _check_closing(text, state, composed=composed)
    if kind == "question" and not composed:
        check_count(text)


def check_count(text: str) -> None:
    """Refuse a third question, and a question that asks nothing: the case would wait for its answer.

    Raises:
        UserError: there is none, or there are more than QUESTIONS_MAX.
    """
    count = count_questions(text)
    if count == 0:
        raise UserError("There is no question in this text.", f"End it with a question mark. {_KEPT}")
    if count > QUESTIONS_MAX:
        raise UserError(
            f"A message asks {QUESTIONS_MAX} questions at most: whoever must answer more does not come back.",
            f"Keep the two that decide the case. {_KEPT}",
        )


def _check_closing(text: str, state: State, *, composed: bool) -> None:
    if not _may_close(state) and state not in _ENDED:
        raise UserError(
            f"A case in {state} cannot close: a closing reply would say what nobody has decided.",
            f"Send it as an ordinary reply, or decide the case first. {_KEPT}",
        )
    if not composed and not tells_four_parts(text):
        raise UserError(
            "A closing reply has four parts, and some are missing: the decision, why, what next, how to contest it.",
            f"{FORM} {_KEPT}",
        )


def _may_close(state: State) -> bool:
    return State.CLOSED in next_states(state)


def _has_hint(text: str) -> bool:
    flat = _flat(text)
    return any(hint in flat for hint in _hints())


def _hints() -> Set[str]:
    return {
        _flat(block.hint(language))
        for template in TEMPLATES.values()
        for block in template.blocks
        for language in LANGUAGES
    }


def _flat(text: str) -> str:
    """Without the line breaks and capitals that an editor may have changed."""
    return " ".join(text.casefold().split())
