"""Courier accounts: a password opens a sealed TOTP secret, a one-time code from that secret opens the door.

    key    = Argon2id(password, salt, t=3, m=64 MiB, p=1, 32 bytes)
    sealed = nonce ‖ ChaCha20-Poly1305(key, TOTP secret, "sourdine/courier/v1" ‖ name)

So the database holds neither the password nor the secret, nor anything that checks one without 64 MiB of work.
An unknown name costs and answers what a wrong password does: a dummy account is opened in its place.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from app.errors import UserError
from app.stores.couriers import CourierRow

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20  # RFC 4226 recommends 160 bits
TIME_COST, MEMORY_KIB = 3, 65_536
_NONCE = 12
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_LABEL = b"sourdine/courier/v1\n"


@dataclass(frozen=True)
class NewAccount:
    """What `sourdine courier add` hands over once; only `row` is kept."""

    row: CourierRow
    password: str
    totp: str

    def __repr__(self) -> str:
        return "NewAccount(hidden)"


@dataclass(frozen=True)
class Entry:
    """A good login: its MACs let each verb be claimed without keeping the secret."""

    name: str
    mark: bytes
    fetch: bytes
    push: bytes

    def __repr__(self) -> str:
        return "Entry(hidden)"


def new_account(name: str) -> NewAccount:
    """Draw a password (144 bits) and a TOTP secret.

    Raises:
        UserError: not a name.
    """
    if not _NAME.fullmatch(name):
        raise UserError("A courier's name is 1 to 32 of a-z, 0-9 and -, a letter first.", "Choose a pseudonym.")
    password, secret = secrets.token_urlsafe(18), secrets.token_bytes(SECRET_BYTES)
    salt = secrets.token_bytes(16)
    return NewAccount(CourierRow(name, salt, _seal(name, password, salt, secret)), password, _to_text(secret))


def dummy_account() -> CourierRow:
    """An account that no password opens."""
    return CourierRow("", secrets.token_bytes(16), secrets.token_bytes(_NONCE + SECRET_BYTES + 16))


def check_login(row: CourierRow, password: str, code: str, *, now: float) -> Entry | None:
    """Open the account with a password and a code of now, the step before or the step after; None otherwise."""
    secret = _open(row, password)
    step = None if secret is None else _step_of(secret, code, now)
    if secret is None or step is None:
        return None
    return Entry(row.name, mark_of(row), _mac(secret, "fetch", step), _mac(secret, "push", step))


def mark_of(row: CourierRow) -> bytes:
    """Names this very account: a session of a revoked one does not enter its namesake."""
    return hashlib.sha256(row.salt + row.sealed).digest()[:16]


def code_at(totp: str, now: float) -> str:
    """The code of the step that `now` is in, from the text of a `totp_file`.

    Raises:
        UserError: not a base32 secret.
    """
    return _totp(_from_text(totp)).generate(int(now)).decode("ascii")


def _key(password: str, salt: bytes) -> bytes:
    return hash_secret_raw(password.encode(), salt, TIME_COST, MEMORY_KIB, 1, 32, Type.ID)


def _seal(name: str, password: str, salt: bytes, secret: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + ChaCha20Poly1305(_key(password, salt)).encrypt(nonce, secret, _LABEL + name.encode())


def _open(row: CourierRow, password: str) -> bytes | None:
    key = _key(password, row.salt)
    try:
        return ChaCha20Poly1305(key).decrypt(row.sealed[:_NONCE], row.sealed[_NONCE:], _LABEL + row.name.encode())
    except InvalidTag:
        return None


def _step_of(secret: bytes, code: str, now: float) -> int | None:
    if not re.fullmatch(r"[0-9]{6}", code):
        return None
    step = int(now // STEP_SECONDS)
    for candidate in (step, step - 1, step + 1):
        try:
            _totp(secret).verify(code.encode("ascii"), candidate * STEP_SECONDS)
        except InvalidToken:
            continue
        return candidate
    return None


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what every authenticator reads (RFC 6238); HMAC does not rest on its collisions.
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303


def _mac(secret: bytes, verb: str, step: int) -> bytes:
    return hmac.digest(secret, f"{verb}/{step}".encode(), "sha256")


def _to_text(secret: bytes) -> str:
    return base64.b32encode(secret).decode("ascii")


def _from_text(text: str) -> bytes:
    try:
        secret = base64.b32decode(text.strip().replace(" ", "").upper())
    except ValueError:
        secret = b""
    if len(secret) < 16:
        raise UserError("The TOTP file does not hold a base32 secret.", "Ask for a new account.")
    return secret
