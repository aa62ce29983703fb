"""TOML in, one frozen record per program out.

An unknown key, a value of another type or a secret file that others can read stops the program before it opens
anything. Relative paths are taken from the folder of the TOML file. One environment variable exists:
`SOURDINE_CONFIG`, which names that file.
"""

from __future__ import annotations

import dataclasses
import stat
import tomllib
import types
import typing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from app.clock import Clock, SystemClock, TrialClock
from app.errors import UserError


@dataclass(frozen=True)
class Door:
    """Where one Flask app listens and the Host names it answers to.

    Args:
        listen: `HOST:PORT` or `unix:/path`.
        hosts: the exact Host values.
        workers: processes that take requests.
        threads: requests at once in each of them.
        circuits: tor tells the circuit of each connection (`HiddenServiceExportCircuitID haproxy`); only behind a
            unix socket, and then whoever does not tell is not answered.
    """

    listen: str
    hosts: tuple[str, ...]
    workers: int = 1
    threads: int = 32
    circuits: bool = False


@dataclass(frozen=True)
class ReporterDoor(Door):
    """Two processes, so that one is ready when the other retires (ADR 0020); three quarters of the threads of one may
    hold slow uploads, 240 at once, and pages have the rest."""

    workers: int = 2
    threads: int = 320


@dataclass(frozen=True)
class _Program:
    home: Path
    trial: bool = False

    @cached_property
    def clock(self) -> Clock:
        """One for the life of the settings, so that a trial day that was seen never goes backwards."""
        return TrialClock(self.home.parent / "today") if self.trial else SystemClock()

    def path(self, name: str) -> Path:
        """A path of the TOML file, absolute."""
        return self.home / name

    def url(self, database: str) -> str:
        """A database URL whose SQLite file is taken from the folder of the TOML file."""
        prefix = "sqlite:///"
        if database.startswith(prefix) and database != "sqlite:///:memory:":
            return prefix + str(self.home / database.removeprefix(prefix))
        return database


@dataclass(frozen=True)
class IntakeSettings(_Program):
    """`intake.toml`: reporter door and courier door, one database, no private key of a reviewer."""

    root: str = ""
    manifest: str = "manifest"
    database: str = "sqlite:///intake.db"
    envelopes: str = "envelopes"
    gnupg: str = "gnupg"
    pickup_key: str = "pickup.key"
    attempt_key: str = "attempt.key"
    release_days: int = 1
    reply_days: int = 184
    max_files: int = 20
    max_bytes: int = 500_000_000
    reserve_bytes: int = 200_000_000
    contact: str = ""
    reporter: ReporterDoor = ReporterDoor("127.0.0.1:8080", ("127.0.0.1:8080",))
    courier: Door = Door("127.0.0.1:8081", ("127.0.0.1:8081",))


@dataclass(frozen=True)
class CourierSettings(_Program):
    """`courier.toml`, on the courier's laptop: where the door is and who enters."""

    url: str = ""
    socks: str = ""
    name: str = "courier"
    password_file: str = "password"  # noqa: S105 - the name of a file
    totp_file: str = "totp"


@dataclass(frozen=True)
class DeskSettings(_Program):
    """`desk.toml`: the air-gapped machine. `former_roots` signed manifests that are not in use any more; `onion` is the
    reporters' address, printed on tear-offs; `nominative` lets a person's name stand beside an entry
    (docs/spec/entry.md, Names); `monthly` lets first publications leave in one export a month."""

    root: str = ""
    former_roots: tuple[str, ...] = ()
    manifest: str = "manifest"
    database: str = "sqlite:///desk.db"
    evidence: str = "evidence"
    gnupg: str = "gnupg"
    registry: str = ""
    onion: str = ""
    nominative: bool = False
    monthly: bool = True
    receipts_after_backup: bool = False
    door: Door = Door("127.0.0.1:8082", ("127.0.0.1:8082",))


@dataclass(frozen=True)
class Issuer:
    """One desk whose exports the registry takes: its pinned root key and its current signed manifest."""

    root: str
    manifest: str


@dataclass(frozen=True)
class Publisher:
    """Legal notices (LCEN art. 1-1): the registry does not start without them."""

    name: str
    director: str
    host: str
    address: str


@dataclass(frozen=True)
class RegistrySettings(_Program):
    """`registry.toml`: the public register.

    `onion` is the name of the same pages on an onion, if there is one; `reporter_onion` where reporters write;
    `nominative` whether this registry takes a person's name at all; `database` may be `postgresql://…`.
    """

    origin: str = ""
    onion: str = ""
    reporter_onion: str = ""
    nominative: bool = False
    database: str = "sqlite:///registry.db"
    issuers: tuple[Issuer, ...] = ()
    publisher: Publisher | None = None
    door: Door = Door("127.0.0.1:8083", ("127.0.0.1:8083",))


@dataclass(frozen=True)
class TorSettings(_Program):
    """`tor.toml`: our own tor. `reporter`, `courier`, `registry` are where each onion leads; empty: not served here."""

    binary: str = "tor"
    folder: str = "."
    control: str = "control"
    socks: str = "unix:socks"
    reporter: str = ""
    courier: str = ""
    registry: str = ""
    circuits: bool = False
    include: str = ""


@dataclass(frozen=True)
class ReviewersSettings(_Program):
    """`reviewers.toml`, beside the root key on the offline machine."""

    root_key: str = "root.key"
    source: str = "source.json"
    instance: str = ""
    languages: tuple[str, ...] = field(default=("fr", "en"))


T = typing.TypeVar("T", bound=_Program)


def load(kind: type[T], path: Path) -> T:
    """Read one program's TOML file.

    Raises:
        UserError: the file is missing, is not TOML, has an unknown key or a value of the wrong type.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"There is no settings file at {path}.", "Name it with --config or SOURDINE_CONFIG.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Name the TOML file itself.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not a valid TOML file: {error}.", "Mend that line, then start again.") from None
    record = _record(kind, raw, path, "", home=path.resolve().parent)
    return typing.cast("T", record)


def refuse_loose(path: Path) -> Path:
    """A secret file that only its owner can read, or no start at all.

    Raises:
        UserError: the file is missing or readable by others.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise UserError(f"The key file {path} is missing.", "Restore it from the backup or run init again.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise UserError(f"Others can read the key file {path}.", f"Type: chmod 600 '{path}'")
    return path


def _record(kind: type, raw: dict[str, object], path: Path, where: str, **extra: object) -> object:
    hints = typing.get_type_hints(kind)
    known = {f.name for f in dataclasses.fields(kind)} - set(extra)
    for name in raw:
        if name not in known:
            raise UserError(f"{path}: the setting {where}{name} is unknown.", "Remove it or correct its name.")
    values = {name: _value(hints[name], value, path, where + name) for name, value in raw.items()}
    try:
        return kind(**extra, **values)
    except TypeError:
        required = {f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING}
        names = ", ".join(where + name for name in sorted(required - set(values) - set(extra)))
        raise UserError(f"{path}: missing setting: {names}.", "Add it, then start again.") from None


def _value(hint: object, value: object, path: Path, name: str) -> object:
    if isinstance(hint, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    if typing.get_origin(hint) is tuple and isinstance(value, list):
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, item, path, name) for item in value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return _record(hint, value, path, name + ".")
    if isinstance(hint, type) and type(value) is hint:
        return value
    raise UserError(f"{path}: the setting {name} has a value of the wrong type.", "See config/*.example.toml.")
