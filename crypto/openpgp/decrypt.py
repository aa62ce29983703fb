"""Opening: one OpenPGP message in, its bytes out, and which key did it. The desk's alone.

Nothing that reaches the sink may be trusted before `decrypt` returns: gpg gives out bytes before it has seen the
integrity check at the end. The caller collects them where they can still be thrown away.
"""

import io
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import IO, BinaryIO, cast

from crypto.errors import FormatError, ToolError
from crypto.openpgp import gpg, pipes, status

BYTES_LIMIT = 64 * 1024 * 1024


def decrypt(
    home: Path,
    source: BinaryIO,
    sink: Callable[[bytes], object],
    passphrase: str | None = None,
    *,
    foreign: bool = False,
    limit: int | None = None,
) -> str:
    """Opens a message with the keys of one home.

    Args:
        home: the reviewer's; its agent is started when needed and stays, with what it remembers (`gpg.stop_agent`).
        source: the ciphertext, read from where it stands to its end.
        sink: receives the plaintext in pieces.
        passphrase: of the secret key; without it gpg-agent asks for it when there is one.
        foreign: accept what other programs seal (docs/spec/envelope.md section 7), not only our envelopes.
        limit: the most plaintext bytes accepted; a compressed message may hold far more than it weighs.

    Returns: the fingerprint of the primary key that opened it.

    Raises:
        NoKeyError: no key of this home opens it.
        FormatError: not one whole message of that shape: what the sink received must be thrown away.
        ToolError: gpg is missing or was killed.
    """
    process, reader, feeder = _launch(home, source, passphrase)
    output = cast(IO[bytes], process.stdout)
    try:
        _pour(output, sink, limit)
        process.wait()
        feeder.finish()
    finally:
        process.kill()
        process.wait()
        output.close()
        feeder.join()
        reader.join()
    if process.returncode < 0:
        raise ToolError("gpg was killed before it had opened the message")
    return status.decryption(reader.lines(), foreign=foreign).primary


def decrypt_bytes(
    home: Path, data: bytes, passphrase: str | None = None, *, foreign: bool = False, limit: int = BYTES_LIMIT
) -> tuple[bytes, str]:
    """Opens a small message in memory; same errors as `decrypt`."""
    parts: list[bytes] = []
    key = decrypt(home, io.BytesIO(data), parts.append, passphrase, foreign=foreign, limit=limit)
    return b"".join(parts), key


def _launch(
    home: Path, source: BinaryIO, passphrase: str | None
) -> tuple["subprocess.Popen[bytes]", pipes.StatusReader, pipes.Feeder]:
    arguments = ["--homedir", str(gpg.short_home(home)), *gpg.COMMON, *gpg.ANY_CLOCK, "--no-random-seed-file"]
    # A session key override or a list of packets would be told apart by no status line: nothing else is passed.
    with gpg.passphrase_pipe(passphrase) as (options, inherit):
        process, reader = pipes.launch(
            [*arguments, *options, "--decrypt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, inherit=inherit
        )
    # The feeder owns the descriptor: a Popen that closed it as well could close somebody else's file.
    descriptor = os.dup(cast(IO[bytes], process.stdin).fileno())
    cast(IO[bytes], process.stdin).close()
    return process, reader, pipes.Feeder(source, descriptor, process.kill)


def _pour(output: IO[bytes], sink: Callable[[bytes], object], limit: int | None) -> None:
    size = 0
    while part := output.read(pipes.CHUNK):
        size += len(part)
        if limit is not None and size > limit:
            raise FormatError("the message holds more than is accepted")
        sink(part)
