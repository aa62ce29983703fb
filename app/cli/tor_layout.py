"""`tor.toml` as places and records: what every `sourdine tor` action starts from."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.settings import TorSettings
from tor import onion as onions
from tor.bootstrap import skew_sentence
from tor.client_auth import Clients
from tor.errors import TorError
from tor.key import NAME_FILE
from tor.onion import Onion
from tor.paths import private_folder

COURIER = "courier"
UNIX = "unix:"
# `is_up` holds the lock for a moment.
LOCK_SECONDS = 1.0


def in_sentences(action: Callable[..., Any]) -> Callable[..., Any]:
    """What tor refuses, said like every other refusal of the command line."""

    @wraps(action)
    def told(*args: Any) -> Any:
        try:
            return action(*args)
        except TorError as error:
            raise UserError(error.message, error.hint) from None

    return told


def say_skew(seconds: int) -> str:
    """A wrong clock: tor then finds no onion, and nobody finds ours."""
    return f"{skew_sentence(seconds)} Onions are not found until it is right: timedatectl set-ntp true"


@dataclass(frozen=True)
class Place:
    """The folder of one tor, and what it publishes."""

    settings: TorSettings

    def __post_init__(self) -> None:
        if self.settings.include and not self.settings.trial:
            raise UserError("The setting include is for trials only.", "Remove it from tor.toml.")

    @property
    def is_demo(self) -> bool:
        """Written by `sourdine demo`, which publishes by itself, on a network of its own or after a yes."""
        return self.settings.trial and not self.settings.include

    @property
    def folder(self) -> Path:
        return self.settings.path(self.settings.folder).resolve()

    @property
    def control(self) -> Path:
        return self.settings.path(self.settings.control)

    @property
    def socks(self) -> str:
        return self._endpoint(self.settings.socks)

    @property
    def torrc(self) -> Path:
        return self.folder / "torrc"

    @property
    def lines(self) -> tuple[str, ...]:
        """Of a private network: never in real life."""
        if not self.settings.include:
            return ()
        try:
            return tuple(self.settings.path(self.settings.include).read_text(encoding="ascii").splitlines())
        except (OSError, UnicodeDecodeError):
            raise UserError("The file named by include cannot be read.", "Check that setting in tor.toml.") from None

    @property
    def onions(self) -> tuple[Onion, ...]:
        """Those of this machine, each with its defences.

        Raises:
            UserError: there is none.
            TorError: a target is neither a unix socket nor on loopback.
        """
        settings = self.settings
        made = {
            "reporter": lambda target: onions.reporter(target, circuit_ids=settings.circuits),
            COURIER: onions.courier,
            "registry": onions.registry,
        }
        found = tuple(make(self._endpoint(at)) for name, make in made.items() if (at := getattr(settings, name)))
        if not found:
            raise UserError(
                "tor.toml names no door to publish.",
                'Write where one listens, for example reporter = "unix:/run/sourdine/reporter.sock".',
            )
        return found

    @property
    def addresses(self) -> dict[str, str]:
        """The address of each onion that has a key; `tor up` makes the key."""
        names = {onion.name: self.folder / onion.name / NAME_FILE for onion in self.onions}
        return {name: file.read_text(encoding="ascii").strip() for name, file in names.items() if file.exists()}

    def clients(self, name: str = COURIER) -> Clients:
        """Who may find this onion."""
        return Clients(self.folder / name / "authorized_clients")

    def make(self) -> None:
        """The folders, private.

        Raises:
            KeyFileError: others can read one of them.
        """
        for folder in (self.folder, self.folder / "data", self.control.parent):
            private_folder(folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Held by the one `sourdine tor up` of this folder, and released by the kernel however it ends.

        Raises:
            UserError: another one holds it.
        """
        deadline = time.monotonic() + LOCK_SECONDS
        while (descriptor := self._take_lock()) is None and time.monotonic() < deadline:
            time.sleep(0.05)
        if descriptor is None:
            raise UserError(
                f"Another `sourdine tor up`, or a demo, already runs in {self.folder}.",
                "Nothing was changed; stop that one first.",
            )
        try:
            yield
        finally:
            os.close(descriptor)

    def is_up(self) -> bool:
        """Whether a `sourdine tor up`, or a demo, runs in this folder: tor is started again when it ends."""
        if not (self.folder / "lock").exists():
            return False
        descriptor = self._take_lock()
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is None

    def _take_lock(self) -> int | None:
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor

    def _endpoint(self, text: str) -> str:
        return UNIX + str(self.settings.path(text.removeprefix(UNIX))) if text.startswith(UNIX) else text
