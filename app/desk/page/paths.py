"""Paths typed into the page: whole ones only, since nobody sees in which folder this program was started."""

from __future__ import annotations

from pathlib import Path

from app.errors import UserError


def typed_path(text: str) -> Path:
    """A path as a person typed it.

    Raises:
        UserError: empty, not from the root, or one that no file can have.
    """
    path = Path(text.strip())
    if not path.is_absolute() or "\0" in text:
        raise UserError(
            "Write the whole path, from the first slash.", "Such as /media/usb/pickup. Nothing was changed."
        )
    return path


def new_file(text: str) -> Path:
    """A path where nothing stands yet: what was not carried must not be written over.

    Raises:
        UserError: as `typed_path`, or something is there.
    """
    path = typed_path(text)
    if path.exists():
        raise UserError(f"There is already a file {path}.", "Carry it first, or name another. Nothing was changed.")
    return path
