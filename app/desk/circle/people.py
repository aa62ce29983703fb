"""Who comes to the desk and who leaves it: admitting a newcomer to cases, a lost key, releasing whoever is retired.

A newcomer's keys are made by `desk init --reviewers DIR --as NAME`; here they receive the cases. Nobody can hand on
what they may not open, so each reviewer who may open cases that the others cannot runs `admit` too. Everything here
may be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.desk.circle import links, register
from app.desk.core import twofold
from app.desk.core.alarm import Alarm
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.record import CaseRecord
from app.domain.guards import COLLEGES
from app.errors import UserError
from app.stores.desk import Transaction

SUCCESSION = "succession"
RELEASED = "released"
ONE_COLLEGE = "{} of your cases can be opened by one college only: no decision of two colleges can be taken there."
CUSTODY = "A report waits for a reviewer without a link to its cooperative; whoever is here cannot read it."
BRING = "Bring in another reviewer: sourdine desk admit NAME (docs/operations/adding-a-reviewer.md)."


FIRST_ADMIT = (
    "Sign a manifest that names {0} again, beside a newcomer, and pin it; {0} admits the newcomer: "
    "sourdine desk admit NAME --as {0}. Then retire and release {0}."
)


@dataclass(frozen=True)
class Admitted:
    """How many cases were handed on now, and how many of the acting reviewer's stay closed to the newcomer."""

    name: str
    cases: int
    closed: int


@dataclass(frozen=True)
class _Newcomer:
    """What a case, and those merged into it, say of somebody: whoever is out of a part is out of the whole."""

    name: str
    excluded: bool
    linked: bool

    @classmethod
    def to(cls, parts: Sequence[CaseRecord], standing: Sequence[register.Link], *, name: str, former: str) -> _Newcomer:
        texts = [text for part in parts if name not in part.let_in for text in register.texts_of(part)]
        return cls(
            name,
            excluded=any({name, former} & set(part.excluded) for part in parts),
            linked=any({name, former} & set(part.linked) for part in parts) or name in register.met(standing, texts),
        )


@dataclass(frozen=True)
class Lost:
    """What a lost key means for the cases of the acting reviewer.

    Attributes:
        waiting: cases with a first signature by the lost reviewer; it ends with the next manifest.
        alone: cases that one college alone can open without the lost reviewer.
        staffed: cases whose owner or deputy the lost reviewer is.
        steps: what to do next, in this order.
    """

    name: str
    waiting: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    staffed: tuple[str, ...] = ()
    steps: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Released:
    """Whose keys are gone, the cases that need another owner or deputy, and the folder that is left to destroy."""

    name: str
    staffed: tuple[str, ...]
    home: str


def admit(desk: Desk, name: str, instead_of: str = "") -> Admitted:
    """Hand a newcomer every case that the acting reviewer may open and the newcomer may see.

    Args:
        instead_of: the former name of the same person: what the reporters or a link closed to it stays closed.

    Raises:
        UserError: no reviewer of the manifest in use, oneself, or somebody else than the first `admit` said.
    """
    desk.check_analyst()
    _check_newcomer(desk, name)
    with desk.store.writing() as tx:
        former = _former(desk, tx, name, instead_of)
        if former:
            _take_over_links(desk, tx, former, name)
        _fill(desk, tx, name)
        cases = [*desk.cases(tx), *links.custody(desk, tx)]
        before = [name in case.record.allowed for case in cases]
        parts, standing = _parts(cases), register.standing_links(desk, tx)
        after = [
            _hand_on(desk, tx, case, _Newcomer.to(parts[case.id], standing, name=name, former=former)) for case in cases
        ]
        links.note_alone(desk, tx)
        desk.log(tx, "admit", subject=f"reviewer {name}")
    return Admitted(name, cases=sum(after) - sum(before), closed=after.count(False))


def lost(desk: Desk, name: str) -> Lost:
    """Note that a reviewer's key is lost: from now on nobody waits for them.

    Raises:
        UserError: no reviewer of this desk, or the one who acts.
    """
    desk.check_analyst()
    _check_known(desk, name)
    if name == desk.keyring.name:
        raise UserError("You are here with that key.", "Nothing was changed. Another reviewer tells of a lost key.")
    with desk.store.writing() as tx:
        desk.put_shared(tx, links.LOST, name, {"day": desk.today.isoformat(), "by": desk.keyring.name})
        desk.log(tx, "lost", subject=f"reviewer {name}")
        cases = desk.cases(tx)
        waiting = [case.id for case in cases if _signed_by(case, tx, name)]
        gone = links.lost(desk, tx)
    alone = [case.id for case in cases if len(_colleges(desk, case.record, gone)) < COLLEGES]
    return Lost(name, tuple(waiting), tuple(alone), _staffed(cases, name), _steps(name))


