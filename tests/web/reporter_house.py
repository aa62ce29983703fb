"""A whole intake in a folder, with three reviewers who can open what it seals, and a client that fills in forms."""

from __future__ import annotations

import html
import io
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from app.reporter import create_app
from app.reporter.attempt import Attempts
from app.reporter.reception import EXTENSION, Reception
from app.settings import Door, IntakeSettings
from app.stores import engine as sqlite
from app.stores.intake import IntakeStore
from app.stores.intake_tables import REPLIES
from crypto.derive import Kdf, Mailbox
from crypto.envelope_reader import OpenedEnvelope, read_envelope
from crypto.manifest import Manifest, Nobody, Reviewer, sign_manifest
from crypto.openpgp import certs, gpg, keygen
from crypto.openpgp.decrypt import decrypt
from crypto.reply import Reply, seal_reply
from crypto.signing import SigningKey

DAY = date(2026, 11, 2)
HOST = "reporter.test"
INSTANCE = "try.example"
NAMES = (("alize", "members"), ("brume", "members"), ("cypres", "jurists"))
STORY = "Le conseil a décidé seul de changer les règles, sans convoquer d'assemblée générale cette année."
BOUNDARY = "----frontiere"


@dataclass(frozen=True)
class Keys:
    folder: Path
    reviewers: tuple[Reviewer, ...]
    nobodies: tuple[Nobody, ...]

    def home(self, name: str) -> Path:
        return self.folder / name


@cache
def keys() -> Keys:
    """Made once for a session, since making them takes most of the time."""
    folder = Path(tempfile.mkdtemp(prefix="sdw-"))
    reviewers = []
    for name, college in NAMES:
        fingerprint = keygen.trial_key(folder / name, name, DAY)
        cert = keygen.public_cert(folder / name, fingerprint)
        reviewers.append(Reviewer(name, college, "analyst", fingerprint, cert))
    nobodies = tuple(Nobody(*keygen.nobody_cert(DAY)) for _ in NAMES)
    certs.import_public(folder / "public", [key.cert for key in (*reviewers, *nobodies)])
    return Keys(folder, tuple(reviewers), nobodies)


def forget_keys() -> None:
    if keys.cache_info().currsize:
        for name, _ in NAMES:
            gpg.stop_agent(keys().home(name))
        shutil.rmtree(keys().folder, ignore_errors=True)
        keys.cache_clear()


class House:
    """One intake; `client()` visits it."""

    def __init__(self, folder: Path, **settings: object) -> None:
        home = folder / "intake"
        home.mkdir()
        self.root = SigningKey.generate()
        self.desk = SigningKey.generate()
        self.seconds = 1000.0
        self.settings = IntakeSettings(
            contact="mailto:security@reporter.test",
            home=home,
            trial=True,
            root=self.root.public.hex(),
            reporter=Door("127.0.0.1:0", (HOST,)),
            **{"reserve_bytes": 0, **settings},
        )
        self.set_day(DAY)
        self.set_manifest()
        shutil.copytree(keys().folder / "public", home / "gnupg")
        key = home / "attempt.key"
        key.write_text(secrets.token_hex(32) + "\n", encoding="ascii")
        key.chmod(0o600)
        IntakeStore.create(self.settings).close()
        self._app = None

    @property
    def app(self):
        if self._app is None:
            self._app = create_app(self.settings, clock=lambda: self.seconds)
            self._app.testing = True
        return self._app

    @property
    def reception(self) -> Reception:
        return self.app.extensions[EXTENSION]

    @property
    def store(self) -> IntakeStore:
        return self.reception.store

    def close(self) -> None:
        if self._app is not None:
            self.store.close()

    def set_day(self, day: date) -> None:
        (self.settings.home.parent / "today").write_text(f"{day}\n", encoding="ascii")

    def set_manifest(self, **changes: object) -> None:
        manifest = Manifest(
            instance=INSTANCE,
            version=1,
            previous="",
            issued=DAY,
            expires=DAY + timedelta(days=365),
            salt=b"s" * 16,
            kdf=Kdf(time_cost=1, memory_kib=8),
            reviewers=keys().reviewers,
            nobodies=keys().nobodies,
            desk_key=self.desk.public,
            pickup_key=SigningKey.generate().public,
        )
        self.settings.path("manifest").write_bytes(sign_manifest(replace(manifest, **changes), self.root))

    def client(self, language: str = "") -> Visitor:
        return Visitor(self, language)

    # -- what the disk holds -----------------------------------------------------------------------------------------

    def envelopes(self) -> list[Path]:
        return sorted(self.settings.path("envelopes").iterdir())

    def stored(self) -> int:
        return self.store.counts().envelopes

    def open_all(self, reader: str = "alize") -> list[Opened]:
        return [self.open(path, reader) for path in self.envelopes()]

    def open(self, path: Path, reader: str = "alize") -> Opened:
        plain = io.BytesIO()
        with path.open("rb") as source:
            decrypt(keys().home(reader), source, plain.write)
        return Opened(read_envelope(plain))

    # -- what the desk sends -----------------------------------------------------------------------------------------

    def reply(self, mailbox: Mailbox, seq: int = 1, *, desk: SigningKey | None = None, **fields: object) -> str:
        values = {
            "instance": INSTANCE,
            "locator": mailbox.locator,
            "reply_id": secrets.token_hex(16),
            "seq": seq,
            "day": DAY,
            "author": "alize",
            "state": "assessment",
            "kind": "reply",
            "text": f"Bonjour.\nVoici la réponse {seq}.",
            **fields,
        }
        reply = Reply(**values)
        self.put(mailbox.locator, reply.reply_id, seal_reply(reply, mailbox.public, desk or self.desk))
        return reply.reply_id

    def put(self, locator: bytes, identifier: str, data: bytes) -> None:
        row = {"locator": locator, "id": identifier, "data": data}
        row |= {"readable_from": DAY, "expires": DAY + timedelta(days=180)}
        with sqlite.writing(self.store.engine) as connection:
            connection.execute(REPLIES.insert().values(**row))

    def mailbox_of(self, words: Iterable[str]) -> Mailbox:
        from crypto import codename

        return Mailbox.from_root(self.reception.queue.for_login(codename.parse(" ".join(words))))


