"""The procedure of a case as a table: what is not in `MOVES` is refused and changes nothing.

The documentation (docs/spec/states.md), the public procedure pages and the desk read this one table. Who acts, what
must hold and how many colleges sign is all there is to a move; `check_move` decides nothing else.

Invariants, each a test: no path to `published` avoids `verified` and `right_of_reply`; no state that publishes is
reached by a clock; every move has a reason; `closed`, `expired` and `withdrawn` are ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.deadlines import DEADLINES, Deadline
from app.domain.facts import CaseFacts, Role, State
from app.domain.guards import Guard, Refusal, refusals
from app.errors import UserError

__all__ = [
    "ACTIONS",
    "LABELS",
    "MOVES",
    "SENTENCES",
    "CaseFacts",
    "Guard",
    "IllegalMove",
    "Move",
    "MoveRefused",
    "Refusal",
    "Role",
    "State",
    "check_move",
    "find_move",
    "next_states",
]

_ANALYSTS = frozenset({Role.ANALYST})


@dataclass(frozen=True)
class Move:
    """One row: state, role, action → state, guards, deadline; and how many colleges sign the decision itself."""

    source: State
    target: State
    guards: tuple[Guard, ...] = ()
    roles: frozenset[Role] = _ANALYSTS
    colleges: int = 1

    @property
    def action(self) -> str:
        """What people call this move; one of ACTIONS."""
        if self.target is State.ASSESSMENT and self.source not in _BEFORE_ASSESSMENT:
            return "reopen"
        return "resume" if (self.source, self.target) == (State.QUESTION, State.TRIAGE) else _BY_TARGET[self.target]

    @property
    def signed_by_two(self) -> bool:
        """Two colleges sign: the decision itself, or the entry that it lets out."""
        return self.colleges > 1 or Guard.ENTRY_SIGNED in self.guards

    @property
    def deadline(self) -> Deadline:
        """What is due once the case is there."""
        return DEADLINES[self.target]

    @property
    def conditions(self) -> tuple[Guard, ...]:
        """Every guard in the order in which they are told: the reason first, the second signature last."""
        return (Guard.REASON, *self.guards, *((Guard.COLLEGES,) if self.colleges > 1 else ()))


class IllegalMove(UserError):
    """No such row: the two states are not neighbours, or this role never makes this move."""


class MoveRefused(UserError):
    """The row exists, some of its guards do not hold yet."""

    def __init__(self, move: Move, refused: tuple[Refusal, ...]) -> None:
        super().__init__(
            f"The case stays in {move.source}: it cannot move to {move.target} yet.",
            " ".join(refusal.message for refusal in refused),
        )
        self.move = move
        self.refusals = refused

    @property
    def waits_for_college(self) -> bool:
        """Only the signature of another college is missing."""
        return [refusal.guard for refusal in self.refusals] == [Guard.COLLEGES]


# What people call the moves, French then English.
ACTIONS: dict[str, tuple[str, str]] = {
    "acknowledge": ("accuser réception", "acknowledge"),
    "triage": ("commencer le tri", "begin triage"),
    "ask": ("attendre une réponse", "wait for an answer"),
    "resume": ("reprendre le tri", "resume triage"),
    "assess": ("évaluer", "assess"),
    "reopen": ("revenir à l'évaluation", "go back to assessment"),
    "set_aside": ("mettre hors champ", "set aside as out of scope"),
    "verify": ("constater", "verify"),
    "find_unfounded": ("juger infondé", "find unfounded"),
    "find_unverifiable": ("juger non vérifiable", "find unverifiable"),
    "mediate": ("ouvrir une médiation", "open a mediation"),
    "refer": ("transmettre à une autorité", "refer to an authority"),
    "propose": ("proposer une inscription", "propose an entry"),
    "notify": ("ouvrir le contradictoire", "open the right of reply"),
    "publish": ("publier", "publish"),
    "correct": ("corriger", "correct"),
    "expire": ("laisser expirer", "let expire"),
    "withdraw": ("retirer", "withdraw"),
    "close": ("clore", "close"),
}
_BY_TARGET: dict[State, str] = {
    State.ACKNOWLEDGED: "acknowledge",
    State.TRIAGE: "triage",
    State.QUESTION: "ask",
    State.ASSESSMENT: "assess",
    State.OUT_OF_SCOPE: "set_aside",
    State.VERIFIED: "verify",
    State.UNFOUNDED: "find_unfounded",
    State.UNVERIFIABLE: "find_unverifiable",
    State.MEDIATION: "mediate",
    State.REFERRED: "refer",
    State.REGISTRY_PROPOSED: "propose",
    State.RIGHT_OF_REPLY: "notify",
    State.PUBLISHED: "publish",
    State.CORRECTED: "correct",
    State.EXPIRED: "expire",
    State.WITHDRAWN: "withdraw",
    State.CLOSED: "close",
}
_BEFORE_ASSESSMENT = frozenset({State.TRIAGE, State.QUESTION})

_S, _G = State, Guard
_TRIAGED = (_G.CATEGORY, _G.SEVERITY, _G.CONFLICT)
_STAFFED = (*_TRIAGED, _G.OWNER, _G.DEPUTY)
_SIGNED = (_G.GATE, _G.GOOD_FAITH, _G.ENTRY_SIGNED)
_BY_CLOCK = frozenset({Role.ANALYST, Role.CLOCK})

MOVES: tuple[Move, ...] = (
    Move(_S.RECEIVED, _S.ACKNOWLEDGED, (_G.OPENED, _G.ACKNOWLEDGED)),
    Move(_S.ACKNOWLEDGED, _S.TRIAGE, _TRIAGED),
    Move(_S.TRIAGE, _S.QUESTION, (_G.QUESTION,)),
    Move(_S.TRIAGE, _S.ASSESSMENT, _STAFFED),
    Move(_S.TRIAGE, _S.OUT_OF_SCOPE),
    Move(_S.QUESTION, _S.TRIAGE, (*_TRIAGED, _G.QUESTION_WAIT)),
    Move(_S.QUESTION, _S.ASSESSMENT, (*_STAFFED, _G.QUESTION_WAIT)),
    Move(_S.ASSESSMENT, _S.VERIFIED, (_G.GRADE,), colleges=2),
    Move(_S.ASSESSMENT, _S.UNFOUNDED),
    Move(_S.ASSESSMENT, _S.UNVERIFIABLE),
    Move(_S.ASSESSMENT, _S.MEDIATION, (_G.MEDIATION_CONSENT,)),
    Move(_S.ASSESSMENT, _S.REFERRED, (_G.REFERRAL,)),
    Move(_S.VERIFIED, _S.REGISTRY_PROPOSED, (_G.GRADE, _G.GATE, _G.GOOD_FAITH)),
    # What two colleges verified is changed in assessment alone, so there is a way back to it.
    Move(_S.VERIFIED, _S.ASSESSMENT, _STAFFED),
    Move(_S.VERIFIED, _S.CLOSED, (_G.CLOSING_REPLY,)),
    Move(_S.UNFOUNDED, _S.CLOSED, (_G.CLOSING_REPLY,)),
    Move(_S.UNVERIFIABLE, _S.ASSESSMENT, (*_STAFFED, _G.REOPENABLE)),
    Move(_S.UNVERIFIABLE, _S.CLOSED, (_G.CLOSING_REPLY,)),
    Move(_S.OUT_OF_SCOPE, _S.CLOSED, (_G.CLOSING_REPLY,)),
    Move(_S.MEDIATION, _S.ASSESSMENT, _STAFFED),
    Move(_S.MEDIATION, _S.CLOSED, (_G.CLOSING_REPLY,)),
    Move(_S.REFERRED, _S.CLOSED, (_G.CLOSING_REPLY,)),
    Move(_S.REGISTRY_PROPOSED, _S.RIGHT_OF_REPLY, (_G.GATE, _G.GOOD_FAITH, _G.OPINION, _G.NOTICE)),
    Move(_S.REGISTRY_PROPOSED, _S.ASSESSMENT, _STAFFED),
    # DOMAIN §3.4 names no way out for a reporter who says no; without this row the case would stay open for ever.
    Move(_S.REGISTRY_PROPOSED, _S.CLOSED, (_G.CLOSING_REPLY,)),
    Move(_S.RIGHT_OF_REPLY, _S.PUBLISHED, (_G.GRADE, _G.NOT_OPPOSED, _G.REPLY_TIME, *_SIGNED)),
    Move(_S.RIGHT_OF_REPLY, _S.ASSESSMENT, _STAFFED),
    Move(_S.PUBLISHED, _S.CORRECTED, _SIGNED),
    Move(_S.PUBLISHED, _S.EXPIRED, (_G.DURATION,), _BY_CLOCK),
    Move(_S.PUBLISHED, _S.WITHDRAWN, (_G.ENTRY_SIGNED,)),
    Move(_S.CORRECTED, _S.EXPIRED, (_G.DURATION,), _BY_CLOCK),
    # A court order reaches a corrected entry as it reaches any other (DOMAIN §3.4 "retire": within 72 hours).
    Move(_S.CORRECTED, _S.WITHDRAWN, (_G.ENTRY_SIGNED,)),
)

# States are strings, so a name typed on the command line finds its row, and an unknown one finds none.
_TABLE: dict[tuple[str, str], Move] = {(move.source, move.target): move for move in MOVES}


def find_move(source: str, target: str) -> Move | None:
    """The row between two states, if there is one."""
    return _TABLE.get((source, target))


def next_states(source: State) -> tuple[State, ...]:
    """Where a case may go from here, in the order of the table."""
    return tuple(move.target for move in MOVES if move.source is source)


def check_move(facts: CaseFacts, target: str, role: str, today: date) -> Move:
    """The row that allows this move today.

    Args:
        facts: of the case as it is, with the reason and the signing colleges of this very decision.
        target: a state; unknown names are refused like any other move outside the table.
        role: of the person who acts.

    Raises:
        IllegalMove: no such row, or not for this role.
        MoveRefused: guards that do not hold, all of them, each with what to do.
    """
    move = _TABLE.get((facts.state, target))
    if move is None:
        allowed = ", ".join(next_states(facts.state)) or "nowhere: this state is an end"
        raise IllegalMove(f"A case in {facts.state} cannot move to that state.", f"It can move to: {allowed}.")
    if role not in move.roles:
        raise IllegalMove("Your role does not make this move.", "Ask an analyst. The case was not changed.")
    refused = refusals(move.conditions, facts, today)
    if refused:
        raise MoveRefused(move, refused)
    return move


# The names of the states, French then English.
LABELS: dict[State, tuple[str, str]] = {
    _S.RECEIVED: ("reçu", "received"),
    _S.ACKNOWLEDGED: ("accusé de réception", "acknowledged"),
    _S.TRIAGE: ("tri", "triage"),
    _S.QUESTION: ("complément demandé", "question"),
    _S.ASSESSMENT: ("évaluation", "assessment"),
    _S.VERIFIED: ("vérifié", "verified"),
    _S.UNFOUNDED: ("infondé", "unfounded"),
    _S.UNVERIFIABLE: ("non vérifiable", "unverifiable"),
    _S.OUT_OF_SCOPE: ("hors champ", "out of scope"),
    _S.MEDIATION: ("médiation", "mediation"),
    _S.REFERRED: ("transmis à une autorité", "referred"),
    _S.REGISTRY_PROPOSED: ("inscription proposée", "registry proposed"),
    _S.RIGHT_OF_REPLY: ("contradictoire", "right of reply"),
    _S.PUBLISHED: ("publié", "published"),
    _S.CORRECTED: ("corrigé", "corrected"),
    _S.EXPIRED: ("expiré", "expired"),
    _S.WITHDRAWN: ("retiré", "withdrawn"),
    _S.CLOSED: ("clos", "closed"),
}

# What the reporter reads at each step, French then English; "" where the step tells the reporter nothing new.
SENTENCES: dict[State, tuple[str, str]] = {
    _S.RECEIVED: ("Votre signalement est arrivé.", "Your report has arrived."),
    _S.ACKNOWLEDGED: ("Une personne l'a lu.", "A person has read it."),
    _S.TRIAGE: ("Nous vérifions si nous pouvons agir.", "We are checking whether we can act."),
    _S.QUESTION: ("Nous avons une question pour vous.", "We have a question for you."),
    _S.ASSESSMENT: ("Nous étudions le dossier.", "We are studying the case."),
    _S.VERIFIED: ("Nous avons pu vérifier.", "We were able to verify it."),
    _S.UNFOUNDED: ("Les éléments n'ont pas confirmé.", "What we found did not confirm it."),
    _S.UNVERIFIABLE: ("Nous n'avons pas assez d'éléments.", "We do not have enough to decide."),
    _S.OUT_OF_SCOPE: (
        "Ce n'est pas de notre ressort. Voici qui peut agir.",
        "This is not for us to decide. Here is who can act.",
    ),
    _S.MEDIATION: (
        "Une médiation est proposée, si vous êtes d'accord.",
        "A mediation is offered, if you agree.",
    ),
    _S.REFERRED: ("Une autorité peut agir ; voici laquelle.", "An authority can act; here is which one."),
    _S.REGISTRY_PROPOSED: (
        "Nous proposons une inscription au registre.",
        "We propose an entry in the register.",
    ),
    _S.RIGHT_OF_REPLY: ("", ""),
    _S.PUBLISHED: ("Une entrée a été publiée.", "An entry has been published."),
    _S.CORRECTED: ("", ""),
    _S.EXPIRED: ("", ""),
    _S.WITHDRAWN: ("", ""),
    _S.CLOSED: (
        "Dossier terminé. Votre boîte reste ouverte 6 mois, puis sera effacée.",
        "This case is finished. Your mailbox stays open for 6 months and is then erased.",
    ),
}
