"""One door as gunicorn sees it: how it is configured, and what its arbiter and its workers share."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.cli.server.arbiter import DoorArbiter, pipe
from app.cli.server.worker import SilentLogger
from app.settings import Door

# A restart waits so long for what still arrives. An upload may take hours, an update of the machine should not: a
# quarter of an hour brings 30 MB at the 35 kB/s of a slow circuit, and whoever is cut sends the same form again.
GRACE_SECONDS = 900
SECRET_BYTES = 32

Factory = Callable[[], Flask]


def warm(app: Flask) -> Flask:
    """Do once, before the workers are forked, what each of their short lives (ADR 0020) would begin with."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()  # what is there stays shared: a worker's collector does not write to those pages
    return app


class DoorApplication(BaseApplication):  # type: ignore[misc]
    """Made in the process that was started, run in the door's own.

    Args:
        factory: makes the Flask app, once, before the workers are forked: they share the keys that are in memory only.
        door: its settings.
        descriptor: of the listening socket.
        opening: descriptor that gets one byte when the door is open.
    """

    def __init__(self, factory: Factory, door: Door, descriptor: int, opening: int) -> None:
        self.door = door
        self.secret = os.urandom(SECRET_BYTES)
        self.heard, self.telling = pipe()
        self._factory = factory
        self._descriptor = descriptor
        self._opening = opening
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": f"fd://{self._descriptor}",
            "workers": self.door.workers,
            "threads": self.door.threads,
            "worker_class": "app.cli.server.worker.Worker",
            "preload_app": True,
            "when_ready": self._say_open,
            "logger_class": SilentLogger,
            "accesslog": None,
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - a heartbeat, no content
            "control_socket_disable": True,
            "graceful_timeout": GRACE_SECONDS,
            "timeout": 60,
            "keepalive": 5,
            # Those that wait for nothing cost a descriptor each (serve.DESCRIPTORS), which uploads need as well.
            "worker_connections": 6000,
            # tor hands on what a visitor wrote: no header tells of a proxy in front of it.
            "forwarder_headers": "",
            "secure_scheme_headers": {},
            "proc_name": "sourdine",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return warm(self._factory())

    def run(self) -> None:
        DoorArbiter(self).run()

    def close(self) -> None:
        """The process that was started has no part in what door and workers tell each other."""
        os.close(self.heard)
        os.close(self.telling)

    def _say_open(self, _server: object) -> None:
        os.write(self._opening, b".")
