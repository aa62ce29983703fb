"""The extract that answers a request of access, in French: values of ours, a table of sentences, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from app.desk.cases.letters import MONTHS
from app.domain import taxonomy
from app.domain.facts import State

PAGE = """\
Extrait du traitement de données
Demande de : {requester}
Objet : {kind}
Établi le {day}

{about}
Pourquoi ces données sont traitées, et combien de temps
    Vérifier l'application de règles de gouvernance dans des coopératives (RGPD, art. 6, § 1, f). Elles sont effacées
    60 jours après la fin du dossier, sauf procédure en cours. Peu de personnes, tenues au secret, y ont accès.

Ce qui n'est pas communiqué
    Ce qui concerne d'autres personnes, vient d'elles ou permettrait de les reconnaître (RGPD, art. 15, § 4 ;
    directive (UE) 2019/1937, art. 16).

Vos autres droits
    Rectification, effacement, limitation, opposition ; réclamation auprès de la CNIL (www.cnil.fr).
"""

_STUDIED = "à l'étude"
# What may be told of where a case stands: the steps before a decision are not told apart, they would date a report.
STATES: dict[str, str] = {str(state): _STUDIED for state in State} | {
    State.UNFOUNDED: "terminé, sans suite",
    State.UNVERIFIABLE: "terminé, sans suite",
    State.OUT_OF_SCOPE: "terminé, sans suite",
    State.CLOSED: "terminé",
    State.RIGHT_OF_REPLY: "la coopérative est invitée à répondre",
    State.PUBLISHED: "une inscription est publiée au registre",
    State.CORRECTED: "une inscription corrigée est publiée au registre",
    State.EXPIRED: "l'inscription au registre a pris fin",
    State.WITHDRAWN: "l'inscription au registre a été retirée",
}


@dataclass(frozen=True)
class About:
    """What one case says of a person.

    Attributes:
        role: of this person, as the analysts noted it; never that of another.
        facts: category, subcode and state.
        finding: the text of the entry, once it was made known; "" before.
        informed: a letter of information was sent.
    """

    role: str = field(repr=False)
    facts: tuple[str, str, str]
    finding: str = field(default="", repr=False)
    informed: bool = False


def extract_page(requester: str, kind: str, about: Sequence[About], today: date) -> str:
    """The text."""
    return PAGE.format(
        requester=requester,
        kind=kind,
        day=f"{today.day} {MONTHS[today.month - 1]} {today.year}",
        about="\n".join(_block(n, one) for n, one in enumerate(about, 1)) or "Aucune donnée ne vous concerne.\n",
    )


def _block(number: int, about: About) -> str:
    category, subcode, state = about.facts
    known = category in taxonomy.CATEGORIES
    lines = [
        f"Dossier {number}",
        f"    Fonction notée : {about.role}",
        f"    Domaine : {taxonomy.public_label(category, subcode)[0] if known else 'non établi'}",
        f"    Où en est l'étude : {STATES[state]}",
        f"    Lettre d'information : {'envoyée' if about.informed else 'pas encore envoyée'}",
    ]
    if about.finding:
        lines += ["    Texte communiqué ou publié :", *(f"      {line}" for line in about.finding.splitlines())]
    return "\n".join(lines) + "\n"
