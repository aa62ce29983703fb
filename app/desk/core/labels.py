"""Two random words to speak of a case: never derived from a codename, a mailbox or what the report says.

Masculine nouns and adjectives of one form for both genders, so that every pair is French. The words are not those of
a codename list used as such, and no word judges anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection

_NOUNS = (
    "Acacia Albatros Aster Bambou Basilic Bleuet Bouleau Bouvreuil Cactus Canard Castor Cerf Chamois Chardon Cygne "
    "Dauphin Écureuil Élan Érable Faisan Faucon Flamant Frêne Geai Genêt Grillon Hamster Hérisson Héron Hibou Houx "
    "Iris Jasmin Koala Lézard Lièvre Lilas Loriot Lotus Lynx Merle Muguet Narcisse Olivier Orme Panda Papillon Pélican "
    "Peuplier Pinson Platane Puffin Renne Roseau Sapin Saule Séquoia Tamaris Thym Tilleul Toucan Tremble Trèfle Zèbre"
)
_ADJECTIVES = (
    "agile aimable alpestre antique brave calme célèbre champêtre comique commode crédible digne docile durable "
    "énorme équestre fertile fidèle fixe fragile habile honnête immense jaune jeune juste large leste libre "
    "limpide lisse logique magique manifeste maritime mauve mince mobile moderne modeste multiple nomade notable "
    "orange pâle paisible poétique pratique propre pudique rapide rare robuste rose rouge rustique sage simple "
    "sobre sociable solide sonore souple stable sublime tendre terrestre timide tranquille utile vaste vivace"
)
NOUNS = tuple(_NOUNS.split())
ADJECTIVES = tuple(_ADJECTIVES.split())


def draw(taken: Collection[str]) -> str:
    """A label that none of the cases at hand has, while there is one left."""
    label = _pair()
    for _ in range(64):
        if label not in taken:
            break
        label = _pair()
    return label


def _pair() -> str:
    return f"{secrets.choice(NOUNS)} {secrets.choice(ADJECTIVES)}"
