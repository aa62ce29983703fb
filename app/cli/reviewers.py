"""`sourdine reviewers`: the ceremony on the offline machine that holds the root key.

root → add (twice or more) → sign → copy the manifest to intake, desk and registry; each year: renew, sign
"""

from __future__ import annotations

import argparse
import itertools
import json
import secrets
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from app.cli import arguments, ui
from app.cli.main import config_path
from app.errors import UsageError, UserError
from app.reviewer_source import CERTS, Source, SourceReviewer, load_source, save_source
from app.settings import ReviewersSettings, load, refuse_loose
from app.transfer.files import open_plain, write_secret, write_whole
from crypto import note
from crypto.errors import FormatError
from crypto.fields import INSTANCE, NAME
from crypto.kdf import SALT_BYTES, Kdf
from crypto.manifest import CERT_MAX, COLLEGES_MIN, REVIEWERS_MIN, ROLES, Manifest, Nobody, Reviewer, sign_manifest
from crypto.openpgp import certs, keygen
from crypto.signing import SigningKey, public_from_text

VALID_DAYS = 365
# A manifest that ends sooner is more trouble than extending the key that holds it back.
WORTH_DAYS = 30
SIGNED = "signed"
EXTEND = "Have {name} extend the key, then type: sourdine reviewers renew {name} --cert FILE."


def register(programs: Any, summary: str) -> None:
    """Add `reviewers` to the command line."""
    actions = arguments.program(programs, "reviewers", summary)
    parser = arguments.action(
        actions, "root", root, help="make the root key of a new instance", example="sourdine reviewers root"
    )
    parser.add_argument(
        "--replace", action="store_true", help="a new root key for this instance: the old one is lost or renewed"
    )
    _register_people(actions)
    parser = arguments.action(
        actions,
        "sign",
        sign,
        help="sign the next reviewer manifest",
        example="sourdine reviewers sign --desk-key desk.pub --pickup-key pickup.pub --to manifest",
    )
    parser.add_argument("--desk-key", required=True, type=Path, metavar="FILE", help="desk.pub of `desk init`")
    parser.add_argument("--pickup-key", required=True, type=Path, metavar="FILE", help="pickup.pub of `intake init`")
    parser.add_argument("--to", required=True, type=Path, metavar="FILE")
    parser.add_argument(
        "--days", type=int, help=f"how long it is valid (default: {VALID_DAYS}, or until the first key ends)"
    )
    parser = arguments.action(
        actions, "show", show, help="what would be signed next", example="sourdine reviewers show --json"
    )
    parser.add_argument("--json", action="store_true")


