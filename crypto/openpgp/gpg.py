"""Where gpg is, how it is called, and the private homes that are made for one task.

Everything that this package knows of the outside world stands here: the binary, the flags that every
call shares, short names for long homes, and the end of agents. gpg's standard error is never read:
it carries user ids and file names, and no exception of ours may carry either.
"""

import hashlib
import logging
import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path

import gnupg

from crypto.errors import FormatError, ToolError

# gpg-agent binds "<home>/S.gpg-agent.browser" (20 characters after the home) and a UNIX socket's name has 107.
# Homes above this limit are reached through a short symbolic link.
HOME_LIMIT = 80
_PASSPHRASE_LIMIT = 1024  # far below what a pipe holds, so that writing it never waits
AGENT_PATIENCE = 3.0  # seconds that a dying agent gets

# python-gnupg writes the first bytes of what it reads to its debug log. Nothing of ours may reach a log.
logging.getLogger("gnupg").disabled = True

_VERSION = re.compile(rb"gpg \(GnuPG[^)]*\) (\d+)\.(\d+)\.")
# The line with which the agent answers GETINFO pid (GnuPG, agent/command.c).
_AGENT_PID = re.compile(rb"^D (\d+)$", re.MULTILINE)

# Keys may have been made later on the same day, or on a machine whose clock is wrong, as that of a machine
# without a network easily is. The trust in a key comes from the manifest, never from its date.
ANY_CLOCK = ("--ignore-time-conflict", "--ignore-valid-from")
MEMORY = "/dev/shm"  # noqa: S108 - a directory of its own, 0700, is made below it
COMMON = ("--batch", "--no-tty", "--quiet", "--no-options", "--no-auto-check-trustdb", "--trust-model", "always")


def binary(name: str = "gpg") -> str:
    """The full path of a GnuPG program.

    Raises:
        ToolError: it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise ToolError(f"GnuPG is not installed: the program {name} was not found")
    return found


@cache
def _version_of(program: str) -> tuple[int, int]:
    shown = subprocess.run([program, "--version"], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = _VERSION.match(shown.stdout)
    if not found:
        raise ToolError("the program gpg does not say which version it is")
    return int(found[1]), int(found[2])


def version() -> tuple[int, int]:
    """Major and minor version of the gpg that is installed.

    Raises:
        ToolError: it is missing, or is something else.
    """
    return _version_of(binary())


def at_day(day: date) -> list[str]:
    """Options that let gpg know the day and nothing finer.

    The time goes into the literal packet and into signatures.
    """
    return ["--faked-system-time", f"{day:%Y%m%d}T000000!", *ANY_CLOCK]


def start(arguments: list[str], *, stdin: int, stdout: int, inherit: tuple[int, ...]) -> "subprocess.Popen[bytes]":
    """Starts gpg; its standard error goes nowhere."""
    try:
        return subprocess.Popen(
            [binary(), *arguments], stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, bufsize=0, pass_fds=inherit
        )
    except OSError as error:
        raise ToolError("GnuPG could not be started") from error


def library(home: Path, *options: str) -> gnupg.GPG:
    """python-gnupg on one home, for keys and signatures."""
    try:
        return gnupg.GPG(gpgbinary=binary(), gnupghome=str(home), options=[*COMMON, *options], encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ToolError("GnuPG could not be started") from error


@contextmanager
def passphrase_pipe(passphrase: str | None) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Options and descriptors that hand a passphrase to gpg: neither arguments nor files ever hold it.

    Raises:
        FormatError: it has a character that no prompt can type.
    """
    if passphrase is None:
        yield [], ()
        return
    secret = passphrase.encode("utf-8", "surrogateescape")
    if len(secret) > _PASSPHRASE_LIMIT or any(octet in secret for octet in b"\r\n\0"):
        raise FormatError("a passphrase is one line of at most 1,024 bytes")
    read, write = os.pipe()
    try:
        os.write(write, secret + b"\n")
        os.close(write)
        yield ["--pinentry-mode", "loopback", "--passphrase-fd", str(read)], (read,)
    finally:
        os.close(read)


def private_parent() -> str | None:
    """A directory in memory when the system has one: key material of a moment then never reaches a disk."""
    return MEMORY if os.access(MEMORY, os.W_OK | os.X_OK) else None


@contextmanager
def private_home() -> Iterator[Path]:
    """A GnuPG home for one task: 0700, in memory where possible, agent ended and files removed after it."""
    home = Path(tempfile.mkdtemp(prefix="sourdine-", dir=private_parent()))
    try:
        yield home
    finally:
        stop_agent(home)
        shutil.rmtree(home, ignore_errors=True)


def short_home(home: Path) -> Path:
    """A path to `home` that is short enough for the agent's socket.

    A long home gets a symbolic link with a stable name, so that every call meets the same agent. The link
    lives in a directory that must be ours alone; somebody else's is refused, never used.
    """
    full = home.absolute()
    if len(os.fsencode(full)) <= HOME_LIMIT:
        return full
    parent = Path(tempfile.gettempdir()) / f"sourdine-{os.getuid()}"
    parent.mkdir(mode=0o700, exist_ok=True)
    seen = parent.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_mode & 0o077:
        raise ToolError("the short name for a GnuPG home cannot be made: its directory belongs to somebody else")
    link = parent / hashlib.sha256(os.fsencode(full)).hexdigest()[:16]
    try:
        link.symlink_to(full)
    except FileExistsError:
        if not link.is_symlink() or link.readlink() != full:
            raise ToolError("the short name for a GnuPG home is taken by something else") from None
    return link


def forget_passphrases(home: Path) -> None:
    """Empties what the agent of this home remembers, without disturbing what it is doing for somebody else."""
    short = short_home(home)
    if (short / "S.gpg-agent").exists():
        _ask_agent(short, "RELOADAGENT")


def _ask_agent(short: Path, *questions: str) -> bytes:
    command = [binary("gpg-connect-agent"), "--no-autostart", "--homedir", str(short), *questions, "/bye"]
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def stop_agent(home: Path) -> None:
    """Ends the agent of this home, and of no other, and waits until its memory is gone. Without one it does nothing."""
    short = short_home(home)
    if (short / "S.gpg-agent").exists():
        answer = _AGENT_PID.search(_ask_agent(short, "GETINFO pid", "KILLAGENT"))
        end = time.monotonic() + AGENT_PATIENCE
        # The agent takes its socket away before it ends: only its process tells when passphrases are out of memory.
        while answer and runs(int(answer[1])) and time.monotonic() < end:
            time.sleep(0.01)
    if short != home.absolute():
        short.unlink(missing_ok=True)


def runs(pid: int) -> bool:
    """Whether a process still has memory: what ended and was not yet reaped has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False
