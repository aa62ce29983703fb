"""`sourdine courier` against the real door over HTTP on loopback, with lines that break."""

from __future__ import annotations

import http.server
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.cli import main
from app.cli.courier_client import DoorClient
from app.courier import accounts, create_app
from app.errors import UserError
from app.settings import CourierSettings, load
from app.stores.intake import IntakeStore
from app.transfer.pickup import open_pickup
from crypto.outbox import Receipt
from tests.fakes.instance import Instance, add_envelope
from tests.fakes.loopback import Line, free_port, served

ONION = "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion"


@dataclass
class Trip:
    """A courier's laptop and the door."""

    folder: Path
    instance: Instance
    store: IntakeStore
    port: int
    now: float = 1_795_000_005.0
    slept: list[float] = field(default_factory=list)

    @property
    def stick(self) -> Path:
        return self.folder / "a stick" / "pickup"

    def client(self, port: int = 0, **settings: str) -> DoorClient:
        lines = {"url": f"http://127.0.0.1:{port or self.port}", **settings}
        path = self.folder / "courier" / "courier.toml"
        path.write_text("".join(f'{name} = "{value}"\n' for name, value in lines.items()))
        return DoorClient(load(CourierSettings, path), now=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def check_stick(self) -> tuple[Receipt, ...]:
        with open_pickup(self.stick, self.instance.pickup.public) as opened:
            for entry in opened.header.entries:
                list(opened.chunks(entry))
            return tuple(Receipt(entry.id, entry.sha256, opened.header.number) for entry in opened.header.entries)


def sourdine(*words: str | Path) -> int:
    return main.run(main.parse([str(word) for word in words]))


@pytest.fixture
def trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trip]:
    monkeypatch.setattr(accounts, "MEMORY_KIB", 64)
    port = free_port()
    instance = Instance.make(tmp_path, hosts=(f"127.0.0.1:{port}", ONION))
    store = instance.store()
    made = Trip(tmp_path, instance, store, port)
    for name in ("courier", "a stick"):
        (tmp_path / name).mkdir()
    (instance.settings.home / "intake.toml").write_text(f'trial = true\nroot = "{instance.settings.root}"\n')
    with served(create_app(instance.settings, now=lambda: made.now), port):
        yield made
    store.close()


@pytest.fixture
def account(trip: Trip) -> Trip:
    place = trip.folder / "courier"
    words = ("--password-file", place / "password", "--totp-file", place / "totp")
    assert sourdine("courier", "add", "courier", *words, *intake(trip)) == 0
    return trip


def intake(trip: Trip) -> tuple[str, Path]:
    return "--config", trip.instance.settings.home / "intake.toml"


# -- accounts ----------------------------------------------------------------------------------------------------------


def test_secrets_go_to_private_files_once(account: Trip, capsys: pytest.CaptureFixture[str]) -> None:
    place = account.folder / "courier"
    for name in ("password", "totp"):
        assert stat.S_IMODE((place / name).stat().st_mode) == 0o600
        assert (place / name).read_text().strip() not in capsys.readouterr().out
    files = ("--password-file", place / "password2", "--totp-file", place / "totp")
    with pytest.raises(SystemExit):
        sourdine("courier", "add", "other", *files, *intake(account))
    assert "exists already" in capsys.readouterr().err
    assert not (place / "password2").exists()
    with pytest.raises(SystemExit):
        sourdine("courier", "add", "courier", *intake(account))
    assert "already a courier" in capsys.readouterr().err


def test_without_files_secrets_are_shown_once(trip: Trip, capsys: pytest.CaptureFixture[str]) -> None:
    sourdine("courier", "add", "rivet", *intake(trip))
    shown = capsys.readouterr().out
    assert "password: " in shown
    assert "TOTP secret" in shown
    assert sourdine("courier", "revoke", "rivet", *intake(trip)) == 0
    with pytest.raises(SystemExit):
        sourdine("courier", "revoke", "rivet", *intake(trip))


# -- the commands ------------------------------------------------------------------------------------------------------


def commands(trip: Trip) -> tuple[str, Path]:
    trip.client()
    trip.now = time.time()  # the commands use the real clock
    return "--config", trip.folder / "courier" / "courier.toml"


