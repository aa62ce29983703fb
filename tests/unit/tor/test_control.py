"""control.py against a real tor without a network, and against ports that say what a real one seldom says."""

from __future__ import annotations

import base64
import logging
import os
import threading
import time
from pathlib import Path

import pytest

from tests.fakes.control_port import HANG, HANG_UP, ControlPort
from tests.fakes.tor_daemon import Daemon, start_tor, unprivileged
from tor.address import onion_address
from tor.client_auth import ClientKey
from tor.control import Control
from tor.errors import ControlLost, ControlRefused, PublishError, TorError, TorTooOld
from tor.key import OnionKey
from tor.onion import courier, reporter
from tor.version import MINIMUM

DOOR = "unix:/tmp/nobody-listens-here.sock"


# -- the real tor ------------------------------------------------------------------------------------------------------


def test_a_running_tor_passes_the_check(daemon: Daemon) -> None:
    with Control.connect(daemon.control) as control:
        control.check()
        assert control.version() >= MINIMUM
        assert control.is_alive()
        assert control.bootstrap().percent == 0
        assert control.clock_skew() is None
        assert control.circuits() == []
        assert control.get_conf("SafeLogging") == ["1"]
    assert not control.is_alive()
    control.close()


def test_an_onion_is_published_once_and_withdrawn(daemon: Daemon) -> None:
    key = OnionKey.generate()
    with Control.connect(daemon.control) as control, Control.connect(daemon.control) as second:
        assert control.publish(reporter(DOOR), key) == key.address
        assert control.get_info("onions/current") == key.address.removesuffix(".onion")
        with pytest.raises(PublishError, match="Another instance already publishes the reporter onion"):
            second.publish(reporter(DOOR), key)
        with pytest.raises(PublishError, match="does not publish"):
            second.withdraw(key.address)
        control.withdraw(key.address)
        assert control.get_info("onions/current") == ""
        assert second.publish(reporter(DOOR), key) == key.address


def test_an_onion_ends_with_its_connection(daemon: Daemon) -> None:
    key = OnionKey.generate()
    with Control.connect(daemon.control) as control:
        control.publish(reporter(DOOR), key)
    with Control.connect(daemon.control) as control:
        assert control.publish(reporter(DOOR), key) == key.address


def test_a_guarded_onion_takes_several_clients_and_never_none(daemon: Daemon) -> None:
    key, clients = OnionKey.generate(), [ClientKey.generate(name).public_base32 for name in ("anne", "bob")]
    with Control.connect(daemon.control) as control:
        with pytest.raises(PublishError, match="no client key yet"):
            control.publish(courier(DOOR), key)
        assert control.get_info("onions/current") == ""
        assert control.publish(courier(DOOR), key, clients) == key.address


def test_circuit_ids_are_refused_here(daemon: Daemon) -> None:
    with Control.connect(daemon.control) as control, pytest.raises(PublishError, match="need torrc"):
        control.publish(reporter(DOOR, circuit_ids=True), OnionKey.generate())


def test_a_client_key_is_added(daemon: Daemon) -> None:
    with Control.connect(daemon.control) as control:
        control.add_client_key(OnionKey.generate().address, ClientKey.generate("anne").private)
        with pytest.raises(TorError, match="refused this client key"):
            control.add_client_key(OnionKey.generate().address, b"short")
        with pytest.raises(TorError, match="not an onion address"):
            control.add_client_key("x" * 56 + ".onion", bytes(32))


def test_plain_questions(daemon: Daemon) -> None:
    with Control.connect(daemon.control) as control:
        assert control.own_descriptor(OnionKey.generate().address) == ""
        for refused in (
            lambda: control.get_info("no/such/key"),
            lambda: control.get_conf("NoSuchOption"),
            lambda: control.signal("NOSUCH"),
            lambda: control.listen("NO_SUCH_EVENT"),
            lambda: control.set_conf({"NoSuchOption": "1"}),
        ):
            with pytest.raises(TorError):
                refused()
        control.set_conf({"ContactInfo": "nobody in particular"})
        assert control.get_conf("ContactInfo") == ["nobody in particular"]
        assert control.ask("GETINFO version")
        assert control.cut_circuits() == 0
        control.new_identity()
        control.reload()
        assert control.get_conf("ContactInfo") == []


