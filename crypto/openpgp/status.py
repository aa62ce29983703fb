"""The strict grammar of gpg's status lines. Starts nothing, knows no file: bytes in, verdict out.

Everything not named here is refused. What stands here was seen with gpg 2.2.40 and 2.4.7, and is kept in
tests/vectors/openpgp-status. The tries of packets that belong to others come first, in any order; from
BEGIN_DECRYPTION on each line has its place. After a failed try of somebody else's packet gpg ends with exit
status 2, and 2.4 says so in a last line; neither says anything about the message.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crypto.errors import FormatError, NoKeyError, ToolError, TrustError

_PREFIX = "[GNUPG:] "
_FINGERPRINT = "[0-9A-F]{40}"

# Before decryption: one ENC_TO for each packet, and the tries. CARDCTRL and PINENTRY_LAUNCHED come from the
# agent, NO_SECKEY and ERROR pkdecrypt_failed are failed tries of packets of other people.
_TRY = re.compile(
    r"ENC_TO [0-9A-F]{16} \d{1,3} 0|CARDCTRL \d( [0-9A-Fa-f]{1,64})?|KEY_CONSIDERED [0-9A-F]{40} \d+"
    r"|NO_SECKEY [0-9A-F]{16}|PINENTRY_LAUNCHED [ -~]*|ERROR pkdecrypt_failed \d+"
)
# General error of the source "user 2": some try failed on the way. What became of the message stands before it.
_EXIT = "FAILURE gpg-exit 33554433"
_KEY = re.compile(rf"DECRYPTION_KEY ({_FINGERPRINT}) ({_FINGERPRINT}) [a-z-]")
_PLAINTEXT = re.compile(r"PLAINTEXT 62 \d+ ?")
_LENGTH = re.compile(r"PLAINTEXT_LENGTH \d+")

# What others seal (section 7) may use any cipher with integrity protection, a file name, text mode and a signature.
_FOREIGN_INFO = re.compile(r"DECRYPTION_INFO (2 (?:[2-4]|[7-9]|1[0-3]) 0|0 (?:[7-9]|1[0-3]) [12])")
_FOREIGN_PLAINTEXT = re.compile(r"PLAINTEXT (62|74|75|6C) \d+ ?.*")
_FOREIGN_SIGNATURE = re.compile(
    r"(NEWSIG|SIG_ID|KEY_CONSIDERED|GOODSIG|VALIDSIG|ERRSIG|NO_PUBKEY|BADSIG|EXPSIG|EXPKEYSIG|REVKEYSIG|KEYEXPIRED|SIGEXPIRED"
    r"|TRUST_[A-Z]+|NOTATION_[A-Z]+|POLICY_URL|VERIFICATION_COMPLIANCE_MODE)( .*)?"
)
_UNOPENED = ["DECRYPTION_FAILED", "END_DECRYPTION"]
_OPENED = ("DECRYPTION_OKAY", "GOODMDC", "END_DECRYPTION")


@dataclass(frozen=True)
class Opened:
    """Who opened a message: the fingerprints of the subkey and of its primary key, and how many packets there were."""

    subkey: str
    primary: str
    packets: int


def _lines(status: bytes) -> list[str]:
    text = status.decode("utf-8", "replace")
    if text and not text.endswith("\n"):
        raise FormatError("gpg's status ends in the middle of a line")
    lines = text.split("\n")[:-1]
    if not all(line.startswith(_PREFIX) for line in lines):
        raise FormatError("gpg's status has a line that is none")
    return [line[len(_PREFIX) :] for line in lines]


def _take_tries(lines: list[str]) -> tuple[list[str], list[re.Match[str]], int]:
    """Splits off what stands before BEGIN_DECRYPTION: the rest, the keys that opened, the number of packets."""
    keys: list[re.Match[str]] = []
    packets = 0
    for at, line in enumerate(lines):
        if line == "BEGIN_DECRYPTION":
            return lines[at:], keys, packets
        found = _KEY.fullmatch(line)
        if found:
            keys.append(found)
        elif _TRY.fullmatch(line):
            packets += line.startswith("ENC_TO ")
        else:
            raise FormatError("gpg reported something that an envelope never gives")
    return [], keys, packets


def decryption(status: bytes, *, foreign: bool = False) -> Opened:
    """Judges a decryption.

    Args:
        status: everything gpg wrote to its status descriptor.
        foreign: accept what other programs seal: other ciphers with integrity protection, names, signatures.

    Raises:
        NoKeyError: none of the keys in this home opens it, or the passphrase was not given or wrong.
        FormatError: anything else that is not one whole, unchanged message of the expected shape.
    """
    lines = _lines(status)
    if lines[-1:] == [_EXIT]:
        lines.pop()
    rest, keys, packets = _take_tries(lines)
    if not keys and packets and rest[1:] == _UNOPENED:
        raise NoKeyError("no key of this home opens the message")
    if len(keys) != 1 or not packets:
        raise FormatError("gpg did not name exactly one key")
    _check_body(rest[1:], foreign=foreign)
    return Opened(keys[0][1], keys[0][2], packets)


def _check_body(body: list[str], *, foreign: bool) -> None:
    """From BEGIN_DECRYPTION on, each line has its place."""
    info = _FOREIGN_INFO.fullmatch(body[0]) if foreign and body else body[:1] == ["DECRYPTION_INFO 2 9 0"]
    if not info:
        raise FormatError("the message is not sealed with AES-256 and an integrity check")
    tail = body[1:]
    if not tail or not (_FOREIGN_PLAINTEXT if foreign else _PLAINTEXT).fullmatch(tail[0]):
        raise FormatError("the message does not hold one plain block of bytes")
    tail = tail[1:]
    if tail and _LENGTH.fullmatch(tail[0]):
        tail = tail[1:]
    if foreign:
        tail = [line for line in tail if not _FOREIGN_SIGNATURE.fullmatch(line)]
    # OCB, which newer programs use, authenticates without a separate integrity packet.
    wanted = [line for line in _OPENED if not (foreign and line == "GOODMDC" and line not in tail)]
    if tail != wanted:
        raise FormatError("the message is damaged, cut off or followed by something else")


_ENCRYPTION = re.compile(rf"KEY_CONSIDERED {_FINGERPRINT} \d+|ENCRYPTION_COMPLIANCE_MODE \d+|PROGRESS [ -~]*")


def encryption(status: bytes) -> None:
    """Judges an encryption: AES-256 with an integrity packet, to its end, no recipient left out.

    Raises:
        ToolError: gpg did something else; what it wrote must be thrown away.
    """
    try:
        lines = [line for line in _lines(status) if not _ENCRYPTION.fullmatch(line)]
    except FormatError as error:
        raise ToolError("gpg did not finish sealing") from error
    if lines != ["BEGIN_ENCRYPTION 2 9", "END_ENCRYPTION"]:
        raise ToolError("gpg did not seal to every recipient with AES-256 and an integrity check")


_AROUND_SIGNATURE = re.compile(
    rf"NEWSIG( \S+)?|KEY_CONSIDERED {_FINGERPRINT} \d+|SIG_ID \S+ \S+ \d+|TRUST_[A-Z]+( .*)?"
    r"|VERIFICATION_COMPLIANCE_MODE \d+"
)
# Never expires, version 4, SHA-256 or longer, over binary data: the one form that `sign.py` makes.
_VALID = re.compile(rf"VALIDSIG {_FINGERPRINT} \d{{4}}-\d\d-\d\d \d+ 0 4 0 \d+ (?:8|9|10) 00 ({_FINGERPRINT})")


_FILE_START = re.compile(r"FILE_START 1 \S.*/(\d{1,4})")


def signature(status: bytes, primary: str) -> None:
    """Judges a detached signature: one, good, over binary data, by the key with this primary fingerprint.

    Raises:
        TrustError: bad, by another key, by an expired or revoked key, or more than one.
    """
    _judge(_signature_lines(status), primary)


def signatures(status: bytes, primaries: Sequence[str]) -> None:
    """Judges one run over files numbered from 0: each begins, is one good signature by its key, and ends, in order.

    Raises:
        TrustError: one of them is not, or gpg stopped before the end.
    """
    rest = _signature_lines(status)
    for number, primary in enumerate(primaries):
        start = _FILE_START.fullmatch(rest[0]) if rest else None
        if not start or int(start[1]) != number:
            raise TrustError("gpg did not check every signature")
        # At the first bad one gpg stops, without an end: that is judged too, since it tells why.
        end = rest.index("FILE_DONE") if "FILE_DONE" in rest else len(rest)
        _judge([line for line in rest[1:end] if line != _EXIT], primary)
        if end == len(rest):
            raise TrustError("gpg did not check every signature")
        rest = rest[end + 1 :]
    if rest:
        raise TrustError("gpg checked more than it was given")


def _signature_lines(status: bytes) -> list[str]:
    try:
        return [line for line in _lines(status) if not _AROUND_SIGNATURE.fullmatch(line)]
    except FormatError as error:
        raise TrustError("the signature could not be checked") from error


def _judge(lines: list[str], primary: str) -> None:
    if len(lines) != 2 or not lines[0].startswith("GOODSIG "):
        raise TrustError("the signature is not one good signature by a key that is valid")
    found = _VALID.fullmatch(lines[1])
    if not found or found[1] != primary:
        raise TrustError("the signature was made by another key")
