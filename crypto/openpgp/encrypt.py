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
from crypto.openpgp import gpg, pipes, status

# A larger pipe lets gpg work while the caller waits for the network; it bounds what is in flight.
PIPE_SIZE = 1024 * 1024
MAX_RECIPIENTS = 64


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
    """

    def __init__(self, home: Path, recipients: Sequence[str], output: int, day: date) -> None:
        arguments = [*_arguments(home, recipients, day, hidden=True), "--encrypt"]
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


def _check(code: int, reader: pipes.StatusReader) -> None:
    lines = reader.lines()
    if code != 0:
        raise ToolError("gpg ended with a failure")
    status.encryption(lines)
