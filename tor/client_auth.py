"""Who may find a guarded onion: one x25519 key for each person (tor rend-spec-v3, "Client authorization").

tor fails open: when no file in `authorized_clients/` loads, the service is reachable by everybody, and tor only warns.
So the files are written here, read again before each start, and one that is not exactly right stops everything.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tor.address import is_onion_address
from tor.errors import TorError
from tor.onion import CLIENT_KEY
from tor.paths import private_folder, refuse_loose, write_once

SUFFIX = ".auth"
FOLDER = "authorized_clients"
# tor opens an onion whose folder is empty, and it reads the folder some time after we have looked. With this file the
# folder never is: a public key whose private half was kept nowhere.
NOBODY = "nobody"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_PREFIX = "descriptor:x25519:"
_OPEN = "Until it is removed or made anew the onion is not published: tor would open it to everybody."


@dataclass(frozen=True)
class ClientKey:
    """The key pair of one person. The private half is shown once and kept nowhere by us."""

    name: str
    private: bytes = field(repr=False)
    public: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> ClientKey:
        """A new pair.

        Args:
            name: `a-z`, `0-9` and `-` inside, at most 32; a file is called by it.

        Raises:
            TorError: not such a name.
        """
        secret = X25519PrivateKey.generate()
        return cls(_named(name), secret.private_bytes_raw(), secret.public_key().public_bytes_raw())

    @property
    def private_base32(self) -> str:
        """52 characters: what Tor Browser asks for. A secret."""
        return _base32(self.private)

    @property
    def public_base32(self) -> str:
        """52 characters: what the service is told."""
        return _base32(self.public)

    def auth_file(self) -> str:
        """The one line of `authorized_clients/NAME.auth`."""
        return f"{_PREFIX}{self.public_base32}\n"

    def private_line(self, address: str) -> str:
        """The one line of a `.auth_private` file in a client's ClientOnionAuthDir. A secret.

        Raises:
            TorError: the address is mistyped.
        """
        if not is_onion_address(address):
            raise TorError(f"{address!r} is not an onion address.", "Copy it again; every character counts.")
        return f"{address.removesuffix('.onion')}:{_PREFIX}{self.private_base32}\n"


class Clients:
    """The folder `authorized_clients` of one onion."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str) -> ClientKey:
        """Make a key for a person and write its public half.

        Raises:
            TorError: a bad name, or the name is taken.
        """
        key = ClientKey.generate(name)
        self.keep_closed()
        try:
            write_once(self._file(name), key.auth_file().encode("ascii"))
        except FileExistsError:
            raise TorError(
                f"There is a client key named {name} already.", "Revoke it first, or choose another name."
            ) from None
        return key

    def keep_closed(self) -> None:
        """Make sure that tor finds a key there, whatever is removed: one that nobody has.

        Raises:
            KeyFileError: one of the folders is another user's, or open to group or others.
        """
        private_folder(self.folder.parent)
        private_folder(self.folder)
        with contextlib.suppress(FileExistsError):
            write_once(self._file(NOBODY), ClientKey.generate("x").auth_file().encode("ascii"))

    def remove(self, name: str) -> None:
        """Take a person's key away. tor goes on with what it has read until it is told.

        Raises:
            TorError: no such key.
        """
        try:
            self._file(_named(name)).unlink()
        except FileNotFoundError:
            raise TorError(f"There is no client key named {name}.", "See: sourdine tor client-key list") from None

    def names(self) -> tuple[str, ...]:
        """Sorted; after the same checks as `check`."""
        return tuple(self.check())

    def publics(self) -> tuple[str, ...]:
        """The public keys in base32, in the order of the names; after the same checks as `check`."""
        return tuple(self.check().values())

    def check(self) -> dict[str, str]:
        """Each person's name with the public key; empty when there is no folder yet. Not the key that nobody has.

        Raises:
            TorError: something in the folder is not exactly a client key of ours.
        """
        if not self.folder.exists():
            return {}
        refuse_loose(self.folder, "folder")
        found: dict[str, str] = {}
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith(".") and path.name.endswith(".part"):
                continue  # a key that was being written when the machine stopped; tor does not read it
            try:
                public = _read(path)
            except (OSError, TorError):
                if os.path.lexists(path):
                    raise
                continue  # revoked since the folder was listed
            if public in found.values():
                raise TorError(f"Two client keys are the same; one is {path}.", "Revoke both and make new ones.")
            found[path.name.removesuffix(SUFFIX)] = public
        found.pop(NOBODY, None)
        return found

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}{SUFFIX}"


def _read(path: Path) -> str:
    if not path.name.endswith(SUFFIX) or not _NAME.fullmatch(path.name.removesuffix(SUFFIX)):
        raise TorError(f"{path} is not the name of a client key file.", _OPEN)
    if not stat.S_ISREG(path.lstat().st_mode):
        raise TorError(f"The client key {path} is not a plain file.", _OPEN)
    refuse_loose(path, "client key file")
    text = path.read_bytes().decode("ascii", "replace")
    public = text.removeprefix(_PREFIX).removesuffix("\n")
    if text != f"{_PREFIX}{public}\n" or not CLIENT_KEY.fullmatch(public) or _base32(_decode(public)) != public:
        raise TorError(f"The client key file {path} is malformed.", _OPEN)
    return public


def _named(name: str) -> str:
    if not _NAME.fullmatch(name) or name == NOBODY:
        raise TorError(f"{name!r} is not a name for a client key.", "Use up to 32 of a-z, 0-9 and -.")
    return name


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode("ascii").rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b32decode(text + "====")
