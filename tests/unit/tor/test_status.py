"""The state of our onions as counts, and nothing of any visitor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.control_port import ControlPort
from tor.control import Control
from tor.status import read

GOLDEN = Path(__file__).parent / "golden"
TEXT = (GOLDEN / "descriptor.txt").read_text().strip()
ADDRESS = (GOLDEN / "descriptor.onion").read_text().strip()
LABEL = ADDRESS.removesuffix(".onion")
INTRO = f"BUILT $A~r PURPOSE=HS_SERVICE_INTRO HS_STATE=HSSI_ESTABLISHED REND_QUERY={LABEL}"
ROWS = [
    f"1 {INTRO}",
    f"2 {INTRO}",
    f"3 {INTRO.replace('ESTABLISHED', 'CONNECTING')}",
    f"4 {INTRO.replace(LABEL, 'x' * 56)}",
    f"5 BUILT $B~s PURPOSE=HS_SERVICE_REND HS_STATE=HSSR_JOINED REND_QUERY={LABEL} SOCKS_USERNAME=visitor",
    "6 BUILT $C~t PURPOSE=GENERAL",
]
ANSWERS = {
    "GETINFO circuit-status": "250+circuit-status=\n" + "\n".join(ROWS) + "\n.\n250 OK",
    "GETINFO status/bootstrap-phase": (
        '250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY="Done"\n250 OK'
    ),
    "GETINFO consensus/valid-after": "250-consensus/valid-after=2026-11-22 02:00:00\n250 OK",
    "GETINFO current-time/utc": "250-current-time/utc=2026-11-22T02:10:00\n250 OK",
    f"GETINFO hs/service/desc/id/{LABEL}": f"250+hs/service/desc/id/{LABEL}=\n{TEXT}\n.\n250 OK",
    "HSFETCH": f"250 OK\n650+HS_DESC_CONTENT {LABEL} id $A~r\n{TEXT}\n.\n650 OK",
}


def test_the_whole_state_fits_in_json_and_names_no_relay_or_visitor(short: Path) -> None:
    with ControlPort(short / "c", ANSWERS) as port, Control.connect(port.path) as control:
        told = read(control, {"reporter": ADDRESS}).as_dict()
    assert told == {
        "version": "0.4.9.11",
        "bootstrap": {"percent": 100, "summary": "Done", "problem": ""},
        "skew_seconds": None,
        "circuits": {"GENERAL": 1, "HS_SERVICE_INTRO": 4, "HS_SERVICE_REND": 1},
        "onions": (
            {
                "name": "reporter",
                "address": ADDRESS,
                "made": True,
                "published": True,
                "intro_points": 2,
                "effort": 0,
                "other_instance": False,
            },
        ),
    }
    text = json.dumps(told)
    assert "visitor" not in text
    assert "$" not in text


def test_an_onion_that_is_not_there_yet(short: Path) -> None:
    answers = {**ANSWERS, f"GETINFO hs/service/desc/id/{LABEL}": "551 no"}
    with ControlPort(short / "c", answers) as port, Control.connect(port.path) as control:
        onion = read(control, {"reporter": ADDRESS}).onions[0]
        assert (onion.made, onion.published, onion.effort, onion.other_instance) == (False, False, None, None)
        assert not any("HSFETCH" in command for command in port.asked)


def test_the_network_is_asked_only_when_wanted(short: Path) -> None:
    with ControlPort(short / "c", ANSWERS) as port, Control.connect(port.path) as control:
        onion = read(control, {"reporter": ADDRESS}, ask_network=False).onions[0]
        assert (onion.made, onion.published, onion.other_instance) == (True, None, None)
        assert not any("HSFETCH" in command for command in port.asked)


@pytest.mark.parametrize(
    ("answer", "published"), [("250 OK", None), (f"250 OK\n650+HS_DESC_CONTENT {LABEL} i $A\n\n.\n650 OK", False)]
)
def test_no_answer_is_not_a_no(short: Path, answer: str, published: bool | None) -> None:
    answers = {**ANSWERS, "HSFETCH": answer}
    with ControlPort(short / "c", answers) as port, Control.connect(port.path) as control:
        onion = read(control, {"reporter": ADDRESS}).onions[0]
        assert (onion.made, onion.published, onion.other_instance) == (True, published, None)
