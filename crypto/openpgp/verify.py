"""Checking detached OpenPGP signatures against one certificate and nothing else that this machine knows."""

import subprocess
from datetime import date
from pathlib import Path

from crypto.errors import FormatError, TrustError
from crypto.openpgp import certs, gpg, packets, pipes, status

SIGNATURE_LIMIT = 4096


def verify_detached(cert: bytes, data: bytes, signature: bytes, *, day: date | None = None) -> str:
    """Returns only if `signature` is one good signature of `data` by the key of `cert`.

    Args:
        cert: the signer's binary certificate, from a manifest that was verified.
        data: what was signed.
        signature: a binary detached signature.
        day: the day on which the key's expiry is judged; without it, now.

    Returns:
        The fingerprint of the signer's primary key.

    Raises:
        FormatError: the certificate or the signature is not one.
        TrustError: the signature is bad, by another key, or by a key that has expired or was revoked.
    """
    if not 0 < len(signature) <= SIGNATURE_LIMIT or packets.packet_tags(signature) != (2,):
        raise FormatError("that is not one OpenPGP signature")
    with gpg.private_home() as home:
        fingerprints = certs.import_public(home, [cert])
        (home / "signature").write_bytes(signature)
        lines = _run(home, data, day)
    status.signature(lines, fingerprints[0])
    return fingerprints[0]


def _run(home: Path, data: bytes, day: date | None) -> bytes:
    """Standard output is not read: a detached signature gives none."""
    when = gpg.at_day(day) if day else gpg.ANY_CLOCK
    arguments = ["--homedir", str(home), *gpg.COMMON, *when, "--no-autostart", "--verify", str(home / "signature"), "-"]
    process, reader = pipes.launch(arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.communicate(data)
    if process.returncode not in (0, 1, 2):
        raise TrustError("the signature could not be checked")
    return reader.lines()
