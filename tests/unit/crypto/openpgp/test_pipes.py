"""The threads around gpg."""

from __future__ import annotations

import io
import os
import threading

import pytest

from crypto.errors import FormatError
from crypto.openpgp import pipes


def test_status_is_collected_to_its_end() -> None:
    read, write = os.pipe()
    reader = pipes.StatusReader(read, lambda: None)
    pipes.write_all(write, b"one\n")
    pipes.write_all(write, bytearray(b"two\n"))
    os.close(write)
    assert reader.lines() == b"one\ntwo\n"


def test_too_much_status_stops_the_process_and_is_refused() -> None:
    read, write = os.pipe()
    stopped = threading.Event()
    reader = pipes.StatusReader(read, stopped.set)
    with pytest.raises(BrokenPipeError):
        pipes.write_all(write, bytes(2 * pipes.STATUS_LIMIT))
    os.close(write)
    with pytest.raises(FormatError, match="more than any honest message"):
        reader.lines()
    assert stopped.is_set()


def test_a_feeder_closes_what_it_feeds() -> None:
    read, write = os.pipe()
    feeder = pipes.Feeder(io.BytesIO(b"all of it"), write, lambda: None)
    with open(read, "rb") as pipe:
        assert pipe.read() == b"all of it"
    feeder.finish()


def test_a_pipe_may_take_less_than_it_is_given() -> None:
    read, write = os.pipe()
    parts: list[bytes] = []

    def slow() -> None:
        with open(read, "rb", buffering=0) as pipe:
            while part := pipe.read(1000):
                parts.append(part)

    thread = threading.Thread(target=slow)
    thread.start()
    pipes.write_all(write, memoryview(bytes(300_000)))
    os.close(write)
    thread.join()
    assert sum(map(len, parts)) == 300_000
