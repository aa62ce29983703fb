"""Makes the reporter door, or refuses: nothing is served with a wrong manifest, a loose key or without gpg."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from app.domain.report import REPEATS
from app.errors import BusyError
from app.manifest_file import load_manifest
from app.reporter import mailbox, pages, render, report
from app.reporter.attempt import Attempts
from app.reporter.reception import EXTENSION, Reception
from app.reporter.sealing import Sealer
from app.settings import IntakeSettings
from app.stores.intake import IntakeStore
from app.web.circuits import Rates
from app.web.epoch import Epoch
from app.web.hull import Policy, harden
from app.web.kdf_queue import REPORTS_WAITING, KdfQueue
from app.web.languages import speak
from app.web.slots import Slots
from crypto import codename
from crypto.openpgp.certs import import_public
from crypto.openpgp.encrypt import check_framing

STYLE = Path(__file__).parent / "templates" / "style.css"
UPLOADS = frozenset({"/report", "/mailbox/message"})
# Every form may hold a story or a codename; the mailbox shows replies; an empty form carries the attempt, from which
# anybody who finds it computes the codename. No other page holds a secret.
PLAINTEXT = frozenset({"POST", "GET /mailbox", "GET /report"})
# Pages that accept and pages that refuse have few lengths; receipts have one (app/reporter/report.py).
PAGE_BUCKET = 4096


def create_app(settings: IntakeSettings, *, clock: Callable[[], float] = time.monotonic) -> Flask:
    """The Flask app of the reporter door.

    Args:
        settings: of the intake.
        clock: seconds for sessions; only tests have another one.

    Raises:
        UserError, SealingError: something that must be there is missing, loose, forged or rolled back.
    """
    manifest = load_manifest(settings.path(settings.manifest), settings.root)
    attempts = Attempts.load(settings.path(settings.attempt_key))
    store = IntakeStore.open(settings)
    store.accept_manifest(manifest)
    home = settings.path(settings.gnupg)
    import_public(home, [key.cert for key in (*manifest.reviewers, *manifest.nobodies)])
    check_framing(home, manifest.recipients(), settings.clock.today())
    for language in codename.LANGUAGES:
        codename.word_list(language)  # read and checked once, before the workers are forked

    app = Flask("app.reporter", static_folder=None)
    app.extensions[EXTENSION] = Reception(
        settings=settings,
        manifest=manifest,
        store=store,
        sealer=Sealer(home, manifest, store),
        attempts=attempts,
        epoch=Epoch(clock),
        # Over all processes of the door: even if one held every upload, a quarter of its threads would serve pages.
        queue=KdfQueue(manifest.salt, manifest.kdf, reports=max(REPORTS_WAITING, settings.reporter.threads)),
        uploads=Slots(max(1, settings.reporter.threads * 3 // 4)),
    )
    _build(app, app.extensions[EXTENSION])
    return app


def _build(app: Flask, door: Reception) -> None:
    settings = door.settings
    speak(app)
    policy = Policy(
        hosts=settings.reporter.hosts,
        trial=settings.trial,
        upload_paths=UPLOADS,
        repeats=REPEATS,
        style=STYLE.read_text(encoding="utf-8"),
        page_bucket=PAGE_BUCKET,
        plaintext=PLAINTEXT,
        # An upload has its slot once half a megabyte is there, and a form has none: this keeps threads for pages
        # however slowly bodies come. A browser of one circuit has six connections.
        bodies=Slots(max(1, settings.reporter.threads * 7 // 8), each=8),
        rates=Rates(),
        page=render.problem_page,
    )
    harden(app, policy)
    app.context_processor(render.common)
    for module in (pages, report, mailbox):
        app.register_blueprint(module.pages)

    @app.before_request
    def pass_the_day() -> None:
        # A database that is locked for a moment must not close a page that needs none.
        with contextlib.suppress(BusyError):
            door.store.tick(settings.clock.today())
