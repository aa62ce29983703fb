"""`sourdine verify FILE`: any signed file of ours, off line, from the root's public key alone."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.cli import ui
from app.errors import UsageError, UserError
from app.manifest_file import load_manifest
from app.transfer.files import open_plain
from app.transfer.pickup import open_pickup
from crypto import canonical, export, note, outbox
from crypto.checkpoint import Checkpoint, is_checkpoint, open_checkpoint
from crypto.errors import TrustError
from crypto.manifest import Manifest
from crypto.openpgp.verify import verify_all
from crypto.pickup import MAGIC, SIZE_MAX

NOTE_BYTES = canonical.LIMIT + 512

EXAMPLE = """examples:
  sourdine verify manifest --root 4f1c…
  sourdine verify export.regc --root 4f1c… --manifest manifest
  sourdine verify checkpoint --root 4f1c… --manifest manifest
"""


def register(programs: Any, summary: str) -> None:
    """Add `verify` to the command line."""
    parser = programs.add_parser(
        "verify",
        help=summary,
        description=summary,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, help="manifest, pickup, outbox, registry export or log checkpoint")
    parser.add_argument("--root", required=True, help="the root's public key, 64 hexadecimal digits, from the leaflet")
    parser.add_argument("--manifest", type=Path, help="the signed manifest that names the key (not for a manifest)")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check the file; say what it is and who signed it."""
    with open_plain(args.file, limit=SIZE_MAX) as stream:
        kind = "pickup" if stream.read(len(MAGIC)) == MAGIC else kind_of(read(args.file))
    if kind == "manifest":
        facts = of_manifest(load_manifest(args.file, args.root))
    elif kind not in CHECKS:
        raise UserError(f"A signed file of kind {kind} is not known here.", "A newer Sourdine may know it.")
    elif args.manifest is None:
        raise UsageError(f"A {kind} is checked against a manifest.", "Add --manifest FILE.")
    else:
        facts = CHECKS[kind](args.file, load_manifest(args.manifest, args.root))
    if args.json:
        ui.result({"kind": kind, **facts})
    else:
        ui.say(
            f"The signature is right: {kind}, " + ", ".join(f"{name} {value}" for name, value in facts.items()) + "."
        )
    return 0


def kind_of(data: bytes) -> str:
    """What a signed file is, from its first line: a checkpoint is the note of another specification.

    Raises:
        FormatError: no signed file of ours.
    """
    return "checkpoint" if is_checkpoint(data) else note.kind_of(data)


def read(path: Path) -> bytes:
    """A signed note, bounded: what this command is given may come from anywhere."""
    with open_plain(path, limit=NOTE_BYTES) as stream:
        return stream.read()


def same_instance(found: str, manifest: Manifest) -> str:
    """The instance, if it is the manifest's.

    Raises:
        TrustError: the file belongs to another instance that uses the same key.
    """
    if found != manifest.instance:
        raise TrustError("the file belongs to another instance than the manifest")
    return found


def of_manifest(manifest: Manifest) -> dict[str, object]:
    return {
        "instance": manifest.instance,
        "version": manifest.version,
        "expires": str(manifest.expires),
        "reviewers": len(manifest.reviewers),
        "digest": manifest.digest,
    }


def of_pickup(path: Path, manifest: Manifest) -> dict[str, object]:
    with open_pickup(path, manifest.pickup_key) as opened:
        for entry in opened.header.entries:
            # Reading to the end is what checks size and digest.
            for _ in opened.chunks(entry):
                continue
        return {
            "instance": same_instance(opened.header.instance, manifest),
            "number": opened.header.number,
            "envelopes": len(opened.header.entries),
            "digest": opened.digest,
        }


def of_outbox(path: Path, manifest: Manifest) -> dict[str, object]:
    data = read(path)
    opened = outbox.open_outbox(data, manifest.desk_key)
    return {
        "instance": same_instance(opened.instance, manifest),
        "number": opened.number,
        "receipts": len(opened.receipts),
        "replies": len(opened.replies),
        "digest": note.digest(data),
    }


def of_export(path: Path, manifest: Manifest) -> dict[str, object]:
    data = read(path)
    opened = export.open_export_at_once(data, manifest, verify_all)
    return {
        "issuer": opened.issuer,
        "origin": opened.origin,
        "sequence": opened.sequence,
        "entries": len(opened.entries),
        "leaves": open_of(opened.checkpoint, manifest).size,
        "digest": note.digest(data),
    }


def of_checkpoint(path: Path, manifest: Manifest) -> dict[str, object]:
    opened = open_of(read(path), manifest)
    return {"log": opened.origin, "leaves": opened.size, "tree": opened.root.hex()}


def open_of(data: bytes, manifest: Manifest) -> Checkpoint:
    """The checkpoint of a log of this manifest's desk, in whichever registry.

    Raises:
        FormatError, TrustError: it is none, or of another issuer, or by another key.
    """
    origin = data.split(b"\n", 1)[0].decode("utf-8", "replace")
    same_instance(origin.rpartition("/")[2], manifest)
    return open_checkpoint(data, manifest.desk_key, origin=origin)


CHECKS: dict[str, Callable[[Path, Manifest], dict[str, object]]] = {
    "pickup": of_pickup,
    "outbox": of_outbox,
    "export": of_export,
    "checkpoint": of_checkpoint,
}
