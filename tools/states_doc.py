"""Writes docs/spec/states.md from the table that the desk runs (app/domain/states.py); a test compares both."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from app.domain.deadlines import DEADLINES, due
from app.domain.guards import RULES
from app.domain.states import MOVES, SENTENCES, CaseFacts, Move, Role, State, next_states

PATH = Path(__file__).resolve().parent.parent / "docs" / "spec" / "states.md"

_HEAD = """\
# The procedure of a case

Written by `tools/states_doc.py` from `MOVES` in `app/domain/states.py`: change the table, then type
`python -m tools.states_doc`. A move that is not in this table is refused and changes nothing. A move whose guards do
not hold is refused with all that is missing; each sentence says what to do.

Every move has a reason in words, is made by one reviewer in their own name and leaves a line in the journal. Where
"colleges" says 2, reviewers of two colleges sign the same decision, each with their own OpenPGP key: the first
signature waits, nothing moves. A publication rests on two signatures over the entry itself (guard `entry_signed`).
"""

_NOTES = """\
## Beyond DOMAIN §3.4

- `registry_proposed → closed`: DOMAIN names no way out for a reporter who says no; the case would stay open for ever.
- `verified → assessment`, `registry_proposed → assessment`: what two colleges verified (category, severity, grade,
  cooperative, size of the group) is changed there alone, and verified anew.
- `corrected → withdrawn`: a court order or an upheld objection reaches a corrected entry as it reaches any other,
  within 72 hours.
- Redaction and the checklist, which DOMAIN names at `triage` and `assessment`, are work done in those states; nothing
  in CONTRACT records them yet, so no guard asks for them.
- The batch day is a rule of the export, not of the move: `published` says that the signed entry may leave.
"""


def render() -> str:
    """The whole document."""
    parts = [_HEAD, "## Diagram\n", _diagram(), "## States\n", _states(), "## Moves\n", _moves(), "## Guards\n"]
    return "\n".join([*parts, _guards(), _NOTES])


def _diagram() -> str:
    ends = [state for state in State if not next_states(state)]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {State.RECEIVED}"]
    lines += [f"    {move.source} --> {move.target}: {move.action}" for move in MOVES]
    lines += [f"    {state} --> [*]" for state in ends]
    return "\n".join([*lines, "```", ""])


def _states() -> str:
    rows = ["| state | the reporter reads | deadline | next |", "|---|---|---|---|"]
    for state in State:
        french, english = SENTENCES[state]
        sentence = f"« {french} » / “{english}”" if french else "(nothing new)"
        following = ", ".join(f"`{target}`" for target in next_states(state)) or "– (an end)"
        rows.append(f"| `{state}` | {sentence} | {_deadline(state)} | {following} |")
    return "\n".join([*rows, ""])


def _deadline(state: State) -> str:
    day = date(2026, 1, 1)
    answer = due(CaseFacts(state=state, entered=day, acknowledged_on=day, notice_on=day), day)
    words = DEADLINES[state].words[1]
    return words if answer.day else f"– ({words})"


def _moves() -> str:
    rows = ["| from | action | to | guards | who | colleges | then |", "|---|---|---|---|---|---|---|"]
    rows += [_move(move) for move in MOVES]
    return "\n".join([*rows, ""])


def _move(move: Move) -> str:
    guards = ", ".join(f"`{guard}`" for guard in move.conditions)
    who = ", ".join(role for role in Role if role in move.roles)
    route = f"`{move.source}` | {move.action} | `{move.target}`"
    return f"| {route} | {guards} | {who} | {move.colleges} | {move.deadline.words[1]} |"


def _guards() -> str:
    rows = ["| guard | holds when | otherwise the desk says |", "|---|---|---|"]
    rows += [f"| `{guard}` | {rule.asks} | {rule.message} |" for guard, rule in RULES.items()]
    return "\n".join([*rows, ""])


if __name__ == "__main__":
    PATH.write_text(render(), encoding="utf-8")
