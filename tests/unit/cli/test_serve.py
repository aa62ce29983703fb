"""The doors start together, stop together, and say one sentence when they cannot."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli.serve import bind
from app.errors import UserError

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


def test_a_foreign_address_is_a_sentence() -> None:
    with pytest.raises(UserError, match="Cannot listen on"):
        bind("192.0.2.1:1")


def test_a_unix_socket_is_bound_again_after_a_crash(tmp_path: Path) -> None:
    name = f"unix:{tmp_path}/door"
    bind(name).close()
    with bind(name):
        assert os.path.exists(tmp_path / "door")
