"""The other way of ADR 0020, as small as it can be: a fresh process for each connection, for comparison only.

One process makes the application and forks for each connection; the child answers one request and ends. Run with the
arguments of `benchmarks.door`.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

from flask import Flask
from gunicorn import http
from gunicorn.config import Config
from gunicorn.http import wsgi

from app.cli.serve import bind
from app.cli.server.application import warm
from app.reporter import create_app
from app.settings import IntakeSettings, load


def answer(app: Flask, link: socket.socket) -> None:
    config = Config()
    request = next(http.get_parser(config, link, ""))
    response, environ = wsgi.create(request, link, "", "door", config)
    response.force_close()
    pages = app(environ, response.start_response)
    for page in pages:
        response.write(page)
    response.close()
    link.shutdown(socket.SHUT_WR)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = warm(create_app(load(IntakeSettings, Path(sys.argv[2]))))
    listener = bind(f"unix:{sys.argv[1]}")
    while True:
        link, _ = listener.accept()
        if not os.fork():
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                answer(app, link)
            finally:
                os._exit(0)
        link.close()


if __name__ == "__main__":
    main()
