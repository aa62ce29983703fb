"""A text that tells the members of a cooperative of a published finding (DOMAIN S0.24, S0.27, T5): words, and no list.

Who receives it is nobody's business here: nothing in this program has a place for an address, and nothing sends. The
text says what everybody may read in the register, what rights members have, and where a report is made, in French and
in English. It waits until no reporter can be found by the moment at which it appears.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain import taxonomy
from app.domain.collective import QUIET_DAYS, Clue, large_enough, quiet_from
from app.domain.entry import Entry
from app.domain.facts import State
from app.domain.gate import Finding, overlap
from app.domain.patterns import find_name, scan

ONION = re.compile(r"[a-z2-7]{56}\.onion")
REGISTRY = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
# Law 47-1775 of 1947, as it was read in that month (DOMAIN §2); S0.27 asks that a sheet says when.
CHECKED = "2026-11"

TEXT = """\
Aux membres de la coopérative {name}

Ce qui est publié
    Le Registre européen de la gouvernance coopérative publie un constat qui concerne cette coopérative.
    Domaine : {category}.

{finding}

    C'est un constat de notre association sur l'application d'une règle, pas une condamnation. {reply}
    À lire en entier, avec la réponse de la coopérative s'il y en a une : {link}

Vos droits de membre
{rights}

Vous avez vécu la même chose ?
    Vous pouvez le dire sans donner votre nom, avec le navigateur Tor : {onion}
    Rien ne vous y oblige, et personne ne saura si vous avez lu ce texte. Aucun outil ne garantit un anonymat total.
    Signaler ici ne donne pas à soi seul le statut de lanceur d'alerte. N'utilisez ni l'ordinateur ni le réseau de la
    coopérative. Ce texte n'invite à rejoindre aucune action en justice.

----

To the members of the cooperative {name}

What is published
    The European register of cooperative governance publishes a finding about this cooperative.
    Matter: {category_en}.
    The finding stands above, in the words in which it was published. It says how a rule was applied; it is no
    conviction. {reply_en}
    In full, with the answer of the cooperative if there is one: {link}

Your rights as a member
{rights_en}

Have you lived the same?
    You can say so without giving your name, with Tor Browser: {onion}
    Nothing obliges you to, and nobody will know whether you read this text. No tool guarantees full anonymity.
    A report made here does not by itself give the status of a whistleblower. Do not use the computer or the network
    of the cooperative. This text invites you to join no legal action.
"""

RIGHTS_FR = (
    "Dans une coopérative française, chaque membre a une voix (loi n° 47-1775, art. 1 et 9).\n"
    "La gestion est revue tous les cinq ans par une révision ; elle est de droit si un dixième des membres la\n"
    f"demande (même loi, art. 25-1). Vos statuts disent le reste. Textes relus en {CHECKED}.",
    "In a French cooperative each member has one vote (law 47-1775, art. 1 and 9).\n"
    "Its management is looked at every five years by a cooperative audit, which one member in ten can demand as of\n"
    f"right (same law, art. 25-1). Your statutes say the rest. Texts read again in {CHECKED}.",
)
RIGHTS = (
    "Les statuts et la loi de votre pays disent comment convoquer une assemblée, voter et obtenir les comptes.",
    "The statutes and the law of your country say how to call a meeting, to vote and to obtain the accounts.",
)
_NAMES = frozenset({"email", "phone", "iban", "link", "case", "file"})


@dataclass(frozen=True)
class Ground:
    """What a text rests on.

    Attributes:
        entry: the version that left; None when none did.
        state: of its case.
        clues: of every case of the same cooperative and category that this reviewer may open, the case included; none
            while the case names no cooperative.
        texts: every word of their reporters.
        registry, onion: where the entry is read, and where a report is made.
    """

    entry: Entry | None
    state: State
    clues: Sequence[Clue] = field(repr=False)
    texts: Sequence[str] = field(repr=False)
    registry: str
    onion: str


def refusals(ground: Ground, today: date) -> tuple[Finding, ...]:
    """Everything that keeps the text unwritten today, each with what to change; empty when it may be written."""
    entry = ground.entry
    if entry is None or ground.state is not State.PUBLISHED or (entry.expires and entry.expires <= today):
        message = "The entry is not in the register: publish it first. What is corrected or ended calls nobody up."
        return (Finding("entry", message),)
    return (*_entry(entry), *_reporters(ground, today), *_words(entry, ground.texts), *_places(ground))


def compose(ground: Ground) -> str:
    """The text. Ask `refusals` first."""
    entry = ground.entry
    if entry is None:
        raise ValueError("a text needs an entry")
    category = taxonomy.public_label(entry.finding.category, entry.finding.subcode)
    rights = RIGHTS_FR if entry.cooperative.country == "FR" else RIGHTS
    answered = bool(entry.adversarial.reply)
    return TEXT.format(
        name=entry.cooperative.name,
        category=category[0],
        category_en=category[1],
        finding=_indented(entry.finding.text),
        reply="La coopérative y a répondu." if answered else "La coopérative a été invitée à répondre.",
        reply_en="The cooperative has answered." if answered else "The cooperative was invited to answer.",
        link=f"https://{ground.registry}/entry/{entry.regc_id}",
        rights=_indented(rights[0]),
        rights_en=_indented(rights[1]),
        onion=f"http://{ground.onion}/",
    )


def _entry(entry: Entry) -> Iterator[Finding]:
    if not large_enough(entry.cooperative.members):
        yield Finding(
            "members", "A cooperative with fewer than 50 members gets no such text: everybody knows everybody."
        )
    if entry.status == "contested" and not entry.adversarial.reply:
        yield Finding("contested", "The entry is contested and shows no answer: insert the answer first.")


def _reporters(ground: Ground, today: date) -> Iterator[Finding]:
    if not ground.clues:
        yield Finding(
            "cooperative", "Establish the cooperative first: without it no reporter of the same harm is known."
        )
    quiet = quiet_from(ground.clues)
    if quiet and today < quiet:
        yield Finding("quiet", f"A reporter wrote less than {QUIET_DAYS} days ago: wait until {quiet}.")
    if any(clue.opinion == "no" for clue in ground.clues):
        yield Finding("opinion", "A reporter of the same harm said no to publication: write no such text.")


def _words(entry: Entry, texts: Iterable[str]) -> Iterator[Finding]:
    text, known = entry.finding.text, (entry.cooperative.name, entry.cooperative.federation)
    place = overlap(text, texts)
    if place:
        yield Finding(
            "overlap",
            f"finding.text, {place}: the same words stand in a report of the same harm. Correct the entry first.",
        )
    place = find_name(text, known)
    if place:
        yield Finding("name", f"finding.text, {place}: this looks like the name of a person. Correct the entry first.")
    if any(code in _NAMES for code, _ in scan(text)):
        yield Finding("reach", "finding.text holds what reaches or names somebody. Correct the entry first.")


def _places(ground: Ground) -> Iterator[Finding]:
    if not REGISTRY.fullmatch(ground.registry):
        yield Finding("registry", 'The settings name no registry: write registry = "…" in desk.toml, the name alone.')
    if not ONION.fullmatch(ground.onion):
        yield Finding(
            "onion", 'The settings name no onion: write onion = "….onion" in desk.toml, and nothing after it.'
        )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
