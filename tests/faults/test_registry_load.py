"""A load that dies anywhere leaves the register as it was, or as it was to be; the next load goes on from there.

The child is really killed (SIGKILL): before each statement that it sends, at its commit, and at moments of no choice.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.domain.batch import Batch
from app.domain.entry import Entry, Tombstone
from app.domain.succession import amend
from app.settings import RegistrySettings
from app.stores.registry import Loaded, RegistryStore
from tests.fakes.child import run_in_child
from tests.fakes.issuer import ORIGIN, Issuer, forget_keys
from tests.fakes.postgres import cluster
from tests.fakes.register import DAY, dump, synthetic

pytestmark = pytest.mark.slow

DATABASES = ("sqlite", "postgresql")
LATER = date(2030, 1, 1)
STATEMENTS = 30  # more than a load of the second batch sends; what is left over dies at the commit


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


def settings(name: str, home: Path) -> RegistrySettings:
    home.mkdir(exist_ok=True)
    url = "sqlite:///registry.db" if name == "sqlite" else cluster().url()
    return RegistrySettings(home=home, origin=ORIGIN, database=url)


def batches(issuer: Issuer) -> tuple[Batch, Batch]:
    """A first one, and one that adds, corrects, withdraws and merges."""
    old = list(synthetic(8))
    first = issuer.batch(*old)
    entry = Entry.parse(old[0])
    text = replace(entry.finding, text=f"{entry.finding.text} Précision.")
    corrected = amend(entry, replace(entry, finding=text), month="2026-12", reason="error", note="Précision.")
    names = [raw["regc_id"] for raw in old]
    withdrawn = Tombstone(names[1], 2, "withdrawn", "2026-12")
    merged = Tombstone(names[2], 2, "replaced", "2026-12", (names[3],))
    ended = (record.to_dict() for record in (corrected, withdrawn, merged))
    return first, issuer.batch(*synthetic(4, start=100), *ended)


def state(store: RegistryStore) -> dict[str, Any]:
    """Everything but the mark, which is drawn anew with each load."""
    return {name: rows for name, rows in dump(store).items() if name != "meta"}


def strike(store: RegistryStore, place: int) -> None:
    """This process dies before it sends statement number `place`, or at the commit when there are fewer."""
    numbers = count()

    def before(*_: object) -> None:
        if next(numbers) == place:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(store.engine, "before_cursor_execute", before)
    event.listen(store.engine, "commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))


@pytest.mark.parametrize("name", DATABASES)
def test_a_load_is_whole_or_not_at_all_wherever_it_is_killed(name: str, tmp_path: Path) -> None:
    issuer = Issuer()
    first, second = batches(issuer)
    mine = settings(name, tmp_path)
    store = RegistryStore.create(mine)
    store.load(first, issuer.manifest, DAY, note=issuer.manifest_bytes)
    before = state(store)
    store.close()

    def load(place: int) -> None:
        own = RegistryStore.open(mine)
        strike(own, place)
        own.load(second, issuer.manifest, DAY, note=issuer.manifest_bytes)

    for place in range(STATEMENTS):
        assert run_in_child(lambda place=place: load(place)) == -signal.SIGKILL  # type: ignore[misc]
        store = RegistryStore.open(mine)
        assert state(store) == before, place
        store.close()
    store = RegistryStore.open(mine)
    assert store.load(second, issuer.manifest, DAY, note=issuer.manifest_bytes) == Loaded(7, already=False)
    assert store.counts(DAY) == (10, 2)
    assert state(store) == reference(name, tmp_path / "other", issuer, first, second)
    store.close()


def reference(name: str, home: Path, issuer: Issuer, *loads: Batch) -> dict[str, Any]:
    """What the register holds when nothing ever failed."""
    store = RegistryStore.create(settings(name, home))
    for batch in loads:
        store.load(batch, issuer.manifest, DAY, note=issuer.manifest_bytes)
    found = state(store)
    store.close()
    return found


@pytest.mark.parametrize("name", DATABASES)
def test_a_load_killed_at_any_moment(name: str, tmp_path: Path) -> None:
    """Delays from nothing to longer than the load takes: both outcomes occur, and no third one."""
    issuer = Issuer()
    mine = settings(name, tmp_path)
    store = RegistryStore.create(mine)
    first, second = issuer.batch(*synthetic(5)), issuer.batch(*synthetic(200, start=5))
    store.load(first, issuer.manifest, DAY, note=issuer.manifest_bytes)
    old = state(store)
    new = reference(name, tmp_path / "other", issuer, first, second)
    store.close()

    def load() -> None:
        own = RegistryStore.open(mine)
        own.load(second, issuer.manifest, DAY, note=issuer.manifest_bytes)

    for step in range(12):
        killed(load, 0.04 * step)
        store = RegistryStore.open(mine)
        found = state(store)
        store.close()
        assert found in (old, new)
    store = RegistryStore.open(mine)
    store.load(second, issuer.manifest, DAY, note=issuer.manifest_bytes)
    assert state(store) == new
    store.close()


def killed(work: Any, delay: float) -> None:
    """Run `work` in a child and kill it after a while, whether it is done or not."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.parametrize("name", DATABASES)
def test_a_statement_that_fails_takes_the_whole_load_back(name: str, tmp_path: Path) -> None:
    issuer = Issuer()
    first, second = batches(issuer)
    store = RegistryStore.create(settings(name, tmp_path))
    store.load(first, issuer.manifest, DAY, note=issuer.manifest_bytes)
    before, armed = state(store), [0]

    def fail(*_: object) -> None:
        armed[0] -= 1
        if armed[0] == 0:
            raise OSError("no more")

    event.listen(store.engine, "before_cursor_execute", fail)
    for place in range(1, STATEMENTS):
        armed[0] = place
        try:
            store.load(second, issuer.manifest, DAY, note=issuer.manifest_bytes)
        except OSError:
            assert state(store) == before, place
        else:
            break
    armed[0] = 0
    assert place > 12
    assert store.load(second, issuer.manifest, DAY, note=issuer.manifest_bytes).already
    store.close()


@pytest.mark.parametrize("name", DATABASES)
def test_forgetting_is_whole_or_not_at_all(name: str, tmp_path: Path) -> None:
    issuer = Issuer()
    mine = settings(name, tmp_path)
    store = RegistryStore.create(mine)
    store.load(issuer.batch(*synthetic(6)), issuer.manifest, DAY, note=issuer.manifest_bytes)
    before = state(store)
    store.close()

    def forget(place: int) -> None:
        own = RegistryStore.open(mine)
        strike(own, place)
        own.forget_expired(LATER)

    for place in (2, 5, 9, 12, 99):
        assert run_in_child(lambda place=place: forget(place)) == -signal.SIGKILL  # type: ignore[misc]
        store = RegistryStore.open(mine)
        assert state(store) == before
        store.close()
    store = RegistryStore.open(mine)
    assert store.forget_expired(LATER) == 6
    assert store.forget_expired(LATER) == 0
    store.close()
