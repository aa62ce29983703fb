"""The doors start together, stop together, and say one sentence when they cannot."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.cli.serve import bind, serve
from app.cli.server.sockets import mark_of, remove
from app.errors import UserError
from app.settings import Door

PROGRAM = """
import sys
from flask import Flask
from app.cli import ui
from app.cli.serve import serve
from app.errors import UserError
from app.settings import Door

def hello():
    app = Flask("hello")
    app.add_url_rule("/", view_func=lambda: "hello")
    return app

def refuses():
    raise UserError("The manifest is not signed.", "Sign it.")

doors = [(hello, Door(sys.argv[1], ()))] + ([(refuses, Door(sys.argv[2], ()))] if len(sys.argv) > 2 else [])
try:
    serve(doors, ready=lambda: ui.say("ready"))
except UserError as error:
    ui.fail(error.message, error.hint)
"""


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """What `serve` does with the signals of its process, undone."""
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(*listen: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *listen], stdout=-1, stderr=-1, text=True)


def ask(port: int) -> http.client.HTTPResponse:
    for _ in range(100):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            link.request("GET", "/", headers={"Connection": "close"})
            answer = link.getresponse()
            answer.read()
        except ConnectionError:
            time.sleep(0.05)
        else:
            return answer
        finally:
            link.close()
    raise AssertionError("the door did not open")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_everything(sign: signal.Signals) -> None:
    port = free_port()
    with start(f"127.0.0.1:{port}") as program:
        answer = ask(port)
        assert answer.status == 200
        assert answer.getheader("Server") is None
        program.send_signal(sign)
        assert program.wait(timeout=20) == 0
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_killed_parent_leaves_no_door_open() -> None:
    port = free_port()
    with start(f"127.0.0.1:{port}") as program:
        ask(port)
        program.kill()
        program.wait()
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except ConnectionError:
                return
            time.sleep(0.1)
    raise AssertionError("a door stayed open")


SLOW = PROGRAM.replace("def hello():", "def hello():\n    ui.say('starting')\n    time.sleep(4)").replace(
    "import sys", "import sys, time", 1
)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_is_heard_while_a_door_starts(sign: signal.Signals) -> None:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SLOW, f"127.0.0.1:{port}"], stdout=-1, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "starting\n"
        begin = time.monotonic()
        program.send_signal(sign)
        assert program.wait(timeout=20) == 0
        assert time.monotonic() - begin < 3
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_parent_killed_while_a_door_starts_leaves_none() -> None:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SLOW, f"127.0.0.1:{port}"], stdout=-1, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "starting\n"
        program.kill()
        assert program.stdout.read() == "", "nobody holds the pipe any more"
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_door_that_refuses_says_why_and_stops_the_others() -> None:
    port, other = free_port(), free_port()
    with start(f"127.0.0.1:{port}", f"127.0.0.1:{other}") as program:
        _, said = program.communicate(timeout=30)
    assert program.returncode == 1
    assert "The manifest is not signed." in said
    assert "Traceback" not in said


def test_a_busy_port_is_a_sentence() -> None:
    with bind("127.0.0.1:0") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"Port 127.0.0.1:{port} is already in use"):
            bind(f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8080", "192.0.2.1:80", ":8080", "[::]:80", "example.org:80", "127.0.0.1", "127.0.0.1:x", "x"]
)
def test_no_door_listens_where_a_network_reaches_it(listen: str) -> None:
    with pytest.raises(UserError, match="not a place where a door may listen"):
        bind(listen)


def test_a_unix_socket_is_bound_again_after_a_crash(tmp_path: Path) -> None:
    name = f"unix:{tmp_path}/door"
    bind(name).close()
    with bind(name):
        assert os.path.exists(tmp_path / "door")


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_unix_socket_is_for_owner_and_group(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        with bind(f"unix:{tmp_path}/door"):
            assert stat.S_IMODE(os.stat(tmp_path / "door").st_mode) == 0o660
    finally:
        os.umask(before)


def test_a_living_socket_is_not_stolen(tmp_path: Path) -> None:
    name = f"unix:{tmp_path}/door"
    with bind(name) as first:
        with pytest.raises(UserError, match="already in use"):
            bind(name)
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(tmp_path / "door"))
            first.accept()[0].close()


def test_a_busy_living_socket_is_not_stolen_either(tmp_path: Path) -> None:
    path = tmp_path / "door"
    with socket.socket(socket.AF_UNIX) as full, socket.socket(socket.AF_UNIX) as waiting:
        full.bind(str(path))
        full.listen(0)
        waiting.connect(str(path))
        with pytest.raises(UserError, match="already in use"):
            bind(f"unix:{path}")


def test_what_is_no_socket_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "door").write_text("mine")
    with pytest.raises(UserError, match="is no socket"):
        bind(f"unix:{tmp_path}/door")
    assert (tmp_path / "door").read_text() == "mine"


def test_a_missing_folder_and_a_long_path_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot hold the socket: No such file"):
        bind(f"unix:{tmp_path}/none/door")
    with pytest.raises(UserError, match="longer than 107 bytes"):
        bind("unix:/tmp/" + "d" * 103)


def test_another_instance_keeps_its_socket(tmp_path: Path) -> None:
    name = f"unix:{tmp_path}/door"
    with bind(name) as old:
        mine = mark_of(name)
        old.close()
        with bind(name):
            remove(name, mine)
            assert os.path.exists(tmp_path / "door")
            remove(name, mark_of(name))
            assert not os.path.exists(tmp_path / "door")


@pytest.mark.parametrize("counts", [{"workers": 0}, {"threads": 0}, {"workers": -1}])
def test_a_door_that_could_serve_nobody_is_refused(counts: dict[str, int]) -> None:
    with pytest.raises(UserError, match="no process or no thread"):
        serve([(Flask, Door("127.0.0.1:0", (), **counts))])


def test_circuits_need_a_unix_socket() -> None:
    with pytest.raises(UserError, match="no unix socket"):
        serve([(Flask, Door("127.0.0.1:0", (), circuits=True))])


def test_a_refusal_of_the_second_address_gives_back_the_first(tmp_path: Path) -> None:
    doors = [(Flask, Door(f"unix:{tmp_path}/{name}", ())) for name in ("one", "none/two")]
    with pytest.raises(UserError, match="cannot hold the socket"):
        serve(doors)
    assert list(tmp_path.iterdir()) == []
