"""Keys that programs make themselves: trial reviewers, and certificates that nobody can open.

A real reviewer makes a key with stock gpg on a machine of their own; only its certificate comes here.
"""

import re
from datetime import date
from pathlib import Path

from crypto.errors import FormatError, ToolError
from crypto.openpgp import gpg

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 .-]{0,62}")
_TRIAL_YEARS = "2y"
_FOREVER = "0"

# `%no-protection`: a key without a passphrase. AEAD is left out of the preferences, so that gpg 2.4 seals to it
# with the integrity packet that every OpenPGP program reads.
_PARAMETERS = """\
Key-Type: EDDSA
Key-Curve: ed25519
Key-Usage: sign
Subkey-Type: ECDH
Subkey-Curve: cv25519
Subkey-Usage: encrypt
Name-Real: {name}
Creation-Date: {day:%Y%m%d}T000000
Expire-Date: {end}
Preferences: AES256 AES192 AES SHA512 SHA384 SHA256 Uncompressed
%no-protection
%commit
"""


def trial_key(home: Path, name: str, day: date) -> str:
    """Makes an Ed25519/cv25519 key without a passphrase, valid for two years from this day.

    Returns:
        Its fingerprint.

    Raises:
        FormatError: the name is not a pseudonym.
        ToolError: gpg made no key.
    """
    return _generate(home, name, day, end=_TRIAL_YEARS)


def public_cert(home: Path, fingerprint: str) -> bytes:
    """The binary certificate of one key, without what other people added to it.

    Raises:
        ToolError: the home has no such key.
    """
    cert = gpg.library(gpg.short_home(home)).export_keys(fingerprint, armor=False, minimal=True)
    if not cert:
        raise ToolError("gpg has no certificate with that fingerprint")
    return bytes(cert)


def nobody_cert(day: date) -> tuple[str, bytes]:
    """A certificate of the same algorithms as a reviewer's whose private half is destroyed.

    It lived in a home in memory for as long as gpg needed to make it. It has no end: a place that is kept empty
    must not lapse before the manifest does.

    Returns:
        Its fingerprint and the binary certificate.
    """
    with gpg.private_home() as home:
        fingerprint = _generate(home, "nobody", day, end=_FOREVER)
        return fingerprint, public_cert(home, fingerprint)


def _generate(home: Path, name: str, day: date, *, end: str) -> str:
    if not _NAME.fullmatch(name):
        raise FormatError("a key's name is a pseudonym of at most 63 plain letters and digits")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    library = gpg.library(gpg.short_home(home), "--ignore-time-conflict")
    made = library.gen_key(_PARAMETERS.format(name=name, day=day, end=end))
    if made.returncode != 0 or not made.fingerprint:
        raise ToolError("gpg made no key")
    return str(made.fingerprint)