class Opened:
    """A decrypted envelope, whole."""

    def __init__(self, envelope: OpenedEnvelope) -> None:
        self.report = envelope.report
        self.head = envelope.report.head
        self.story = envelope.message
        self.files = [(file.name, envelope.open_file(file.n).read()) for file in envelope.report.files]


class Visitor:
    """A browser without scripts."""

    def __init__(self, house: House, language: str) -> None:
        self.house = house
        self.base = f"/{language}" if language else ""
        self.http = house.app.test_client()

    def get(self, path: str, **arguments):
        return self.http.get(self.base + path, base_url=f"https://{HOST}", **arguments)

    def post(self, path: str, data=None, **arguments):
        return self.http.post(self.base + path, data=data or {}, base_url=f"https://{HOST}", **arguments)

    def attempt(self) -> str:
        return Attempts(self.house.reception.attempts.key).draw()

    def send(self, files: Iterable[tuple[str, bytes]] = (), *, path: str = "/report", **fields):
        """A report (or a message) as a browser sends it: text fields, then files."""
        values = {"story": STORY, "attempt": self.attempt(), **fields} if path == "/report" else fields
        body = multipart(values, files)
        return self.post(path, body, content_type=f"multipart/form-data; boundary={BOUNDARY}")

    def message(self, files: Iterable[tuple[str, bytes]] = (), **fields):
        return self.send(files, path="/mailbox/message", **fields)

    def login(self, words: Iterable[str]):
        return self.post("/replies", {"codename": " ".join(words)})


def part(name: str, value: str) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return head.encode() + value.encode() + b"\r\n"


def file_part(name: str, data: bytes, field: str = "files") -> bytes:
    quoted = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{quoted}"\r\n'
    return head.encode() + b"Content-Type: text/plain\r\n\r\n" + data + b"\r\n"


def multipart(fields: dict[str, object], files: Iterable[tuple[str, bytes]] = ()) -> bytes:
    parts = []
    for name, value in fields.items():
        parts += [part(name, each) for each in (value if isinstance(value, list) else [str(value)])]
    parts += [file_part(name, data) for name, data in files]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def words_of(page) -> list[str]:
    """The codename that a receipt shows."""
    found = re.search(r'<ol id="codename">(.*?)</ol>', page.text, re.DOTALL)
    return re.findall(r"<li>(.*?)</li>", found.group(1)) if found else []


def text_of(page) -> str:
    """The words of a page without tags."""
    return html.unescape(re.sub(r"<[^>]+>", " ", page.text))


def hidden(page, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page.text)
    return html.unescape(found.group(1)) if found else ""
