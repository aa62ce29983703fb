"""The re-identification gate: what must be mended before an entry may leave the desk (DOMAIN §4).

Findings say where and what to change, never the words themselves: they are printed and journalled. Signatures are no
part of it; the procedure asks for them after the gate.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from app.domain.cooperative_id import cooperative_id
from app.domain.cooperatives import may_be_same
from app.domain.entry import Entry, Record
from app.domain.facts import CaseFacts, State
from app.domain.guards import OPINION_DAYS, Guard, refusals
from app.domain.nominative import Naming, name_faults, names_person
from app.domain.patterns import Place, find_name, find_titled, names_in_address, plain, scan
from app.domain.words import banned, fold

OVERLAP_WORDS = 6
# Whoever reads an A2 or B finding must not be able to count on their fingers who can have told it.
GROUP_MIN = 20
_ANONYMOUS_GRADES = frozenset({"A2", "B"})

_ADVICE = {
    "email": "looks like an e-mail address: remove it",
    "phone": "looks like a telephone or registration number: remove it (the cooperative's number has its own field)",
    "iban": "looks like a bank account: remove it",
    "date": "is a date: write a year, or a half-year from 250 members on; cite a law under references",
    "amount": "is an amount of money: name the kind of harm, not the sum",
    "file": "looks like the name of a file: remove it",
    "link": "is a link or an account name: cite public documents under references",
    "case": "looks like the name of a case: remove it",
}
# A reply is the cooperative's own words: only what would name or reach a person is asked to be taken out.
_REPLY_CODES = frozenset({"email", "phone", "iban"})
_SHORT = {
    "email": "looks like an e-mail address: remove it",
    "phone": "looks like a telephone number: remove it",
    "iban": "looks like a bank account: remove it",
    "link": "leads to an account or a page: only references[].url holds an address, of a public document",
}
_PROFILE = re.compile(
    r"(?:[a-z0-9-]+\.)*(?:(?:linkedin|facebook|instagram|tiktok|twitter|x)\.com|t\.me|bsky\.app|threads\.net)(?![a-z0-9.-])"
)
# Laws, courts and offices that bear such a word in their name call nobody guilty.
_PENAL_BODIES = re.compile(
    r"\b(?:codes? (?:de procedure )?penale?|(?:penal|criminal) (?:code|court|law)|anti (?:fraude?|corruption)"
    r"|(?:cour|chambre|tribunal|procedure|politique) (?:penale?|criminelle?)"
    r"|(?:droit|affaires) (?:penale?s?|criminelles)|(?:serious )?fraud office|code des delits et des peines)\b"
)
_HARMLESS = re.compile(r"\bvol au vent\b")
_HYPHEN = re.compile(r"[-\u2010-\u2015]")
NAMELESS = Naming()


@dataclass(frozen=True)
class Finding:
    """One thing to change: a short code, and a sentence that says what to do."""

    code: str
    message: str


def check(
    entry: Record,
    reporter_texts: Iterable[str],
    facts: CaseFacts,
    today: date,
    *,
    naming: Naming = NAMELESS,
    recognised: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Everything that keeps this entry on the desk today; empty when the gate is open.

    Args:
        entry: as drafted. A tombstone tells nothing, so nothing holds it back.
        reporter_texts: every story and message of every reporter of the case, decrypted.
        facts: of the case, whose state says whether the wait for the reporter's opinion has begun.
        naming: the person's name beside the entry, and whether this desk publishes any.
        recognised: ids of the legal person of the directory that reviewers recognised in the case.
    """
    if not isinstance(entry, Entry):
        return ()
    findings = [
        *_overlap(entry, reporter_texts),
        *_texts(entry),
        *_names_and_sources(entry),
        *_person(entry, naming, facts, today),
        *_verified(entry, facts, recognised),
        *_group(entry, facts),
        *_opinion(facts, today),
    ]
    if not facts.good_faith:
        findings.append(
            Finding(
                "good_faith",
                "Complete the good-faith sheet of the draft: general interest, factual basis, no animosity, measured "
                "tone, and the evidence they rest on.",
            )
        )
    return tuple(findings)


def overlap(text: str, others: Iterable[str]) -> Place | None:
    """The first six words in a row that another text has too, whatever their case, accents and punctuation.

    A word that was cut in two, or two that were joined, are the same letters: both texts are compared letter by letter
    between the ends of words.
    """
    mine = _Letters(fold(text))
    found = [place for other in others if (place := _shared(mine, _Letters(fold(other))))]
    return min(found, key=lambda place: place.first, default=None)


