"""Which cases were split from one: told in that case, for those who may open it and not all of its parts.

A split case shares messages of its source. Somebody may be kept out of the one and not of the other; destroying the
source would take its messages from a case that they cannot see, whatever keeps that one. So the source itself says.
"""

from __future__ import annotations

from app.desk.core.bench import Desk, OpenCase
from app.stores.desk import Transaction

CHILDREN = "children"


def remember_child(tx: Transaction, source: OpenCase, child_id: str) -> None:
    """A case was split from this one; in the transaction that does it."""
    source.put_paper(tx, CHILDREN, sorted({*_children(tx, source), child_id}))


def forget_child(tx: Transaction, source: OpenCase, child_id: str) -> None:
    """It went back, or was destroyed."""
    left = sorted({*_children(tx, source)} - {child_id})
    if left:
        source.put_paper(tx, CHILDREN, left)
    else:
        tx.drop_paper(source.id, CHILDREN)


def unseen_children(desk: Desk, tx: Transaction, source: OpenCase) -> bool:
    """Whether a case that this reviewer may not open still rests on this one."""
    return any(desk.find(tx, child_id) is None for child_id in _children(tx, source))


def _children(tx: Transaction, source: OpenCase) -> list[str]:
    return list(source.paper(tx, CHILDREN) or ())
