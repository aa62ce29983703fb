"""A visitor without JavaScript: what `sourdine demo --once` and the journey tests use to drive the doors.

It keeps cookies, follows nothing by itself, reads forms from the page as a browser would, and streams files from
wherever they are, so that a 500 MB upload costs it no memory either.
"""

from __future__ import annotations

import contextlib
import http.client
import secrets
import socket
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

CHUNK = 256 * 1024
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Upload:
    """One file of a form: the name that the browser sends, the type, and the bytes or where they are."""

    name: str
    content: bytes | Path
    type: str = "application/octet-stream"

    @property
    def size(self) -> int:
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)

    def chunks(self) -> Iterator[bytes]:
        if isinstance(self.content, bytes):
            yield self.content
            return
        with self.content.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                yield chunk


@dataclass(frozen=True)
class Page:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def form(self, action: str) -> dict[str, str]:
        """The fields with a value of the form whose action ends like this: hidden ones, text, checked choices."""
        return _parsed(self.text).forms[action]

    def items(self, identifier: str) -> list[str]:
        """The texts of the list items inside the element of that id."""
        return _parsed(self.text).lists.get(identifier, [])

    def articles(self) -> list[tuple[str, str]]:
        """(data-id, text) of each reply shown."""
        return _parsed(self.text).articles

    def asked(self) -> list[int]:
        """The numbers of the codename words that the page asks to retype."""
        return _parsed(self.text).asked


class Visitor:
    """One browser at one door.

    Args:
        host, port: what stands in the address bar.
        timeout: seconds without a byte.
        connect: makes each line in place of a straight one, over SOCKS or to a unix socket for example.
    """

    def __init__(
        self, host: str, port: int, *, timeout: float = 120, connect: Callable[[], socket.socket] | None = None
    ) -> None:
        self.host = host
        self.port = port
        self.timeout = timeout
        self.connect = connect
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        return self._ask("GET", path, None, {})

    def post(self, path: str, fields: Mapping[str, Any] | Sequence[tuple[str, str]]) -> Page:
        body = urllib.parse.urlencode(fields, doseq=True).encode()
        return self._ask("POST", path, body, {"Content-Type": FORM})

    def upload(self, path: str, fields: Sequence[tuple[str, str]], files: Sequence[Upload]) -> Page:
        """Send a multipart form, text fields first, the files streamed."""
        boundary = "----sourdine" + secrets.token_hex(16)
        heads = [_file_head(boundary, file) for file in files]
        start = b"".join(_text_part(boundary, name, value) for name, value in fields)
        end = f"--{boundary}--\r\n".encode()
        size = len(start) + len(end) + sum(len(h) + f.size + 2 for h, f in zip(heads, files, strict=True))

        def body() -> Iterator[bytes]:
            yield start
            for head, file in zip(heads, files, strict=True):
                yield head
                yield from file.chunks()
                yield b"\r\n"
            yield end

        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(size)}
        return self._ask("POST", path, body(), headers)

    def _ask(self, method: str, path: str, body: bytes | Iterable[bytes] | None, headers: dict[str, str]) -> Page:
        link = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            port = "" if self.port == http.client.HTTP_PORT else f":{self.port}"
            headers |= {"Sec-Fetch-Site": "same-origin", "Origin": f"http://{self.host}{port}"}
        if self.connect is not None:
            link.sock = self.connect()
        try:
            # A door may answer (413, say) before it has taken the whole body: the answer is what counts.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                link.request(method, path, body=body, headers=headers)
            answer = link.getresponse()
            page = Page(answer.status, answer.headers, answer.read())
        finally:
            link.close()
        self._keep(answer.headers.get_all("Set-Cookie") or [])
        return page

    def _keep(self, cookies: Iterable[str]) -> None:
        for line in cookies:
            name, _, value = line.split(";", 1)[0].partition("=")
            if value.strip('"') and "max-age=0" not in line.lower():
                self.cookies[name.strip()] = value
            else:
                self.cookies.pop(name.strip(), None)


def _text_part(boundary: str, name: str, value: str) -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


def _file_head(boundary: str, file: Upload) -> bytes:
    # As browsers do: a quote and line ends are percent-encoded, everything else travels as UTF-8.
    name = file.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
        f"Content-Type: {file.type}\r\n\r\n"
    ).encode()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.lists: dict[str, list[str]] = {}
        self.articles: list[tuple[str, str]] = []
        self.asked: list[int] = []
        self._form: dict[str, str] | None = None
        self._list: list[str] | None = None
        self._area: str | None = None
        self._into: str = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.forms.setdefault(_tail(given.get("action", "")), {})
        elif tag == "ol" and "id" in given:
            self._list = self.lists.setdefault(given["id"], [])
        elif tag == "article" and "data-id" in given:
            self._into, self._text = given["data-id"], []
        elif tag == "li" and self._list is not None:
            self._text = []
        elif tag == "textarea":
            self._area, self._text = given.get("name"), []
        elif tag == "input":
            self._input(given)

    def _input(self, given: dict[str, str]) -> None:
        if "data-n" in given:
            self.asked.append(int(given["data-n"]))
        chosen = given.get("type") not in {"radio", "checkbox"} or "checked" in given
        if self._form is not None and "name" in given and "value" in given and chosen:
            self._form[given["name"]] = given["value"]

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = "".join(self._text)
        if tag == "form":
            self._form = None
        elif tag == "ol":
            self._list = None
        elif tag == "li" and self._list is not None:
            self._list.append(text.strip())
        elif tag == "article" and self._into:
            self.articles.append((self._into, " ".join(text.split())))
            self._into = ""
        elif tag == "textarea" and self._form is not None and self._area:
            # A browser drops the first line end of a text area.
            self._form[self._area] = text.removeprefix("\n")
            self._area = None


def _tail(action: str) -> str:
    """`/en/report` and `/report` are one form to us."""
    path = urllib.parse.urlsplit(action).path
    return path[3:] if path[:4] in {"/fr/", "/en/"} else path


def _parsed(text: str) -> _Reader:
    reader = _Reader()
    reader.feed(text)
    return reader
