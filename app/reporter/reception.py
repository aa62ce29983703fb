"""What the views of the reporter door share: made once by the factory, read-only afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import cast

from flask import current_app, request

from app.reporter.attempt import Attempts
from app.reporter.sealing import Sealer
from app.settings import IntakeSettings
from app.stores.intake import IntakeStore
from app.web.circuits import circuit_of
from app.web.epoch import Epoch
from app.web.kdf_queue import KdfQueue
from app.web.multipart import Body
from app.web.slots import Slots
from crypto.manifest import Manifest

EXTENSION = "reception"


@dataclass(frozen=True)
class Reception:
    settings: IntakeSettings
    manifest: Manifest
    store: IntakeStore
    sealer: Sealer
    attempts: Attempts
    epoch: Epoch
    queue: KdfQueue
    uploads: Slots

    @property
    def today(self) -> date:
        return self.settings.clock.today()

    @property
    def circuit(self) -> bytes:
        """By which circuit the current request came: an opaque key, empty when nobody told."""
        return circuit_of(request.environ)

    def body(self) -> Body:
        """The body of the current request, unread."""
        limits = self.settings
        return Body(request.environ, max_files=limits.max_files, max_bytes=limits.max_bytes)


def reception() -> Reception:
    """The reception of the app that answers."""
    return cast("Reception", current_app.extensions[EXTENSION])
