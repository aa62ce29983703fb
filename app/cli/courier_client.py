"""The courier's side of the door: log in, take one pickup, leave one outbox. Standard library only.

The cookie is kept by hand, for the life of one command: it is `Secure`, and the line to an onion or to loopback is
plain HTTP on purpose.
"""

from __future__ import annotations

import http.client
import re
import secrets
import socket
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from app.cli import ui
from app.courier.accounts import STEP_SECONDS, code_at
from app.errors import UserError
from app.settings import CourierSettings, refuse_loose
from app.transfer.files import PartFile
from crypto.pickup import MAGIC
from tor import socks
from tor.address import is_onion_address
from tor.errors import TorError
from tor.paths import is_loopback

CHUNK = 256 * 1024
PAGE_LIMIT = 1024 * 1024
TIMEOUT = 120.0
# In a row, without one new byte; each waits twice as long as the one before: about eight minutes in all.
RETRIES = 8
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
NO_DOOR = "The setting url is not the address of a door."
SAFE = "Nothing was changed. Try again; what waits stays at the intake."


@dataclass(frozen=True)
class Reply:
    """An answer that was read whole: a page."""

    status: int
    key: str
    text: str
    warnings: tuple[str, ...]


class LineBroken(Exception):
    """The line broke, or the door did not answer as agreed."""


