"""The letter to a person concerned, in French: what is processed, why, which rights; never from whom (GDPR art. 14)."""

from __future__ import annotations

from datetime import date

from app.desk.cases.letters import MONTHS
from app.domain import taxonomy
from app.domain.facts import CaseFacts

LETTER = """\
Personnel et confidentiel

À l'attention de : {role}
Le {day}

Objet : information sur un traitement de données qui vous concerne (RGPD, art. 14)

Madame, Monsieur,

Notre association étudie l'application des règles de gouvernance dans les coopératives. Des données qui vous concernent
y sont traitées. Cette lettre vous informe ; elle ne vous reproche rien et rien n'est décidé à votre égard.

Ce que nous traitons
    Votre fonction, et des éléments sur la façon dont une règle a été appliquée{matter}.

Pourquoi, et sur quelle base
    Vérifier des faits d'intérêt général et, s'ils sont établis, en faire part à la coopérative, à une autorité ou au
    registre de la gouvernance coopérative. Base : notre intérêt légitime et celui des membres (RGPD, art. 6, § 1, f).

Qui y a accès, et combien de temps
    Un petit nombre de personnes tenues au secret. Les données sont effacées 60 jours après la fin du dossier, sauf
    procédure en cours. Aucune décision n'est prise par une machine. Aucun transfert hors de l'Union européenne.

Vos droits
    Demander l'accès à ces données, leur rectification ou leur effacement, vous y opposer, en demander la limitation.
    Nous répondons en un mois. Vous pouvez aussi saisir la CNIL (www.cnil.fr).
    Écrivez à l'éditeur du registre, dont les mentions légales donnent l'adresse{registry}.

D'où viennent ces données
    Nous ne répondons à aucune question sur l'origine des éléments : la loi en protège la confidentialité (RGPD,
    art. 14, § 5 ; directive (UE) 2019/1937, art. 16). Rechercher qui a pu signaler un fait, ou prendre une mesure
    contre une personne pour cette raison, est interdit et puni.

Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées.

Le délégué à la protection des données
"""


def letter(facts: CaseFacts, role: str, day: date, registry: str) -> str:
    """The text: only what analysts established stands in it."""
    known = facts.category in taxonomy.CATEGORIES
    label = taxonomy.public_label(facts.category)[0] if known else ""
    return LETTER.format(
        role=role,
        day=f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        matter=f" (domaine : {label})" if label else "",
        registry=f" ({registry})" if registry else "",
    )
