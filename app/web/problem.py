"""A refusal that reaches a screen: status, which rule, and two sentences in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from werkzeug.exceptions import HTTPException


@dataclass(frozen=True)
class Problem:
    """What an error page says.

    Args:
        status: the HTTP status.
        reason: which rule refused, a key of SENTENCES.
        message: what happened, when a view knows better than the table.
        hint: what is safe and what to do next.
        typed: the fields that were read before the refusal, to be given back; the last may be cut.
    """

    status: int
    reason: str
    message: str = ""
    hint: str = ""
    typed: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def french(self) -> tuple[str, str]:
        """What happened and what to do next, in French."""
        what, then = SENTENCES[self.reason][:2]
        return self.message or what, self.hint or then

    @property
    def english(self) -> tuple[str, str]:
        """The same in English; empty when a view gave its own sentences."""
        return ("", "") if self.message else SENTENCES[self.reason][2:]


class Refusal(HTTPException):
    """Raised anywhere under a hull: ends the request with that problem's page."""

    def __init__(
        self, status: int, reason: str, message: str = "", hint: str = "", *, typed: Iterable[tuple[str, str]] = ()
    ) -> None:
        super().__init__(reason)
        self.code = status
        self.problem = Problem(status, reason, message, hint, tuple(typed))


# reason: (what happened, what to do next) in French, then in English.
SENTENCES: dict[str, tuple[str, str, str, str]] = {
    "bad_request": (
        "Cette demande est mal formée.",
        "Rien n'a été enregistré. Revenez à la page précédente et recommencez.",
        "This request is malformed.",
        "Nothing was stored. Go back to the previous page and try again.",
    ),
    "duplicate": (
        "Un champ du formulaire est arrivé deux fois.",
        "Rien n'a été enregistré. Si votre texte est montré ici, copiez-le. Ouvrez à nouveau le formulaire.",
        "A field of the form arrived twice.",
        "Nothing was stored. If your text is shown here, copy it. Open the form again.",
    ),
    "cut": (
        "L'envoi est arrivé coupé.",
        "Rien n'a été enregistré. Si votre texte est montré ici, sa fin peut manquer : complétez-le, puis renvoyez-le.",
        "What you sent was cut on its way.",
        "Nothing was stored. If your text is shown here, its end may be missing: complete it, then send it again.",
    ),
    "bad_body": (
        "L'envoi est arrivé incomplet ou mal formé.",
        "Rien n'a été enregistré. Recommencez l'envoi.",
        "What you sent arrived incomplete or malformed.",
        "Nothing was stored. Send it again.",
    ),
    "late_field": (
        "Un champ de texte est arrivé après un fichier.",
        "Rien n'a été enregistré. Recommencez l'envoi depuis le formulaire.",
        "A text field arrived after a file.",
        "Nothing was stored. Send it again from the form.",
    ),
    "too_many_files": (
        "Il y a trop de fichiers.",
        "Rien n'a été enregistré. Retirez des fichiers, puis recommencez l'envoi.",
        "There are too many files.",
        "Nothing was stored. Take some files away, then send it again.",
    ),
    "files_too_large": (
        "Les fichiers sont trop lourds ensemble.",
        "Rien n'a été enregistré. Retirez des fichiers, puis recommencez l'envoi.",
        "The files are too large together.",
        "Nothing was stored. Take some files away, then send it again.",
    ),
    "no_attempt": (
        "Ce formulaire est trop ancien, ou il a été modifié en route.",
        "Rien n'a été enregistré. Votre texte est resté ici : relisez-le, puis envoyez-le à nouveau.",
        "This form is too old, or it was changed on its way.",
        "Nothing was stored. Your text is still here: read it again, then send it once more.",
    ),
    "manifest_expired": (
        "La liste des personnes qui lisent n'est plus à jour. Nous ne pouvons rien recevoir aujourd'hui.",
        "Rien n'a été enregistré. Gardez votre texte et revenez dans quelques jours ; les réponses restent lisibles.",
        "The list of people who read is out of date. We can receive nothing today.",
        "Nothing was stored. Keep your text and come back in a few days; replies stay readable.",
    ),
    "erase_waits": (
        "Vos réponses sont effacées ici. La demande d'effacer le dossier n'a pas pu être laissée aux analystes.",
        "Réessayez « Tout effacer » plus tard : gardez votre nom de code jusque-là.",
        "Your replies are erased here. The request to erase the case could not be left for the analysts.",
        "Try “Erase everything” again later: keep your codename until then.",
    ),
    "expired": (
        "Votre boîte s'est fermée après 60 minutes. Rien n'a été envoyé.",
        "Copiez votre texte, tapez à nouveau votre nom de code, puis renvoyez-le.",
        "Your mailbox closed after 60 minutes. Nothing was sent.",
        "Copy your text, type your codename again, then send it.",
    ),
    "tor2web": (
        "Vous passez par un relais qui peut vous identifier. Arrêtez-vous ici.",
        "Installez Tor Browser, puis recopiez l'adresse en .onion.",
        "You are passing through a relay that can identify you. Stop here.",
        "Install Tor Browser, then copy the .onion address into it.",
    ),
    "cross_site": (
        "Cet envoi ne vient pas d'une page de ce site.",
        "Rien n'a été enregistré. Ouvrez le formulaire sur ce site, puis envoyez-le.",
        "This did not come from a page of this site.",
        "Nothing was stored. Open the form on this site, then send it.",
    ),
    "forbidden": (
        "Cette page ne vous est pas ouverte.",
        "Revenez à la première page.",
        "This page is not open to you.",
        "Go back to the first page.",
    ),
    "not_found": (
        "Cette page n'existe pas.",
        "Vérifiez l'adresse, ou repartez de la première page.",
        "There is no such page.",
        "Check the address, or start again from the first page.",
    ),
    "method": (
        "Cette page ne s'ouvre pas de cette façon.",
        "Rien n'a été enregistré. Repartez de la première page.",
        "This page does not open in this way.",
        "Nothing was stored. Start again from the first page.",
    ),
    "too_large": (
        "Cet envoi est trop grand.",
        "Rien n'a été enregistré. Si un texte est montré ici, il peut être coupé : reprenez votre texte d'origine, "
        "raccourcissez-le, ou joignez un document.",
        "This is too large.",
        "Nothing was stored. If a text is shown here, it may be cut: take your original text again, make it shorter, "
        "or attach a document.",
    ),
    "media_type": (
        "Cette page ne reçoit pas ce genre d'envoi.",
        "Rien n'a été enregistré. Utilisez le formulaire de la page.",
        "This page does not take this kind of content.",
        "Nothing was stored. Use the form on the page.",
    ),
    "host": (
        "Ce nom n'est pas celui de ce site.",
        "Recopiez l'adresse exactement, lettre par lettre.",
        "This name is not the name of this site.",
        "Copy the address exactly, letter by letter.",
    ),
    "busy": (
        "Le service ne peut pas répondre en ce moment.",
        "Rien n'a été enregistré. Réessayez dans quelques minutes.",
        "The service cannot answer just now.",
        "Nothing was stored. Try again in a few minutes.",
    ),
    "rate": (
        "Trop d'envois sont arrivés de votre côté en peu de temps.",
        "Rien n'a été enregistré. Attendez une minute, puis recommencez ; votre texte est gardé s'il est montré ici.",
        "Too much arrived from your side in a short time.",
        "Nothing was stored. Wait a minute, then try again; your text is kept if it is shown here.",
    ),
    "broken": (
        "Une erreur est survenue chez nous.",
        "Ce qui était déjà arrivé reste en sûreté. Réessayez dans quelques minutes.",
        "Something went wrong on our side.",
        "What had already arrived is still safe. Try again in a few minutes.",
    ),
}

# The rule named for an error that only has a status.
REASONS = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method",
    413: "too_large",
    415: "media_type",
    421: "host",
    429: "rate",
    503: "busy",
}
