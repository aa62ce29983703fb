"""The protocol between the parent and the worker: every bound holds, whole frames only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk.files import frames, limits
from app.desk.files.frames import BOUNDS, HEAD, PIXELS, SIDES, Frame, FrameError, Incoming


@pytest.mark.parametrize("frame", Frame)
def test_each_frame_has_its_bound(frame: Frame) -> None:
    longest = BOUNDS[frame].length
    if frame is not Frame.PAGE:
        assert list(Incoming().feed(frames.pack(frame, bytes(longest)))) == [(frame, bytes(longest))]
    with pytest.raises(FrameError):
        list(Incoming().feed(HEAD.pack(frame, longest + 1)))


@given(st.lists(st.integers(1, 20), min_size=1))
def test_pieces_of_any_length_give_the_same_frames(steps: list[int]) -> None:
    said = frames.pack(Frame.KIND, b"pdf") + frames.pack_trait("author", "é") + frames.pack(Frame.END)
    incoming, found, at = Incoming(), [], 0
    while at < len(said):
        step = steps[at % len(steps)]
        found += list(incoming.feed(said[at : at + step]))
        at += step
    assert [frame for frame, _ in found] == [Frame.KIND, Frame.TRAIT, Frame.END]
    assert frames.read_trait(found[1][1]) == ("author", "é")


@given(st.binary(max_size=400))
def test_any_bytes_are_frames_or_refused(data: bytes) -> None:
    try:
        for frame, payload in Incoming().feed(data):
            assert len(payload) <= BOUNDS[frame].length
    except FrameError:
        pass
    for read in (frames.read_code, frames.read_text, frames.read_trait, frames.read_part, frames.read_page):
        try:
            read(data)
        except FrameError:
            continue


@pytest.mark.parametrize("behind", [b"\x07", frames.pack(Frame.NOTE, b"macros"), b"\x07\0\0\0\0\0"])
def test_nothing_comes_behind_the_end(behind: bytes) -> None:
    with pytest.raises(FrameError):
        list(Incoming().feed(frames.pack(Frame.END) + behind))


def test_pages_together_have_a_bound() -> None:
    incoming = Incoming()
    page = frames.pack(Frame.PAGE, SIDES.pack(1, 1) + bytes(limits.PAGE_PIXELS * 3))
    for _ in range(PIXELS // (len(page) - HEAD.size)):
        assert len(list(incoming.feed(page))) == 1
    with pytest.raises(FrameError):
        list(incoming.feed(page))


def test_a_length_is_refused_before_its_bytes_arrive() -> None:
    incoming = Incoming()
    with pytest.raises(FrameError):
        list(incoming.feed(HEAD.pack(Frame.TEXT, 0xFFFFFFFF)))


def test_parts_and_pages() -> None:
    packed = frames.pack_part("a/b", 1 << 70, 3)[HEAD.size :]
    assert frames.read_part(packed) == ("a/b", (1 << 63) - 1, 3)
    assert frames.read_part(frames.pack_part("x", -5, 0)[HEAD.size :]) == ("x", 0, 0)
    with pytest.raises(FrameError):
        frames.read_part(b"\x01" + b"\xff" * 8)
    width, height, pixels = frames.read_page(SIDES.pack(2, 1) + b"abcdef")
    assert (width, height, bytes(pixels)) == (2, 1, b"abcdef")
