"""Which tor is on this machine, and whether it may carry an onion service of ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tor.errors import TorError, TorMissing, TorTooOld

Version = tuple[int, int, int, int]

# 0.4.9.11 ends a man in the middle at the rendezvous point (tor ticket 41297), 0.4.9.9 a crash with proof of work on.
MINIMUM: Version = (0, 4, 9, 11)
TIMEOUT = 30.0
_NUMBER = re.compile(r"(?:Tor version )?([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)(-[a-z][\w.-]*)?(?: \([^)]*\))?\.?")
_INSTALL = "Install the package tor (on Debian: bookworm-security or later)."


@dataclass(frozen=True)
class Tor:
    """The program: its path, its version and the modules it was built with."""

    path: str
    version: Version
    modules: frozenset[str]


def parse_version(text: str) -> Version:
    """The four numbers of `Tor version 0.4.9.11.` or of `0.4.9.11 (git-…)`; a pre-release counts as one release less.

    Raises:
        TorError: this is no version of tor.
    """
    match = _NUMBER.fullmatch(text.strip().partition("\n")[0])
    if match is None:
        raise TorError("What answers is not tor: it names no version.", "Check the setting binary.")
    major, minor, micro, patch = (int(match[i]) for i in range(1, 5))
    # 0.4.10.1-alpha comes before 0.4.10.1; patch -1 sorts 0.4.9.0-alpha right too.
    return (major, minor, micro, patch - 1 if match[5] else patch)


def show(version: Version) -> str:
    """`0.4.9.11`."""
    return ".".join(map(str, version))


def require(version: Version) -> None:
    """Refuse what is older than `MINIMUM`.

    Raises:
        TorTooOld: older.
    """
    if version < MINIMUM:
        raise TorTooOld(f"tor {show(version)} is too old: {show(MINIMUM)} or later is needed.", _INSTALL)


def check_tor(binary: str = "tor") -> Tor:
    """Find the program, ask it for its version and modules.

    Raises:
        TorMissing: there is no such program, or it does not run.
        TorTooOld: older than `MINIMUM`, or without the proof-of-work module.
    """
    path = shutil.which(binary) or shutil.which(binary, path="/usr/sbin:/usr/bin:/usr/local/bin")
    if path is None:
        raise TorMissing(f"The program {binary} is not on this machine.", _INSTALL)
    version = parse_version(_run(path, "--version"))
    require(version)
    listed = re.findall(r"^([a-z]+): yes$", _run(path, "--list-modules"), re.MULTILINE)
    if "pow" not in listed:
        raise TorTooOld("This tor was built without the proof-of-work module.", _INSTALL)
    return Tor(path, version, frozenset(listed))


def verify_config(tor: Tor, file: Path) -> None:
    """Let tor itself read a torrc, without starting anything.

    It does not look at `authorized_clients`, nor at the socket behind the onion.

    Raises:
        TorError: tor refuses it; with tor's own last sentence.
    """
    command = [tor.path, "--verify-config", "-f", str(file), "--defaults-torrc", "/dev/null"]
    done = _start(command)
    if done.returncode:
        said = re.findall(r"\[(?:warn|err)\] (.*)", done.stdout) or ["it gives no reason"]
        raise TorError(f"tor refuses its configuration: {said[0]}", "Nothing was started.")


def _run(path: str, argument: str) -> str:
    done = _start([path, argument])
    if done.returncode:
        raise TorMissing(f"The program {path} does not run.", _INSTALL)
    return done.stdout


def _start(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise TorMissing(f"The program {command[0]} does not run.", _INSTALL) from None