def test_a_line_break_never_reaches_tor(daemon: Daemon) -> None:
    with Control.connect(daemon.control) as control:
        for command in ("GETINFO version\r\nSIGNAL HALT", "GETINFO version\nSIGNAL HALT"):
            with pytest.raises(ControlRefused, match="line break"):
                control.ask(command)
        assert control.is_alive()


def test_bootstrap_that_does_not_come_ends_in_a_sentence(daemon: Daemon) -> None:
    with (
        Control.connect(daemon.control) as control,
        pytest.raises(TorError, match=r"not reached the Tor network yet \(0 %"),
    ):
        control.wait_bootstrapped(time.monotonic())


PHASE = '250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS={} TAG=x SUMMARY="Done"\n250 OK'


def test_bootstrap_is_waited_for(short: Path) -> None:
    answers = {"GETINFO status/bootstrap-phase": PHASE.format(95)}
    with ControlPort(short / "c", answers) as port, Control.connect(port.path) as control:
        later = threading.Timer(0.2, port.answers.update, [{"GETINFO status/bootstrap-phase": PHASE.format(100)}])
        later.start()
        assert control.wait_bootstrapped(time.monotonic() + 10).percent == 100
        later.join()


def test_a_tor_that_tells_no_events_is_refused(short: Path) -> None:
    with ControlPort(short / "c", {"SETEVENTS": "552 no"}) as port, pytest.raises(TorError, match="events"):
        Control.connect(port.path)


def test_the_consensus_on_disk_tells_a_clock_that_is_ahead(short: Path) -> None:
    hour = 1_795_312_800  # 2026-11-22 02:00:00 UTC
    answers = {
        "GETINFO consensus/valid-after": "250-consensus/valid-after=2026-11-22 02:00:00\n250 OK",
        "GETINFO current-time/utc": "250-current-time/utc=2026-11-22T04:45:00\n250 OK",
        "GETCONF DataDirectory": f"250 DataDirectory={short}",
    }
    with ControlPort(short / "c", answers) as port, Control.connect(port.path) as control:
        assert control.clock_skew() is None
        (short / "cached-microdesc-consensus").write_text("")
        os.utime(short / "cached-microdesc-consensus", (hour + 1800, hour + 1800))
        assert control.clock_skew() is None
        os.utime(short / "cached-microdesc-consensus", (hour + 9900, hour + 9900))
        assert control.clock_skew() == 7200


def test_a_socket_of_another_user_is_a_sentence(daemon: Daemon) -> None:
    if os.geteuid() != 0:
        daemon.control.chmod(0)
    try:
        with unprivileged(), pytest.raises(ControlRefused, match="cannot be read by this user") as refused:
            Control.connect(daemon.control)
    finally:
        daemon.control.chmod(0o600)
    assert "user that tor runs as" in refused.value.hint


@pytest.mark.parametrize("cookie", [bytes(32), b"short"], ids=["wrong", "short"])
def test_a_wrong_cookie_is_a_sentence(daemon: Daemon, cookie: bytes) -> None:
    right = daemon.cookie.read_bytes()
    daemon.cookie.write_bytes(cookie)
    try:
        with pytest.raises(ControlRefused, match="tor refused the cookie"):
            Control.connect(daemon.control)
    finally:
        daemon.cookie.write_bytes(right)
    Control.connect(daemon.control).close()


def test_a_missing_cookie_is_a_sentence(daemon: Daemon) -> None:
    aside = daemon.cookie.rename(daemon.cookie.with_name("aside"))
    try:
        with pytest.raises(ControlRefused, match="cookie cannot be read"):
            Control.connect(daemon.control)
    finally:
        aside.rename(daemon.cookie)


def test_single_hop_is_refused(short: Path) -> None:
    hop = start_tor(short, "HiddenServiceSingleHopMode 1", "HiddenServiceNonAnonymousMode 1")
    try:
        with Control.connect(hop.control) as control:
            with pytest.raises(ControlRefused, match="reveals where this machine is") as refused:
                control.check()
            assert "HiddenServiceSingleHopMode" in refused.value.hint
            control.shutdown()
        assert hop.process.wait(10) == 0
        with pytest.raises(ControlLost, match="tor is not running"):
            Control.connect(hop.control)
    finally:
        hop.stop()


def test_a_tor_that_dies_is_lost(short: Path) -> None:
    mortal = start_tor(short)
    try:
        with Control.connect(mortal.control) as control:
            mortal.process.kill()
            mortal.process.wait()
            with pytest.raises(ControlLost, match="tor stopped"):
                control.version()
            assert not control.is_alive()
        with pytest.raises(ControlLost, match="nothing answers") as lost:
            Control.connect(mortal.control)
        assert "tor up" in lost.value.hint
    finally:
        mortal.stop()


