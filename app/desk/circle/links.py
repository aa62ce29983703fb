"""Declared links between reviewers and cooperatives (DOMAIN S1.1): who is linked never opens the case.

A link is declared for oneself and ended by somebody else. At filing, the linked are left out of a new case. Later, a
declared link or a cooperative that was established replaces their grant by one that opens nothing; whoever can open
the case does it at their next unlocking.

Would nobody be left, all whom only a link keeps out keep the key *in custody*: a grant that shows nothing, lets `desk
admit` hand the case to a newcomer, lets messages join that only older reviewers can decrypt, and opens again when the
link was a mistake that a colleague ended. Nothing takes a key back from somebody who copied it; what is kept out here
is the desk.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from app.desk.core import twofold
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.entry_paper import load_paper, store_paper
from app.desk.core.family import children
from app.desk.core.record import CaseRecord
from app.domain.cooperatives import may_be_same
from app.domain.guards import COLLEGES
from app.errors import UserError
from app.stores.desk import Transaction
from crypto import canonical, sealed

KIND = "link"
APPLIED = "link-applied"
LOST = "lost"
# Who keeps something in custody that nobody else keeps; of what, is not said.
ALONE = "custody-alone"
NAME_MAX = 160


@dataclass(frozen=True)
class Link:
    """One line of the register of recusals. `ended`: the day a colleague ended it, and `why`."""

    id: str
    reviewer: str
    cooperative: str
    declared: str
    ended: str = ""
    ended_by: str = ""
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "id"}


def all_links(desk: Desk, tx: Transaction) -> list[Link]:
    """The whole register, oldest first."""
    found = [Link(row_id, **value) for row_id, value in desk.shared(tx, KIND).items()]
    return sorted(found, key=lambda link: (link.declared, link.reviewer, link.id))


def linked(desk: Desk, tx: Transaction, *texts: str) -> frozenset[str]:
    """The reviewers whose declared link may be to a cooperative that one of these texts names."""
    return met(standing_links(desk, tx), texts)


def declare(desk: Desk, cooperative: str) -> int:
    """Declare a link for oneself; returns from how many cases it keeps the declarer out now.

    Raises:
        UserError: not a name, or declared already.
    """
    name = check_plain(cooperative, "The name of the cooperative")
    if len(name) > NAME_MAX or "\n" in name:
        raise UserError(f"The name of a cooperative is one line of at most {NAME_MAX} characters.", "Shorten it.")
    with desk.store.writing() as tx:
        mine = [link for link in standing_links(desk, tx) if link.reviewer == desk.keyring.name]
        if any(link.cooperative == name for link in mine):
            raise UserError("You declared this link already.", "Nothing was changed.")
        link = Link(new_id(), desk.keyring.name, name, desk.today.isoformat())
        desk.put_shared(tx, KIND, link.id, link.to_dict())
        desk.log(tx, "link", subject=f"reviewer {desk.keyring.name}")
        return _apply(desk, tx)


def end(desk: Desk, reviewer: str, cooperative: str, reason: str) -> Link:
    """End somebody else's link from today on. Cases that it closed to them stay closed until `let_in`.

    Raises:
        UserError: no such link, or one's own.
    """
    why = check_plain(reason, "The reason")
    desk.check_analyst()
    if reviewer == desk.keyring.name:
        raise UserError("Nobody ends a link of their own.", "Nothing was changed. Another reviewer must do this.")
    with desk.store.writing() as tx:
        wanted = [
            link for link in standing_links(desk, tx) if (link.reviewer, link.cooperative) == (reviewer, cooperative)
        ]
        if not wanted:
            raise UserError(
                "No such link is declared.", "See the names, as they were written, with: sourdine desk link list"
            )
        link = replace(wanted[0], ended=desk.today.isoformat(), ended_by=desk.keyring.name, why=why)
        desk.put_shared(tx, KIND, link.id, link.to_dict())
        tx.forget_notes(reviewer)  # what waited, and was not theirs because of this link, is tried once more
        desk.log(tx, "link end", subject=f"reviewer {reviewer}")
    return link


def let_in(desk: Desk, case_id: str, reviewer: str, reason: str) -> None:
    """Let a reviewer into a case whose cooperative only seemed to be theirs; no link closes it to them again.

    Raises:
        UserError: no such case, or no link keeps that reviewer out of it (the reporter may: that stays).
    """
    why = check_plain(reason, "The reason")
    desk.check_analyst()
    ring = desk.keyring
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        record = case.record
        if reviewer not in record.linked or reviewer in record.excluded:
            raise UserError(f"No link keeps {reviewer} out of this case.", "Nothing was changed.")
        if reviewer not in {row.name for row in ring.reviewers}:
            raise UserError(f"This desk has no reviewer named {reviewer}.", "Nothing was changed.")
        record = replace(
            record,
            allowed=(*record.allowed, reviewer),
            linked=tuple(name for name in record.linked if name != reviewer),
            let_in=(*record.let_in, reviewer),
        )
        saved = desk.save(tx, case, record)
        tx.put_grants(case.id, {reviewer: ring.grant(case.id, case.key, reviewer)})
        tx.forget_notes(reviewer)
        desk.log(tx, "let in", case=saved, reason=f"{reviewer}: {why}")


def check_overseen(desk: Desk, case: OpenCase, value: str) -> None:
    """Return only if a value of `conflict` leaves nobody alone with a case by somebody else's word.

    Whoever names a colleague puts them out at once, as a mistake that can be mended (`case let-in`); but one person
    must not be able to take a case from every other college. One's own link is one's own to say.

    Raises:
        UserError: after it, reviewers of one college alone could open the case.
    """
    named = frozenset(value.split(",")) & frozenset(case.record.allowed)
    left = set(openers(desk, case.record)) - named
    colleges = {reviewer.college for reviewer in desk.keyring.manifest.reviewers if reviewer.name in left}
    if named - {desk.keyring.name} and len(colleges) < COLLEGES:
        raise UserError(
            "After that, reviewers of one college alone could open this case.",
            "Nothing was changed. Let the one concerned say it (conflict=NAME as themselves), or bring in another "
            "reviewer first: sourdine desk admit.",
        )


def apply(desk: Desk) -> int:
    """Once after each change of links or reviewers, in the cases this reviewer may open; returns how many changed.

    Keeps the linked out, and drops first signatures by people who are no reviewers any more: those bind nobody.
    """
    with desk.store.reading() as tx:
        if desk.shared(tx, APPLIED).get(desk.keyring.name) == state(desk, tx):
            return 0
    with desk.store.writing() as tx:
        return _apply(desk, tx)


def _apply(desk: Desk, tx: Transaction) -> int:
    standing, gone = standing_links(desk, tx), _former(desk)
    before = desk.cases(tx) if gone or standing else []
    for one in before:
        case = desk.find(tx, one.id)  # one before it may have changed it, or closed it to this very reviewer
        if case is None:
            continue
        if gone:
            _void(tx, case, gone)
        names = met(standing, texts_of(case.record)) - set(case.record.let_in)
        if names & set(case.record.allowed):
            keep_out(desk, tx, case, names, case.record)
    changed = sum(desk.find(tx, one.id) != one for one in before)
    changed += sum(_look_after(desk, tx, case) for case in custody(desk, tx))
    note_alone(desk, tx)
    desk.put_shared(tx, APPLIED, desk.keyring.name, state(desk, tx))
    return changed


def keep_out(desk: Desk, tx: Transaction, case: OpenCase, names: Collection[str], record: CaseRecord) -> OpenCase:
    """Save the case with this record and without these reviewers: no grant, no part in it, no signature that waits.

    Whoever is out of a case is out of the one it was merged into, where it is decided, and of every case that shares
    messages with it: the one it was split from, and those split from it.
    """
    out = [name for name in case.record.allowed if name in names]
    facts = record.facts
    facts = replace(
        facts,
        owner="" if facts.owner in names else facts.owner,
        deputy="" if facts.deputy in names else facts.deputy,
    )
    record = replace(
        record,
        facts=facts,
        allowed=tuple(name for name in record.allowed if name not in names),
        linked=tuple(sorted({*record.linked, *out})),
        let_in=tuple(name for name in record.let_in if name not in names),
    )
    _void(tx, case, names)
    saved = desk.save(tx, case, record)
    tx.put_grants(case.id, grants(desk, tx, saved, out))
    note_alone(desk, tx)
    desk.log(tx, "set", case=saved, reason=f"linked to the cooperative: {', '.join(out)}")
    for near in [record.merged_into, record.split_from, *(one.id for one in children(desk, tx, saved))]:
        one = desk.find(tx, near)  # by its name: a case may be near in two ways, and then it has changed already
        if one and set(names) & set(one.record.allowed):
            keep_out(desk, tx, one, names, one.record)
    return saved


def grants(desk: Desk, tx: Transaction, case: OpenCase, names: Iterable[str]) -> dict[str, bytes]:
    """Grants of a case for these reviewers; when nobody may open it, the linked keep its key in custody."""
    ring, allowed = desk.keyring, case.record.allowed
    known = {row.name for row in ring.reviewers}
    made = {name: ring.grant(case.id, case.key if name in allowed else None, name) for name in names if name in known}
    if not set(openers(desk, case.record)) - lost(desk, tx):
        kept = custodians(desk, case.record) | ({ring.name} - set(allowed))
        made |= {name: ring.custody(case.id, case.key, name) for name in sorted(kept)}
    return made


def custodians(desk: Desk, record: CaseRecord) -> frozenset[str]:
    """Who keeps the key of a case that nobody may open: reviewers in use whom a link keeps out, and no reporter."""
    known = {row.name for row in desk.keyring.reviewers}
    active = {reviewer.name for reviewer in desk.keyring.manifest.reviewers}
    return frozenset((set(record.linked) & known & active) - set(record.excluded) - set(record.allowed))


def note_alone(desk: Desk, tx: Transaction) -> None:
    """Say whether this reviewer keeps something in custody that nobody else keeps: releasing them would destroy it."""
    me, gone = desk.keyring.name, lost(desk, tx)
    alone = any(
        not (custodians(desk, case.record) - gone - {me})
        for case in custody(desk, tx)
        if not set(openers(desk, case.record)) - gone
    )
    if alone:
        desk.put_shared(tx, ALONE, me, {})
    else:
        tx.drop_shared(ALONE, me)


def openers(desk: Desk, record: CaseRecord) -> tuple[str, ...]:
    """Who may open a case today: allowed, and a reviewer of the manifest in use."""
    active = {reviewer.name for reviewer in desk.keyring.manifest.reviewers}
    return tuple(name for name in record.allowed if name in active)


def _look_after(desk: Desk, tx: Transaction, case: OpenCase) -> bool:
    """A case that nobody may open: open again for whom no link keeps out any more, else kept by all who may keep it.

    Returns:
        Whether somebody is in again.
    """
    record, ring = case.record, desk.keyring
    if set(openers(desk, record)) - lost(desk, tx):
        return False
    back = sorted(_mistaken(desk, tx, case))
    if not back:
        tx.put_grants(case.id, grants(desk, tx, case, ()))
        return False
    record = replace(
        record,
        allowed=(*record.allowed, *back),
        linked=tuple(name for name in record.linked if name not in back),
    )
    saved = desk.save(tx, case, record)
    tx.put_grants(case.id, {name: ring.grant(case.id, case.key, name) for name in back})
    desk.log(tx, "let in", case=saved, reason=f"the link has ended: {', '.join(back)}")
    return True


def _mistaken(desk: Desk, tx: Transaction, case: OpenCase) -> frozenset[str]:
    """Whom nothing but a link that has ended kept out of a case, and of those that were merged into it."""
    register, record = all_links(desk, tx), case.record
    kept = [*desk.cases(tx), *custody(desk, tx)]
    parts = [record, *(one.record for one in kept if one.record.merged_into == case.id)]
    over = met([link for link in register if link.ended], texts_of(record))
    still = met([link for link in register if not link.ended], [text for part in parts for text in texts_of(part)])
    named = {name for part in parts for name in part.facts.conflict.split(",")}
    return (over & custodians(desk, record)) - still - named


def custody(desk: Desk, tx: Transaction, case_id: str = "") -> list[OpenCase]:
    """Cases, or this one, whose key this reviewer keeps without reading them: all who could are linked."""
    ring, kept = desk.keyring, []
    row = tx.case_for(case_id, ring.name) if case_id else None
    for one in [row] if row else [] if case_id else tx.cases_for(ring.name):
        key = ring.open_custody(one.id, one.grant)
        if key is not None:
            record = CaseRecord.from_bytes(sealed.open_box(key, f"{one.id}/case".encode(), one.sealed))
            kept.append(OpenCase(one.id, one.version, key, record))
    return kept


def lost(desk: Desk, tx: Transaction) -> frozenset[str]:
    """Reviewers whose key was told lost: nobody waits for them."""
    return frozenset(desk.shared(tx, LOST))


def texts_of(record: CaseRecord) -> tuple[str, ...]:
    """What a case says about its cooperative: the reporter's words, and what analysts established."""
    return record.fields.get("cooperative", ""), record.facts.cooperative


