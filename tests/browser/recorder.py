"""A small site behind the hull of ours that records what a browser sent: the headers that a CSRF rule can look at."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from flask import Flask, Response, request

from app.web.hull import Policy, harden

COOKIE = "__Host-session"
HEADERS = ("Origin", "Referer", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User", "Cookie")

OUR_PAGE = """<!doctype html><html lang="en"><title>ours</title><h1>Ours</h1>
<form method="post" action="{target}/plain"><input type="hidden" name="story" value="x"><button id="plain">x</button>
</form>
<form method="post" action="{target}/upload" enctype="multipart/form-data"><input type="file" name="files" id="files">
<button id="upload">x</button></form><a id="link" href="{target}/linked">x</a></html>"""


@dataclass(frozen=True)
class Seen:
    """One request, and what it was answered."""

    method: str
    path: str
    headers: Mapping[str, str]
    status: int


@dataclass
class Recorder:
    """The site.

    Args:
        hosts: what it answers to.
        target: where the forms of its pages lead: "" is this very site, else another origin.
        headers: of its answers, in place of the hull's.
    """

    hosts: tuple[str, ...]
    target: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = OUR_PAGE
    seen: list[Seen] = field(default_factory=list)
    port: int = 0

    @property
    def origin(self) -> str:
        return "http://" + self.hosts[0]

    def last(self, path: str) -> Seen:
        """The last request for a path."""
        return [seen for seen in self.seen if seen.path == path][-1]

    def sent(self, path: str) -> dict[str, str | None]:
        """What the last request for a path told of where it came from; the session cookie only as yes or None."""
        headers = self.last(path).headers
        told = {name: headers.get(name) for name in HEADERS if name != "Cookie"}
        return told | {"cookie": "yes" if COOKIE in headers.get("Cookie", "") else None}

    def application(self) -> Flask:
        """The site as a Flask app within the hull."""
        site = Flask(__name__)

        @site.get("/")
        def home() -> Response:
            answer = Response(self.page.format(target=self.target), mimetype="text/html")
            answer.set_cookie(COOKIE, "sealed", path="/", secure=True, httponly=True, samesite="Strict")
            return answer

        @site.post("/plain")
        @site.post("/upload")
        @site.get("/linked")
        def taken() -> str:
            return f"<!doctype html><title>taken</title><h1>Taken</h1><p>{request.path}</p>"

        harden(site, Policy(hosts=self.hosts, upload_paths=frozenset({"/upload"}), headers=self.headers))
        site.wsgi_app = self._recording(site.wsgi_app)  # type: ignore[method-assign]
        return site

    def _recording(self, inner: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def outer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            names = {
                name: "HTTP_" + name.upper().replace("-", "_") for name in (*HEADERS, "User-Agent", "Accept-Language")
            }
            headers = {name: environ[key] for name, key in names.items() if key in environ}

            def start(status: str, answer: list[tuple[str, str]], *error: Any) -> Any:
                method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
                self.seen.append(Seen(method, path, headers, int(status[:3])))
                return start_response(status, answer, *error)

            return inner(environ, start)

        return outer


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving(*recorders: Recorder) -> Iterator[None]:
    """Listen on loopback for the length of the block."""
    servers = []
    try:
        for recorder in recorders:
            server = _Server(("127.0.0.1", 0), _Handler)
            servers.append(server)
            recorder.port = server.server_port
            server.set_app(recorder.application())
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