def _register_people(actions: Any) -> None:
    parser = arguments.action(
        actions,
        "add",
        add,
        help="record a reviewer's certificate",
        example="sourdine reviewers add alize --college members --cert alize.asc",
    )
    parser.add_argument("name", metavar="NAME", help="pseudonym")
    parser.add_argument("--college", required=True, help="the college that sends this reviewer")
    parser.add_argument("--cert", required=True, type=Path, metavar="FILE", help="OpenPGP certificate, Ed25519/cv25519")
    parser.add_argument("--role", default="analyst", choices=ROLES)
    parser = arguments.action(
        actions,
        "renew",
        renew,
        help="record the certificate of a key that its reviewer has extended",
        example="sourdine reviewers renew alize --cert alize.cert",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("--cert", required=True, type=Path, metavar="FILE", help="the same key, with a later end")
    parser = arguments.action(
        actions, "retire", retire, help="leave a reviewer out from now on", example="sourdine reviewers retire alize"
    )
    parser.add_argument("name", metavar="NAME")


def root(args: argparse.Namespace) -> None:
    """Make root key, public half and an empty source. Never over existing ones, unless the key is to be replaced."""
    if args.replace:
        return _replace_root(args)
    settings = load(ReviewersSettings, config_path(args))
    instance = settings.instance or secrets.token_hex(8)
    if not INSTANCE.fullmatch(instance):
        raise UserError("The setting instance is not 1 to 63 of a-z, 0-9, - and .", "Correct it in reviewers.toml.")
    source = settings.path(settings.source)
    if source.exists():
        raise UserError(f"{source} exists already: this instance has its root key.", "Nothing was changed.")
    _new_root(settings)
    save_source(source, Source(instance, secrets.token_bytes(SALT_BYTES), Kdf(), 0, "", ()))
    ui.note("Write that line in intake.toml and desk.toml. Keep the root key off line, with a copy elsewhere.")
    return None


def _replace_root(args: argparse.Namespace) -> None:
    """A new root key; instance, salt, cost, version and digest stay, so the next manifest follows the last one."""
    settings, _, _ = _open(args)
    public, secret = _public_file(settings), settings.path(settings.root_key)
    former = _former(settings)
    if public.exists():
        former = list(dict.fromkeys([*former, public.read_text(encoding="ascii").strip()]))
        write_whole(_former_file(settings), ["".join(f"{root}\n" for root in former).encode("ascii")])
    if secret.exists():
        secret.rename(_spare(secret))
    _new_root(settings)
    ui.say(f"former_roots = {json.dumps(former)}")
    ui.note(
        "Sign the next manifest. The first line goes into intake.toml, desk.toml and registry.toml, the second into "
        "desk.toml only. Destroy the old root key when every machine has the new manifest."
    )


def _new_root(settings: ReviewersSettings) -> None:
    key = SigningKey.generate()
    write_secret(settings.path(settings.root_key), key.to_text())
    write_whole(_public_file(settings), [key.public.hex().encode("ascii") + b"\n"])
    ui.say(f'root = "{key.public.hex()}"')


def _spare(secret: Path) -> Path:
    """Where a replaced key goes: nothing here destroys a key before people have looked."""
    names = (secret.with_name(f"{secret.name}.former-{n}") for n in itertools.count(1))
    return next(path for path in names if not path.exists())


def add(args: argparse.Namespace) -> None:
    """Check a certificate, record it, and make the `nobody` that stands in when the reviewer is excluded."""
    settings, path, source = _open(args)
    for label, name in (("name", args.name), ("college", args.college)):
        if not NAME.fullmatch(name):
            raise UserError(f"A {label} is 1 to 32 of a-z, 0-9 and -, a letter first.", "Choose a pseudonym.")
    if any(reviewer.name == args.name for reviewer in source.reviewers):
        raise UserError(f"There is or was a reviewer named {args.name}.", "A name is never used again: choose another.")
    today = settings.clock.today()
    cert, info = _inspect_file(args.cert, today)
    if any(reviewer.fingerprint == info.fingerprint for reviewer in source.reviewers):
        raise UserError("This certificate is already recorded for another reviewer.", "Each reviewer has their own.")
    nobody = Nobody(*keygen.nobody_cert(today))
    reviewer = SourceReviewer(args.name, args.college, args.role, info.fingerprint, cert, nobody)
    save_source(path, source.with_reviewer(reviewer))
    ui.say(f"{args.name} ({args.college}, {args.role}): {info.fingerprint}")
    ui.note("Compare that fingerprint with the reviewer, face to face, before signing.")


def renew(args: argparse.Namespace) -> None:
    """The same key with a later end. Place, college and `nobody` stay, so nothing changes for what was sealed."""
    settings, path, source = _open(args)
    known = _active(source, args.name)
    today = settings.clock.today()
    cert, info = _inspect_file(args.cert, today)
    if info.fingerprint != known.fingerprint:
        raise UserError(
            f"That is another key than the one of {args.name}.",
            "Nothing was changed. A new key comes under a new name: sourdine reviewers add.",
        )
    if (info.expires or date.max) <= _end(known.cert, today):
        raise UserError(
            "That certificate ends no later than the one that is recorded.",
            f"Nothing was changed. Let the reviewer type: gpg --quick-set-expire {known.fingerprint} 2y, the same "
            "again with '*' behind it, and export it anew.",
        )
    save_source(path, source.with_certificate(args.name, cert))
    ui.say(f"{args.name}: the key ends {f'on {info.expires}' if info.expires else 'never'}.")
    ui.note("Sign the next manifest, and bring it to every program.")


def _end(cert: bytes, today: date) -> date:
    """The first day on which nothing can be sealed to it; in the past when that day has come."""
    try:
        return certs.inspect(cert, day=today).expires or date.max
    except FormatError:
        return date.min


def _active(source: Source, name: str) -> SourceReviewer:
    reviewer = next((known for known in source.active if known.name == name), None)
    if reviewer is None:
        raise UserError(f"There is no active reviewer named {name}.", "See: sourdine reviewers show")
    return reviewer


def retire(args: argparse.Namespace) -> None:
    """Leave a reviewer out of the next manifest."""
    _, path, source = _open(args)
    save_source(path, source.with_reviewer(replace(_active(source, args.name), retired=True)))
    ui.say(f"{args.name} is left out from the next manifest on. Sign it, then bring it to every program.")


def sign(args: argparse.Namespace) -> None:
    """Sign the next version; keep a copy, then hand it over."""
    settings, path, source = _open(args)
    if args.days is not None and not 1 <= args.days <= 3660:
        raise UsageError("A manifest is valid for 1 to 3660 days.", "Leave --days out for a year.")
    today = settings.clock.today()
    key = SigningKey.from_text(refuse_loose(settings.path(settings.root_key)).read_text(encoding="ascii"))
    desk_key, pickup_key = _public(args.desk_key), _public(args.pickup_key)
    manifest = Manifest(
        instance=source.instance,
        version=source.version + 1,
        previous=source.digest,
        issued=today,
        expires=_until(source, today, args.days),
        salt=source.salt,
        kdf=source.kdf,
        reviewers=tuple(Reviewer(r.name, r.college, r.role, r.fingerprint, r.cert) for r in source.active),
        nobodies=tuple(reviewer.nobody for reviewer in source.active),
        desk_key=desk_key,
        pickup_key=pickup_key,
    )
    _check_reviewers(manifest, today)
    data = sign_manifest(manifest, key)
    # The copy is kept first: a version that left this machine can always be found here again.
    kept = path.parent / SIGNED / f"{manifest.version:04}.manifest"
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(kept, [data])
    save_source(path, replace(source, version=manifest.version, digest=note.digest(data)))
    write_whole(args.to, [data])
    ui.say(f"manifest {manifest.version}: {len(manifest.reviewers)} reviewers, until {manifest.expires.isoformat()}")


def _until(source: Source, today: date, days: int | None) -> date:
    """The last day of the next manifest: the one that was asked for, or a year, or the day before a key ends.

    Raises:
        UserError: a key ends so soon that it must be extended first.
    """
    if days is not None:
        return today + timedelta(days=days)
    year = today + timedelta(days=VALID_DAYS)
    ends = {reviewer.name: _end(reviewer.cert, today) for reviewer in source.active}
    name = min(ends, key=lambda one: ends[one], default="")
    if not name or ends[name] > year or ends[name] == date.min:  # what is wrong with a certificate is said later
        return year
    until = ends[name] - timedelta(days=1)
    if (until - today).days < WORTH_DAYS:
        raise UserError(
            f"The key of {name} expires on {ends[name]}: a manifest would end before that.", EXTEND.format(name=name)
        )
    ui.note(f"The manifest ends on {until}, before the key of {name} does. {EXTEND.format(name=name)}")
    return until


def show(args: argparse.Namespace) -> None:
    """The source as it stands; nothing secret."""
    settings, _, source = _open(args)
    public = _public_file(settings)
    facts = {
        "root": public.read_text(encoding="ascii").strip() if public.exists() else "",
        "former_roots": _former(settings),
        "instance": source.instance,
        "version": source.version,
        "digest": source.digest,
        "reviewers": [
            {"name": r.name, "college": r.college, "role": r.role, "fingerprint": r.fingerprint, "retired": r.retired}
            for r in source.reviewers
        ],
    }
    if args.json:
        ui.result(facts)
        return
    ui.say(f'root = "{facts["root"]}"')
    if facts["former_roots"]:
        ui.say(f"former_roots = {json.dumps(facts['former_roots'])}")
    ui.say(f"instance {source.instance}, last manifest signed: {source.version or 'none'}")
    for r in source.reviewers:
        ui.say(f"  {r.name:12} {r.college:12} {r.role:9} {r.fingerprint}{' retired' if r.retired else ''}")


def _open(args: argparse.Namespace) -> tuple[ReviewersSettings, Path, Source]:
    settings = load(ReviewersSettings, config_path(args))
    path = settings.path(settings.source)
    if not path.exists():
        raise UserError("This machine has no root key yet.", "Type: sourdine reviewers root")
    return settings, path, load_source(path)


def _public_file(settings: ReviewersSettings) -> Path:
    return settings.path(settings.root_key).with_suffix(".pub")


def _former_file(settings: ReviewersSettings) -> Path:
    return settings.path(settings.root_key).with_suffix(".former")


def _former(settings: ReviewersSettings) -> list[str]:
    """The public halves of replaced root keys, oldest first."""
    path = _former_file(settings)
    return path.read_text(encoding="ascii").split() if path.exists() else []


def _public(path: Path) -> bytes:
    with open_plain(path, limit=1024) as stream:
        text = stream.read().decode("ascii", "replace")
    try:
        return public_from_text(text)
    except FormatError:
        raise UserError(f"{path} does not hold a public key of ours.", "Bring the .pub file that init wrote.") from None


def _inspect_file(path: Path, today: date) -> tuple[bytes, certs.CertInfo]:
    with open_plain(path, limit=2 * CERT_MAX) as stream:
        data = stream.read()
    try:
        cert = certs.dearmor(data)
        info = certs.inspect(cert, day=today)
    except FormatError as error:
        raise UserError(f"{path} is refused: {error}.", "Export the reviewer's Ed25519/cv25519 public key.") from None
    if info.has_secret:
        raise UserError(f"{path} holds a secret key.", "Destroy this copy and export only the public key.")
    return cert, info


def _check_reviewers(manifest: Manifest, today: date) -> None:
    """The sentences for what `sign_manifest` would refuse, and the keys' own dates, which it cannot know."""
    colleges = {reviewer.college for reviewer in manifest.reviewers}
    if len(manifest.reviewers) < REVIEWERS_MIN or len(colleges) < COLLEGES_MIN:
        raise UserError("Two reviewers of two colleges are needed at least.", "Type: sourdine reviewers add NAME …")
    for reviewer in manifest.reviewers:
        try:
            info = certs.inspect(reviewer.cert, day=today)
        except FormatError as error:
            raise UserError(f"The certificate of {reviewer.name} is refused: {error}.", "Add a new one.") from None
        if info.fingerprint != reviewer.fingerprint:
            raise UserError(f"{CERTS}/{reviewer.name}.cert is not the recorded one.", "Restore the folder from a copy.")
        if info.expires is not None and info.expires <= manifest.expires:
            raise UserError(
                f"The key of {reviewer.name} expires on {info.expires}, before the manifest.",
                f"{EXTEND.format(name=reviewer.name)} Or sign with fewer --days.",
            )
