"""Sealing: bytes in, one OpenPGP message out, hidden recipients in the order of the manifest.

`docs/spec/envelope.md` section 2. The plaintext exists in a pipe and in gpg's memory, nowhere else.
"""

import fcntl
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from crypto.errors import FormatError, ToolError
from crypto.openpgp import gpg, pipes, sizes, status

# A larger pipe lets gpg work while the caller waits for the network; it bounds what is in flight.
PIPE_SIZE = 1024 * 1024
MAX_RECIPIENTS = 64
# Ends of parts, of 8 KiB and of 64 KiB buffers: where the known versions of gpg differ from each other.
_PROBES = (0, 191, 5_000, 8_191, 20_000, 65_536, 200_000)


def _arguments(home: Path, recipients: Sequence[str], day: date, *, hidden: bool) -> list[str]:
    if not 1 <= len(recipients) <= MAX_RECIPIENTS or len(set(recipients)) != len(recipients):
        raise FormatError("a message needs 1 to 64 different recipients")
    for fingerprint in recipients:
        # A full fingerprint and nothing else: gpg would take a name, or an option, just as well.
        if len(fingerprint) != 40 or set(fingerprint) - set("0123456789ABCDEF"):
            raise FormatError("a recipient is not a full fingerprint")
    flag = "--hidden-recipient" if hidden else "--recipient"
    return [
        *(
            "--homedir",
            str(home.absolute()),
            *gpg.COMMON,
            *gpg.at_day(day),
            "--no-armor",
            "--no-autostart",
            "--lock-never",
        ),
        # Compression would undo the padding and tell by the size how compressible a report is.
        *("--no-random-seed-file", "--compress-algo", "none", "--cipher-algo", "AES256", "--no-encrypt-to"),
        *(part for fingerprint in recipients for part in (flag, fingerprint)),
    ]


class Encryptor:
    """A running gpg that seals what is written to it.

    Use as a context manager: leaving the block without `finish` kills gpg. Killing is the point: gpg takes
    the end of its input for the end of the message and would seal half a report as a whole one.

    Args:
        home: public home with the recipients' certificates; gpg's own agent is never started.
        recipients: full fingerprints of primary keys, in packet order.
        output: descriptor that receives the ciphertext; it stays the caller's to close.
        day: the only time that the message carries.

    Attributes:
        framing: how this gpg cuts messages into parts, for `EnvelopeWriter`.
    """

    def __init__(self, home: Path, recipients: Sequence[str], output: int, day: date) -> None:
        arguments = [*_arguments(home, recipients, day, hidden=True), "--encrypt"]
        self.framing = sizes.framing_of(gpg.version())
        self._process, self._status = pipes.launch(arguments, stdin=subprocess.PIPE, stdout=output)
        self._input = cast(IO[bytes], self._process.stdin)
        with suppress(OSError):  # the limit for one user may be reached; the usual 64 KiB do as well
            fcntl.fcntl(self._input, fcntl.F_SETPIPE_SZ, PIPE_SIZE)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Passes bytes to gpg.

        Raises:
            ToolError: gpg has ended; it is killed and nothing that it wrote may be kept.
        """
        try:
            pipes.write_all(self._input.fileno(), data)
        except (OSError, ValueError) as error:
            self.abort()
            raise ToolError("gpg ended before the message did") from error

    def finish(self) -> None:
        """Ends the message and checks that gpg sealed all of it.

        Raises:
            ToolError: it did not; the output must be thrown away.
        """
        self._input.close()
        _check(self._process.wait(), self._status)

    def abort(self) -> None:
        """Kills gpg before its input is closed. Harmless after `finish`."""
        self._process.kill()
        self._process.wait()
        self._input.close()
        self._status.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()


def encrypt_bytes(home: Path, recipients: Sequence[str], data: bytes, day: date, *, hidden: bool = True) -> bytes:
    """Seals a small value in memory, with the same flags as an envelope.

    Raises:
        ToolError: gpg did not seal to every recipient.
    """
    arguments = [*_arguments(home, recipients, day, hidden=hidden), "--encrypt"]
    process, reader = pipes.launch(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    output, _ = process.communicate(data)
    _check(process.returncode, reader)
    return output


def check_framing(home: Path, recipients: Sequence[str], day: date) -> None:
    """Seals zeros of a few telling lengths and compares with what the size model says. For the start of a server.

    Raises:
        ToolError: this gpg cannot seal to these recipients, or its messages have sizes that cannot be foreseen.
    """
    framing = sizes.framing_of(gpg.version())
    for length in _PROBES:
        if len(encrypt_bytes(home, recipients, bytes(length), day)) != framing.ciphertext_size(length, len(recipients)):
            raise ToolError("the installed gpg frames messages in a way that is not known")


def _check(code: int, reader: pipes.StatusReader) -> None:
    lines = reader.lines()
    if code != 0:
        raise ToolError("gpg ended with a failure")
    status.encryption(lines)
