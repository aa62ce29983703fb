"""A long piece of work says how far it is; a short one says nothing."""

from __future__ import annotations

import pytest

from app.cli.progress import EVERY_SECONDS, Progress


def test_speaks_every_few_seconds_only(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    progress = Progress("envelopes tried", lambda: now[0])
    for step in range(4):
        now[0] = step * EVERY_SECONDS / 2
        progress(step, 9)
    now[0] = 100.0
    progress(8, 9)
    progress(9, 9)
    assert capsys.readouterr().err.splitlines() == ["2 of 9 envelopes tried …", "8 of 9 envelopes tried …"]


def test_the_end_needs_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    progress = Progress("envelopes tried", lambda: now[0])
    now[0] = 99.0
    progress(9, 9)
    assert capsys.readouterr().err == ""
