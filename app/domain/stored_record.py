"""A record as a register keeps it, read by its form alone.

It was held to the rules of the day on which it was loaded. Rules become stricter: a record that those of today refuse
is still shown, withdrawn and forgotten, and never keeps others from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from app.domain.entry import ENDS, SCHEMA, Entry, Record, Tombstone

_Maker = Callable[[Any], Any]
# What a field is that an older record does not have.
_DEFAULTS: Mapping[Any, Any] = {str: "", int: 0}


def read_stored(raw: Mapping[str, Any]) -> Record:
    """The value of canonical JSON that a load took, of this schema or of an older one."""
    kind: type[Record] = Tombstone if raw["status"] in ENDS else Entry
    made: Record = _build(kind, {"schema": SCHEMA, **raw})
    return made


def _build(kind: Any, raw: Mapping[str, Any]) -> Any:
    return kind(*(make(raw[name]) if name in raw else default for name, make, default in _plan(kind)))


@cache
def _plan(kind: Any) -> tuple[tuple[str, _Maker, Any], ...]:
    """Name, maker and default of each field, in order."""
    hints = get_type_hints(kind)
    return tuple((name, *_made(hint)) for name, hint in hints.items())


def _made(hint: Any) -> tuple[_Maker, Any]:
    if is_dataclass(hint) and isinstance(hint, type):
        return (lambda raw: _build(hint, raw)), None
    if get_origin(hint) is tuple:
        make = _made(get_args(hint)[0])[0]
        return (lambda raw: tuple(make(item) for item in raw)), ()
    if type(None) in get_args(hint):
        inner = _made(next(one for one in get_args(hint) if one is not type(None)))[0]
        return (lambda raw: None if raw is None else inner(raw)), None
    return (lambda raw: raw), _DEFAULTS[hint]
