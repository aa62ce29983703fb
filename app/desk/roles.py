"""Who decides at the desk: analysts alone (DOMAIN §3.3). Moves have their roles in the table of `app.domain.states`."""

from __future__ import annotations

from app.desk.bench import Desk
from app.domain.facts import Role
from app.errors import UserError


def check_analyst(desk: Desk) -> None:
    """Return only for an analyst of the manifest in use.

    Raises:
        UserError: another role.
    """
    if desk.keyring.role != Role.ANALYST:
        raise UserError("Your role does not decide about cases.", "Nothing was changed. Ask an analyst.")
