"""The letter that carries a recommendation, in French."""

from __future__ import annotations

from datetime import date

from app.desk.cases.letters import MONTHS

LETTER = """\
À l'attention de : {addressee}
Le {day}

Objet : recommandation

Madame, Monsieur,

Notre comité a étudié l'application d'une règle de gouvernance et vous adresse la recommandation suivante.

{text}

Nous vous demandons de nous dire par écrit, avant le {due}, si vous la suivez, en tout ou en partie, ou pourquoi vous ne
la suivez pas. Nous regarderons de nouveau où elle en est dans 6 mois et dans 12 mois. Les recommandations ouvertes, et
ce qui en est advenu, figurent au rapport annuel.

Cette recommandation ne vise aucune personne. Nous ne répondons à aucune question sur l'origine des éléments étudiés :
la loi en protège la confidentialité, et interdit de rechercher qui a pu signaler un fait.

Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées.

Le comité
"""


def letter(addressee: str, text: str, due: date, day: date) -> str:
    """The text."""
    return LETTER.format(
        addressee=addressee,
        day=_french(day),
        due=_french(due),
        text="\n".join(f"    {line}" for line in text.splitlines()),
    )


def _french(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
