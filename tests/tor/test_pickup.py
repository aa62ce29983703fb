"""`sourdine courier fetch` through the guarded onion: a line that is cut, and a pickup of 200 MB."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from app.cli.visitor import Upload
from app.transfer.pickup import PickupBytes, open_pickup
from crypto.pickup import read_header
from crypto.signing import public_from_text
from tests.journey.house import STORY, submit
from tests.tor.figures import figure
from tests.tor.house import OnionHouse
from tor.control import Control

pytestmark = pytest.mark.onion

MIDDLE, LARGE = 20_000_000, 200_000_000
FETCH_SECONDS = 240


def test_a_killed_circuit_resumes_by_range(onions: OnionHouse, tmp_path: Path) -> None:
    marks = [time.monotonic()]
    upload(onions, MIDDLE)
    marks.append(time.monotonic())
    target = tmp_path / "pickup"
    with onions.fetching(target, onions.new_courier("resumer")) as program:
        part = tmp_path / "pickup.part"
        wait_for_bytes(part, MIDDLE // 4, program.poll)
        with Control.connect(onions.network.host.control) as control:
            assert control.cut_circuits() >= 1
        marks.append(time.monotonic())
        said, _ = program.communicate(timeout=FETCH_SECONDS)
        marks.append(time.monotonic())
    figure("seconds to upload, to the cut, to the end", *(after - before for before, after in pairwise(marks)))
    assert program.returncode == 0, said
    broke = re.findall(r"the line broke after (\d+) bytes", said)
    assert broke, "the fetch never noticed"
    assert int(broke[0]) >= MIDDLE // 4, "what had arrived was kept"
    check_identical(onions, target)


def test_two_hundred_megabytes_byte_for_byte(onions: OnionHouse, tmp_path: Path) -> None:
    upload(onions, LARGE)
    target = tmp_path / "pickup"
    with onions.fetching(target, onions.new_courier("carrier")) as program:
        begun = time.monotonic()
        said, _ = program.communicate(timeout=FETCH_SECONDS)
        seconds = time.monotonic() - begun
    assert program.returncode == 0, said
    size = target.stat().st_size
    assert size > 200_000_000
    figure("pickup over tor: MB, seconds, MB/s", size / 1e6, seconds, size / 1e6 / seconds)
    check_identical(onions, target)
    target.unlink()


def upload(house: OnionHouse, size: int) -> None:
    """A report with one file of this size, straight to the door: the line under test is the courier's."""
    source = house.folder / "source.bin"
    with source.open("wb") as stream:
        for _ in range(size // 1_000_000):
            stream.write(secrets.token_bytes(1_000_000))
    try:
        assert submit(house.local(), {"story": STORY}, [Upload("archive.tar", source)]).status == 200
    finally:
        source.unlink()


def wait_for_bytes(part: Path, size: int, ended: Callable[[], int | None]) -> None:
    end = time.monotonic() + 60
    while not part.exists() or part.stat().st_size < size:
        assert ended() is None, "the fetch ended early"
        assert time.monotonic() < end
        time.sleep(0.02)


def check_identical(house: OnionHouse, pickup: Path) -> None:
    """Signed by the intake, and the same bytes as what lies on its disk."""
    intake = house.data / "intake"
    with pickup.open("rb") as stream:
        header = read_header(stream)
    with open_pickup(pickup, public_from_text((intake / "pickup.pub").read_text())) as opened:
        parts = [(intake / "envelopes" / entry.id, entry.size) for entry in opened.header.entries]
    expected = hashlib.sha256()
    for chunk in PickupBytes(header, parts).chunks():
        expected.update(chunk)
    with pickup.open("rb") as stream:
        assert hashlib.file_digest(stream, "sha256").digest() == expected.digest()
