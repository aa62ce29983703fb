"""Names that stand beside entries, in a register that takes no names any more."""

from __future__ import annotations

from sqlalchemy import Engine, delete

from app.stores.engine import writing
from app.stores.registry_tables import NAMES


def forget_all(engine: Engine) -> int:
    """Destroy every name, for good; gives how many. Call `registry_database.forget` afterwards."""
    with writing(engine) as connection:
        return connection.execute(delete(NAMES)).rowcount
