"""How large the message will be: gpg's framing, as arithmetic (docs/spec/envelope.md section 4).

gpg learns the length of its input only at its end, so that both layers around the plaintext, the literal packet and
the sealed packet, are written in parts (RFC 4880, 4.2.2.4). Its part filter receives buffers of a fixed size;
each buffer, a power of two, becomes one part with one length octet. The rest is split into powers of two from the
largest down to 512, and what then remains below 512 gets the final length of one or two octets.
"""

PKESK_SIZE = 96
BUFFER = 8192  # IOBUF_BUFFER_SIZE of gpg 2.2
_SMALLEST_PART = 512
_LITERAL_HEAD = 1 + 1 + 4  # format, empty name, day
_SEALED_EXTRA = 1 + 18 + 22  # version, random prefix, integrity packet
# Two layers, each at most nine length octets away from its straight line.
_WINDOW = 40


def ciphertext_size(plaintext: int, recipients: int) -> int:
    """The exact size of the message that gpg writes for so many plaintext bytes."""
    literal = 1 + _framed(_LITERAL_HEAD + plaintext)
    return recipients * PKESK_SIZE + 1 + _framed(_SEALED_EXTRA + literal)


def plaintext_size(ciphertext: int, recipients: int) -> int | None:
    """The largest number of plaintext bytes that gives exactly this message size; None when no number does.

    The sizes are not quite monotonous: a rest of 8,191 bytes costs more length octets than a full buffer. The
    search therefore looks at every candidate around the straight line.
    """
    outer = ciphertext - recipients * PKESK_SIZE - 1 - _SEALED_EXTRA
    inner = outer - outer // (BUFFER + 1) - 1 - _LITERAL_HEAD
    middle = inner - inner // (BUFFER + 1)
    for candidate in range(middle + _WINDOW, max(middle - _WINDOW, 0) - 1, -1):
        if ciphertext_size(candidate, recipients) == ciphertext:
            return candidate
    return None


def _framed(length: int) -> int:
    """A body with all its length octets, without the packet's first octet."""
    buffers, rest = divmod(length, BUFFER)
    parts = (rest // _SMALLEST_PART).bit_count()
    last = 1 if rest % _SMALLEST_PART < 192 else 2
    return length + buffers + parts + last