def new_id() -> str:
    """A random name for a line of the register."""
    return secrets.token_hex(8)


def standing_links(desk: Desk, tx: Transaction) -> list[Link]:
    """The links that have not ended."""
    return [link for link in all_links(desk, tx) if not link.ended]


def met(standing: Iterable[Link], texts: Iterable[str]) -> frozenset[str]:
    """Whose link may be to a cooperative that one of these texts names."""
    texts = [text for text in texts if text]
    return frozenset(link.reviewer for link in standing if any(may_be_same(link.cooperative, text) for text in texts))


def state(desk: Desk, tx: Transaction) -> str:
    """A digest of the links, the lost keys and the manifest: while it stays, nobody else has to take anything over."""
    circle = {
        "links": sorted(link.id for link in standing_links(desk, tx)),
        "lost": sorted(lost(desk, tx)),
        "manifest": desk.keyring.manifest.digest,
    }
    return hashlib.sha256(canonical.dumps(circle)).hexdigest()


def _former(desk: Desk) -> frozenset[str]:
    """Reviewers of earlier manifests whom the one in use names no more."""
    ring = desk.keyring
    ever = {reviewer.name for manifest in ring.manifests for reviewer in manifest.reviewers}
    return frozenset(ever - {reviewer.name for reviewer in ring.manifest.reviewers})


def _void(tx: Transaction, case: OpenCase, gone: Collection[str]) -> None:
    """Signatures of these people bind nobody: decisions that wait, and an entry that did not leave yet."""
    for decision in twofold.all_pending(case, tx):
        if any(signature.name in gone for signature in decision.signatures):
            twofold.drop_pending(tx, case, decision.action)
    paper = load_paper(case, tx)
    if paper and not paper.exported and any(signature.name in gone for signature in paper.signatures):
        store_paper(case, tx, replace(paper, signatures=()))
