"""How our onions stand, for the operator: facts of our own service as counts, nothing of any visitor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tor.bootstrap import Bootstrap
from tor.control import Control
from tor.descriptor import decrypt, other_instance, parse_outer, pow_effort
from tor.version import show

_PURPOSE = re.compile(r" PURPOSE=([A-Z_]+)")


@dataclass(frozen=True)
class OnionStatus:
    """One onion.

    Args:
        made: tor has a descriptor of it.
        published: a directory of the network has just handed it out; None when none was asked, or none answered.
        intro_points: introduction circuits that stand, for both descriptors that tor keeps.
        effort: the proof of work asked of visitors, 0 in quiet times; None without that defence.
        other_instance: see `tor.descriptor.other_instance`.
    """

    name: str
    address: str
    made: bool
    published: bool | None
    intro_points: int
    effort: int | None
    other_instance: bool | None


@dataclass(frozen=True)
class Status:
    """tor and its onions.

    Args:
        skew_seconds: of our clock, ahead positive; None when tor has no complaint.
        circuits: how many of each purpose (control-spec, circuit-status); HS_SERVICE_REND are visitors.
    """

    version: str
    bootstrap: Bootstrap
    skew_seconds: int | None
    circuits: Mapping[str, int]
    onions: tuple[OnionStatus, ...]

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def read(control: Control, onions: Mapping[str, str], *, ask_network: bool = True) -> Status:
    """How things stand now.

    Args:
        onions: address of each onion by name.
        ask_network: fetch each descriptor from the network as a visitor would; some seconds.

    Raises:
        ControlLost: tor stopped meanwhile.
    """
    rows = control.circuits()
    purposes = Counter(match[1] for row in rows if (match := _PURPOSE.search(row)))
    return Status(
        version=show(control.version()),
        bootstrap=control.bootstrap(),
        skew_seconds=control.clock_skew(),
        circuits=dict(sorted(purposes.items())),
        onions=tuple(_onion(control, name, onions[name], rows=rows, ask=ask_network) for name in onions),
    )


def _onion(control: Control, name: str, address: str, *, rows: list[str], ask: bool) -> OnionStatus:
    own = control.own_descriptor(address)
    found = control.fetch_descriptor(address) if ask and own else None
    label = address.removesuffix(".onion")
    return OnionStatus(
        name=name,
        address=address,
        made=bool(own),
        published=False if not own else None if found is None else bool(found),
        intro_points=sum(_is_introduction(row, label) for row in rows),
        effort=pow_effort(decrypt(own, address)) if own else None,
        other_instance=other_instance(parse_outer(own), parse_outer(found)) if own and found else None,
    )


def _is_introduction(row: str, label: str) -> bool:
    return f"REND_QUERY={label}" in row and "PURPOSE=HS_SERVICE_INTRO" in row and "HS_STATE=HSSI_ESTABLISHED" in row
