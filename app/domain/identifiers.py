"""Numbers and names that stand for something: each checked for what its own rule allows to check."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

REGC_ID = re.compile(r"REGC-20[0-9]{2}-[A-Z2-7]{16}")
REGC_BYTES = 10  # 80 bits: nobody meets one by chance, and it says nothing of the case it came from
ECLI = re.compile(r"ECLI:[A-Z]{2}:[A-Z0-9]{1,7}:[0-9]{4}:[A-Z0-9.]{1,25}")
_OTHER = re.compile(r"[A-Z0-9][A-Z0-9./-]{1,29}")


def regc_id(year: int, random: bytes) -> str:
    """The permanent name of an entry, from ten random bytes that the caller draws."""
    return f"REGC-{year:04d}-{base64.b32encode(random[:REGC_BYTES]).decode('ascii')}"


def luhn(digits: str) -> bool:
    """The check digit of SIREN, and of the Italian code of legal persons."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (place % 2 + 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_siren(value: str) -> bool:
    """France: nine digits, Luhn."""
    return re.fullmatch(r"[0-9]{9}", value) is not None and luhn(value)


def is_bce(value: str) -> bool:
    """Belgium: ten digits that start with 0 or 1; the last two are 97 minus the rest modulo 97."""
    return re.fullmatch(r"[01][0-9]{9}", value) is not None and 97 - int(value[:8]) % 97 == int(value[8:])


def is_codice_fiscale(value: str) -> bool:
    """Italy: eleven digits with a check digit. The sixteen-character code names a natural person: never here."""
    return re.fullmatch(r"[0-9]{11}", value) is not None and luhn(value)


def is_lei(value: str) -> bool:
    """ISO 17442: twenty characters, modulo 97-10."""
    return re.fullmatch(r"[0-9A-Z]{18}[0-9]{2}", value) is not None and (
        int("".join(str(int(character, 36)) for character in value)) % 97 == 1
    )


def is_other(value: str) -> bool:
    """Any other national number: capital letters, digits, dot, slash, hyphen."""
    return _OTHER.fullmatch(value) is not None


IDENTIFIERS: dict[str, Callable[[str], bool]] = {
    "siren": is_siren,
    "bce": is_bce,
    "codice_fiscale": is_codice_fiscale,
    "lei": is_lei,
    "other": is_other,
}