class DoorClient:
    """One command's conversation with the door.

    Args:
        settings: of `courier.toml`.
        now, sleep: the real ones, unless a test says otherwise.
    """

    def __init__(
        self,
        settings: CourierSettings,
        *,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._now = now
        self._sleep = sleep
        self._cookie = ""
        self._step = -1
        self._circuit = secrets.token_hex(8)
        self._host, self._port, self._netloc = _door_of(settings)

    # -- the verbs -------------------------------------------------------------------------------------------------

    def fetch(self, path: Path) -> int | None:
        """Take the pickup into `path`, going on after each break; its size, or None when nothing waits.

        Raises:
            UserError: refused, or the line broke too often.
        """
        self._log_in()
        with PartFile(path) as part:
            transfer = _Transfer(part)
            while not self._fetch_once(transfer):
                if transfer.nothing:
                    return None
            part.keep()
        return transfer.total

    def push(self, data: bytes) -> Reply:
        """Leave an outbox; the door's page on success.

        Raises:
            UserError: refused, with the door's own sentence.
        """
        self._log_in()
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="outbox"\r\n\r\n'
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        reply = self._post("/outbox", body, kind)
        if reply.key == "code_used":
            self._next_code()
            reply = self._post("/outbox", body, kind)
        if reply.status != 200:
            raise _refused(reply)
        return reply

    # -- one try ---------------------------------------------------------------------------------------------------

    def _fetch_once(self, transfer: _Transfer) -> bool:
        """One GET. True when the file is whole; False when there is more to do."""
        before = transfer.part.size
        try:
            reply = self._get_into(transfer)
        except (OSError, http.client.HTTPException, LineBroken):
            self._pause(transfer, progress=transfer.part.size > before)
            return False
        if reply is None:
            return not transfer.nothing
        if reply.key == "code_used" and not transfer.waited:
            transfer.waited = True
            self._next_code()
        elif reply.key == "session":
            self._log_in()
        else:
            raise _refused(reply)
        return False

    def _get_into(self, transfer: _Transfer) -> Reply | None:
        """None when the answer was taken (or nothing waits), else the refusal."""
        line = self._open("GET", "/pickup", None, transfer.headers())
        try:
            answer = line.getresponse()
            if answer.status == 204:
                transfer.nothing = True
                return None
            if answer.status not in {200, 206}:
                return _page(answer)
            transfer.begin(answer)
            while chunk := answer.read(CHUNK):
                transfer.take(chunk)
            transfer.finish()
            return None
        finally:
            line.close()

    def _pause(self, transfer: _Transfer, *, progress: bool) -> None:
        transfer.breaks = 1 if progress else transfer.breaks + 1
        if transfer.breaks > RETRIES:
            raise UserError("The line to the courier door keeps breaking.", SAFE)
        # By another circuit: tor may take minutes to see that the old one leads nowhere.
        self._circuit = secrets.token_hex(8)
        wait = 2**transfer.breaks
        ui.note(f"the line broke after {transfer.part.size} bytes; going on in {wait} s")
        self._sleep(wait)

    # -- login -----------------------------------------------------------------------------------------------------

    def _log_in(self) -> None:
        settings = self._settings
        password = _secret(settings, settings.password_file)
        totp = _secret(settings, settings.totp_file)
        now = self._now()
        self._step = int(now // STEP_SECONDS)
        form = {"name": settings.name, "password": password, "totp": code_at(totp, now)}
        reply = self._post("/login", urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded")
        if reply.status != 303:
            raise _refused(reply)

    def _next_code(self) -> None:
        wait = max((self._step + 1) * STEP_SECONDS - self._now(), 0) + 1
        ui.note(f"this one-time code was already used: waiting {int(wait)} s for the next")
        self._sleep(wait)
        self._log_in()

    # -- HTTP ------------------------------------------------------------------------------------------------------

    def _post(self, path: str, body: bytes, kind: str) -> Reply:
        try:
            line = self._open("POST", path, body, {"Content-Type": kind})
            try:
                return self._keep_cookie(line.getresponse())
            finally:
                line.close()
        except (OSError, http.client.HTTPException):
            raise UserError("The courier door was not reached, or the line broke.", SAFE) from None

    def _open(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> http.client.HTTPConnection:
        line = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT)
        if self._settings.socks:
            line.sock = self._through_tor()
        headers = {"Host": self._netloc, "Connection": "close", **headers}
        if self._cookie:
            headers["Cookie"] = self._cookie
        try:
            line.request(method, path, body=body, headers=headers)
        except (BrokenPipeError, ConnectionResetError):
            if body is None:
                raise  # a door may refuse before it has taken a whole body: then its page is read
        return line

    def _through_tor(self) -> socket.socket:
        proxy = self._settings.socks
        try:
            return socks.connect(proxy, self._host, self._port, user=self._circuit, timeout=TIMEOUT)
        except TorError as refused:
            raise UserError(refused.message, refused.hint) from None

    def _keep_cookie(self, answer: http.client.HTTPResponse) -> Reply:
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookie = line.split(";", 1)[0]
        return _page(answer)


def _door_of(settings: CourierSettings) -> tuple[str, int, str]:
    """Host, port and Host header of the door: on this machine, or an onion. A password goes nowhere else.

    Raises:
        UserError: the settings name anything else.
    """
    try:
        url = urllib.parse.urlsplit(settings.url)
        port = url.port or 80
    except ValueError:
        raise UserError(NO_DOOR, 'Write url = "http://….onion".') from None
    if url.scheme != "http" or not url.hostname or url.path not in {"", "/"}:
        raise UserError(NO_DOOR, 'Write url = "http://….onion".')
    if not settings.socks and url.hostname not in LOOPBACK:
        raise UserError("Without tor only this very machine is reached.", 'Write socks = "127.0.0.1:9050".')
    if settings.socks and not is_onion_address(url.hostname):
        raise UserError(f"{url.hostname} is not an onion address.", "Copy it again; every character counts.")
    if settings.socks and not (settings.socks.startswith("unix:/") or is_loopback(settings.socks)):
        raise UserError("The setting socks is not a port of this machine.", 'Write socks = "127.0.0.1:9050".')
    return url.hostname, port, url.netloc


class _Transfer:
    """One pickup on its way into a file."""

    def __init__(self, part: PartFile) -> None:
        self.part = part
        self.total = 0
        self.etag = ""
        self.breaks = 0
        self.nothing = False
        self.waited = False

    def headers(self) -> dict[str, str]:
        if not self.part.size or not self.etag:
            return {}
        return {"Range": f"bytes={self.part.size}-", "If-Range": self.etag}

    def begin(self, answer: http.client.HTTPResponse) -> None:
        """Go on where it broke, or start over when the door serves another pickup now."""
        if answer.length is None:
            raise LineBroken  # cut inside its headers, which `http.client` does not notice
        if answer.headers.get_content_type() != "application/octet-stream":
            raise UserError("This address does not answer as a courier door.", "Check url in courier.toml.")
        etag = answer.headers.get("ETag", "")
        if answer.status == 200:
            self.part.restart()
            self.total, self.etag = answer.length, etag
            return
        expected = f"bytes {self.part.size}-{self.total - 1}/{self.total}"
        if answer.headers.get("Content-Range") != expected or etag != self.etag:
            self.part.restart()
            raise LineBroken

    def take(self, chunk: bytes) -> None:
        if not self.part.size and not chunk.startswith(MAGIC[: len(chunk)]):
            raise UserError("What the door sent is no pickup.", "Check url in courier.toml.")
        self.part.write(chunk)

    def finish(self) -> None:
        if self.part.size != self.total:
            raise LineBroken


class _Sentences(HTMLParser):
    """The sentences that a page of the door marks for a program."""

    def __init__(self) -> None:
        super().__init__()
        self.key = ""
        self.found: list[tuple[str, str]] = []
        self._into = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.key = given.get("data-key") or self.key
        mark = given.get("id") or given.get("class") or ""
        if tag == "p" and mark in {"refusal", "result", "warning"}:
            self._into = mark
            self.found.append((mark, ""))

    def handle_endtag(self, tag: str) -> None:
        self._into = "" if tag == "p" else self._into

    def handle_data(self, data: str) -> None:
        if self._into:
            mark, text = self.found[-1]
            self.found[-1] = (mark, text + data)


def _page(answer: http.client.HTTPResponse) -> Reply:
    reader = _Sentences()
    reader.feed(answer.read(PAGE_LIMIT).decode("utf-8", "replace"))
    texts = [(mark, " ".join(text.split())) for mark, text in reader.found]
    main = next((text for mark, text in texts if mark != "warning"), "")
    return Reply(answer.status, reader.key, main, tuple(text for mark, text in texts if mark == "warning"))


def _refused(reply: Reply) -> UserError:
    # Only plain characters of a page reach the terminal.
    text = re.sub(r"[^\x20-\x7e]", "?", reply.text)
    return UserError(f"The courier door refused ({reply.status}). {text}".strip(), "" if text else SAFE)


def _secret(settings: CourierSettings, name: str) -> str:
    return refuse_loose(settings.path(name)).read_text(encoding="utf-8").strip()
