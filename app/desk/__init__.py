"""The desk: where reports are read and decided, on a machine without a network.

Services take a `Desk` (store, folder, unlocked reviewer); the command line and the loopback page both call them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import UserError

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import DeskSettings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_app(settings: DeskSettings, *, code: str) -> Flask:
    """The loopback page.

    Args:
        code: the one-time code that was printed in the terminal.

    Raises:
        UserError: a door that others could reach, or a desk without keys.
    """
    from app.desk.page.factory import make_app

    check_door(settings)
    return make_app(settings, code)


def check_door(settings: DeskSettings) -> None:
    """Return only if the page would listen on loopback alone.

    Raises:
        UserError: it would not.
    """
    host = settings.door.listen.rpartition(":")[0]
    if host not in LOOPBACK:
        raise UserError(
            "The page of the desk may listen on this machine only.", 'Write listen = "127.0.0.1:8082" under [door].'
        )
