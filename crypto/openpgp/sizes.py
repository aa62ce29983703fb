"""How large the message will be: gpg's framing, as arithmetic (docs/spec/envelope.md section 4).

gpg learns the length of its input only at its end, so that both layers around the plaintext, the literal packet and
the sealed packet, are written in parts (RFC 4880, 4.2.2.4). A part is a power of two with one length octet; which
parts gpg chooses follows from the buffers that the bytes pass through. Each layer's filter gets what its buffer
hands over, splits it into powers of two from the largest down to 512, and keeps what is below 512 for the end, where it
gets one or two length octets.

The buffers changed: gpg 2.2 fills 8 KiB each time; from 2.3 on they have 64 KiB, and large writes pass around them.
Both models were measured against the real programs (tests/unit/crypto/openpgp/test_sizes.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache

PKESK_SIZE = 96
_SMALLEST_PART = 512
_LITERAL_HEAD = 6  # format, empty name, four octets of time
_RANDOM_PREFIX = 18
_INTEGRITY = 22
_SEALED_EXTRA = 1 + _RANDOM_PREFIX + _INTEGRITY  # with the version octet
# Sizes are not monotonous: a full buffer takes fewer length octets than one that is almost full. No two
# plaintexts of one message size lie further apart than 16 (tests/unit/crypto/openpgp/test_sizes.py).
_WINDOW = 32


class Framing(ABC):
    """How one family of gpg versions cuts a message into parts."""

    @abstractmethod
    def sealed_size(self, plaintext: int) -> int:
        """The size of the sealed packet with its header, without the recipients' packets."""

    def ciphertext_size(self, plaintext: int, recipients: int) -> int:
        """The exact size of the message that gpg writes for so many plaintext bytes."""
        return recipients * PKESK_SIZE + self.sealed_size(plaintext)

    def plaintext_size(self, ciphertext: int, recipients: int) -> int | None:
        """The largest number of plaintext bytes that gives exactly this message size; None when no number does."""
        wanted = ciphertext - recipients * PKESK_SIZE
        near = wanted
        for _ in range(4):  # the overhead changes so slowly with the size that this settles at once
            near = max(wanted - (self.sealed_size(near) - near), 0)
        for candidate in range(near + _WINDOW, max(near - _WINDOW, 0) - 1, -1):
            if self.sealed_size(candidate) == wanted:
                return candidate
        return None


class FullBuffers(Framing):
    """gpg 2.2: every part but the last ones is one full buffer of 8 KiB."""

    _BUFFER = 8192

    def sealed_size(self, plaintext: int) -> int:
        literal = 1 + self._framed(_LITERAL_HEAD + plaintext)
        return 1 + self._framed(_SEALED_EXTRA + literal)

    def _framed(self, length: int) -> int:
        buffers, rest = divmod(length, self._BUFFER)
        return length + buffers + (rest // _SMALLEST_PART).bit_count() + _last_length(rest % _SMALLEST_PART)


class DirectBuffers(Framing):
    """gpg 2.3 and later: 64 KiB buffers, and writes of 1 KiB or more pass around an empty one.

    The buffers' fill levels after each 64 KiB of input repeat with a short period, so that any size costs the
    same to compute: a table for the whole rounds, and the last round walked through.
    """

    def sealed_size(self, plaintext: int) -> int:
        rounds, rest = divmod(plaintext, _Chain.ROUND)
        levels, written = _after(rounds)
        chain = _Chain(levels)
        chain.read(rest)
        chain.close()
        return 1 + written + chain.written


class _Buffer:
    """An output buffer of gpg's iobuf, by its fill level alone."""

    _SIZE = 64 * 1024
    _DIRECT = 1024

    def __init__(self, level: int, emit: Callable[[int], None]) -> None:
        self.level = level
        self._emit = emit

    def write(self, size: int) -> None:
        large = size >= self._DIRECT
        while size:
            if not self.level and size >= self._DIRECT:
                direct = size // self._DIRECT * self._DIRECT
                size -= direct
                self._emit(direct)
                continue
            room = (self._DIRECT if large and self.level < self._DIRECT else self._SIZE) - self.level
            step = min(room, size)
            size -= step
            self.level += step
            if size:
                self.flush()

    def flush(self) -> None:
        level, self.level = self.level, 0
        self._emit(level)


class _Chain:
    """Literal layer, cipher and sealed layer, each behind its buffer."""

    ROUND = 64 * 1024

    def __init__(self, levels: tuple[int, int, int]) -> None:
        self.written = 0
        self._outer_rest = self._inner_rest = 0
        self._outer = _Buffer(levels[2], self._outer_parts)
        self._cipher = _Buffer(levels[1], self._outer.write)
        self._inner = _Buffer(levels[0], self._inner_parts)

    @property
    def levels(self) -> tuple[int, int, int]:
        return self._inner.level, self._cipher.level, self._outer.level

    def read(self, size: int) -> None:
        self._inner.write(size)

    def close(self) -> None:
        self._inner.flush()
        self._cipher.write(_last_length(self._inner_rest))
        self._cipher.write(self._inner_rest)
        self._cipher.flush()
        self._outer.write(_INTEGRITY)
        self._outer.flush()
        self.written += _last_length(self._outer_rest) + self._outer_rest

    def _inner_parts(self, size: int) -> None:
        parts, self._inner_rest = _parts(size)
        for part in parts:
            self._cipher.write(1)
            self._cipher.write(part)

    def _outer_parts(self, size: int) -> None:
        parts, self._outer_rest = _parts(size)
        self.written += len(parts) + sum(parts)


def _parts(size: int) -> tuple[list[int], int]:
    parts = []
    while size >= _SMALLEST_PART:
        parts.append(1 << size.bit_length() - 1)
        size -= parts[-1]
    return parts, size


def _last_length(rest: int) -> int:
    return 1 if rest < 192 else 2


# Levels before the first round: the literal header's six octets, nothing, then version, random prefix and the
# octet that begins the literal packet, which gpg pushes through before it makes the next buffer.
_START = (_LITERAL_HEAD, 0, 1 + _RANDOM_PREFIX + 1)


@cache
def _rounds() -> tuple[list[tuple[tuple[int, int, int], int]], int]:
    """Levels and bytes written before each round until the levels repeat, and where the repetition begins."""
    table = [(_START, 0)]
    seen: dict[tuple[int, int, int], int] = {}
    while table[-1][0] not in seen:
        levels, written = table[-1]
        seen[levels] = len(table) - 1
        chain = _Chain(levels)
        chain.read(_Chain.ROUND)
        table.append((chain.levels, written + chain.written))
    return table, seen[table[-1][0]]


def _after(rounds: int) -> tuple[tuple[int, int, int], int]:
    table, first = _rounds()
    period = len(table) - 1 - first
    times, index = divmod(max(rounds - first, 0), period)
    levels, written = table[min(rounds, first) + index]
    return levels, written + times * (table[-1][1] - table[first][1])


GPG_2_2: Framing = FullBuffers()
GPG_2_4: Framing = DirectBuffers()


def framing_of(version: tuple[int, int]) -> Framing:
    """The model for a gpg version; whether it fits is checked at each start (`encrypt.check_framing`)."""
    return GPG_2_2 if version < (2, 3) else GPG_2_4
