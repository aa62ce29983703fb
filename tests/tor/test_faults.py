"""What is in the way is said in a sentence: the clock, the key files, another instance, a descriptor not there yet."""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path

import pytest

from tests.tor.backend import Backend
from tests.tor.house import OnionHouse
from tor.bootstrap import skew_sentence
from tor.control import Control
from tor.errors import ControlLost, ControlRefused, KeyFileError, PublishError, TorError
from tor.key import SECRET_FILE, OnionKey, load_or_make
from tor.onion import Onion
from tor.publisher import PUBLISHED, Publisher, Service
from tor.socks import NO_DESCRIPTOR, REACHED, probe
from tor.status import read
from tor.testnet.runner import TestNetwork

pytestmark = pytest.mark.onion

HOURS = 2
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@pytest.mark.parametrize("hours", [HOURS, -HOURS])
def test_a_clock_two_hours_wrong_is_named(network: TestNetwork, hours: int) -> None:
    assert FAKETIME, "these tests need the Debian package faketime"
    environment = {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": f"{hours * 3600:+d}s"}
    # tor believes an authority about the time, and a relay not; so it shall meet the authority.
    host = network.add_host(f"skew{secrets.token_hex(3)}", ["EntryNodes authority"], environment)
    with patiently(host.control) as control:
        end = time.monotonic() + 30
        # At first an estimate, from the date of the consensus; then what an authority says.
        while (skew := control.clock_skew()) is None or abs(skew - hours * 3600) > 60:
            assert time.monotonic() < end, f"{skew}: nobody said how wrong the clock is\n{host.tail()}"
            time.sleep(0.2)
        assert re.search(r"about (2 h [01]|1 h 59) min (ahead|behind)", skew_sentence(skew))
        assert read(control, {}, ask_network=False).skew_seconds == skew
    host.stop()


def test_two_instances_with_one_key_on_one_tor(onions: OnionHouse) -> None:
    second = onions.new_publisher()
    second.start()
    try:
        with pytest.raises(
            TorError, match=r"Another instance already publishes the \w+ onion with the same key"
        ) as refused:
            second.wait_published(20)
        assert "tried again" in refused.value.hint
    finally:
        second.stop()
    onions.network.wait_reachable(onions.addresses["reporter"])


def test_two_instances_with_one_key_on_two_tors(network: TestNetwork, tmp_path: Path) -> None:
    """Each publishes over the other; `status` can tell the first one that visitors are sent elsewhere."""
    key = OnionKey.generate()
    other = network.add_host(f"other{secrets.token_hex(3)}")
    other.wait_bootstrapped()
    with Backend(Path(network.root) / "two.sock") as door:
        service = Service(Onion("test", door.target), key)
        with Publisher(network.host.control, [service], lambda _: None) as first:
            first.wait_published(20)
            network.wait_reachable(key.address)
            with Publisher(other.control, [service], lambda _: None) as second:
                second.wait_published(20)
                end = time.monotonic() + 45
                while told(network.host.control, key.address) is not True:
                    assert time.monotonic() < end, "the first one never heard of the second"
                    time.sleep(1)
    other.stop()


def test_not_yet_published_is_said_and_tried_again(network: TestNetwork) -> None:
    key = OnionKey.generate()
    later = network.add_host(f"later{secrets.token_hex(3)}")
    later.wait_bootstrapped()
    later.kill()
    said: list[str] = []
    with (
        Backend(Path(network.root) / "later.sock") as door,
        Publisher(later.control, [Service(Onion("test", door.target), key)], said.append) as publisher,
    ):
        with pytest.raises(TorError, match="The test onion is not published: waiting for tor") as refused:
            publisher.wait_published(0.5)
        assert "keeps trying" in refused.value.hint
        assert probe(network.clients[0].socks, key.address, timeout=20) == NO_DESCRIPTOR
        later.start()
        publisher.wait_published(20)
        network.wait_reachable(key.address)
        assert said == [f"test onion: {PUBLISHED}"]
    later.stop()


def test_a_visitor_of_a_door_that_is_down_is_told(network: TestNetwork) -> None:
    """tor is up, the web server is not: no descriptor problem, a plain refusal, and well again with the door."""
    key, path = OnionKey.generate(), Path(network.root) / "down.sock"
    service = Service(Onion("test", f"unix:{path}"), key)
    with Publisher(network.host.control, [service], lambda _: None) as publisher:
        publisher.wait_published(20)
        with Backend(path):
            network.wait_reachable(key.address)
        path.unlink()
        proxy = network.clients[0].socks
        assert probe(proxy, key.address, user=secrets.token_hex(4), timeout=10) not in {REACHED, NO_DESCRIPTOR}
        with Backend(path):
            network.wait_reachable(key.address)


def test_a_loose_key_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "reporter"
    load_or_make(folder)
    (folder / SECRET_FILE).chmod(0o640)
    with pytest.raises(KeyFileError, match="Others can read"):
        load_or_make(folder)


def test_a_control_socket_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ControlLost, match="not running"):
        Control.connect(tmp_path / "control")


def test_single_hop_mode_is_refused(network: TestNetwork) -> None:
    """It would show every visitor where this machine is."""
    lines = ("HiddenServiceNonAnonymousMode 1", "HiddenServiceSingleHopMode 1")
    bare = network.add_host(f"bare{secrets.token_hex(3)}", lines)
    with patiently(bare.control) as control, pytest.raises(ControlRefused, match="SingleHopMode"):
        control.check()
    bare.stop()


def test_a_guarded_onion_without_keys_is_never_published(network: TestNetwork) -> None:
    guarded = Onion("test", "127.0.0.1:9", guarded=True)
    with Control.connect(network.host.control) as control, pytest.raises(PublishError, match="no client key yet"):
        control.publish(guarded, OnionKey.generate())


def patiently(path: Path) -> Control:
    """A connection to a tor that has just been started."""
    end = time.monotonic() + 20
    while True:
        try:
            return Control.connect(path)
        except ControlLost:
            assert time.monotonic() < end, "tor did not open its control socket"
            time.sleep(0.02)


def told(path: Path, address: str) -> bool | None:
    with Control.connect(path) as control:
        return read(control, {"test": address}).onions[0].other_instance
