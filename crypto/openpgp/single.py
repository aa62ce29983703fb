"""An envelope with one recipient's packet left, so that gpg tries one key once instead of each packet in turn.

Hidden recipients are told apart by trying, and each try takes a smartcard or a passphrase about a second. Whoever knows
the manifest knows at which place their own packet stands; should it not be theirs, all packets are tried after all.
"""

from typing import BinaryIO

from crypto.openpgp.packets import MAX_RECIPIENTS, PKESK_SIZE, EnvelopeParser

_HEAD = (MAX_RECIPIENTS + 1) * PKESK_SIZE


class Single:
    """Reads an envelope without the packets of the other recipients; all of it passes the structure check.

    Args:
        source: stands at the beginning of the envelope.
        place: which packet to leave, from 0; None, or one that is not there, leaves all of them.
    """

    def __init__(self, source: BinaryIO, place: int | None = None) -> None:
        self._source = source
        self._parser = EnvelopeParser()
        self._place = place
        self._started = False

    def read(self, size: int = -1) -> bytes:
        """The next piece.

        Raises:
            FormatError: this cannot become an envelope.
        """
        if self._started:
            data = self._source.read(size)
            self._parser.feed(data)
            return data
        self._started = True
        data = self._source.read(max(size, _HEAD))
        self._parser.feed(data)
        count = self._parser.recipients
        if self._place is None or count is None or self._place >= count:
            return data
        at = self._place * PKESK_SIZE
        return data[at : at + PKESK_SIZE] + data[count * PKESK_SIZE :]

    def finish(self) -> int:
        """How many recipients' packets there were, the ones left out too.

        Raises:
            FormatError: it ended too early.
        """
        return self._parser.finish()
