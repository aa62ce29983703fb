"""A secret key lent to a home in memory, so that opening a thousand messages does not stretch a passphrase each time.

gpg-agent keeps a key protected on disk and works through its passphrase at each use: a tenth of a second and more, on
purpose, since people choose passphrases that can be guessed. For one round of opening, the decryption subkeys are
exported (protected as ever, through a pipe), imported into a 0700 home in memory and put under a passphrase of 256
random bits, which nobody can guess and which needs no stretching. That passphrase is in no file and no argument; when
the round ends the home is removed, and what a crash leaves of it opens for nobody.
"""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crypto.errors import NoKeyError
from crypto.openpgp import gpg

# The smallest count that gpg-agent takes; nothing is remembered, since the passphrase comes with each call.
_AGENT = "s2k-count 65536\ndefault-cache-ttl 0\nmax-cache-ttl 0\n"
_PROTECTED = b"(protected-private-key"


@contextmanager
def lent(home: Path, fingerprint: str, passphrase: str) -> Iterator[tuple[Path, str]]:
    """A home in memory that decrypts for the key of another home, and its passphrase, until the block ends.

    Signing subkeys may come along; the primary key never does.

    Raises:
        NoKeyError: it cannot be lent: no memory-backed directory, another passphrase, or a key that lies on a card.
        FormatError: a passphrase that no prompt can type.
        ToolError: gpg is missing.
    """
    if gpg.private_parent() is None:
        raise NoKeyError("no directory in memory to lend a key to")
    with gpg.private_home() as place:
        (place / "gpg-agent.conf").write_text(_AGENT, encoding="ascii")
        new = secrets.token_hex(32)
        _copy(home, place, fingerprint, passphrase)
        # gpg asks for the old one and the new one, each in one line of its input.
        _run(
            place,
            ["--command-fd", "0", "--passwd", fingerprint],
            f"{passphrase}\n{new}\n".encode("utf-8", "surrogateescape"),
        )
        yield place, new


def _copy(home: Path, place: Path, fingerprint: str, passphrase: str) -> None:
    with gpg.passphrase_pipe(passphrase) as (options, inherit):
        exported = _run(gpg.short_home(home), [*options, "--export-secret-subkeys", fingerprint], b"", inherit)
    with gpg.passphrase_pipe(passphrase) as (options, inherit):
        _run(place, [*options, "--import"], exported, inherit)
    kept = [path.read_bytes() for path in (place / "private-keys-v1.d").glob("*.key")]
    # What stands for a key on a card must not be used here: a second agent would take the card from the first.
    if not kept or not all(_PROTECTED in data for data in kept):
        raise NoKeyError("that key cannot be lent")


def _run(home: Path, arguments: list[str], data: bytes, inherit: tuple[int, ...] = ()) -> bytes:
    command = [gpg.binary(), "--homedir", str(home), *gpg.COMMON, *gpg.ANY_CLOCK, "--pinentry-mode", "loopback"]
    done = subprocess.run(
        [*command, *arguments],
        check=False,
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=inherit,
    )
    if done.returncode != 0:
        raise NoKeyError("gpg did not lend the key")
    return done.stdout