def test_fetch_and_push_from_a_shell(account: Trip, capsys: pytest.CaptureFixture[str]) -> None:
    config = commands(account)
    add_envelope(account.store, b"one")
    assert sourdine("courier", "fetch", "--to", account.stick, *config) == 0
    said = capsys.readouterr().out
    assert f"{account.stick}: {account.stick.stat().st_size} bytes" in said
    outbox = account.stick.with_name("outbox")
    odd = Receipt("0" * 32, "0" * 64, 1)
    outbox.write_bytes(account.instance.outbox(receipts=(*account.check_stick(), odd)))
    assert sourdine("courier", "push", outbox, *config) == 0
    told = capsys.readouterr()
    assert f"{outbox.stat().st_size} bytes. Outbox 1 applied: 1 envelope(s) deleted" in told.out
    assert "1 receipt(s) matched nothing" in told.err
    assert account.store.counts().envelopes == 0


def test_nothing_to_fetch(account: Trip, capsys: pytest.CaptureFixture[str]) -> None:
    config = commands(account)
    assert sourdine("courier", "fetch", "--to", account.stick, "--if-any", *config) == 0
    assert capsys.readouterr() == ("", "")
    account.store.tick(account.instance.settings.clock.today())
    with account.store.engine.connect() as connection:  # forget the code, so that no test waits for the next
        connection.exec_driver_sql("DELETE FROM courier_steps")
        connection.commit()
    with pytest.raises(SystemExit) as end:
        sourdine("courier", "fetch", "--to", account.stick, *config)
    assert end.value.code == 1
    assert "nothing to fetch" in capsys.readouterr().err
    assert list(account.stick.parent.iterdir()) == []