def test_sandbox_and_reload_do_not_meet(short: Path) -> None:
    with ControlPort(short / "c", {"GETCONF Sandbox": "250 Sandbox=1"}) as port, Control.connect(port.path) as control:
        with pytest.raises(ControlRefused, match="Sandbox 1"):
            control.reload()
        assert not any("SIGNAL" in command for command in port.asked)


# -- ports that say something else -------------------------------------------------------------------------------------


def test_no_socket_no_tor(short: Path) -> None:
    with pytest.raises(ControlLost, match="tor is not running: nothing answers on"):
        Control.connect(short / "nothing")
    (short / "file").write_text("")
    with pytest.raises(ControlLost, match="tor is not running"):
        Control.connect(short / "file")


def test_a_path_too_long_is_a_sentence(short: Path) -> None:
    with pytest.raises(TorError, match="at most 107"):
        Control.connect(short / ("x" * 107))


@pytest.mark.parametrize("methods", ["HASHEDPASSWORD", "QUANTUM"])
def test_a_password_is_not_asked_for(short: Path, methods: str) -> None:
    with (
        ControlPort(short / "c", methods=methods) as port,
        pytest.raises(ControlRefused, match="wants a password") as no,
    ):
        Control.connect(port.path)
    assert "CookieAuthentication" in no.value.hint


@pytest.mark.parametrize("answer", ["220 mail.example ESMTP", "nonsense", HANG_UP, HANG])
def test_another_service_is_not_tor(short: Path, answer: str) -> None:
    begin = time.monotonic()
    with ControlPort(short / "c", {"PROTOCOLINFO": answer}) as port, pytest.raises(ControlLost, match="does not speak"):
        Control.connect(port.path, timeout=0.5)
    assert time.monotonic() - begin < 5


def test_a_tor_that_hangs_does_not_hang_us(short: Path) -> None:
    with ControlPort(short / "c", {"GETINFO circuit-status": HANG}) as port:
        control = Control.connect(port.path, timeout=0.3)
        with pytest.raises(ControlLost, match="tor stopped"):
            control.circuits()
        assert not control.is_alive()


def test_an_old_tor_is_refused(short: Path) -> None:
    answers = {"GETINFO version": "250-version=0.4.8.16\n250 OK"}
    with ControlPort(short / "c", answers) as port, Control.connect(port.path) as control:
        assert control.is_alive()
        with pytest.raises(TorTooOld, match=r"0\.4\.8\.16 is too old: 0\.4\.9\.11"):
            control.check()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("552 Unrecognized keyword argument PoWDefensesEnabled", "proof of work"),
        ("550 Onion address collision", "Another instance"),
        ("512 Invalid something SECRET", "tor refused to publish the reporter onion"),
    ],
)
def test_a_refusal_to_publish_names_no_argument(short: Path, answer: str, sentence: str) -> None:
    key = OnionKey.generate()
    answers = {"ADD_ONION": answer.replace("SECRET", key.blob)}
    with (
        ControlPort(short / "c", answers) as port,
        Control.connect(port.path) as control,
        pytest.raises(PublishError, match=sentence) as refused,
    ):
        control.publish(reporter(DOOR), key)
    assert key.blob not in f"{refused.value.message}{refused.value.hint}{refused.value.__cause__}"


@pytest.mark.parametrize("seconds", [7200, -7200])
def test_a_skewed_clock_is_told(short: Path, seconds: int) -> None:
    events: list[str] = []
    answers = {
        "GETINFO consensus/valid-after": "250-consensus/valid-after=\n250 OK",
        "GETINFO current-time/utc": "250-current-time/utc=2026-11-22T02:00:00\n250 OK",
        "GETINFO status/bootstrap-phase": (
            '250-status/bootstrap-phase=WARN BOOTSTRAP PROGRESS=14 TAG=handshake SUMMARY="Handshaking with a relay" '
            f'WARNING="Clock skew {seconds} in NETINFO cell from OR" REASON=CLOCK_SKEW COUNT=1 HOSTADDR="192.0.2.1:9"'
            "\n250 OK"
        ),
    }
    with ControlPort(short / "c", answers) as port, Control.connect(port.path, on_event=events.append) as control:
        assert control.clock_skew() is None
        assert control.bootstrap().problem.startswith("The clock of this machine is about 2 h 0 min")
        port.say(f"650 STATUS_GENERAL WARN CLOCK_SKEW SKEW={seconds} SOURCE=OR:192.0.2.1:9")
        wait_for(lambda: bool(events))
        assert control.clock_skew() == seconds
        with pytest.raises(TorError, match="2 h 0 min") as stuck:
            control.wait_bootstrapped(time.monotonic())
        assert "192.0.2.1" not in stuck.value.message
        port.say("650 STATUS_GENERAL NOTICE CLOCK_JUMPED TIME=7200")
        wait_for(lambda: len(events) == 2)
        assert control.clock_skew() is None


