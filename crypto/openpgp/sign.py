"""Detached OpenPGP signatures: what a reviewer puts under a decision that two people take."""

import io
from datetime import date
from pathlib import Path

from crypto.errors import FormatError, NoKeyError
from crypto.openpgp import gpg, packets

_SIGNATURE = (2,)


def detach_sign(
    home: Path, fingerprint: str, data: bytes, passphrase: str | None = None, *, day: date | None = None
) -> bytes:
    """Signs bytes with exactly this key.

    Args:
        home: the reviewer's GnuPG home.
        fingerprint: the primary key's, in full.
        data: what is signed.
        passphrase: of the key; without it gpg-agent asks when there is one.
        day: the day that the signature carries, at midnight, so that it does not tell when somebody works;
            without it, the moment.

    Returns:
        A binary detached signature.

    Raises:
        NoKeyError: the key is not there, has expired, or its passphrase was not given or wrong.
    """
    options = [*(gpg.at_day(day) if day else gpg.ANY_CLOCK), "--digest-algo", "SHA512"]
    library = gpg.library(gpg.short_home(home), *options)
    if passphrase is not None and not library.is_valid_passphrase(passphrase):
        raise FormatError("a passphrase is one line")
    # `!` and --local-user: this very key. --default-key would fall back to another one.
    extra = ["--local-user", f"{fingerprint}!"]
    made = library.sign_file(
        io.BytesIO(data), passphrase=passphrase, clearsign=False, detach=True, binary=True, extra_args=extra
    )
    if made.returncode != 0 or not made.data:
        raise NoKeyError("the key did not sign: it is missing, has expired, or its passphrase is not right")
    signature = bytes(made.data)
    if packets.packet_tags(signature) != _SIGNATURE:
        raise FormatError("gpg made something that is not one signature")
    return signature
