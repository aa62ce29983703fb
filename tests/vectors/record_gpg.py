"""Records what the installed gpg really says: `python -m tests.vectors.record_gpg`.

Writes `openpgp-status/<version>-<scenario>.txt` and `envelope/sealed-gpg-<version>.txt`. The names of keys change at
each recording; the class of each scenario and who judges it stand below. `test_status.py` reads what each version said.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from crypto.envelope import EnvelopeWriter
from crypto.envelope_report import ReportHead
from crypto.openpgp import gpg
from crypto.openpgp.encrypt import Encryptor
from tests.vectors.base import Vector
from tests.vectors.corpus.envelope_parts import STORY, mailbox

TODAY = date(2026, 11, 21)
DAY = f"{TODAY:%Y%m%d}T000000!"
PLAIN = b"\0 \xff one line\n" * 2000
BASE = ["--batch", "--no-tty", "-q", "--no-options", "--trust-model", "always", "--no-auto-check-trustdb"]
LOCK = ["--pinentry-mode", "loopback", "--passphrase"]
NOT_OPENED = "no key of this home opens the message"
DAMAGED = "the message is damaged, cut off or followed by something else"
NOT_AES = "the message is not sealed with AES-256 and an integrity check"
NOT_PLAIN = "the message does not hold one plain block of bytes"
UNEXPECTED = "gpg reported something that an envelope never gives"
NO_KEY_NAMED = "gpg did not name exactly one key"


class House:
    """Three reviewers, a stranger and a key with a passphrase, in homes of one temporary folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("a", "b", "c", "stranger"):
            self._key(name, ["--passphrase", ""])
        self._key("locked", [*LOCK, "x"])
        (root / "public").mkdir(mode=0o700)
        for name in ("a", "b", "c", "stranger", "locked"):
            self.run("public", "--import", data=self.run(name, "--export"))
        gpg.stop_agent(root / "locked")

    def _key(self, name: str, lock: list[str]) -> None:
        (self.root / name).mkdir(mode=0o700)
        at = ["--faked-system-time", DAY, *lock]
        self.run(name, *at, "--quick-gen-key", name, "ed25519", "sign", "5y")
        self.run(name, *at, "--quick-add-key", self.fingerprint(name), "cv25519", "encr", "5y")

    def fingerprint(self, name: str) -> str:
        shown = self.run(name, "--with-colons", "-k").decode()
        return shown.split("\nfpr:")[1].split(":")[8]

    def run(self, home: str, *arguments: str, data: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self.root / home), *BASE, *arguments]
        return subprocess.run(command, input=data, capture_output=True, check=False).stdout

    def status(self, home: str, *arguments: str, data: bytes = b"") -> bytes:
        read, write = os.pipe()
        command = ["gpg", "--homedir", str(self.root / home), *BASE, "--status-fd", str(write), *arguments]
        subprocess.run(command, input=data, capture_output=True, check=False, pass_fds=(write,))
        os.close(write)
        with open(read, "rb") as pipe:
            return pipe.read()

    def seal(self, *names: str, extra: tuple[str, ...] = ()) -> bytes:
        to = [part for name in names for part in ("-R", self.fingerprint(name))]
        first = ["--no-armor", "--compress-algo", "none", "--cipher-algo", "AES256", *extra]
        return self.run("public", *first, *to, "-e", data=PLAIN)

    def make(self, *arguments: str) -> bytes:
        key = self.fingerprint("a")
        return self.run("a", "--no-armor", "--compress-algo", "none", "-R", key, "-u", key, *arguments, data=PLAIN)


@contextmanager
def house() -> Iterator[House]:
    """The house, for as long as the recording takes."""
    with gpg.private_home() as root:
        made = House(root)
        try:
            yield made
        finally:
            for home in root.iterdir():
                if home.is_dir():
                    gpg.stop_agent(home)