def test_push_of_a_missing_file(account: Trip, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        sourdine("courier", "push", account.stick, *commands(account))
    assert "There is no file" in capsys.readouterr().err


# -- lines that break --------------------------------------------------------------------------------------------------


def test_a_broken_fetch_goes_on(account: Trip, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        add_envelope(account.store, b"z" * 300_000)
    cuts = [None, 100, 200_000, 500_000, 0, None]
    with Line(account.port, cuts=cuts, socks=0) as line:
        size = account.client(80, url=f"http://{ONION}", socks=f"127.0.0.1:{line.port}").fetch(account.stick)
        assert {host for host, _ in line.asked} == {ONION}
        assert len(line.users) == 6
        assert len(set(line.users)) == 5, "one circuit, and after each of the four breaks another one"
    assert size == account.stick.stat().st_size
    assert len(account.check_stick()) == 3
    assert account.slept == [2, 2, 2, 4]
    assert "going on in" in capsys.readouterr().err


def test_another_pickup_meanwhile_starts_over(account: Trip) -> None:
    first = add_envelope(account.store, b"z" * 300_000)

    def change(seconds: float) -> None:
        account.slept.append(seconds)
        account.store.files.path(first).unlink()
        add_envelope(account.store, b"newer")

    with Line(account.port, cuts=[None, 100_000], socks=0) as line:
        client = account.client(80, url=f"http://{ONION}", socks=f"127.0.0.1:{line.port}")
        client._sleep = change
        client.fetch(account.stick)
    assert [receipt.pickup for receipt in account.check_stick()] == [2]


def test_a_line_that_keeps_breaking_ends_it(account: Trip) -> None:
    add_envelope(account.store, b"one")
    account.stick.write_bytes(b"of last week")
    with Line(account.port, cuts=[None, *[0] * 20], socks=0) as line:
        client = account.client(80, url=f"http://{ONION}", socks=f"127.0.0.1:{line.port}")
        with pytest.raises(UserError, match="keeps breaking"):
            client.fetch(account.stick)
    assert account.slept == [2**n for n in range(1, 9)]
    assert {path.name for path in account.stick.parent.iterdir()} == {"pickup"}
    assert account.stick.read_bytes() == b"of last week"


def test_nobody_answers(account: Trip) -> None:
    with pytest.raises(UserError, match="not reached"):
        account.client(free_port()).push(b"x")


# -- codes and sessions ------------------------------------------------------------------------------------------------


def test_a_used_code_waits_for_the_next(account: Trip, capsys: pytest.CaptureFixture[str]) -> None:
    add_envelope(account.store, b"one")
    start = account.now
    account.client().fetch(account.stick)
    assert account.now == start
    account.client().fetch(account.stick)
    assert "waiting" in capsys.readouterr().err
    assert start < account.now <= start + 31
    first = account.instance.outbox(1)
    account.client().push(first)
    account.client().push(account.instance.outbox(2, first))
    assert len(account.slept) == 2


def test_a_code_used_again_and_again_is_a_refusal(account: Trip) -> None:
    add_envelope(account.store, b"one")
    account.client().fetch(account.stick)
    client = account.client()
    client._sleep = lambda _seconds: None  # the laptop's clock stands still
    with pytest.raises(UserError, match="already used"):
        client.fetch(account.stick)


def test_a_session_that_ends_on_the_way_is_begun_again(account: Trip) -> None:
    add_envelope(account.store, b"z" * 300_000)

    def an_hour(seconds: float) -> None:
        account.slept.append(seconds)
        account.now += 4000

    with Line(account.port, cuts=[None, 100_000], socks=0) as line:
        client = account.client(80, url=f"http://{ONION}", socks=f"127.0.0.1:{line.port}")
        client._sleep = an_hour
        client.fetch(account.stick)
    assert len(account.check_stick()) == 1


def test_a_refusal_says_the_doors_own_sentence(account: Trip) -> None:
    with pytest.raises(UserError, match=r"refused \(403\). The name, the password or the code is wrong"):
        account.client(name="other").fetch(account.stick)
    account.now += 30
    data = account.instance.outbox()
    account.client().push(data)
    account.now += 30
    with pytest.raises(UserError, match="outbox 1 was already applied"):
        account.client().push(data)
    with pytest.raises(UserError, match=r"refused \(400\)"):
        account.client().push(b"hello \x1b[31m")


def test_loose_or_missing_secrets_are_refused(account: Trip) -> None:
    (account.folder / "courier" / "password").chmod(0o644)
    with pytest.raises(UserError, match="Others can read"):
        account.client().fetch(account.stick)


# -- addresses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "socks", "sentence"),
    [
        ("", "", "not the address of a door"),
        ("https://127.0.0.1:1", "", "not the address of a door"),
        ("http://127.0.0.1:1/path", "", "not the address of a door"),
        (f"http://{ONION}", "", "Without tor"),
        ("http://192.168.1.2", "", "Without tor"),
        (f"http://{ONION}:99999", "127.0.0.1:9050", "not the address of a door"),
        ("http://[x", "127.0.0.1:9050", "not the address of a door"),
        ("http://door.example.org", "127.0.0.1:9050", "not an onion address"),
        ("http://127.0.0.1:8081", "127.0.0.1:9050", "not an onion address"),
        (f"http://{ONION.replace('p', 'q')}", "127.0.0.1:9050", "not an onion address"),
        (f"http://{ONION}", "proxy.example.org:9050", "not a port of this machine"),
        (f"http://{ONION}", "192.168.1.2:9050", "not a port of this machine"),
    ],
)
def test_a_password_goes_to_loopback_or_to_an_onion_only(trip: Trip, url: str, socks: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        trip.client(url=url, socks=socks)


@contextmanager
def odd_server(status: int, headers: dict[str, str], body: bytes) -> Iterator[int]:
    """A server that lets everyone in and answers every GET like this."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(303)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "sentence"),
    [
        (200, {"Content-Type": "text/html", "Content-Length": "5"}, b"hello", "does not answer as a courier door"),
        (200, OCTETS, b"hello", "keeps breaking"),
        (200, OCTETS | {"Content-Length": "5"}, b"hello", "is no pickup"),
        (200, OCTETS | {"Content-Length": "50"}, b"sourdine/pick", "keeps breaking"),
        (206, OCTETS | {"Content-Length": "5", "Content-Range": "bytes 0-4/5"}, b"sourd", "keeps breaking"),
        (500, {"Content-Type": "text/html", "Content-Length": "3"}, b"<p>", r"refused \(500\)"),
    ],
)
def test_what_is_no_door_leaves_nothing_on_the_stick(
    account: Trip, status: int, headers: dict[str, str], body: bytes, sentence: str
) -> None:
    with odd_server(status, headers, body) as port, pytest.raises(UserError, match=sentence):
        account.client(port).fetch(account.stick)
    assert list(account.stick.parent.iterdir()) == []


def test_a_push_refused_before_its_end_shows_the_page(account: Trip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.courier.outbox_form.FILE_LIMIT", 1000)
    with pytest.raises(UserError, match=r"refused \(413\). This file is larger"):
        account.client().push(b"x" * 100_000)
