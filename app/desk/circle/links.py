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
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from app.desk.circle.register import KIND, Link, all_links, met, new_id, standing_links, texts_of
from app.desk.core import twofold
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.entry_paper import load_paper, store_paper
from app.desk.core.family import children, members
from app.desk.core.record import CaseRecord
from app.domain.guards import COLLEGES
from app.errors import UserError
from app.stores.desk import Transaction
from crypto import canonical, sealed

APPLIED = "link-applied"
LOST = "lost"
# Who keeps something in custody that nobody else keeps; of what, is not said.
ALONE = "custody-alone"
NAME_MAX = 160


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
        closed = [one.id for one in members(desk, tx, case) if reviewer not in one.record.allowed]
        if closed:  # whoever decides a case decides what was merged into it
            raise UserError(
                f"{reviewer} is kept out of what was merged into this case: {', '.join(closed)}.",
                "Let them in there first, or, where the reporter excluded them, take that one out. "
                "Nothing was changed.",
            )
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


def check_overseen(desk: Desk, tx: Transaction, case: OpenCase, out: Collection[str]) -> None:
    """Return only if closing a case to these people leaves nobody alone with it by somebody else's word.

    Whoever names a colleague puts them out at once, as a mistake that can be mended (`case let-in`); but one person
    must not be able to take a case from every other college. One's own link is one's own to say.

    Raises:
        UserError: after it, reviewers of one college alone could open the case.
    """
    if leaves_one_college(desk, tx, case, out):
        raise UserError(
            "After that, reviewers of one college alone could open this case.",
            "Nothing was changed. Let the one concerned say it (conflict=NAME as themselves), or bring in another "
            "reviewer first: sourdine desk admit.",
        )


def leaves_one_college(desk: Desk, tx: Transaction, case: OpenCase, out: Collection[str]) -> bool:
    """Whether somebody else than these, and who acts, would be put out so that one college at most is left. A lost key
    looks on at nothing.
    """
    left = set(openers(desk, case.record)) - lost(desk, tx) - set(out)
    others = set(out) & set(case.record.allowed) - {desk.keyring.name}
    return bool(others) and len(colleges_of(desk, left)) < COLLEGES


def colleges_of(desk: Desk, names: Collection[str]) -> frozenset[str]:
    """The colleges of these reviewers, under the manifest in use."""
    return frozenset(reviewer.college for reviewer in desk.keyring.manifest.reviewers if reviewer.name in names)


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
    parts: defaultdict[str, list[CaseRecord]] = defaultdict(list)
    for one in before:
        if one.record.merged_into and one.record.purged is None:
            parts[one.record.merged_into].append(one.record)
    for one in before:
        case = desk.find(tx, one.id)  # one before it may have changed it, or closed it to this very reviewer
        if case is None:
            continue
        if gone:
            _void(tx, case, gone)
        names = _away(desk, tx, case.record, standing, parts[case.id])
        if names & set(case.record.allowed):
            keep_out(desk, tx, case, names, case.record)
    changed = sum(desk.find(tx, one.id) != one for one in before)
    changed += sum(_look_after(desk, tx, case) for case in custody(desk, tx))
    note_alone(desk, tx)
    desk.put_shared(tx, APPLIED, desk.keyring.name, state(desk, tx))
    return changed


def close_with_target(desk: Desk, tx: Transaction, case: OpenCase) -> OpenCase:
    """Close a case that was merged just now to whom a link keeps out of the one that it is decided with.

    Raises:
        UserError: that would leave one college alone with it.
    """
    names = _away(desk, tx, case.record, standing_links(desk, tx))
    if not names & set(case.record.allowed):
        return case
    check_overseen(desk, tx, case, names)
    return keep_out(desk, tx, case, names, case.record)


def _away(
    desk: Desk, tx: Transaction, record: CaseRecord, standing: Sequence[Link], parts: Sequence[CaseRecord] = ()
) -> frozenset[str]:
    """Whom a link keeps out of a case, of what was merged into it, or of the one that it was merged into: they are
    about one thing.
    """
    target = desk.find(tx, record.merged_into)
    together = [record, *parts, *([target.record] if target else [])]
    out = {
        link.reviewer
        for link in standing
        for one in together
        if link.reviewer not in one.let_in and met([link], texts_of(one))
    }
    return frozenset(out | set(target.record.linked if target else ())) - set(record.let_in)


def keep_out(desk: Desk, tx: Transaction, case: OpenCase, names: Collection[str], record: CaseRecord) -> OpenCase:
    """Save the case with this record and without these reviewers: no grant, no part in it, no signature that waits.

    Whoever is out of a case is out of the one it was merged into, where it is decided, of those that were merged into
    it, and of every case that shares messages with it: the one it was split from, and those split from it. Nobody
    decides anything here, so that it asks for no role.
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
    saved = desk.enforce(tx, case, record)
    tx.put_grants(case.id, grants(desk, tx, saved, out))
    note_alone(desk, tx)
    desk.log(tx, "set", case=saved, reason=f"linked to the cooperative: {', '.join(out)}")
    with_it = [*members(desk, tx, saved), *children(desk, tx, saved)]
    for near in [record.merged_into, record.split_from, *(one.id for one in with_it)]:
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
    saved = desk.enforce(tx, case, record)
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