def found(desk: Desk, name: str) -> None:
    """The key that was told lost is there again.

    Raises:
        UserError: it was not told lost.
    """
    desk.check_analyst()
    with desk.store.writing() as tx:
        if name not in links.lost(desk, tx):
            raise UserError(f"The key of {name} was not told lost.", "Nothing was changed.")
        tx.drop_shared(links.LOST, name)
        desk.log(tx, "found", subject=f"reviewer {name}")


def release(desk: Desk, name: str, reason: str) -> Released:
    """Drop the keys of somebody whom the manifest in use names no more: theirs opens nothing here from now on.

    Raises:
        UserError: still a reviewer of the manifest, nobody of this desk, or alone with the key of something.
    """
    why = check_plain(reason, "The reason")
    desk.check_analyst()
    _check_known(desk, name)
    if any(reviewer.name == name for reviewer in desk.keyring.manifest.reviewers):
        raise UserError(
            f"{name} is still a reviewer of the manifest in use.",
            "Nothing was changed. First retire them on the offline machine, sign, and pin that manifest here.",
        )
    with desk.store.writing() as tx:
        if name in desk.shared(tx, links.ALONE):
            raise UserError(
                f"{name} alone keeps the key of a report that nobody here may open: it would be destroyed.",
                f"Nothing was changed. {FIRST_ADMIT.format(name)}",
            )
        cases = [_without(desk, tx, case, name) for case in desk.cases(tx)]
        desk.log(tx, "release", subject=f"reviewer {name}")
        desk.put_shared(tx, RELEASED, name, {"day": desk.today.isoformat(), "by": desk.keyring.name, "why": why})
        tx.drop_shared(links.LOST, name)
        tx.drop_reviewer_grants(name)
        tx.drop_reviewer(name)  # from here on this session is of a circle that is no more
    desk.store.forget()
    return Released(name, _staffed(cases, name), str(desk.settings.path(desk.settings.gnupg) / name))


def alarms(desk: Desk) -> list[Alarm]:
    """What keeps two colleges from deciding, in the cases of this reviewer; no case is named."""
    with desk.store.reading() as tx:
        gone = links.lost(desk, tx)
        cases = [case for case in desk.cases(tx) if case.record.purged is None]
        kept = [case for case in links.custody(desk, tx) if not set(links.openers(desk, case.record)) - gone]
    alone = sum(len(_colleges(desk, case.record, gone)) < COLLEGES for case in cases)
    found = [Alarm("people", f"{ONE_COLLEGE.format(alone)} {BRING}")] if alone else []
    return found + ([Alarm("people", f"{CUSTODY} {BRING}")] if kept else [])


def _without(desk: Desk, tx: Transaction, case: OpenCase, name: str) -> OpenCase:
    """Should they come back one day, nobody counts on them before they were admitted again."""
    if name not in case.record.allowed:
        return case
    left = tuple(one for one in case.record.allowed if one != name)
    return desk.save(tx, case, replace(case.record, allowed=left))


def _check_known(desk: Desk, name: str) -> None:
    if name not in {row.name for row in desk.keyring.reviewers}:
        raise UserError(f"This desk has no reviewer named {name}.", "Nothing was changed. Check the name.")


def _check_newcomer(desk: Desk, name: str) -> None:
    _check_known(desk, name)
    if name == desk.keyring.name:
        raise UserError("Nobody admits themselves.", "Nothing was changed. Another reviewer must do this.")
    if name not in {reviewer.name for reviewer in desk.keyring.manifest.reviewers}:
        raise UserError(
            f"{name} is no reviewer of the manifest in use.",
            "Nothing was changed. First sign the manifest that names them, and pin it here.",
        )


def _former(desk: Desk, tx: Transaction, name: str, instead_of: str) -> str:
    """Under which name this person was here before; whoever admits first says it for all."""
    known = desk.shared(tx, SUCCESSION).get(name)
    if known is not None:
        if instead_of and instead_of != known["former"]:
            said = f"instead of {known['former']}" if known["former"] else "as a new person"
            raise UserError(f"{name} was admitted {said} before.", "Nothing was changed. Correct --instead-of.")
        return str(known["former"])
    former = {reviewer.name for manifest in desk.keyring.manifests for reviewer in manifest.reviewers} - {name}
    if instead_of and instead_of not in former:
        raise UserError(f"No manifest of this desk ever named {instead_of}.", "Nothing was changed. Check the name.")
    _check_former(desk, name, instead_of)
    desk.put_shared(tx, SUCCESSION, name, {"former": instead_of})
    return instead_of


