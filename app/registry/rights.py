"""What the law gives to members of a French cooperative: each line with its statute and the month it was checked."""

from __future__ import annotations

from dataclasses import dataclass

from app.registry.wording import Words

_LAW_1947 = "https://www.legifrance.gouv.fr/loda/id/JORFTEXT000000684004"
CHECKED = "2026-11"


@dataclass(frozen=True)
class Right:
    """One right in plain words, where it is written, and when somebody last read it there."""

    title: Words
    text: Words
    source: Words
    url: str
    checked: str = CHECKED


def _law(article: str) -> Words:
    return f"Loi n° 47-1775 du 10 septembre 1947, {article}", f"Law 47-1775 of 10 September 1947, {article}"


RIGHTS = (
    Right(
        ("Une personne, une voix", "One member, one vote"),
        (
            "En assemblée, chaque membre a une voix, quelle que soit sa part du capital, sauf exceptions de la loi.",
            "In the general meeting each member has one vote, whatever the share of capital, but for the exceptions "
            "that the law names.",
        ),
        _law("art. 1 et 9"),
        _LAW_1947,
    ),
    Right(
        ("Élire et révoquer ceux qui dirigent", "Elect and dismiss those who direct"),
        (
            "Les dirigeants sont nommés par l'assemblée pour six ans au plus et peuvent être révoqués par elle.",
            "Those who direct are appointed by the general meeting for six years at most and can be dismissed by it.",
        ),
        _law("art. 6"),
        _LAW_1947,
    ),
    Right(
        ("Des comptes rendus chaque année", "An account every year"),
        (
            "L'assemblée se réunit au moins une fois par an pour prendre connaissance de l'activité et des comptes.",
            "The general meeting is held at least once a year to hear of the activity and the accounts.",
        ),
        _law("art. 8"),
        _LAW_1947,
    ),
    Right(
        ("Des statuts qui disent les règles d'exclusion", "Statutes that state the rules of exclusion"),
        (
            "Les statuts fixent les conditions d'adhésion, de retrait, de radiation et d'exclusion. Demandez-en une "
            "copie.",
            "The statutes set the conditions of joining, leaving, removal and exclusion. Ask for a copy.",
        ),
        _law("art. 7"),
        _LAW_1947,
    ),
    Right(
        ("Une révision coopérative, sur demande d'un dixième des membres", "A cooperative audit, asked by one tenth"),
        (
            "Dans les coopératives d'une certaine taille, un réviseur indépendant contrôle tous les cinq ans le "
            "respect des principes coopératifs. La révision est de droit quand un dixième au moins des membres la "
            "demande.",
            "In cooperatives above a certain size an independent auditor checks every five years that the cooperative "
            "principles are kept. The audit is of right when at least one tenth of the members ask for it.",
        ),
        (
            "Loi n° 47-1775 du 10 septembre 1947, art. 25-1 ; décret n° 2015-706 du 22 juin 2015",
            "Law 47-1775 of 10 September 1947, art. 25-1; decree 2015-706 of 22 June 2015",
        ),
        _LAW_1947,
    ),
)
