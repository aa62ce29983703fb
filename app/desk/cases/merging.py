"""Merging two reports of one thing, splitting one report of two things, and undoing either.

A merged case keeps its row, its messages and its mailbox, and sleeps: it is decided with the other one, and replies to
its reporter still go out from it. A split case shares messages of its source by reference: no content is copied, and
replies go out from the source. Both are journalled with a reason, under the keys of those who may open them.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from app.desk.carry.filing import Labels
from app.desk.cases.decisions import check_awake
from app.desk.cases.setting import DUTY
from app.desk.circle.links import close_with_target
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.family import CHOSEN, ENDS, MERGED, before_close, children, close_members, members, unheard
from app.desk.core.keyring import KEY_BYTES
from app.desk.core.offspring import forget_child, remember_child
from app.desk.core.record import CaseRecord, new_id
from app.desk.core.texts import named_messages
from app.domain.facts import CaseFacts, State
from app.errors import UserError
from app.stores.desk import Transaction

__all__ = ["before_close", "children", "close_members", "members", "merge", "rejoin", "split", "take_out"]

# From here on the case has, or had, an entry that the cooperative or the public knows.
ENTERED = frozenset(
    {
        State.REGISTRY_PROPOSED,
        State.RIGHT_OF_REPLY,
        State.PUBLISHED,
        State.CORRECTED,
        State.EXPIRED,
        State.WITHDRAWN,
    }
)
# What may have happened to a split case that goes back: reading it, and setting facts.
_UNDOABLE = frozenset({"split", "open", "save", "set"})
BY_MERGE = "of a report that is decided with this one"
_NOTHING = "Nothing was changed."


def merge(desk: Desk, source_id: str, into_id: str, reason: str) -> None:
    """Let one case be decided with another, until it is taken out again.

    Raises:
        UserError: the same case, a chain, an entry under way, a case that has ended or that nobody read, or people who
            would decide it without being allowed to open it.
    """
    reason = check_plain(reason, "The reason")
    desk.check_analyst()
    with desk.store.writing() as tx:
        source, target = desk.case(tx, source_id), desk.case(tx, into_id)
        _check_pair(source, target)
        if members(desk, tx, source):
            raise UserError(
                "Other cases are merged into this one.",
                f"Take them out first, or merge the other way round. {_NOTHING}",
            )
        missing = unheard(source)
        if missing:
            raise UserError(
                "A report is merged once it was read, and its reporter was told so.", f"{' '.join(missing)} {_NOTHING}"
            )
        # Neither line names the other case: some who may open the one may not open the other.
        desk.log(tx, "merge", case=source, reason=reason)
        _carry_over(desk, tx, source, target)
        merged = desk.save(tx, source, replace(source.record, merged_into=target.id))
        merged.put_paper(tx, MERGED, True)
        close_with_target(desk, tx, merged)


def _carry_over(desk: Desk, tx: Transaction, source: OpenCase, target: OpenCase) -> None:
    """What presses in the one presses where it is decided: the higher severity, and a flag of retaliation."""
    facts, flagged = target.facts, source.record.retaliation
    severity = max(facts.severity or 0, source.facts.severity or 0) or None
    if severity == facts.severity and (target.record.retaliation or not flagged):
        return
    on = desk.today if severity != facts.severity else facts.severity_on
    changed = replace(facts, severity=severity, severity_on=on)
    desk.save(tx, target, replace(target.record, facts=changed, retaliation=target.record.retaliation or flagged))
    desk.log(tx, "set", case=target, reason=f"severity={severity}: {BY_MERGE}")


def take_out(desk: Desk, case_id: str, reason: str) -> None:
    """Undo a merge: the case wakes up with its own state and its own clocks.

    Raises:
        UserError: it was not merged, or was closed with the other one.
    """
    reason = check_plain(reason, "The reason")
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        if not case.record.merged_into:
            raise UserError("This case was not merged into another one.", _NOTHING)
        if case.facts.state is State.CLOSED or case.record.purged:
            raise UserError("This case was closed with the one it was merged into.", f"Closed is an end. {_NOTHING}")
        if desk.find(tx, case.record.merged_into) is None:
            raise UserError("Whoever decides this case takes it out again.", f"Ask another reviewer. {_NOTHING}")
        desk.log(tx, "take out", case=case, reason=reason)
        tx.drop_paper(case.id, MERGED)
        desk.save(tx, case, replace(case.record, merged_into=""))


def split(desk: Desk, case_id: str, positions: Sequence[int], reason: str) -> str:
    """Make a new case of some messages of another; returns its id.

    Args:
        positions: of the messages, as `case show` numbers them.

    Raises:
        UserError: no such message, or a case that was merged, split or ended itself.
    """
    reason = check_plain(reason, "The reason")
    with desk.store.writing() as tx:
        source = desk.case(tx, case_id)
        check_awake(source)
        if source.record.split_from or source.facts.state in ENDS:
            raise UserError(
                "A case that has ended, or was split from another one, is not split.", f"Split its source. {_NOTHING}"
            )
        chosen = _chosen(desk, tx, source, positions)
        case = _new_case(desk, tx, source)
        case.put_paper(tx, CHOSEN, chosen)
        remember_child(tx, source, case.id)
        desk.log(tx, "split", case=source, reason=reason)
        desk.log(tx, "split", case=case, reason=reason)
    return case.id


def rejoin(desk: Desk, case_id: str, reason: str) -> None:
    """Undo a split: the new case is dropped, its messages never left their source.

    Raises:
        UserError: it was not split, or more was done with it than reading it and setting facts.
    """
    reason = check_plain(reason, "The reason")
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        source = desk.find(tx, case.record.split_from)
        if source is None:
            raise UserError("This case was not split from one that you may open.", _NOTHING)
        if case.facts.hold:
            raise UserError(
                "A legal hold keeps this case: it does not go back while it stands.",
                f"Set the hold on its source first, then lift it here: case set ID hold=yes. {_NOTHING}",
            )
        done = {line.action for line, _ in desk.history(tx, case)} - _UNDOABLE
        if done or set(tx.papers(case.id)) - {CHOSEN, DUTY} or tx.replies(case.id) or members(desk, tx, case):
            raise UserError(
                "More was done with this case than setting facts: it can only be closed.",
                f"To decide both together, merge it into its source: sourdine desk case merge. {_NOTHING}",
            )
        desk.log(tx, "rejoin", case=source, reason=reason)
        forget_child(tx, source, case.id)
        tx.drop_case(case.id)
    desk.store.forget()


def _check_pair(source: OpenCase, target: OpenCase) -> None:
    check_awake(source)
    check_awake(target)
    if source.id == target.id:
        raise UserError("A case cannot be merged into itself.", _NOTHING)
    if target.record.split_from == source.id:
        raise UserError(
            "The second case is a part of the first, and rests on it.", f"Merge the part into the whole. {_NOTHING}"
        )
    if source.facts.state in ENTERED | ENDS:
        raise UserError(
            f"A case in {source.facts.state} is not merged: its entry, or its end, stands by itself.",
            f"Merge the other one into this one, if that one is still open. {_NOTHING}",
        )
    if target.facts.state in ENDS:
        raise UserError(f"Nothing is decided any more about a case in {target.facts.state}.", _NOTHING)
    if not set(target.record.allowed) <= set(source.record.allowed):
        # Whoever decides the target decides the source: nobody may whom its reporter, or a link, kept out.
        raise UserError(
            "Somebody who may open the second case may not open the first, and would decide it.",
            f"Merge the other way round, or decide each by itself. {_NOTHING}",
        )


def _chosen(desk: Desk, tx: Transaction, source: OpenCase, positions: Sequence[int]) -> list[str]:
    rows = named_messages(source, tx, desk)
    wanted = set(positions)
    chosen = [name for number, (name, message) in enumerate(rows, 1) if number in wanted and message.worded]
    if not wanted or len(chosen) != len(wanted):
        raise UserError("This case has no such message.", f"See them with sourdine desk case show. {_NOTHING}")
    return sorted(chosen)


def _new_case(desk: Desk, tx: Transaction, source: OpenCase) -> OpenCase:
    """A case with a key, a label and grants of its own, for the very people who may open its source."""
    from_record, facts = source.record, source.facts
    told = facts.state is not State.RECEIVED
    record = CaseRecord(
        label=Labels(desk).draw(tx),
        facts=CaseFacts(
            state=State.ACKNOWLEDGED if told else State.RECEIVED,
            # What is still to be acknowledged is no younger for having been split.
            entered=desk.today if told else facts.entered,
            opened=facts.opened,
            acknowledged=facts.acknowledged,
            acknowledged_on=facts.acknowledged_on,
            last_reporter_message=facts.last_reporter_message,
            reporter_opinion=facts.reporter_opinion,
        ),
        received=from_record.received,
        allowed=from_record.allowed,
        excluded=from_record.excluded,
        # The cooperative as the reporter named it: whoever declares a link to it later is kept out here too.
        fields={name: value for name, value in from_record.fields.items() if name == "cooperative"},
        opinion_given=from_record.opinion_given,
        channel=from_record.channel,
        linked=from_record.linked,
        let_in=from_record.let_in,
        language=from_record.language,
        split_from=source.id,
    )
    case = OpenCase(new_id(), 1, secrets.token_bytes(KEY_BYTES), record)
    desk.check_circle(tx)
    tx.add_case(
        case.id, case.seal("case", record.to_bytes()), desk.keyring.grant_case(case.id, case.key, record.allowed)
    )
    return case