def flip(data: bytes, at: int) -> bytes:
    """One bit of one byte changed."""
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def opening(it: House) -> Iterator[tuple[str, str, str, str, bytes]]:
    """Name, class, rule, key of the home, status: messages that ours or other programs seal."""
    three, locked = it.seal("a", "b", "c"), it.seal("a", "locked")
    for name in ("a", "b", "c"):
        yield f"position-{name}", "success", "", name, it.status(name, "-d", data=three)
    yield "stranger", "no key", NOT_OPENED, "stranger", it.status("stranger", "-d", data=three)
    wrong = it.status("locked", "--pinentry-mode", "loopback", "--passphrase", "y", "-d", data=locked)
    yield "wrong-passphrase", "no key", NOT_OPENED, "locked", wrong
    yield "passphrase", "success", "", "locked", it.status("locked", *LOCK, "x", "-d", data=locked)
    visible = it.run("public", "--compress-algo", "none", "-r", it.fingerprint("a"), "-e", data=PLAIN)
    yield "named-recipient", "success", "", "a", it.status("a", "-d", data=visible)
    empty = it.run("public", "-R", it.fingerprint("a"), "-e")
    yield "empty", "success", "", "a", it.status("a", "-d", data=empty)
    yield "changed-body", "bad format", DAMAGED, "a", it.status("a", "-d", data=flip(three, 9000))
    yield "changed-end", "bad format", DAMAGED, "a", it.status("a", "-d", data=flip(three, -5))
    yield "changed-prefix", "bad format", NOT_PLAIN, "a", it.status("a", "-d", data=flip(three, 300))
    yield "changed-packet", "no key", NOT_OPENED, "a", it.status("a", "-d", data=flip(three, 50))
    yield "two-messages", "bad format", DAMAGED, "a", it.status("a", "-d", data=three + three)
    yield "junk-after", "bad format", DAMAGED, "a", it.status("a", "-d", data=three + PLAIN)
    yield "not-sealed", "bad format", UNEXPECTED, "a", it.status("a", "-d", data=it.make("--store"))
    yield "junk", "bad format", UNEXPECTED, "a", it.status("a", "-d", data=PLAIN)
    yield "signed", "bad format", DAMAGED, "a", it.status("a", "-d", data=it.make("-s", "-e"))
    aes128 = it.make("--cipher-algo", "AES128", "-e")
    yield "aes128", "bad format", NOT_AES, "a", it.status("a", "-d", data=aes128)
    named = it.make("--set-filename", "secret.txt", "-e")
    yield "file-name", "bad format", NOT_PLAIN, "a", it.status("a", "-d", data=named)
    yield "text-mode", "bad format", NOT_PLAIN, "a", it.status("a", "-d", data=it.make("--textmode", "-e"))
    bare = it.make("--rfc2440", "--disable-mdc", "-e")
    yield "no-integrity", "bad format", NOT_AES, "a", it.status("a", "-d", data=bare)
    symmetric = it.run("a", *LOCK, "x", "-c", data=PLAIN)
    yield "passphrase-only", "bad format", UNEXPECTED, "a", it.status("a", *LOCK, "x", "-d", data=symmetric)


FOREIGN = ("signed", "aes128", "file-name", "text-mode", "position-b", "empty")


def record(it: House) -> Iterator[Vector]:
    """All scenarios of the installed version."""
    version = ".".join(map(str, gpg.version()))
    for name, expect, rule, key, status in opening(it):
        headers = {"judge": "envelope", "primary": it.fingerprint(key), "recorded": f"gpg {version}"}
        yield Vector("openpgp-status", f"{version}-{name}", expect, status, rule, headers=headers, random=True)
        if name in FOREIGN:
            headers = headers | {"judge": "foreign"}
            yield Vector("openpgp-status", f"{version}-foreign-{name}", "success", status, headers=headers, random=True)


def whole(it: House) -> Vector:
    """An envelope as the intake makes it, with the secret key that opens it; everybody may know that key."""
    recipients = tuple(it.fingerprint(name) for name in ("a", "b", "c"))
    sealed = it.root / "sealed"
    with sealed.open("wb") as output, Encryptor(it.root / "public", recipients, output.fileno(), TODAY) as running:
        writer = EnvelopeWriter(running.write, framing=running.framing)
        writer.message(STORY.decode())
        writer.start_file("facture.pdf", "application/pdf")
        writer.file_chunk(b"%PDF-1.7\n")
        writer.end_file()
        head = ReportHead("trial.example", "0123456789abcdef" * 2, "report", 1, "0" * 64, recipients, "fr", {})
        writer.finish(head, mailbox())
        running.finish()
    version = ".".join(map(str, gpg.version()))
    secret = base64.b64encode(it.run("b", "--export-secret-keys")).decode()
    headers = {"layer": "sealed", "recipients": "3", "primary": it.fingerprint("b"), "secret-key": secret}
    name = f"sealed-gpg-{version}"
    return Vector("envelope", name, "success", sealed.read_bytes(), headers=headers, binary=True, random=True)


def main() -> None:
    """Records with the gpg that is found first."""
    with house() as it:
        for vector in (*record(it), whole(it)):
            vector.path.parent.mkdir(exist_ok=True)
            vector.path.write_bytes(vector.serialise())


if __name__ == "__main__":
    main()