def _check_former(desk: Desk, name: str, former: str) -> None:
    """Nobody is two people at once, and whoever was here from the start never had another name here.

    Raises:
        UserError: one of the two.
    """
    if former in {reviewer.name for reviewer in desk.keyring.manifest.reviewers}:
        raise UserError(
            f"{former} is a reviewer of the manifest in use, and so somebody else.",
            "Nothing was changed. Correct --instead-of, or sign a manifest without that name first.",
        )
    if former and name in {reviewer.name for reviewer in desk.keyring.manifests[0].reviewers}:
        raise UserError(f"{name} was here from the start.", "Nothing was changed. Leave out --instead-of.")


def _take_over_links(desk: Desk, tx: Transaction, former: str, name: str) -> None:
    """The links of a person follow them under their new name."""
    standing = register.standing_links(desk, tx)
    mine = {link.cooperative for link in standing if link.reviewer == name}
    for link in standing:
        if link.reviewer == former and link.cooperative not in mine:
            taken = replace(link, id=register.new_id(), reviewer=name)
            desk.put_shared(tx, register.KIND, taken.id, taken.to_dict())


def _fill(desk: Desk, tx: Transaction, name: str) -> None:
    """A grant that opens nothing wherever there is none yet: which cases were handed on shows on no disk."""
    for case_id in tx.versions_for(desk.keyring.name).keys() - tx.versions_for(name).keys():
        tx.put_grants(case_id, {name: desk.keyring.grant(case_id, None, name)})


def _parts(cases: Sequence[OpenCase]) -> dict[str, list[CaseRecord]]:
    """Each case with those that were merged into it."""
    parts = {case.id: [case.record] for case in cases}
    for case in cases:
        if case.record.merged_into in parts:
            parts[case.record.merged_into].append(case.record)
    return parts


def _hand_on(desk: Desk, tx: Transaction, case: OpenCase, newcomer: _Newcomer) -> bool:
    """Whether the newcomer may open the case now."""
    record, name = case.record, newcomer.name
    if name in record.allowed:  # somebody who came back has a new key
        tx.put_grants(case.id, {name: desk.keyring.grant(case.id, case.key, name)})
        return True
    excluded = {*record.excluded, *([name] if newcomer.excluded else [])}
    linked = {*record.linked, *([name] if newcomer.linked else [])}
    record = replace(record, excluded=tuple(sorted(excluded)), linked=tuple(sorted(linked)))
    there = name not in excluded | linked
    if there:
        record = replace(record, allowed=(*record.allowed, name))
        tx.put_grants(case.id, {name: desk.keyring.grant(case.id, case.key, name)})
    if record != case.record:
        desk.save(tx, case, record)
    return there


def _colleges(desk: Desk, record: CaseRecord, gone: frozenset[str]) -> set[str]:
    there = set(links.openers(desk, record)) - gone
    return {reviewer.college for reviewer in desk.keyring.manifest.reviewers if reviewer.name in there}


def _signed_by(case: OpenCase, tx: Transaction, name: str) -> bool:
    waiting = twofold.all_pending(case, tx)
    return any(signature.name == name for decision in waiting for signature in decision.signatures)


def _staffed(cases: Sequence[OpenCase], name: str) -> tuple[str, ...]:
    return tuple(case.id for case in cases if name in {case.facts.owner, case.facts.deputy})


def _steps(name: str) -> tuple[str, ...]:
    return (
        f"offline machine: sourdine reviewers retire {name}",
        "offline machine: sourdine reviewers add NEW --college COLLEGE --cert FILE",
        "desk: sourdine desk init --reviewers DIR --as YOU",
        "offline machine: sourdine reviewers sign …; the manifest goes to intake, desk and registry",
        "desk: sourdine desk init --manifest FILE",
        f"desk: sourdine desk admit NEW --instead-of {name} --as YOU (without --instead-of for another person)",
        f"desk: sourdine desk release {name} --reason TEXT --as YOU",
        "everywhere: a real report that decrypts (docs/operations/losing-a-key.md)",
    )
