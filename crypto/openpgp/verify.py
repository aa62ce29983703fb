"""Checking OpenPGP signatures against certificates that were handed over, and nothing else that this machine knows."""

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from crypto.errors import FormatError, TrustError
from crypto.openpgp import certs, gpg, packets, pipes, status
from crypto.quorum import Claim

SIGNATURE_LIMIT = 4096
RUN_MAX = 256
# One run of gpg: its status takes about 600 bytes for each signature, and a user id with each byte written as "%xx". It
# stays far below what is read of it: too much would refuse a whole batch for the name of one honest key.
_STATUS_BYTES, _ESCAPED = 600, 3
_RUN_STATUS = pipes.STATUS_LIMIT // 4 * 3
_USER_ID = 13
_RUN_BYTES = 16 * 1024 * 1024
# Literal data packet (tag 11) with a length of four bytes; binary, no file name, no date (RFC 4880, 4.2.2 and 5.9).
_LITERAL, _LITERAL_HEAD = b"\xcb\xff", b"b\0\0\0\0\0"


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
    _check_form(signature)
    with gpg.private_home() as home:
        fingerprints = certs.import_public(home, [cert])
        (home / "signature").write_bytes(signature)
        lines = _run(home, ["--verify", str(home / "signature"), "-"], data, day)
    status.signature(lines, fingerprints[0])
    return fingerprints[0]


def verify_all(claims: Iterable[Claim], *, day: date | None = None) -> None:
    """Returns only if every claim holds; a hundred times faster than one `verify_detached` for each.

    One home holds the certificates of all signers, and one run of gpg checks hundreds of signatures, each in front of
    its data: a signature packet before a literal packet is a signed message (RFC 4880, 11.3), hashed as a detached
    signature is.

    Raises:
        FormatError: a certificate or a signature is not one.
        TrustError: a signature is bad, by another key, or by a key that has expired or was revoked.
    """
    with gpg.private_home() as home:
        known: dict[bytes, str] = {}
        for run in _runs(claims):
            for claim in run:
                _check_form(claim.signature)
                if claim.cert not in known:
                    known[claim.cert] = certs.import_public(home, [claim.cert])[0]
                if known[claim.cert] != claim.fingerprint:
                    raise TrustError("a certificate is of another key than it says")
            _verify_run(home, run, day)


def _verify_run(home: Path, run: Sequence[Claim], day: date | None) -> None:
    paths = [home / str(number) for number in range(len(run))]
    for path, claim in zip(paths, run, strict=True):
        body = _LITERAL_HEAD + claim.data
        path.write_bytes(claim.signature + _LITERAL + len(body).to_bytes(4, "big") + body)
    lines = _run(home, ["--verify-files", *map(str, paths)], b"", day)
    status.signatures(lines, [claim.fingerprint for claim in run])


def _runs(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    """Groups that are small enough for one run of gpg and for a directory in memory."""
    status_size = cache(_status_size)
    group: list[Claim] = []
    size = told = 0
    for claim in claims:
        telling = status_size(claim.cert)
        if group and told + telling > _RUN_STATUS:
            yield group
            group, size, told = [], 0, 0
        group.append(claim)
        size += len(claim.data)
        told += telling
        if len(group) >= RUN_MAX or size >= _RUN_BYTES:
            yield group
            group, size, told = [], 0, 0
    if group:
        yield group


def _status_size(cert: bytes) -> int:
    """At most so many bytes does gpg say of one good signature by this certificate."""
    longest = max((size for tag, size in packets.packet_sizes(cert) if tag == _USER_ID), default=0)
    return _STATUS_BYTES + _ESCAPED * longest


def _check_form(signature: bytes) -> None:
    if not 0 < len(signature) <= SIGNATURE_LIMIT or packets.packet_tags(signature) != (2,):
        raise FormatError("that is not one OpenPGP signature")


def _run(home: Path, command: list[str], data: bytes, day: date | None) -> bytes:
    """Status lines. Standard output is not read: checking gives none."""
    when = gpg.at_day(day) if day else gpg.ANY_CLOCK
    arguments = ["--homedir", str(home), *gpg.COMMON, *when, "--no-autostart", *command]
    process, reader = pipes.launch(arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    process.communicate(data)
    if process.returncode not in (0, 1, 2):
        raise TrustError("the signature could not be checked")
    return reader.lines()
