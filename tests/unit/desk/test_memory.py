"""A large attachment passes through the desk without growing it: import, opening, saving."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

import pytest

from app.desk.carry.receive import Importer
from app.desk.carry.takeup import take_up
from app.desk.cases.saving import save_case
from crypto.envelope import EnvelopeWriter
from crypto.envelope_report import ReportHead
from crypto.openpgp.encrypt import Encryptor
from crypto.pickup import PickupEntry, PickupHeader, prefix, sign_header
from tests.unit.desk.house import DAY, INSTANCE, STORY, House, keys

MIB = 1024 * 1024
SIZE = 300 * MIB
GROWTH = 16 * MIB


def peak() -> int:
    """The most memory this process ever had, in bytes."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def large_envelope(house: House, path: Path) -> str:
    """Seal a file of SIZE bytes; returns its digest."""
    recipients, block, digest = house.manifest.recipients(), os.urandom(MIB), hashlib.sha256()
    head = ReportHead(
        INSTANCE, secrets.token_hex(16), "report", house.manifest.version, house.manifest.digest, recipients, "fr", {}
    )
    with path.open("wb") as out, Encryptor(keys().folder / "public", recipients, out.fileno(), DAY) as sealing:
        writer = EnvelopeWriter(sealing.write, framing=sealing.framing)
        writer.message(STORY)
        writer.start_file("large", "application/octet-stream")
        for _ in range(SIZE // MIB):
            writer.file_chunk(block)
            digest.update(block)
        writer.end_file()
        writer.finish(head, None)
        sealing.finish()
    return digest.hexdigest()


def digest_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@pytest.mark.slow
def test_memory_stays_flat(fresh: House) -> None:
    envelope, pickup = fresh.folder / "envelope", fresh.folder / "pickup"
    content = large_envelope(fresh, envelope)
    entry = PickupEntry(secrets.token_hex(16), envelope.stat().st_size, digest_of(envelope))
    header = sign_header(PickupHeader(INSTANCE, 1, "", DAY, (entry,)), fresh.pickup_key)
    with pickup.open("wb") as out, envelope.open("rb") as source:
        out.write(prefix(header))
        while chunk := source.read(MIB):
            out.write(chunk)
    desk, folder = fresh.desk(), fresh.folder / "saved"
    before = peak()
    assert Importer(fresh.store, fresh.settings).receive(pickup).imported == 1
    (case_id,) = take_up(desk).cases
    (name,) = save_case(desk, case_id, folder).names
    assert peak() - before < GROWTH
    assert digest_of(folder / name) == content
