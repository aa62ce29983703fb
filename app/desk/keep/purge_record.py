"""The record of a purge: what must still be destroyed by hand, and two lines to sign. Nothing in it is content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

Words = tuple[str, str]  # French, English

GROUNDS: dict[str, Words] = {
    "out_of_scope": ("hors champ : détruit dans les 7 jours", "out of scope: destroyed within 7 days"),
    "closed": ("60 jours après la clôture", "60 days after closing"),
    "good_faith": (
        "3 mois après le dernier changement public (loi du 29 juillet 1881, art. 65)",
        "3 months after the last public change",
    ),
}
_MEDIA: dict[str, Words] = {
    "pickups": (
        "Clés USB et copies des relèves (l'enveloppe chiffrée s'y trouve)",
        "Sticks and copies of these pickups (the encrypted envelope is on them)",
    ),
    "outboxes": (
        "Clés USB et copies des envois (des réponses scellées s'y trouvent)",
        "Sticks and copies of these outboxes (sealed replies are on them)",
    ),
    "exports": ("Copies des exports du registre", "Copies of these registry exports"),
    "backups": (
        "Sauvegardes du bureau (la clé scellée du dossier s'y trouve encore)",
        "Backups of the desk (the sealed key of the case is still in them)",
    ),
}
_PAGE = """\
<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font-family: serif; margin: 2cm; max-width: 42em }}
[lang="en"] {{ display: block; font-style: italic }}
td, th {{ border: 1px solid; padding: .4em; text-align: left; vertical-align: top }}
table {{ border-collapse: collapse; width: 100% }}
.sign td {{ height: 2.5cm }}
</style>
<h1>{title} <span lang="en">Record of a purge</span></h1>
<p>Dossier <strong>{case_id}</strong>, détruit le <strong>{day}</strong> : {ground_fr}.
<span lang="en">Case {case_id}, destroyed on {day}: {ground_en}.</span></p>
<p>La clé du dossier est détruite ; sur cette machine rien ne peut plus être lu. Une mémoire flash peut garder
d'anciens blocs chiffrés : sans la clé, ils ne disent rien.
<span lang="en">The key of the case is destroyed; nothing can be read any more on this machine. Flash memory may keep
old encrypted blocks: without the key they say nothing.</span></p>
<h2>Décidé par <span lang="en">Decided by</span></h2>
<ul>
{signers}
</ul>
<h2>À détruire à la main <span lang="en">To be destroyed by hand</span></h2>
<table>
<tr><th>Support <span lang="en">Medium</span></th><th>Numéros <span lang="en">Numbers</span></th>
<th>Détruit le <span lang="en">Destroyed on</span></th></tr>
{media}
</table>
<p>{saved}</p>
<h2>Signatures</h2>
<table class="sign">
{lines}
</table>
</html>
"""
_SAVED = (
    "Pièces enregistrées hors du bureau : {count} fois. Vérifier que ces dossiers n'existent plus."
    ' <span lang="en">Attachments were saved outside the desk {count} times. Make sure that these folders are gone.'
    "</span>"
)


@dataclass(frozen=True)
class PurgeRecord:
    """What two people decided, and which media held something of the case, by their numbers.

    Attributes:
        ground: a key of GROUNDS.
        signers: pseudonym and college of each.
        pickups, outboxes, exports, backups: numbers; empty once they are confirmed destroyed.
        saved: how often its attachments were written outside the desk.
    """

    case_id: str
    day: str
    ground: str
    signers: tuple[tuple[str, str], ...]
    pickups: tuple[int, ...] = ()
    outboxes: tuple[int, ...] = ()
    exports: tuple[int, ...] = ()
    backups: tuple[int, ...] = ()
    saved: int = 0
    destroyed: str = field(default="")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"signers": [list(pair) for pair in self.signers]} | self._numbers()

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> PurgeRecord:
        numbers = {name: tuple(value[name]) for name in _MEDIA}
        signers = tuple((name, college) for name, college in value["signers"])
        return cls(**{**value, **numbers, "signers": signers})

    def to_html(self) -> str:
        """A page to print, in French with English beside it."""
        french, english = GROUNDS[self.ground]
        return _PAGE.format(
            title="Procès-verbal de destruction",
            case_id=escape(self.case_id),
            day=escape(self.day),
            ground_fr=escape(french),
            ground_en=escape(english),
            signers="\n".join(f"<li>{escape(name)} ({escape(college)})</li>" for name, college in self.signers),
            media="\n".join(_row(_MEDIA[name], numbers, self.destroyed) for name, numbers in self._numbers().items()),
            saved=_SAVED.format(count=self.saved),
            lines="\n".join(f"<tr><td>{escape(name)} ({escape(college)})</td></tr>" for name, college in self.signers),
        )

    def _numbers(self) -> dict[str, list[int]]:
        return {name: list(getattr(self, name)) for name in _MEDIA}


def _row(words: Words, numbers: Sequence[int], destroyed: str) -> str:
    french, english = map(escape, words)
    told = escape(spans(numbers) or "–")
    return f'<tr><td>{french} <span lang="en">{english}</span></td><td>{told}</td><td>{escape(destroyed)}</td></tr>'


def spans(numbers: Sequence[int]) -> str:
    """Numbers for people: 3, 5–9."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in parts)
