"""The signed reviewer manifest, as a file beside each program: read, checked against the pinned root, or refused."""

from __future__ import annotations

import re
from pathlib import Path

from app.errors import UserError
from crypto.errors import FormatError, SealingError, TrustError
from crypto.manifest import LIMIT, Manifest, UntrustedManifest

MANIFEST_BYTES = LIMIT + 512  # the body and the two short lines of its frame
RESTORE = "Copy the manifest that `sourdine reviewers sign` made to this place again."


def load_manifest(path: Path, root_hex: str) -> Manifest:
    """The manifest in `path`, if the root key of the settings signed it and all its rules hold.

    Args:
        path: the file that `sourdine reviewers sign` made.
        root_hex: the setting `root`: 64 hexadecimal digits, the public half of the root key.

    Raises:
        UserError: no root in the settings, no file, or a file that no manifest can be.
        TrustError: another key signed it.
        FormatError: it breaks a rule of docs/spec/manifest.md.
    """
    root = _root(root_hex)
    try:
        with path.open("rb") as stream:
            data = stream.read(MANIFEST_BYTES + 1)
    except FileNotFoundError:
        raise UserError(f"The reviewer manifest {path} is missing.", RESTORE) from None
    except OSError as error:
        raise UserError(f"The reviewer manifest {path} cannot be read: {error.strerror}.", RESTORE) from None
    try:
        return UntrustedManifest.parse(data).verify(root)
    except SealingError as error:
        kind = TrustError if isinstance(error, TrustError) else FormatError
        raise kind(f"{path} is not a reviewer manifest of this instance: {error}") from None


def _root(text: str) -> bytes:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise UserError(
            "The setting root does not hold the public root key.",
            'Write root = "…" with the 64 digits that `sourdine reviewers show` prints.',
        )
    return bytes.fromhex(text)
