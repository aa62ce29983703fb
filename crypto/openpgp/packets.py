"""The structure of OpenPGP messages, read by hand and without any key.

`EnvelopeParser` accepts exactly what an envelope is from outside (docs/spec/envelope.md section 2) and nothing else.
`is_encrypted_message` is generous: it recognises any sealed OpenPGP message. Neither trusts a marker text.
"""

from collections.abc import Callable
from dataclasses import dataclass

from crypto.errors import FormatError
from crypto.openpgp import armor

MAX_RECIPIENTS = 64
PKESK_SIZE = 96  # two octets of header, 94 of body
# A packet of public-key encrypted session key, version 3, for nobody named, by ECDH.
_PKESK_BODY = b"\x5e\x03" + bytes(8) + b"\x12"
_PKESK_FIRST = (0x84, 0xC1)  # old header with one length octet, as gpg writes; new header, as others do
_SEIPD_FIRST = 0xD2
_SEIPD_SMALLEST = 1 + 18 + 22  # version, random prefix, integrity packet
_PARTIAL_SMALLEST = 512  # RFC 4880, 4.2.2.4: the first partial length must be at least that


class EnvelopeParser:
    """Checks the outside of an envelope while it passes by, in pieces of any size.

    States: packet → (packet …) → length → body → (length → body …) → end.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._step: Callable[[], None] = self._packet
        self._recipients = 0
        self._left = 0  # octets of body until the next length or the end
        self._body = 0
        self._last = False

    @property
    def recipients(self) -> int | None:
        """The number of recipients once the sealed data has begun, until then None."""
        return self._recipients if self._body else None

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Takes the next piece.

        Raises:
            FormatError: this cannot become an envelope.
        """
        view = memoryview(data)
        while view:
            if self._left:
                view = self._skip(view)
            else:
                self._held.append(view[0])
                view = view[1:]
                self._step()

    def finish(self) -> int:
        """The message has ended.

        Returns:
            The number of recipients.

        Raises:
            FormatError: it ended too early.
        """
        if not self._last or self._left:
            raise FormatError("the envelope is cut off")
        if self._body < _SEIPD_SMALLEST:
            raise FormatError("the envelope is too small to hold anything")
        return self._recipients

    def _skip(self, view: memoryview) -> memoryview:
        if not self._body and view[0] != 1:
            raise FormatError("the sealed data is not of version 1")
        step = min(self._left, len(view))
        self._left -= step
        self._body += step
        return view[step:]

    def _packet(self) -> None:
        first = self._held[0]
        if first == _SEIPD_FIRST and self._recipients:
            self._held.clear()
            self._step = self._length
        elif first not in _PKESK_FIRST:
            raise FormatError("the envelope has a packet that does not belong there")
        elif len(self._held) == PKESK_SIZE:
            self._recipient()

    def _recipient(self) -> None:
        held = bytes(self._held)
        self._held.clear()
        if held[1:12] != _PKESK_BODY:
            raise FormatError("a recipient's packet is not a hidden one for cv25519")
        # An ephemeral point with its prefix octet, then 48 octets of wrapped key: nothing else has 94 octets.
        if held[12:15] != b"\x01\x07\x40" or held[47] != 48:
            raise FormatError("a recipient's packet is malformed")
        self._recipients += 1
        if self._recipients > MAX_RECIPIENTS:
            raise FormatError("the envelope has too many recipients")

    def _length(self) -> None:
        found = _new_length(self._held)
        if self._last:
            raise FormatError("something follows the sealed data")
        if found is None:
            return
        self._held.clear()
        self._left, partial = found
        if partial and not self._body and self._left < _PARTIAL_SMALLEST:
            raise FormatError("the first part of the sealed data is too short")
        self._last = not partial


def _new_length(octets: bytes | bytearray) -> tuple[int, bool] | None:
    """A length of the new packet format: (octets, whether more parts follow), or None when it is not whole yet."""
    first = octets[0]
    if first < 192:
        return first, False
    if first < 224:
        return (((first - 192) << 8) + octets[1] + 192, False) if len(octets) > 1 else None
    if first < 255:
        return 1 << (first & 31), True
    return (int.from_bytes(octets[1:5], "big"), False) if len(octets) > 4 else None


def looks_like_envelope(prefix: bytes, recipients: int) -> bool | None:
    """Whether these first bytes are those of an envelope for so many recipients; None when more are needed."""
    parser = EnvelopeParser()
    try:
        parser.feed(prefix)
    except FormatError:
        return False
    return None if parser.recipients is None else parser.recipients == recipients


# Packet tags of RFC 4880 and RFC 9580, and the versions that session key packets have.
_PKESK, _SKESK, _SED, _MARKER, _SEIPD, _AEAD, _PADDING = 1, 3, 9, 10, 18, 20, 21
_VERSIONS = {_PKESK: (2, 3, 6), _SKESK: (4, 5, 6)}
_SESSION_KEY_LARGEST = 8192  # RSA with 16,384 bits takes 2 KiB; post-quantum session keys a little more


def is_encrypted_message(prefix: bytes) -> bool:
    """Whether these first bytes (1 KiB or more, or the whole file) begin a sealed OpenPGP message, armoured or not.

    Session key packets must stand there with a known version and a possible length; sealed data without any is
    not enough, since many a random file begins with such an octet.
    """
    binary = armor.dearmor_prefix(prefix)
    data = prefix if binary is None else binary
    found = False
    while data:
        header = _header(data)
        if header is None:
            break
        if header.tag in (_SED, _SEIPD, _AEAD):
            return found
        if header.tag in _VERSIONS and len(data) > header.start:
            if data[header.start] not in _VERSIONS[header.tag] or not 4 <= header.length <= _SESSION_KEY_LARGEST:
                return False
            found = True
        elif header.tag not in (_MARKER, _PADDING):
            return False
        data = data[header.start + header.length :]
    return found


def packet_tags(data: bytes) -> tuple[int, ...]:
    """The tags of a whole sequence of packets, such as a certificate or a detached signature.

    Raises:
        FormatError: it is not exactly a sequence of packets with known lengths.
    """
    return tuple(tag for tag, _ in packet_sizes(data))


def packet_sizes(data: bytes) -> tuple[tuple[int, int], ...]:
    """Tag and octets of body of each packet of a whole sequence.

    Raises:
        FormatError: it is not exactly a sequence of packets with known lengths.
    """
    found = []
    while data:
        header = _header(data)
        if header is None or not header.tag or not header.whole or len(data) < header.start + header.length:
            raise FormatError("that is not a sequence of OpenPGP packets")
        found.append((header.tag, header.length))
        data = data[header.start + header.length :]
    return tuple(found)


@dataclass(frozen=True)
class _Header:
    tag: int
    start: int  # octets of the header itself
    length: int  # octets of body, of its first part when there are several
    whole: bool  # false for partial and indeterminate lengths


def _header(data: bytes) -> _Header | None:
    """The header at the start of these octets; tag 0 for what is no packet, None for what is not whole yet."""
    first = data[0]
    if not first & 0x80:
        return _Header(0, 1, 0, True)
    if not first & 0x40:
        size = (1, 2, 4, 0)[first & 3]
        length = int.from_bytes(data[1 : 1 + size], "big")
        return _Header((first >> 2) & 0xF, 1 + size, length, size > 0) if len(data) > size else None
    found = _new_length(data[1:6]) if len(data) > 1 else None
    if found is None:
        return None
    size = 2 if 192 <= data[1] < 224 else 5 if data[1] == 255 else 1
    return _Header(first & 0x3F, 1 + size, found[0], not found[1])
