"""A pickup sent by ranges is the pickup that arrives."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from app.errors import UserError
from app.stores.carriage import Carriage
from app.transfer import pickup
from app.transfer.files import write_whole
from app.transfer.pickup import PickupBytes, open_pickup
from crypto.errors import FormatError, TrustError
from crypto.signing import SigningKey
from tests.fakes.instance import TODAY, Instance, add_envelope


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance.make(tmp_path)


@pytest.fixture
def body(instance: Instance) -> PickupBytes:
    store = instance.store()
    for n in range(3):
        add_envelope(store, bytes([65 + n]) * 1000)
    issued = Carriage(store, instance=instance.manifest.instance, key=instance.pickup).issue(TODAY)
    assert issued is not None
    return PickupBytes(issued.header, issued.files)


def test_any_ranges_join_to_the_whole(body: PickupBytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickup, "CHUNK", 300)
    whole = b"".join(body.chunks())
    assert len(whole) == body.size
    head = body.size - 3000
    edges = sorted({edge + step for edge in (head, head + 1000, head + 2000) for step in (-1, 0, 1)} | {0, body.size})
    for start, stop in pairwise(edges):
        assert b"".join(body.chunks(start, stop)) == whole[start:stop]
    for edge in edges:
        assert b"".join(body.chunks(edge)) == whole[edge:]


def test_it_opens_where_it_arrives(body: PickupBytes, instance: Instance, tmp_path: Path) -> None:
    write_whole(tmp_path / "stick", body.chunks())
    with open_pickup(tmp_path / "stick", instance.pickup.public) as opened:
        assert opened.header.number == 1
        contents = {b"".join(opened.chunks(entry)) for entry in opened.header.entries}
    assert contents == {b"A" * 1000, b"B" * 1000, b"C" * 1000}


def test_what_is_not_this_pickup_is_refused(body: PickupBytes, instance: Instance, tmp_path: Path) -> None:
    path = tmp_path / "stick"
    whole = b"".join(body.chunks())
    for damaged in (whole[:-1], whole + b"x", b"hello"):
        path.write_bytes(damaged)
        with pytest.raises(FormatError), open_pickup(path, instance.pickup.public):
            pass
    path.write_bytes(whole)
    with pytest.raises(TrustError), open_pickup(path, SigningKey.generate().public):
        pass
    with pytest.raises(UserError), open_pickup(tmp_path / "none", instance.pickup.public):
        pass


def test_an_envelope_that_shrank_breaks_the_line(body: PickupBytes) -> None:
    path = body._files[1][0]
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="shorter"):
        b"".join(body.chunks())
