"""The fixed words of replies. Lines are wrapped here for us: a reporter's screen wraps its own paragraphs.

Every sentence must be true for whoever receives it: the acknowledgement, too, which may leave before anybody has read
the story. `{text}` is what a person writes; `{week}`, `{before}` and `{author}` are filled in when it is sealed.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.deadlines import FEEDBACK_DAYS, FEEDBACK_MONTHS
from app.domain.facts import State
from app.domain.guards import OPINION_DAYS, QUESTION_DAYS
from app.domain.return_week import LANGUAGES
from app.domain.states import SENTENCES


def says(state: State, language: str) -> str:
    """The sentence of a state, as the mailbox shows it."""
    return SENTENCES[state][LANGUAGES.index(language)]


def _both(french: str, english: str) -> Mapping[str, str]:
    return {"fr": _unwrapped(french), "en": _unwrapped(english)}


def _unwrapped(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


TEXTS: Mapping[str, Mapping[str, str]] = {
    "acknowledgement": _both(
        f"""
Votre signalement est bien arrivé. Il est chiffré, et seule notre équipe peut l'ouvrir.

Une personne le lit et vérifie si nous pouvons agir. Dans les {FEEDBACK_MONTHS} mois, nous vous dirons où nous
en sommes.

{{text}}

Nous ne vous contacterons jamais : nos réponses attendent ici. La personne qui suivra votre dossier signera
peut-être d'un autre nom.

Revenez lire {{week}}. Venir plus souvent n'apporte rien.
""",
        f"""
Your report has arrived. It is encrypted, and only our team can open it.

A person reads it and checks whether we can act. Within {FEEDBACK_MONTHS} months we tell you where we are.

{{text}}

We will never contact you: our replies wait here. The person who follows your case may sign with another name.

Come back and read in {{week}}. Coming more often brings nothing.
""",
    ),
    "question": _both(
        f"""
{says(State.QUESTION, "fr")}

{{text}}

Répondez ici si vous le voulez, avec vos mots. Laissez de côté ce qui pourrait vous faire reconnaître. Sans
réponse sous {QUESTION_DAYS} jours, nous déciderons avec ce que nous avons.

Revenez lire {{week}}.
""",
        f"""
{says(State.QUESTION, "en")}

{{text}}

Answer here if you wish, in your own words. Leave out whatever could show who you are. Without an answer within
{QUESTION_DAYS} days, we decide with what we have.

Come back and read in {{week}}.
""",
    ),
    "progress": _both(
        f"""
Voici où en est votre dossier.

{{text}}

Nous vous redirons où nous en sommes dans les {FEEDBACK_DAYS} jours. Revenez lire {{week}}.
""",
        f"""
Here is where your case stands.

{{text}}

We tell you again where we are within {FEEDBACK_DAYS} days. Come back and read in {{week}}.
""",
    ),
    "mediation": _both(
        f"""
{says(State.MEDIATION, "fr")}

{{text}}

Vous répondez par oui ou par non, dans cette boîte. Rien ne commence sans votre oui. La personne qui mène la
médiation n'apprend que ce que vous acceptez de dire.

Revenez lire {{week}}.
""",
        f"""
{says(State.MEDIATION, "en")}

{{text}}

You answer yes or no in this mailbox. Nothing begins without your yes. The mediator learns only what you agree
to tell.

Come back and read in {{week}}.
""",
    ),
    "registry_proposed": _both(
        f"""
{says(State.REGISTRY_PROPOSED, "fr")}

{{text}}

Dites dans cette boîte si vous êtes d'accord. Après un « non », rien ne sera publié. Sans réponse sous
{OPINION_DAYS} jours, nous pourrons continuer.

Revenez lire {{week}}.
""",
        f"""
{says(State.REGISTRY_PROPOSED, "en")}

{{text}}

Say in this mailbox whether you agree. After a "no", nothing is published. Without an answer within
{OPINION_DAYS} days, we may go on.

Come back and read in {{week}}.
""",
    ),
    "published": _both(
        f"""
{says(State.PUBLISHED, "fr")}

{{text}}

Ne commentez pas cette inscription et n'en reprenez pas les mots : cela pourrait vous faire reconnaître. Si
quelqu'un s'en prend à vous, dites-le ici.
""",
        f"""
{says(State.PUBLISHED, "en")}

{{text}}

Do not comment on this entry, and do not repeat its words: that could show who you are. If anybody turns on you,
say so here.
""",
    ),
    "handover": _both(
        """
Jusqu'ici, {before} vous répondait. Désormais, {author} suit votre dossier et signe nos réponses.

Vous n'avez rien à répéter : tout ce que vous avez écrit est là.

{text}
""",
        """
Until now, {before} answered you. From now on, {author} follows your case and signs our replies.

You need not repeat anything: all that you wrote is here.

{text}
""",
    ),
}

# How a closing reply begins; the four blocks follow.
OPENINGS: Mapping[str, tuple[str, str]] = {
    "out_of_scope": (
        "Nous avons lu votre signalement avec soin. Ce qu'il décrit relève de quelqu'un d'autre.",
        "We read your report with care. What it describes is for somebody else to decide.",
    ),
    "unfounded": (
        "Nous avons étudié votre signalement. Vous aviez le droit de nous écrire, et la loi vous protège toujours.",
        "We studied your report. You had every right to write to us, and the law still protects you.",
    ),
    "unverifiable": (
        "Nous avons étudié votre signalement. Nous ne disons pas que vous avez tort.",
        "We studied your report. We do not say that you are wrong.",
    ),
    "verified": (
        "Votre signalement a permis un constat. Merci de l'avoir fait.",
        "Your report led to a finding. Thank you for making it.",
    ),
    "referred": (
        "Nous avons transmis ce que vous nous avez confié. Rien de ce qui vous désigne n'a été ajouté.",
        "We passed on what you entrusted to us. Nothing that points to you was added.",
    ),
    "closing": (
        "Nous arrivons au bout de ce que nous pouvons faire pour votre dossier.",
        "We have come to the end of what we can do for your case.",
    ),
}