class _Letters:
    """The words of a text, and its letters in one row with the place of each word."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.row = "".join(words)
        self.starts = list(accumulate((len(word) for word in words), initial=0))

    def runs(self) -> Iterable[tuple[int, str]]:
        """Each six words in a row as letters, with the number of the first."""
        ends = self.starts[OVERLAP_WORDS:]
        return ((n, self.row[self.starts[n] : end]) for n, end in enumerate(ends))

    def find(self, letters: str) -> tuple[int, int] | None:
        """The words (first, last) that are these letters, from the start of a word to the end of one."""
        at = self.row.find(letters)
        while at >= 0:
            first, after = bisect_left(self.starts, at), bisect_left(self.starts, at + len(letters))
            if self.starts[first] == at and self.starts[after] == at + len(letters):
                return first, after - 1
            at = self.row.find(letters, at + 1)
        return None


def _shared(mine: _Letters, other: _Letters) -> Place | None:
    found = [(n, n + OVERLAP_WORDS - 1) for n, run in mine.runs() if other.find(run)]
    found += [place for _, run in other.runs() if (place := mine.find(run))]
    return Place(min(found)[0] + 1, min(found)[1] + 1) if found else None


def _written(entry: Entry) -> list[tuple[str, str]]:
    """The texts that an analyst wrote, with the name of their field."""
    notes = [(f"corrections[{n}].note", correction.note) for n, correction in enumerate(entry.corrections)]
    notes += [(f"remediation[{n}].note", step.note) for n, step in enumerate(entry.remediation)]
    if entry.body and entry.body.nominative:
        notes.append(("body.nominative.basis.counsel", entry.body.nominative.basis.counsel))
    return [
        ("finding.text", entry.finding.text),
        ("adversarial.reply_refused", entry.adversarial.reply_refused),
        *notes,
    ]


def _received(entry: Entry) -> list[tuple[str, str]]:
    """The texts that the cooperative wrote."""
    told = [(f"adversarial.observations[{n}].text", item.text) for n, item in enumerate(entry.adversarial.observations)]
    return [("adversarial.reply", entry.adversarial.reply), *told]


def _overlap(entry: Entry, reporter_texts: Iterable[str]) -> Iterable[Finding]:
    texts = tuple(reporter_texts)
    for field, text in (*_written(entry), *_cited(entry), *_addresses(entry)):
        place = overlap(text, texts)
        if place:
            yield Finding("overlap", f"{field}, {place}: the same words stand in a report. Say it in other words.")


def _texts(entry: Entry) -> Iterable[Finding]:
    known = (entry.cooperative.name, entry.cooperative.federation)
    for field, text in _written(entry):
        yield from _name(field, text, known, advice="Name the organ, never a person.")
        for code, place in scan(text):
            yield Finding(code, f"{field}, {place}: this {_ADVICE[code]}.")
        accused = _accusation(text)
        if accused:
            yield Finding(
                "banned",
                f"{field}, {accused}: penal vocabulary. Write which rule was not kept: « manquement constaté à … ».",
            )
    for field, text in _received(entry):
        yield from _name(field, text, known, advice="Ask the cooperative for a version signed by its organ.")
        for code, place in scan(text):
            if code in _REPLY_CODES:
                yield Finding(code, f"{field}, {place}: this {_ADVICE[code]}; ask the cooperative for such a version.")


def _accusation(text: str) -> Place | None:
    """The first penal word, also one that a hyphen cuts in two."""
    found = banned(_HARMLESS.sub("x x x", " ".join(fold(text))).split())
    if found:
        return Place(*found)
    cut = ((n, word) for n, word in enumerate(plain(text).split(), 1) if _HYPHEN.search(word))
    return next((Place(n, n) for n, word in cut if banned(fold(_HYPHEN.sub("", word)))), None)


def _named_bodies(entry: Entry) -> list[tuple[str, str]]:
    return [("collective.entitled_body", entry.collective.entitled_body)] if entry.collective else []


def _cited(entry: Entry) -> list[tuple[str, str]]:
    """Names of bodies and of sources."""
    # An ECLI has a form of its own, checked already.
    sources = [(f"references[{n}].id", item.id) for n, item in enumerate(entry.references) if item.type != "ecli"]
    return [("cooperative.federation", entry.cooperative.federation), *_named_bodies(entry), *sources]


def _addresses(entry: Entry) -> list[tuple[str, str]]:
    found = [(f"references[{n}].url", item.url) for n, item in enumerate(entry.references)]
    if entry.body and entry.body.nominative:
        found.append(("body.nominative.basis.url", entry.body.nominative.basis.url))
    return found


def _names_and_sources(entry: Entry) -> Iterable[Finding]:
    """Fields that hold a name or a number: what reaches a person, or leads to one, does not belong there."""
    for field, text in (("cooperative.name", entry.cooperative.name), *_cited(entry)):
        yield from (Finding(code, f"{field}: this {_SHORT[code]}.") for code, _ in scan(text) if code in _SHORT)
    for field, url in _addresses(entry):
        address = url.removeprefix("https://").removeprefix("www.")
        found = {code for code, _ in scan(address)} & set(_SHORT)
        if _PROFILE.match(address):
            found.add("link")
        yield from (Finding(code, f"{field}: this {_SHORT[code]}.") for code in sorted(found))
        if names_in_address(address):
            yield Finding(
                "name", f"{field}: this address seems to hold a person's name. Leave it out, and keep the id."
            )
    for field, text in _cited(entry):
        place = find_titled(text)
        if place:
            yield Finding("name", f"{field}, {place}: this looks like the name of a person. Name an institution.")
    for field, text in (*_cited(entry), *_addresses(entry)):
        if banned(_PENAL_BODIES.sub(" ", " ".join(fold(text))).split()):
            yield Finding("banned", f"{field}: penal vocabulary. Cite the source by its number, without its title.")


def _person(entry: Entry, naming: Naming, facts: CaseFacts, today: date) -> Iterable[Finding]:
    yield from (Finding("nominative", fault) for fault in name_faults(entry, naming, facts.state, today))
    for field, text in (*_written(entry), *_received(entry), *_cited(entry), *_addresses(entry)):
        if names_person(text, naming.name):
            yield Finding("name", f"{field}: the name stands beside the entry, never in a text. Name the organ.")


def _name(field: str, text: str, known: tuple[str, ...], *, advice: str) -> Iterable[Finding]:
    place = find_name(text, known)
    if place:
        yield Finding("name", f"{field}, {place}: this looks like the name of a person. {advice}")


def _verified(entry: Entry, facts: CaseFacts, recognised: Collection[str]) -> Iterable[Finding]:
    """Whether the entry tells of what two colleges verified."""
    same = may_be_same(entry.cooperative.name, facts.cooperative) or cooperative_id(entry.cooperative) in recognised
    # A case may name none: reviewers are then put out by the name in the entry.
    if facts.cooperative and not same:
        yield Finding(
            "cooperative", "cooperative.name is not the cooperative of the case: two colleges verified another one."
        )
    if entry.finding.category != facts.category:
        yield Finding("category", "finding.category is not the category of the case: correct one of them.")
    elif facts.subcode and entry.finding.subcode not in {"", facts.subcode}:
        yield Finding("category", "finding.subcode is not the subcode of the case: correct one of them.")


def _group(entry: Entry, facts: CaseFacts) -> Iterable[Finding]:
    # The grade of the entry decides whether the group must be counted: it may not differ from what two colleges found.
    if entry.finding.grade != facts.grade:
        yield Finding("grade", "finding.grade is not the grade of the case: two colleges verified the other one.")
    # Once published, a correction may bring the severity down and never up.
    verified, lower = facts.severity or 0, facts.state in {State.PUBLISHED, State.CORRECTED}
    if entry.finding.severity > verified or (entry.finding.severity < verified and not lower):
        yield Finding(
            "severity", "finding.severity is not the severity of the case: two colleges verified the other one."
        )
    if {entry.finding.grade, facts.grade} & _ANONYMOUS_GRADES and (facts.group_size or 0) < GROUP_MIN:
        yield Finding(
            "group_size",
            f"With grade A2 or B, at least {GROUP_MIN} people must be able to know the fact: set group_size in "
            "assessment, so that two colleges attest it when they verify the case, or wait for a public decision (A1).",
        )


def _opinion(facts: CaseFacts, today: date) -> Iterable[Finding]:
    if facts.reporter_opinion == "no":
        yield Finding("opinion", "The reporter said no to publication: close the case without an entry.")
    elif facts.state is State.REGISTRY_PROPOSED and refusals((Guard.OPINION,), facts, today):
        # The wait begins with the proposal; before it there is nothing to wait for, after it the procedure has waited.
        yield Finding("opinion", f"Wait for the reporter's opinion, or until {OPINION_DAYS} days after the proposal.")
