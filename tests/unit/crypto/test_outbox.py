"""The outbox: docs/spec/outbox.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import canonical, note
from crypto.errors import FormatError, NoKeyError, SealingError, TrustError
from crypto.outbox import SealedReply, check_discards, discard_bytes, open_outbox, sign_outbox, with_decoys
from crypto.reply import blocks_of, open_reply, seal_reply
from tests.vectors.base import key
from tests.vectors.corpus.carriage import outbox_body
from tests.vectors.corpus.manifest import accepted
from tests.vectors.corpus.reply import INSTANCE, MAILBOX, sample
from tests.vectors.doors import stand_in_check

DESK = key("desk")
DATA = note.sign_note("outbox", outbox_body(), DESK)
OUTBOX = open_outbox(DATA, DESK.public)
EXPIRES = date(2026, 9, 1)


def real(number: int, text: str = "Bonjour", expires: date = EXPIRES) -> SealedReply:
    data = seal_reply(sample(seq=number, text=text), MAILBOX.public, DESK)
    return SealedReply(MAILBOX.locator, f"{number:032x}", data, expires)


@pytest.mark.parametrize(("count", "total"), [(0, 8), (1, 8), (8, 8), (9, 16)])
def test_the_count_is_a_multiple_of_eight(count: int, total: int) -> None:
    replies = [real(number) for number in range(1, count + 1)]
    padded = with_decoys(replies, expires=EXPIRES)
    assert len(padded) == total
    assert set(replies) <= set(padded)
    assert [one.id for one in padded] == sorted(one.id for one in padded)
    assert len({one.locator for one in padded}) == total - count + bool(count)


def test_decoys_take_size_and_day_from_real_replies() -> None:
    replies = [real(1, "a" * 9000, date(2026, 8, 1))]
    padded = with_decoys(replies, expires=EXPIRES)
    assert {blocks_of(one.data) for one in padded} == {3}
    assert {one.expires for one in padded} == {date(2026, 8, 1)}


def test_decoys_open_for_nobody() -> None:
    for one in with_decoys([], expires=EXPIRES):
        assert one.expires == EXPIRES
        with pytest.raises(NoKeyError):
            open_reply(one.data, MAILBOX, DESK.public, INSTANCE)


def test_a_padded_outbox_comes_back() -> None:
    padded = replace(OUTBOX, replies=with_decoys([real(1)], expires=EXPIRES))
    assert open_outbox(sign_outbox(padded, DESK), DESK.public) == padded


@settings(max_examples=50)
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, mask: int) -> None:
    with pytest.raises(SealingError):
        open_outbox(DATA[:at] + bytes([DATA[at] ^ mask]) + DATA[at + 1 :], DESK.public)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        open_outbox(data, DESK.public)


def test_signing_refuses_what_reading_refuses() -> None:
    for broken in (replace(OUTBOX, replies=OUTBOX.replies[:7]), replace(OUTBOX, number=0)):
        with pytest.raises(FormatError):
            sign_outbox(broken, DESK)


def test_what_a_discard_signs() -> None:
    data = discard_bytes("trial.example", "0" * 32, "1" * 64)
    assert data.startswith(b"sourdine/discard/v1\n{")
    assert canonical.loads(data.split(b"\n", 1)[1]) == {
        "instance": "trial.example",
        "envelope": "0" * 32,
        "sha256": "1" * 64,
    }


def test_discards_need_two_colleges() -> None:
    check_discards(OUTBOX, accepted(), stand_in_check)
    check_discards(replace(OUTBOX, discards=()), accepted(), stand_in_check)
    lone = replace(OUTBOX.discards[0], signatures=OUTBOX.discards[0].signatures[:1])
    with pytest.raises(TrustError, match="exactly two"):
        check_discards(replace(OUTBOX, discards=(lone,)), accepted(), stand_in_check)


def test_a_sealed_reply_shows_neither_locator_nor_data() -> None:
    shown = repr(real(1))
    assert "locator" not in shown
    assert "data" not in shown
