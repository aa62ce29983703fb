"""The sealed reply: docs/spec/reply.md."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import reply
from crypto.derive import Mailbox
from crypto.errors import FormatError, NoKeyError, SealingError, TrustError
from crypto.reply import BLOCKS_MAX, OVERHEAD_BYTES, Reply, blocks_of, check_sequence, decoy, open_reply, seal_reply
from tests.vectors.base import key
from tests.vectors.corpus.reply import INSTANCE, MAILBOX, OTHER, sample

DESK = key("desk")
GOOD = seal_reply(sample(), MAILBOX.public, DESK)
KIT_PAGE = 64 * 1024


def read(data: bytes, mailbox: Mailbox = MAILBOX, instance: str = INSTANCE) -> Reply:
    return open_reply(data, mailbox, DESK.public, instance)


@settings(max_examples=30)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=3000), st.integers(1, 9999))
def test_round_trip(text: str, seq: int) -> None:
    one = sample(text=text, seq=seq)
    assert read(seal_reply(one, MAILBOX.public, DESK)) == one


def test_sizes_are_whole_blocks() -> None:
    sizes = [len(seal_reply(sample(text="a" * n), MAILBOX.public, DESK)) for n in range(3400, 4000, 100)]
    assert set(sizes) == {OVERHEAD_BYTES + 4096, OVERHEAD_BYTES + 8192}
    assert sizes == sorted(sizes)


def test_the_largest_fits_a_page_of_the_kit() -> None:
    assert OVERHEAD_BYTES + BLOCKS_MAX * 4096 < KIT_PAGE
    with pytest.raises(FormatError, match="too long"):
        seal_reply(sample(text="語" * 30_000), MAILBOX.public, DESK)


@settings(max_examples=40)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, mask: int) -> None:
    with pytest.raises(SealingError):
        read(GOOD[:at] + bytes([GOOD[at] ^ mask]) + GOOD[at + 1 :])


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


def test_only_for_this_mailbox_and_instance() -> None:
    assert read(GOOD) == sample()
    with pytest.raises(NoKeyError):
        read(GOOD, mailbox=OTHER)
    with pytest.raises(NoKeyError):
        read(GOOD, instance="other.example")
    with pytest.raises(TrustError):
        open_reply(GOOD, MAILBOX, key("another").public, INSTANCE)


def test_sealing_refuses_the_locator_of_another() -> None:
    with pytest.raises(FormatError, match="locator"):
        seal_reply(sample(), OTHER.public, DESK)


@pytest.mark.parametrize(
    "change", [{"seq": 0}, {"state": "Open"}, {"kind": "x"}, {"author": ""}, {"text": "a" * 30_001}]
)
def test_sealing_refuses_what_reading_refuses(change: dict[str, object]) -> None:
    with pytest.raises(FormatError):
        seal_reply(sample(**change), MAILBOX.public, DESK)


@pytest.mark.parametrize("blocks", [1, 2, BLOCKS_MAX])
def test_a_decoy_looks_like_a_reply_and_opens_for_nobody(blocks: int) -> None:
    data = decoy(blocks)
    assert blocks_of(data) == blocks
    assert data[:1] == GOOD[:1]
    with pytest.raises(NoKeyError):
        read(data)


def test_a_decoy_has_the_key_of_a_reply() -> None:
    # A random string would have this bit set in half of all decoys; an X25519 public key never has.
    assert all(decoy(1)[1 + 1088 + 31] < 0x80 for _ in range(16))


@pytest.mark.parametrize("blocks", [0, BLOCKS_MAX + 1])
def test_no_decoy_of_a_size_that_no_reply_has(blocks: int) -> None:
    with pytest.raises(FormatError):
        decoy(blocks)


def test_blocks_of_refuses_other_bytes() -> None:
    for bad in (b"", b"\x02" + GOOD[1:], GOOD[:-1], GOOD[:OVERHEAD_BYTES]):
        with pytest.raises(FormatError):
            blocks_of(bad)


def test_sequence() -> None:
    replies = [sample(seq=n, reply_id=f"{n:032x}") for n in (5, 2, 3)]
    ordered, gaps = check_sequence(replies)
    assert [one.seq for one in ordered] == [2, 3, 5]
    assert gaps == (1, 4)
    assert check_sequence([]) == ((), ())
    assert check_sequence([sample(seq=1)]) == ((sample(seq=1),), ())


def test_one_number_on_two_replies_keeps_both_in_order() -> None:
    days = [date(2026, 11, 3), date(2026, 11, 2), date(2026, 11, 3)]
    replies = [sample(seq=2, day=day, reply_id=f"{n:032x}") for n, day in enumerate(days)]
    ordered, gaps = check_sequence(reversed(replies))
    assert [one.reply_id[-1] for one in ordered] == ["1", "0", "2"]
    assert gaps == (1,)


def test_refuses_a_reply_that_stands_twice() -> None:
    with pytest.raises(TrustError, match="stands there twice"):
        check_sequence([sample(seq=1), sample(seq=2, reply_id="02" * 16), sample(seq=1)])


def test_a_reply_shows_neither_text_nor_locator() -> None:
    shown = repr(sample(text="canary-7391"))
    assert "canary" not in shown
    assert "locator" not in shown


def test_the_last_number_bounds_the_gaps() -> None:
    assert len(check_sequence([sample(seq=reply.SEQ_MAX)])[1]) == reply.SEQ_MAX - 1
