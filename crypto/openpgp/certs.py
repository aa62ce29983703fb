"""OpenPGP certificates: what one holds, and the public home that the intake seals with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from crypto.errors import FormatError, ToolError
from crypto.openpgp import armor, gpg, packets

CERT_LIMIT = 64 * 1024
_EDDSA, _ECDH = "22", "18"
_PUBLIC_TAGS, _SECRET_TAGS = {2, 6, 13, 14}, {5, 7}  # signature, key, user id, subkey; no photographs, no padding
_USABLE = set("-uqomnf")  # validity letters of `--with-colons` that do not say expired, revoked, disabled or invalid


@dataclass(frozen=True)
class CertInfo:
    """A certificate with one Ed25519 primary key and one usable cv25519 subkey at least."""

    fingerprint: str
    user_id: str
    encryption_algorithm: str
    expires: date | None  # the first day on which nothing can be sealed to it
    has_secret: bool


def dearmor(cert: bytes) -> bytes:
    """A certificate as binary, whether it was armoured or not."""
    return armor.dearmor(cert, "PUBLIC KEY BLOCK") if cert.lstrip()[:5] == b"-----" else cert


def inspect(cert: bytes, *, day: date | None = None) -> CertInfo:
    """What a binary certificate holds. Nothing is imported anywhere that lasts.

    Args:
        cert: one certificate, binary.
        day: the day on which expiry is judged; without it, now.

    Raises:
        FormatError: not one certificate of the algorithms that envelopes use, or one that is expired or revoked.
    """
    if not 0 < len(cert) <= CERT_LIMIT:
        raise FormatError("a certificate has at most 64 KiB")
    secret = _holds_secret(cert)
    with gpg.private_home() as home:
        found = gpg.library(home, *(gpg.at_day(day) if day else gpg.ANY_CLOCK)).scan_keys_mem(cert)
    if len(found) != 1:
        raise FormatError("that is not exactly one OpenPGP certificate, or it has expired")
    key: dict[str, Any] = found[0]
    if key["algo"] != _EDDSA or key["curve"] != "ed25519" or key["trust"] not in _USABLE or not key["uids"]:
        raise FormatError("the certificate has no usable Ed25519 key with a name")
    subkeys = [sub for sub in key["subkey_info"].values() if _can_encrypt(sub)] if "subkey_info" in key else []
    if not subkeys:
        raise FormatError("the certificate has no usable cv25519 key to seal to")
    ends = [_day(key["expires"]), max((_day(sub["expires"]) for sub in subkeys), key=lambda end: end or date.max)]
    known = [end for end in ends if end is not None]
    return CertInfo(key["fingerprint"], key["uids"][0], "cv25519", min(known, default=None), secret)


def import_public(home: Path, certs: Iterable[bytes]) -> tuple[str, ...]:
    """Fills a home with public certificates, for a server that only seals.

    Returns:
        The fingerprints, in the order given.

    Raises:
        FormatError: one of them is no such certificate, or holds a secret key.
        ToolError: gpg did not take it.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    library = gpg.library(home)
    return tuple(_import(library, cert) for cert in certs)


def _import(library: Any, cert: bytes) -> str:
    if not 0 < len(cert) <= CERT_LIMIT or _holds_secret(cert):
        raise FormatError("that is not a public certificate")
    result = library.import_keys(cert, extra_args=["--import-options", "import-minimal", "--no-autostart"])
    fingerprints = set(result.fingerprints)
    if result.returncode != 0 or len(fingerprints) != 1:
        raise ToolError("gpg did not take a certificate")
    return str(fingerprints.pop())


def _holds_secret(cert: bytes) -> bool:
    """Whether a secret key stands in it; refuses every packet that a certificate does not have."""
    tags = set(packets.packet_tags(cert))
    if tags - _PUBLIC_TAGS - _SECRET_TAGS:
        raise FormatError("that is not an OpenPGP certificate")
    return bool(tags & _SECRET_TAGS)


def _can_encrypt(sub: dict[str, str]) -> bool:
    usable = sub["trust"] in _USABLE and "e" in sub["cap"]
    return usable and sub["algo"] == _ECDH and sub["curve"] == "cv25519"


def _day(stamp: str) -> date | None:
    return datetime.fromtimestamp(int(stamp), UTC).date() if stamp else None
