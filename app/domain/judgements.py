"""Two ids judged to be one cooperative, by a reviewer, until somebody judges otherwise (DOMAIN S3.1).

A judgement ties one id to another. They are kept as they were made, so that each can be undone alone; what the public
reads is the flat form, in which every id leads to its last one at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.cooperative_id import COOPERATIVE_ID
from app.errors import UserError

_SAFE = "Nothing was changed."


def resolve(judged: Mapping[str, str], cooperative_id: str) -> str:
    """The id under which this one goes on; itself when nobody judged anything about it."""
    while cooperative_id in judged:
        cooperative_id = judged[cooperative_id]
    return cooperative_id


def flat(judged: Mapping[str, str]) -> dict[str, str]:
    """Every id that goes on under another, and its last one."""
    return {one: resolve(judged, one) for one in judged}


def merged(judged: Mapping[str, str], one: str, into: str) -> dict[str, str]:
    """The judgements with this one more.

    Raises:
        UserError: not two ids, judged already, or it would lead back to where it began.
    """
    for name in (one, into):
        if not COOPERATIVE_ID.fullmatch(name):
            raise UserError(f"{name[:70]!r} is no id of a cooperative.", f"{_SAFE} See: sourdine desk directory search")
    if one in judged:
        raise UserError(
            f"{one} goes on as {judged[one]} already.",
            f"{_SAFE} If that was wrong: sourdine desk directory unmerge {one} --reason TEXT",
        )
    if resolve(judged, into) == one:
        raise UserError(f"{into} goes on as {one}: the two are one already.", _SAFE)
    return {**judged, one: into}


def unmerged(judged: Mapping[str, str], one: str) -> dict[str, str]:
    """The judgements without the one about this id.

    Raises:
        UserError: there is none.
    """
    if one not in judged:
        raise UserError(f"Nobody judged that {one[:70]} goes on under another id.", _SAFE)
    return {name: into for name, into in judged.items() if name != one}
