"""When the machine fails: gpg, disk, database, too many uploads. Nothing is stored, and the text comes back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import BusyError
from app.stores.intake import IntakeStore
from tests.web.reporter_house import DAY, STORY, House, hidden, text_of
from tests.web.test_reporter_pages import assert_accessible

DOCUMENT = ("x.bin", os.urandom(300_000))


def assert_busy(house: House, page, status: int = 503) -> None:
    assert page.status_code == status
    assert_accessible(page, "fr")
    assert STORY in text_of(page)
    assert house.reception.attempts.open(hidden(page, "attempt"))
    assert house.envelopes() == []


def put_gpg(folder: Path, monkeypatch, script: str) -> None:
    """A gpg that answers --version like the real one and otherwise does what the script says."""
    real = shutil.which("gpg")
    folder.mkdir()
    program = folder / "gpg"
    program.write_text(f'#!/bin/sh\ncase "$*" in *--version*) exec {real} "$@";; esac\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_gpg_is_missing(house: House, monkeypatch, tmp_path):
    assert house.app
    monkeypatch.setenv("PATH", str(tmp_path))
    assert_busy(house, house.client().send([DOCUMENT]))


@pytest.mark.parametrize(
    "script",
    [
        "exit 2",
        "cat > /dev/null; exit 2",
        "head -c 200000 > /dev/null; exit 2",
        "head -c 200000 > /dev/null; kill -9 $$",
        "cat > /dev/null; exit 0",
        "head -c 100000; exit 2",
        "cat; echo write failed >&2; exit 2",
    ],
)
def test_gpg_fails(house: House, monkeypatch, tmp_path, script):
    attempt = house.client().attempt()
    with monkeypatch.context() as patch:
        put_gpg(tmp_path / "bin", patch, script)
        assert_busy(house, house.client().send([DOCUMENT], attempt=attempt))
    assert house.client().send([DOCUMENT], attempt=attempt).status_code == 200
    assert house.stored() == 1


def test_gpg_writes_another_size(house: House, monkeypatch, tmp_path):
    """Everything succeeded, by its own words, but one byte more or less stands on the disk."""
    real = shutil.which("gpg")
    assert house.app
    put_gpg(tmp_path / "bin", monkeypatch, f'{real} "$@" && printf x')
    assert_busy(house, house.client().send())


def test_the_disk_is_nearly_full(tmp_path):
    house = House(tmp_path, reserve_bytes=10**18)
    try:
        assert_busy(house, house.client().send([DOCUMENT]))
        assert house.client().get("/").status_code == 200
    finally:
        house.close()


def test_what_is_announced_must_fit_on_the_disk(house: House, monkeypatch):
    monkeypatch.setattr(IntakeStore, "free_bytes", lambda _store: 100_000)
    assert house.client().send().status_code == 200
    page = house.client().send([DOCUMENT])
    assert page.status_code == 503
    assert house.stored() == len(house.envelopes()) == 1


def test_the_folder_refuses_files(house: House):
    folder, client = house.settings.path("envelopes"), house.client()
    folder.rmdir()
    page = client.send([DOCUMENT])
    assert page.status_code == 503
    assert STORY in text_of(page)
    folder.mkdir(mode=0o700)


def test_the_disk_is_full_while_an_envelope_is_copied(house: House, monkeypatch):
    house.client().send()
    envelope = house.envelopes()[0].read_bytes()
    draft = house.store.new_envelope()
    broken = type(draft)(draft.id, draft.path, open("/dev/full", "wb", buffering=0))  # noqa: SIM115
    draft.file.close()
    monkeypatch.setattr(house.store, "new_envelope", lambda _expect=0: broken)
    page = house.client().send([("e", envelope)], story="")
    assert page.status_code == 503
    assert len(house.envelopes()) == 1


def test_the_database_is_locked(house: House, monkeypatch):
    monkeypatch.setattr("app.stores.engine.BUSY_SECONDS", 0.1)
    client, attempt = house.client(), house.client().attempt()
    assert client.get("/").status_code == 200
    lock = sqlite3.connect(house.settings.path("intake.db"))
    try:
        lock.execute("BEGIN EXCLUSIVE")
        house.set_day(DAY + timedelta(days=1))
        assert client.get("/before").status_code == 200
        assert_busy(house, client.send([DOCUMENT], attempt=attempt))
    finally:
        lock.close()
    assert client.send([DOCUMENT], attempt=attempt).status_code == 200
    assert house.stored() == 1


def test_the_commit_fails(house: House, monkeypatch):
    def refuse(*_arguments, **_named):
        raise BusyError("locked")

    with monkeypatch.context() as patch:
        patch.setattr(house.store, "commit", refuse)
        assert_busy(house, house.client().send([DOCUMENT]))
    assert house.client().send().status_code == 200


def test_too_many_uploads_at_once(house: House):
    slots = house.reception.uploads
    held = [slots.one() for _ in range(24)]
    for slot in held:
        slot.__enter__()
    assert_busy(house, house.client().send([DOCUMENT]))
    for slot in held:
        slot.__exit__(None, None, None)
    assert house.client().send([DOCUMENT]).status_code == 200


def test_what_an_envelope_cannot_hold(house: House, monkeypatch):
    """A setting may allow more than the format does: refused like any other body."""
    monkeypatch.setattr("crypto.envelope_report.FILES_LIMIT", 1)
    page = house.client().send([DOCUMENT, DOCUMENT])
    assert_busy(house, page, 400)


def test_timers_run_at_the_first_request_of_a_day(house: House):
    attempt = house.client().attempt()
    house.client().send(attempt=attempt)
    house.set_day(DAY + timedelta(days=2))
    house.client().get("/")
    assert house.store.tick(DAY + timedelta(days=2)) == 0
    house.client().send(attempt=attempt)
    assert house.stored() == 2
