"""Four hundred reports that nobody wrote, the same in each run: half in French, half in English, each with a canary."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

# In every story and every reply: whatever of it lies on the disk in clear is found by looking for one word.
CANARY = "canari7q"

FRENCH = (
    "Le conseil a décidé seul de changer les règles de répartition, sans convoquer d'assemblée.",
    "Les comptes de l'année n'ont jamais été présentés aux sociétaires malgré plusieurs demandes.",
    "On me refuse le remboursement de mes parts depuis deux ans, sans réponse écrite.",
    "Une personne a été écartée de l'élection parce qu'elle posait des questions.",
    "Le logement promis a été attribué à un proche d'une administratrice.",
    "Les réunions se tiennent sans ordre du jour et les procès-verbaux disparaissent.",
)
ENGLISH = (
    "The board changed the statutes on its own and no general meeting was ever called.",
    "Members asked for the accounts three times and received nothing at all.",
    "My shares were never paid back, and nobody answers my letters.",
    "A candidate was struck off the list after asking about a contract.",
    "The flat that was promised went to a relative of a director.",
    "Meetings have no agenda and the minutes vanish before they can be read.",
)
TOWNS = ("Aubenas", "Brest", "Colmar", "Dinan", "Évreux", "Foix", "Gap", "Hyères")

# What becomes of them, and how many of each.
FATES = {
    "spam": 40,
    "out_of_scope": 70,
    "unfounded": 80,
    "unverifiable": 55,
    "reopened": 10,
    "question": 35,
    "mediation": 20,
    "referred": 20,
    "verified_closed": 35,
    "opposed": 5,
    "published": 8,
    "corrected": 4,
    "withdrawn": 3,
    "open": 15,
}


@dataclass(frozen=True)
class Planned:
    """One report and what will become of it."""

    n: int
    sent: date
    fate: str
    language: str
    mailbox: bool
    story: str = field(repr=False)
    fields: dict[str, str] = field(repr=False)
    exclude: tuple[str, ...] = ()
    retaliation: bool = False
    hold: bool = False


def planned(first: date, days: int) -> list[Planned]:
    """The whole year, by the day on which each was sent; every fate early enough to end within it."""
    dice = random.Random(20270901)
    fates = [fate for fate, count in FATES.items() for _ in range(count)]
    made = [_one(n, fate, dice, first, days) for n, fate in enumerate(fates)]
    return sorted(made, key=lambda one: (one.sent, one.n))


def _one(n: int, fate: str, dice: random.Random, first: date, days: int) -> Planned:
    french = n % 2 == 0
    recused = fate == "verified_closed" and n % 35 == 5
    late = 100 if recused else {"corrected": 60, "published": 200, "withdrawn": 150}.get(fate, days - 10)
    text = dice.choice(FRENCH if french else ENGLISH)
    town = dice.choice(TOWNS)
    return Planned(
        n=n,
        sent=first + timedelta(days=dice.randrange(late)),
        fate=fate,
        language="fr" if french else "en",
        mailbox=fate != "spam" and (fate not in {"unfounded", "open"} or n % 3 != 0),
        story=f"{text} {town}, {CANARY}-{n:03d}. " + " ".join(_padding(dice)),
        fields={"cooperative": f"Les Tilleuls {town}", "topic": str(1 + n % 9), "publish": "yes"},
        exclude=("brume",) if recused else (),
        retaliation=fate == "mediation" and n % 10 == 5,
        hold=fate == "referred" and n % 20 == 5,
    )


def _padding(dice: random.Random) -> Iterator[str]:
    words = ("association", "budget", "comité", "dossier", "facture", "gestion", "membre", "parts", "réunion", "vote")
    for _ in range(dice.randrange(20, 80)):
        yield dice.choice(words)
