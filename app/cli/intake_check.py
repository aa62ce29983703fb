"""What `sourdine intake check` looks at, one function each: silent when right, a sentence when not."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from app.cli.server.sockets import UNIX, is_loopback
from app.errors import UserError
from app.manifest_file import load_manifest
from app.settings import IntakeSettings, refuse_loose
from app.stores.couriers import Couriers
from app.stores.engine import file_of
from app.stores.intake import IntakeStore
from crypto.errors import SealingError
from crypto.manifest import accept_successor
from crypto.openpgp import certs, gpg
from crypto.openpgp.encrypt import check_framing
from crypto.signing import SigningKey
from tor.address import is_onion_address


def findings(settings: IntakeSettings) -> Iterator[tuple[str, UserError | SealingError | None]]:
    """Each check's name and what is wrong, or None."""
    for name, check in CHECKS.items():
        try:
            check(settings)
        except (UserError, SealingError) as error:
            yield name, error
        else:
            yield name, None


def _not_trial(settings: IntakeSettings) -> None:
    if settings.trial:
        raise UserError("trial = true: this machine protects nobody.", "Remove that line from intake.toml.")


def _private_files(settings: IntakeSettings) -> None:
    for name in (settings.pickup_key, settings.attempt_key):
        refuse_loose(settings.path(name))
    database = file_of(settings.url(settings.database))
    for path in (database, settings.path(settings.envelopes)):
        _refuse_loose_place(path)


def _refuse_loose_place(path: Path) -> None:
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        mode = "700" if path.is_dir() else "600"
        raise UserError(f"Others can read {path}.", f"Type: chmod {mode} '{path}'")


def _database(settings: IntakeSettings) -> None:
    IntakeStore.open(settings).close()


def _envelopes(settings: IntakeSettings) -> None:
    store = IntakeStore.open(settings)
    missing = store.counts().missing
    store.close()
    if missing:
        raise UserError(
            f"{missing} envelope(s) lost their file.", "The others still leave. Check the disk; tell the reviewers."
        )


def _disk(settings: IntakeSettings) -> None:
    store = IntakeStore.open(settings)
    free = store.free_bytes()
    store.close()
    if free < settings.reserve_bytes + settings.max_bytes:
        raise UserError(
            f"{free} bytes are free: one largest report and the reserve do not fit.", "Make room on this disk."
        )


def _gpg(settings: IntakeSettings) -> None:
    try:
        gpg.binary()
    except SealingError:
        raise UserError("GnuPG is not installed.", "Type: sudo apt install gnupg") from None
    manifest = load_manifest(settings.path(settings.manifest), settings.root)
    with gpg.private_home() as home:
        recipients = certs.import_public(home, [holder.cert for holder in (*manifest.reviewers, *manifest.nobodies)])
        check_framing(home, recipients, settings.clock.today())


def _manifest(settings: IntakeSettings) -> None:
    manifest = load_manifest(settings.path(settings.manifest), settings.root)
    store = IntakeStore.open(settings)
    seen = store.manifest_seen()
    store.close()
    accept_successor(seen, manifest)
    manifest.check_fresh(settings.clock.today())


def _pickup_key(settings: IntakeSettings) -> None:
    path = settings.path(settings.pickup_key)
    key = SigningKey.from_text(refuse_loose(path).read_text(encoding="ascii"))
    if load_manifest(settings.path(settings.manifest), settings.root).pickup_key != key.public:
        raise UserError(
            f"{path} is not the key that the manifest names.", "Sign a manifest with this machine's pickup.pub."
        )


def _contact(settings: IntakeSettings) -> None:
    if not settings.contact.startswith(("mailto:", "https://")):
        raise UserError("Nobody can report a flaw to you.", 'Set contact = "mailto:…" in intake.toml (RFC 9116).')


def _addresses(settings: IntakeSettings) -> None:
    doors = {"reporter": settings.reporter, "courier": settings.courier}
    for name, door in doors.items():
        _check_listen(name, door.listen)
        if not settings.trial:
            _check_hosts(name, door.hosts)
    if not settings.trial and settings.reporter.hosts == settings.courier.hosts:
        raise UserError(
            "Both doors have one onion name: reporters would need the courier's key.",
            "Each door has its own onion; copy both names from what `sourdine tor up` printed.",
        )


def _check_listen(name: str, listen: str) -> None:
    host = listen.rpartition(":")[0]
    if listen.startswith(UNIX) or is_loopback(host):
        return
    raise UserError(
        f"The {name} door listens on {listen}, where the network reaches it without Tor.",
        f'Write listen = "unix:/run/sourdine/{name}.sock" under [{name}] in intake.toml.',
    )


def _check_hosts(name: str, hosts: tuple[str, ...]) -> None:
    for host in hosts:
        if host.endswith(".onion") and not is_onion_address(host):
            raise UserError(
                f"{host} is not an onion address: a letter is wrong, and every visitor would be turned away.",
                "Copy it again from what `sourdine tor up` printed, or from tor's hostname file.",
            )
    if len(hosts) != 1 or not is_onion_address(hosts[0]):
        raise UserError(
            f"The {name} door does not answer to its onion name alone.",
            f'Write hosts = ["….onion"] under [{name}] in intake.toml: the one name that `sourdine tor up` printed.',
        )


def _couriers(settings: IntakeSettings) -> None:
    store = IntakeStore.open(settings)
    names = Couriers(store.engine).names()
    store.close()
    if not names:
        raise UserError("No courier can enter: reports would stay here.", "Type: sourdine courier add NAME")


CHECKS: dict[str, Callable[[IntakeSettings], None]] = {
    "not a trial": _not_trial,
    "secret files are private": _private_files,
    "database": _database,
    "envelopes are whole": _envelopes,
    "room on the disk": _disk,
    "GnuPG seals to the reviewers": _gpg,
    "reviewer manifest": _manifest,
    "pickup key": _pickup_key,
    "courier account": _couriers,
    "addresses of the doors": _addresses,
    "contact for flaws": _contact,
}
