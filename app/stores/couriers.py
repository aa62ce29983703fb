"""Courier accounts and the login codes they used. What the bytes mean is `app/courier/accounts.py`'s business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, delete, insert, select

from app.errors import UserError
from app.stores.engine import forget, reading, writing
from app.stores.intake_tables import COURIER_STEPS, COURIERS


@dataclass(frozen=True)
class CourierRow:
    """One account: a password opens `sealed`, which holds the TOTP secret."""

    name: str
    salt: bytes
    sealed: bytes


class Couriers:
    """The two tables about couriers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, row: CourierRow) -> None:
        """A new account.

        Raises:
            UserError: the name is taken.
        """
        with writing(self._engine) as connection:
            if connection.scalar(select(COURIERS.c.name).where(COURIERS.c.name == row.name)) is not None:
                raise UserError(
                    f"There is already a courier named {row.name}.", f"Type: sourdine courier revoke {row.name}"
                )
            connection.execute(insert(COURIERS).values(name=row.name, salt=row.salt, sealed=row.sealed))

    def revoke(self, name: str) -> bool:
        """Remove an account; its open sessions end with it. False when there was none."""
        with writing(self._engine) as connection:
            gone = connection.execute(delete(COURIERS).where(COURIERS.c.name == name)).rowcount > 0
        forget(self._engine)
        return gone

    def find(self, name: str) -> CourierRow | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(COURIERS).where(COURIERS.c.name == name)).first()
        return None if row is None else CourierRow(row.name, row.salt, row.sealed)

    def names(self) -> list[str]:
        with reading(self._engine) as connection:
            return list(connection.scalars(select(COURIERS.c.name).order_by(COURIERS.c.name)))

    def use_code(self, mac: bytes, session: bytes, today: date) -> bool:
        """Claim a login code for one verb of one session. False when another session had it first."""
        with writing(self._engine) as connection:
            first = connection.scalar(select(COURIER_STEPS.c.session).where(COURIER_STEPS.c.mac == mac))
            if first is None:
                connection.execute(insert(COURIER_STEPS).values(mac=mac, session=session, day=today))
        return first is None or first == session
