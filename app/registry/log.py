"""The transparency log: checkpoint, tiles (C2SP tlog-tiles) and proofs, for each issuer (docs/spec/log.md).

What is asked for by number never changes, so any cache may keep it for ever; the checkpoint grows with each load.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Flask, Response, request

from app.errors import UserError
from app.manifest_file import load_manifest
from app.registry.draw import Shelf, shelf
from app.settings import RegistrySettings
from app.stores.registry_log import LogReader
from app.stores.registry_values import LogHead
from app.web.problem import Refusal
from crypto import canonical, tlog
from crypto.errors import FormatError, SealingError
from crypto.export import log_origin

# The desk publishes monthly and answers any day: whoever watches the log sees a new head within minutes.
CHECKPOINT_CACHE = "public, max-age=60"
FOR_EVER = "public, max-age=31536000, immutable"
BYTES, JSON, TEXT = "application/octet-stream", "application/json", "text/plain; charset=utf-8"
# C2SP tlog-tiles: each entry of a bundle is led by its length on two bytes.
_LENGTH = tlog.HASH.to_bytes(2, "big")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")
_LEVEL = re.compile(r"0|[1-9][0-9]?")

log = Blueprint("log", __name__)


def register(app: Flask) -> None:
    """Add the log of the first issuer under /log and each one under /log/<issuer>."""
    app.register_blueprint(log, name="log_of", url_prefix="/log/<issuer>")
    app.register_blueprint(log, name="log", url_prefix="/log")


@log.get("/checkpoint")
def checkpoint(issuer: str = "") -> Response:
    """The head, as the desk signed it."""
    head = _head(_reader(issuer))
    return _answer(head.checkpoint, TEXT, CHECKPOINT_CACHE)


@log.get("/tile/<level>/<path:place>")
def tile(level: str, place: str, issuer: str = "") -> Response:
    """Up to 256 hashes of one level of the tree."""
    reader = _reader(issuer)
    number, width = _place(place)
    if not _LEVEL.fullmatch(level):
        raise Refusal(400, "bad_request")
    if not tlog.has_tile(int(level), number, width, _head(reader).size):
        raise Refusal(404, "not_found")
    return _answer(reader.tile(int(level), number, width), BYTES, FOR_EVER)


@log.get("/tile/entries/<path:place>")
def entries(place: str, issuer: str = "") -> Response:
    """Up to 256 leaves: the commitments, each led by its length."""
    reader = _reader(issuer)
    number, width = _place(place)
    if not tlog.has_tile(0, number, width, _head(reader).size):
        raise Refusal(404, "not_found")
    found = reader.entries(tlog.TILE_WIDTH * number, width)
    return _answer(b"".join(_LENGTH + commitment for commitment in found), BYTES, FOR_EVER)


@log.get("/proof/inclusion")
def inclusion(issuer: str = "") -> Response:
    """That a leaf stands in the tree of `size` leaves; without a size, the newest one."""
    reader = _reader(issuer)
    leaf, size = _number("leaf"), _number("size", _head(reader).size)
    _within(0 <= leaf < size <= _head(reader).size)
    proof = tlog.inclusion_proof(leaf, size, reader.nodes)
    facts = {"leaf": leaf, "size": size, "leaf_hash": reader.nodes(0, leaf).hex()}
    return _proved(reader, facts | {"root": tlog.tree_root(size, reader.nodes).hex()}, proof, named="size")


@log.get("/proof/consistency")
def consistency(issuer: str = "") -> Response:
    """That the tree of `to` leaves begins with the one of `from`; without `to`, the newest one."""
    reader = _reader(issuer)
    old, new = _number("from"), _number("to", _head(reader).size)
    _within(0 < old <= new <= _head(reader).size)
    proof = tlog.consistency_proof(old, new, reader.nodes)
    roots = {"from_root": tlog.tree_root(old, reader.nodes).hex(), "to_root": tlog.tree_root(new, reader.nodes).hex()}
    return _proved(reader, {"from": old, "to": new, **roots}, proof, named="to")


def first_issuer(settings: RegistrySettings) -> str:
    """Whose log stands under /log itself: the first one of registry.toml, or nobody's when its manifest is not here."""
    for issuer in settings.issuers[:1]:
        try:
            return load_manifest(settings.path(issuer.manifest), issuer.root).instance
        except (UserError, SealingError):
            break
    return ""


def checkpoint_path(here: Shelf) -> str:
    """Where a visitor finds a head: the short address, or the one of the first log by name; "" without a log."""
    heads = {head.issuer for head in here.store.logs()}
    if first_issuer(here.settings) in heads:
        return "/log/checkpoint"
    return f"/log/{min(heads)}/checkpoint" if heads else ""


def _reader(issuer: str) -> LogReader:
    here = shelf()
    # Never another issuer's in the place of the first: caches keep for a year what an address gave once.
    wanted = issuer or first_issuer(here.settings)
    if wanted not in {head.issuer for head in here.store.logs()}:
        raise Refusal(404, "not_found")
    return here.store.log(wanted)


def _head(reader: LogReader) -> LogHead:
    head = reader.head
    if head is None:
        raise Refusal(404, "not_found")
    return head


def _place(path: str) -> tuple[int, int]:
    try:
        return tlog.read_tile_path(path)
    except FormatError:
        raise Refusal(400, "bad_request") from None


def _number(name: str, default: int | None = None) -> int:
    text = request.args.get(name)
    if text is None and default is not None:
        return default
    if text is None or not _NUMBER.fullmatch(text):
        raise Refusal(400, "bad_request")
    return int(text)


def _within(holds: bool) -> None:
    if not holds:
        raise Refusal(404, "not_found")


def _proved(reader: LogReader, facts: dict[str, Any], proof: tuple[bytes, ...], *, named: str) -> Response:
    """A proof about a size that the parameter `named` gives never changes; one about the newest does."""
    origin = log_origin(shelf().settings.origin, reader.issuer)
    body = {"log": origin, **facts, "proof": [step.hex() for step in proof]}
    return _answer(canonical.dumps(body) + b"\n", JSON, FOR_EVER if named in request.args else CHECKPOINT_CACHE)


def _answer(data: bytes, kind: str, cache: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Cache-Control"] = cache
    return response