def test_a_consensus_of_the_future_tells_a_clock_that_is_behind(short: Path) -> None:
    answers = {
        "GETINFO consensus/valid-after": "250-consensus/valid-after=2026-11-22 04:00:00\n250 OK",
        "GETINFO current-time/utc": "250-current-time/utc=2026-11-22T02:00:00\n250 OK",
    }
    with ControlPort(short / "c", answers) as port, Control.connect(port.path) as control:
        assert control.clock_skew() == -7200


ROWS = "250+circuit-status=\n1 BUILT $A PURPOSE=GENERAL\n7 BUILT $A PURPOSE=HS_SERVICE_REND HS_STATE=X\n.\n250 OK"


def test_only_visitors_are_cut(short: Path) -> None:
    with ControlPort(short / "c", {"GETINFO circuit-status": ROWS}) as port, Control.connect(port.path) as control:
        assert control.cut_circuits() == 1
        assert [command for command in port.asked if "CLOSE" in command] == ["CLOSECIRCUIT 7"]


ASKED = "650 HS_DESC REQUESTED LABEL NO_AUTH $A"
CONTENT = "650+HS_DESC_CONTENT {} id $A\n{}\n.\n650 OK"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (f"250 OK\n{ASKED}\n{CONTENT.format('LABEL', 'hs-descriptor 3')}", "hs-descriptor 3"),
        (f"250 OK\n{ASKED}\n{CONTENT.format('OTHER', 'x')}\n{CONTENT.format('LABEL', 'hs-d')}", "hs-d"),
        (f"250 OK\n{ASKED}\n{CONTENT.format('LABEL', '')}", ""),
        (f"250 OK\n{ASKED}\n{CONTENT.format('OTHER', 'x')}", None),
        (f"250 OK\n{ASKED}", None),
        ("250 OK", None),
        ("512 no", None),
    ],
    ids=["found", "after another", "none", "another", "no answer", "no directory left", "refused"],
)
def test_a_fetched_descriptor_is_that_of_the_address(short: Path, answer: str, found: str | None) -> None:
    key = OnionKey.generate()
    label, other = key.address[:56], onion_address(bytes(32))[:56]
    answers = {"HSFETCH": answer.replace("LABEL", label).replace("OTHER", other)}
    with ControlPort(short / "c", answers) as port, Control.connect(port.path) as control:
        assert control.fetch_descriptor(key.address, timeout=0.5) == found
        assert [asked for asked in port.asked if "SETEVENTS" in asked] == [
            "SETEVENTS STATUS_GENERAL",
            "SETEVENTS STATUS_GENERAL HS_DESC HS_DESC_CONTENT",
            "SETEVENTS STATUS_GENERAL",
        ]


def test_an_older_answer_is_not_taken_for_this_one(short: Path) -> None:
    key, events = OnionKey.generate(), []
    with ControlPort(short / "c") as port, Control.connect(port.path, on_event=events.append) as control:
        port.say(CONTENT.format(key.address[:56], "old"))
        wait_for(lambda: bool(events))
        assert control.fetch_descriptor(key.address, timeout=0.2) is None


def test_no_secret_reaches_a_logger(daemon: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    caplog.set_level(1, "stem")
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Keep(1)
    logging.getLogger("stem").addHandler(handler)
    try:
        with Control.connect(daemon.control) as control:
            key, client = OnionKey.generate(), ClientKey.generate("anne")
            control.publish(reporter(DOOR), key)
            control.add_client_key(key.address, client.private)
    finally:
        logging.getLogger("stem").removeHandler(handler)
    said = caplog.text + "".join(record.getMessage() for record in records)
    assert key.blob not in said
    assert base64.b64encode(client.private).decode() not in said
    assert records == []


def wait_for(done: object, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)
