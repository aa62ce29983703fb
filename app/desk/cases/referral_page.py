"""The first page of a dossier for an authority, in French: what is established, what is joined, what is held back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain import taxonomy
from app.domain.facts import CaseFacts

INDEX = """\
Dossier transmis à : {authority}
Le {day}
Référence : {reference} (à rappeler dans toute réponse)

1. Fondement de la transmission

{basis}

2. Ce que nous avons établi

    Coopérative :  {cooperative}
    Domaine :      {category}
    Gravité :      {severity}
    Éléments :     {grade}

{established}
3. Pièces jointes

{joined}
4. Ce qui n'est pas transmis

{held}
L'identité de la personne qui a signalé les faits, et tout élément qui permettrait de la reconnaître, sont protégés
(directive (UE) 2019/1937, art. 16 ; loi n° 2016-1691 du 9 décembre 2016, art. 9). Nous ne connaissons pas cette
identité. Rechercher qui est cette personne, ou prendre une mesure contre elle, est interdit et puni.

Les pièces sont transmises telles que nous les avons reçues : leurs propriétés internes (auteur, dates, appareil)
peuvent désigner une personne. Merci d'en limiter l'accès.

Dossier établi par {author} (pseudonyme de service).
"""


@dataclass(frozen=True)
class Chosen:
    """Something that leaves, under a name of ours."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Dossier:
    """What the page says beside its lists. `author`: a pseudonym; `duty`: the legal duty, as it was named."""

    reference: str
    authority: str
    day: str
    facts: CaseFacts
    established: str = field(repr=False)
    author: str
    duty: str = field(default="", repr=False)


def index(dossier: Dossier, chosen: Sequence[Chosen], told: Sequence[Chosen], *, texts: int, files: int) -> str:
    """The page.

    Args:
        chosen: the documents; `told`: the reporter's texts, when the reporter agreed.
        texts, files: how many of each are held back.
    """
    facts = dossier.facts
    return INDEX.format(
        authority=dossier.authority,
        day=dossier.day,
        reference=dossier.reference,
        basis=_basis(facts, dossier.duty),
        cooperative=facts.cooperative or "non établie",
        category=_category(facts),
        severity=f"{facts.severity} sur 4" if facts.severity else "non établie",
        grade=taxonomy.GRADES[facts.grade][0] if facts.grade in taxonomy.GRADES else "non évalués",
        established=_indented(dossier.established),
        joined=_joined([*told, *chosen]),
        held=_held(texts, files),
        author=dossier.author,
    )


def _basis(facts: CaseFacts, duty: str) -> str:
    given = [
        *(["L'accord de la personne qui a signalé les faits."] if facts.consent_referral else []),
        *(["Une obligation légale de l'association.", *duty.splitlines()] if facts.legal_duty else []),
    ]
    return "\n".join(f"    {one}" for one in given)


def _category(facts: CaseFacts) -> str:
    if facts.category not in taxonomy.CATEGORIES:
        return "non établi"
    return taxonomy.public_label(facts.category, facts.subcode)[0]


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines()) + ("\n" if text else "")


def _joined(joined: Sequence[Chosen]) -> str:
    if not joined:
        return "    Aucune.\n"
    lines = [f"    {one.name}  SHA-256 {hashlib.sha256(one.content).hexdigest()}\n" for one in joined]
    return "".join(lines)


def _held(texts: int, files: int) -> str:
    lines = [
        *([f"    Les propres mots de la personne : {texts} texte(s).\n"] if texts else []),
        *([f"    D'autres pièces reçues : {files}.\n"] if files else []),
        "    Les dates de réception, les réponses au formulaire et la correspondance.\n",
        "    Ces éléments peuvent permettre de reconnaître quelqu'un.\n\n",
    ]
    return "".join(lines)
