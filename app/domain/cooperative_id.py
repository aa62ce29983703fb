"""The name of a cooperative in addresses and exports: made of its number, so that everybody finds the same one.

A number is `fr-siren-732829320` or `lei-969500…`; without a number it is a hash of country and folded name, which
two cooperatives of one name share until a reviewer gives each its number.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata

from app.domain.record import Cooperative
from app.domain.words import fold

COOPERATIVE_ID = re.compile(r"[a-z]{2,3}-[a-z0-9-]{1,60}")
_OTHER = re.compile(r"[^a-z0-9]+")


def cooperative_id(cooperative: Cooperative) -> str:
    """The id of the cooperative of a record; it matches COOPERATIVE_ID."""
    identifier, country = cooperative.identifier, cooperative.country.lower()
    if identifier is None:
        words = fold(cooperative.name) or [unicodedata.normalize("NFC", cooperative.name.casefold())]
        return f"{country}-name-{_hash(' '.join([country, *words]), 10)}"
    value = _OTHER.sub("-", identifier.value.lower()).strip("-")
    if identifier.type == "lei":
        return f"lei-{value}"
    if identifier.type == "other" and value != identifier.value.lower():
        value = f"{value}-{_hash(identifier.value, 5)}"  # 12.3/4 and 12-3.4 are two numbers
    return f"{country}-{_OTHER.sub('-', identifier.type)}-{value}"


def _hash(text: str, size: int) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()[:size]).decode().lower()
