"""How envelopes are opened fast: one packet tried first, a key lent to memory, and progress that can end the round."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.desk.carry import opening
from app.desk.carry.opening import WORTH_LENDING, Opener, opener
from app.desk.carry.takeup import take_up
from app.desk.cases.reading import list_cases
from app.desk.core import keyring
from app.desk.core.bench import Desk
from app.desk.core.evidence import Evidence
from app.desk.core.messages import message_in
from app.errors import UserError
from crypto.errors import NoKeyError
from crypto.openpgp import gpg
from crypto.openpgp.single import Single
from tests.unit.desk.files import honest
from tests.unit.desk.house import STORY, House, Reporter, open_house

WORDS = "quatre mots à retenir"


@pytest.fixture(scope="module")
def locked() -> Iterator[House]:
    """A desk where cypres types a passphrase."""
    with open_house() as house:
        home = house.home / "gnupg" / "cypres"
        fingerprint = house.desk("cypres").keyring.fingerprint
        options = ["--homedir", str(home), *gpg.COMMON, "--pinentry-mode", "loopback", "--command-fd", "0"]
        command = [gpg.binary(), *options, "--passwd", fingerprint]
        subprocess.run(command, input=f"{WORDS}\n{WORDS}\n".encode(), check=True, capture_output=True)
        gpg.stop_agent(home)
        yield house


def unlocked(house: House) -> Desk:
    ring = keyring.unlock(house.store, house.settings, "cypres", WORDS)
    return Desk(house.store, house.settings, ring, Evidence(house.settings))


def test_one_packet_is_tried_for_each_reviewer(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[int | None] = []

    def noted(source: object, place: int | None) -> Single:
        places.append(place)
        return Single(source, place)

    monkeypatch.setattr(opening, "Single", noted)
    for place, name in enumerate(("alize", "brume", "cypres")):
        fresh.new_case(name=name)
        assert places.pop() == place
        assert places == []
    fresh.receive(fresh.seal(STORY, exclude=["brume"]))
    assert take_up(fresh.desk("brume")).cases == []
    assert places == [1, None]


def test_a_packet_at_another_place_is_found_all_the_same(fresh: House) -> None:
    sealed = fresh.seal(STORY)
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    fresh.receive(sealed)
    assert len(take_up(fresh.desk("cypres")).cases) == 1


def test_a_reviewer_of_no_place_tries_everything(fresh: House) -> None:
    assert opening._place(fresh.desk("brume").keyring) == 1
    ring = fresh.desk("alize").keyring
    assert opening._place(replace(ring, fingerprint="F" * 40)) is None
    fresh.receive(fresh.seal(STORY, exclude=["brume"]))
    desk = replace(fresh.desk("brume"), keyring=replace(fresh.desk("brume").keyring, fingerprint="F" * 40))
    with fresh.store.reading() as tx:
        (row,) = tx.envelopes("waiting")
    with pytest.raises(NoKeyError):
        opening.open_envelope(desk, row, Opener(desk.keyring.home, None))


def test_a_passphrase_is_stretched_once_for_many(locked: House) -> None:
    desk = unlocked(locked)
    with opener(desk.keyring, WORTH_LENDING - 1) as by:
        assert by.home == desk.keyring.home
    with opener(desk.keyring, WORTH_LENDING) as by:
        lent = by.home
        assert lent.parent == Path(gpg.MEMORY)
        assert by.passphrase not in {WORDS, None}
        assert by.passphrase not in repr(by)
        assert by.opens(desk.keyring)
        assert not Opener(lent, WORDS).opens(desk.keyring)
    assert not lent.exists()
    locked.receive(*(locked.seal(STORY, reporter=Reporter.new()) for _ in range(WORTH_LENDING + 1)))
    assert len(take_up(desk).cases) == WORTH_LENDING + 1


def test_a_key_that_cannot_be_lent_is_used_where_it_is(locked: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpg, "MEMORY", "/nowhere")
    desk = unlocked(locked)
    with opener(desk.keyring, 1000) as by:
        assert by.home == desk.keyring.home


def test_a_lent_key_that_does_not_open_is_not_used(locked: House, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = unlocked(locked)
    with monkeypatch.context() as patch:
        patch.setattr(Opener, "opens", lambda *_: False)
        with opener(desk.keyring, 1000) as by:
            assert by.home == desk.keyring.home


def test_a_key_without_a_passphrase_is_not_copied(locked: House) -> None:
    ring = locked.desk("alize").keyring
    with opener(ring, 1000) as by:
        assert by == Opener(ring.home, None)


class StoppedError(Exception):
    pass


def test_progress_is_told_and_can_end_the_round(fresh: House) -> None:
    reporter = Reporter.new()
    fresh.receive(
        *(fresh.seal(STORY, reporter=Reporter.new()) for _ in range(3)),
        fresh.seal(STORY, reporter=reporter),
        fresh.seal("suite", reporter=reporter, kind="message"),
    )
    desk = fresh.desk()

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        take_up(desk, stop)
    opened = len(list_cases(desk))
    assert opened <= 2
    told: list[tuple[int, int]] = []
    done = take_up(desk, lambda *step: told.append(step))
    assert told == [(n, told[0][1]) for n in range(told[0][1] + 1)]
    assert len(list_cases(desk)) == 4
    assert (len(done.cases), len(done.joined)) == (4 - opened, 1)


def test_a_key_that_stops_working_midway_notes_nothing(fresh: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.receive(fresh.seal(STORY))
    desk = fresh.desk()

    def closed(*_: object, **__: object) -> None:
        raise NoKeyError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(opening, "decrypt", closed)
        patch.setattr(Opener, "opens", lambda *_: False)
        with pytest.raises(UserError, match="stopped working"):
            take_up(desk)
    assert len(take_up(desk).cases) == 1


def test_the_type_of_a_file_is_what_its_bytes_say(fresh: House) -> None:
    sent = [("a.pdf", b"%PDF-1.7\n"), ("b.pdf", b"bonjour"), ("c", b"\x01\x02\x03"), ("d.docx", honest.docx())]
    case_id = fresh.new_case(files=sent)
    desk = fresh.desk()
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        (message,) = [message_in(case, row) for row in tx.messages(case_id)]
    office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert [one.type for one in message.files] == ["application/pdf", "text/plain", "application/octet-stream", office]
