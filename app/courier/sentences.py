"""What this door refuses, in both languages: what happened, what is safe, what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sentence:
    french: str
    french_hint: str
    english: str
    english_hint: str


SENTENCES = {
    "login": Sentence(
        "Le nom, le mot de passe ou le code est faux.",
        "Rien n'a été changé. Vérifiez les trois, et prenez le code qui s'affiche maintenant.",
        "The name, the password or the code is wrong.",
        "Nothing was changed. Check all three, and take the code that shows now.",
    ),
    "wait": Sentence(
        "Trop d'essais à la suite.",
        "Rien n'a été changé. Attendez une minute, puis recommencez.",
        "Too many tries in a row.",
        "Nothing was changed. Wait a minute, then try again.",
    ),
    "session": Sentence(
        "Vous n'êtes pas entré, ou votre heure est écoulée.",
        "Rien n'a été changé. Entrez avec votre nom, votre mot de passe et un nouveau code.",
        "You are not logged in, or your hour is over.",
        "Nothing was changed. Log in with your name, your password and a new code.",
    ),
    "code_used": Sentence(
        "Ce code a déjà servi à cette action.",
        "Rien n'a été changé. Sortez, attendez le code suivant (30 secondes), puis entrez de nouveau.",
        "This code was already used for this action.",
        "Nothing was changed. Log out, wait for the next code (30 seconds), then log in again.",
    ),
    "range": Sentence(
        "Cette partie du fichier n'existe pas.",
        "Rien n'a été changé. Reprenez le fichier depuis le début.",
        "There is no such part of the file.",
        "Nothing was changed. Take the file again from its start.",
    ),
    "form": Sentence(
        "Le formulaire doit contenir un fichier, et rien d'autre.",
        "Rien n'a été changé. Choisissez le fichier que le poste de lecture a écrit, puis renvoyez-le.",
        "The form must hold one file and nothing else.",
        "Nothing was changed. Choose the file that the desk wrote, then send it again.",
    ),
    "too_large": Sentence(
        "Ce fichier est plus grand que tout fichier de réponse.",
        "Rien n'a été changé. Choisissez le fichier que le poste de lecture a écrit.",
        "This file is larger than any outbox.",
        "Nothing was changed. Choose the file that the desk wrote.",
    ),
    "outbox": Sentence(
        "Ce fichier de réponse est refusé.",
        "Rien n'a été changé. Rapportez cette page au poste de lecture.",
        "This outbox is refused.",
        "Nothing was changed. Take this page back to the desk.",
    ),
}


class DoorRefusal(Exception):
    """Ends a request with one of the sentences; `detail` is the rule, in English."""

    def __init__(self, status: int, key: str, *, detail: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(key)
        self.status = status
        self.sentence = SENTENCES[key]
        self.key = key
        self.detail = detail
        self.headers = headers or {}


@dataclass(frozen=True)
class Outcome:
    """What a good push did, for the page and for `sourdine courier push`."""

    french: str
    english: str
    warnings: tuple[tuple[str, str], ...] = field(default=())
