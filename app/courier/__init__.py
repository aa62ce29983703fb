"""The courier's door: counts, one pickup to take, one outbox to leave. No reviewer's key, nothing readable."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import IntakeSettings


def create_app(settings: IntakeSettings, *, now: Callable[[], float] = time.time) -> Flask:
    """The Flask app of this door, ready to serve.

    Args:
        settings: of `intake.toml`.
        now: seconds since 1970, for one-time codes and the hour of a session.

    Raises:
        UserError, SealingError: the store, a key or the manifest is missing or wrong.
    """
    # Late: `sourdine courier fetch` needs this package's codes on a laptop, and no web framework.
    from app.courier.factory import build

    return build(settings, now)
