"""Everything one courier door holds, made once by the factory before its workers start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import current_app, request

from app.courier import accounts
from app.courier.sentences import DoorRefusal, Outcome
from app.courier.session import COOKIE, LoginGate, Session, Sessions, TooMany
from app.errors import UserError
from app.manifest_file import load_manifest
from app.settings import IntakeSettings, refuse_loose
from app.stores.carriage import Applied, Carriage, Issued, Terms
from app.stores.couriers import Couriers
from app.stores.intake import IntakeStore
from app.transfer.outbox import check_outbox
from crypto.errors import FormatError, TrustError
from crypto.signing import SigningKey


class CourierDoor:
    """Who may enter, what waits, what goes out and what comes in."""

    def __init__(self, settings: IntakeSettings, now: Callable[[], float]) -> None:
        if settings.courier.workers != 1:
            raise UserError(
                "The courier door has one process: ended sessions and failed logins are remembered in its memory.",
                "Set workers = 1 under [courier] in intake.toml.",
            )
        self.settings = settings
        self._now = now
        self.clock = settings.clock
        self.store = IntakeStore.open(settings)
        self.manifest = load_manifest(settings.path(settings.manifest), settings.root)
        self.store.accept_manifest(self.manifest)
        self.store.sweep()
        key_file = refuse_loose(settings.path(settings.pickup_key))
        key = SigningKey.from_text(key_file.read_text(encoding="ascii"))
        if key.public != self.manifest.pickup_key:
            raise TrustError(f"{key_file} is not the pickup key that the reviewer manifest names")
        self.carriage = Carriage(self.store, instance=self.manifest.instance, key=key)
        self.couriers = Couriers(self.store.engine)
        self.sessions = Sessions(now=now)
        self.gate = LoginGate()
        self._nobody = accounts.dummy_account()

    def today(self) -> date:
        """The day, once what is past it is forgotten."""
        today = self.clock.today()
        self.store.tick(today)
        return today

    def login(self, name: str, password: str, code: str) -> str:
        """The cookie of a new session.

        Raises:
            DoorRefusal: 403 whatever was wrong, 429 too many tries.
        """
        try:
            with self.gate.turn():
                # An unknown name opens an account that no password opens: same work, same answer.
                row = self.couriers.find(name) or self._nobody
                entry = accounts.check_login(row, password, code, now=self._now())
        except TooMany as full:
            raise DoorRefusal(429, "wait", headers={"Retry-After": str(full.seconds)}) from None
        if entry is None:
            self.gate.failed()
            raise DoorRefusal(403, "login")
        self.gate.passed()
        return self.sessions.begin(entry)

    def session(self) -> Session | None:
        """The session of this request, while its account exists."""
        session = self.sessions.open(request.cookies.get(COOKIE, ""))
        row = self.couriers.find(session.name) if session else None
        return session if row is not None and session and accounts.mark_of(row) == session.mark else None

    def enter(self) -> Session:
        """The session of this request, or 403."""
        session = self.session()
        if session is None:
            raise DoorRefusal(403, "session")
        return session

    def claim(self, mac: bytes, session: Session) -> None:
        """Use this login's code for one verb: 409 when another session used it before."""
        if not self.couriers.use_code(mac, session.id, self.today()):
            raise DoorRefusal(409, "code_used")

    def pickup(self, wanted: str | None) -> Issued | None:
        """An earlier pickup that a fetch goes on with, else the current one; None when nothing waits."""
        return (self.carriage.issued(wanted) if wanted else None) or self.carriage.issue(self.today())

    def apply(self, data: bytes) -> Applied:
        """Check and apply an outbox.

        Raises:
            DoorRefusal: 400 not an outbox, 409 not by this desk or not the next one.
        """
        today = self.today()
        terms = Terms(today, self.settings.release_days, self.settings.reply_days)
        try:
            checked = check_outbox(data, self.manifest, today=today)
            return self.carriage.apply_outbox(checked.outbox, checked.digest, terms)
        except FormatError as error:
            raise DoorRefusal(400, "outbox", detail=str(error)) from None
        except TrustError as error:
            raise DoorRefusal(409, "outbox", detail=str(error)) from None


def outcome(applied: Applied) -> Outcome:
    """A good push in words."""
    n, deleted, replies = applied.number, applied.deleted, applied.replies
    warnings = []
    if applied.missed:
        first = n - applied.missed
        span = str(first) if applied.missed == 1 else f"{first}-{n - 1}"
        warnings.append(
            (
                f"{applied.missed} envoi(s) précédent(s) ne sont jamais arrivés ({span}) : dites-le au poste de "
                f"lecture, qui tape sourdine desk outbox --lost {first} --to FICHIER.",
                f"{applied.missed} earlier outbox(es) never came ({span}): tell the desk, "
                f"where sourdine desk outbox --lost {first} --to FILE sends their replies again.",
            )
        )
    if applied.kept:
        warnings.append(
            (
                f"{applied.kept} reçu(s) ne correspondaient à rien ici ; rien d'autre n'a été effacé.",
                f"{applied.kept} receipt(s) matched nothing here; nothing else was deleted.",
            )
        )
    return Outcome(
        f"Envoi {n} appliqué : {deleted} enveloppe(s) effacée(s), {replies} réponse(s) ou leurre(s) rangés.",
        f"Outbox {n} applied: {deleted} envelope(s) deleted, {replies} replies or decoys stored.",
        tuple(warnings),
    )


def this_door() -> CourierDoor:
    """The door of the current app."""
    return current_app.extensions["courier"]
