"""Short texts that depend on a code: labels of choices, sentences of field errors. Translated when a page is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.domain import states, taxonomy
from app.domain.report import FieldError, ReportForm
from app.web.languages import LANGUAGES, language
from crypto import codename

YES_NO = (("yes", _("oui")), ("no", _("non")))
PUBLISH = (("yes", _("oui")), ("ask", _("me demander avant")), ("no", _("non")))
FOLLOW_UPS = (("codename", _("oui, avec un nom de code")), ("none", _("non, sans suivi")))
SATISFACTION = (("yes", _("oui")), ("partly", _("en partie")), ("no", _("non")))
QUESTIONS = (
    ("q1", _("Notre réponse était-elle claire ?")),
    ("q2", _("Le délai vous a-t-il convenu ?")),
    ("q3", _("Vous êtes-vous senti·e respecté·e ?")),
    ("q4", _("Souhaitez-vous un médiateur extérieur ?")),
)
HINTS = {
    "email": _("une adresse e-mail"),
    "phone": _("un numéro"),
    "link": _("un lien, qui peut être à votre nom"),
    "role": _("une formule qui dit votre rôle"),
}
COLLEGES = {"members": _("des membres"), "jurists": _("des juristes")}

_ERRORS = {
    ("story", "missing"): _("Écrivez ce qui s'est passé, en 50 caractères au moins."),
    ("story", "too_short"): _("Votre texte est trop court : écrivez 50 caractères au moins."),
    ("story", "too_long"): _("Votre texte dépasse 100 000 caractères : raccourcissez-le, ou joignez un document."),
    ("story", "codename"): _(
        "Ce texte est un nom de code : c'est votre clé, ne l'envoyez pas. Il se tape à la page « Lire une réponse »."
    ),
    ("story", "empty"): _("Écrivez un message, ou joignez un document."),
    ("story", "not_sealed"): _(
        "Sans texte, nous ne prenons qu'un fichier : une enveloppe scellée pour toutes les clés de la page « Clés »."
    ),
    ("exclude", "unknown"): _("Une personne écartée n'est pas dans la liste : cochez-la à nouveau."),
    ("exclude", "too_few"): _("Trop de personnes écartées : il doit en rester deux, de deux collèges."),
    ("confirm", "missing"): _("Cochez « Oui, tout effacer » pour tout effacer."),
    ("word_a", "missing"): _("Tapez les deux mots demandés."),
}
_BY_CODE = {
    "missing": _("Choisissez une réponse."),
    "too_long": _("Une réponse courte dépasse 500 caractères : raccourcissez-la."),
    "unknown": _("Choisissez une des réponses proposées."),
    "twice": _("Un champ est arrivé deux fois : rechargez le formulaire."),
}


@dataclass(frozen=True)
class ErrorLine:
    """One line of the summary, linked to its field."""

    field: str
    text: str


def error_lines(errors: tuple[FieldError, ...]) -> list[ErrorLine]:
    """The summary of refused fields, in the language of the page."""
    lines = [
        ErrorLine(error.field, str(_ERRORS.get((error.field, error.code)) or _BY_CODE[error.code])) for error in errors
    ]
    return list(dict.fromkeys(lines))


def answers(form: ReportForm) -> list[tuple[str, str]]:
    """The answers beside the story, to read again: question and answer, empty ones left out."""
    lines = (
        (_("Quelle coopérative ?"), form.cooperative),
        (_("De quoi s'agit-il ?"), dict(topics()).get(form.topic)),
        (_("Vers quelle période ?"), form.period),
        (_("Cela touche-t-il d'autres membres ?"), form.others),
        (_("Avez-vous déjà demandé en interne ?"), form.asked_internally),
        (_("Peut-on publier une version sans détail, si nous pouvons vérifier ?"), dict(PUBLISH).get(form.publish)),
        (_("Voulez-vous pouvoir lire notre réponse ?"), dict(FOLLOW_UPS)[form.follow_up]),
        (_("Qui ne doit pas lire ?"), ", ".join(form.exclude)),
    )
    return [(str(question), str(answer)) for question, answer in lines if answer]


def topics() -> list[tuple[str, str]]:
    return [(code, label[LANGUAGES.index(language())]) for code, label in taxonomy.TOPICS.items()]


def state_sentence(state: str) -> str:
    """What a reporter reads of a state; nothing for a state that another version knows."""
    known = {code.value: pair for code, pair in states.SENTENCES.items()}
    return known.get(state, ("", ""))[LANGUAGES.index(language())]


def college(name: str) -> str:
    return str(COLLEGES.get(name, name))


ERASED = _("Tout est effacé ici")
ERASED_HERE = _(
    "Vos réponses n'existent plus sur ce serveur. Les analystes recevront la demande d'effacer votre dossier."
)
CLOSED = _("Votre boîte est fermée")
NEW_IDENTITY = _("Pour finir : cliquez sur « Nouvelle identité » (le balai) dans Tor Browser.")
ARRIVED = _("Votre message est arrivé")
SAFE = _("Il est chiffré et en sûreté. Vous pouvez fermer cette page.")


def arrived(files: int) -> str:
    """What a receipt counts."""
    return str(
        ngettext("C'est envoyé : 1 message, %(num)s document.", "C'est envoyé : 1 message, %(num)s documents.", files)
    )


def in_mailbox(error: FieldError) -> str:
    """The code under which a mailbox names an error: its message has no least length, only something to say."""
    return "empty" if error == FieldError("story", "missing") else error.code


def codename_error(error: codename.CodenameError, typed: str) -> str:
    """What is wrong with a typed codename; the lists are public, so naming the word gives nothing away."""
    if isinstance(error, codename.WrongCount):
        return gettext("Un nom de code a huit mots ; vous en avez tapé %(found)s.", found=error.found)
    if isinstance(error, codename.UnlistedWord):
        word = codename.fold(typed)[error.position - 1]
        return gettext(
            "Le mot n° %(n)s, « %(word)s », n'est pas dans la liste. Vérifiez-le.", n=error.position, word=word
        )
    return gettext("Ces mots sont dans la liste, mais l'un d'eux ou leur ordre est faux.")
