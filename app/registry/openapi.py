"""The read API as an OpenAPI 3.1 document: every address that this register answers, and no other.

The schemas of entry and tombstone are made from app/domain/record_schema.py. An address that is not in the running
site, such as the log of a register without one, is left out.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Flask, Response, current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from app.domain import record_schema
from app.domain.entry import Entry, Tombstone
from app.registry import lines
from app.registry.addresses import ADDRESSES, EXAMPLE_ID, OTHER_ID, Address, Parameter

VERSION = "1.0.0"
_REF = "#/components/schemas/"
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_BASE64 = {"type": "string", "contentEncoding": "base64"}
_HEX = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_NAMES = {"type": "array", "items": {"type": "string", "pattern": "^REGC-20[0-9]{2}-[A-Z2-7]{16}$"}}

_ENTRY = {
    "regc_id": EXAMPLE_ID,
    "cooperative": {
        "name": "Coopérative des Trois Rivières",
        "form": "scic",
        "country": "FR",
        "identifier": {"type": "siren", "value": "732829320"},
        "members": "250-999",
    },
    "body": {"organ": "board", "mandate_from": 2022, "mandate_to": 2025},
    "finding": {
        "category": "GOV",
        "text": "Manquement constaté à l'obligation de convoquer l'assemblée générale.",
        "period_from": "2024",
        "grade": "A2",
        "evidence": ["authenticated_internal_document"],
    },
    "dates": {"published": "2026-12"},
    "adversarial": {"notified": "2026-10"},
}

openapi = Blueprint("openapi", __name__)


def register(app: Flask) -> None:
    """Add the document to the site."""
    app.register_blueprint(openapi)


@openapi.get("/openapi.json")
def document_page() -> Response:
    """The document."""
    text = json.dumps(document(current_app.url_map.bind("localhost")), ensure_ascii=False, indent=1)
    return Response(text, mimetype="application/json")


def document(site: MapAdapter) -> dict[str, Any]:
    """The document of a site, given its addresses."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "REGC: register of cooperative governance",
            "version": VERSION,
            "summary": "Read only. Findings of an observatory, each with its evidence, the reply to it and its end.",
            "description": "Formats: docs/spec/registry-data.md. Months only, never a day; never a person.",
            "license": {"name": "AGPL-3.0-only", "identifier": "AGPL-3.0-only"},
        },
        "servers": [{"url": "/"}],
        "paths": {one.path: {"get": _operation(one)} for one in ADDRESSES if _answers(site, one)},
        "components": {"schemas": _schemas()},
    }


def _answers(site: MapAdapter, address: Address) -> bool:
    try:
        site.match(address.example, method="GET")
    except HTTPException:
        return False
    return True


def _operation(address: Address) -> dict[str, Any]:
    name = address.path.strip("/").replace("/", "_").translate(str.maketrans(".-", "__", "{}")) or "home"
    found = {
        "200": {"description": address.summary, "content": {address.kind: {"schema": address.schema}}},
        "304": {"description": "Not modified: the ETag of If-None-Match is still right."},
    }
    return {
        "operationId": name,
        "summary": address.summary,
        "parameters": [_parameter(one) for one in address.parameters],
        "responses": found | {code: {"description": text} for code, text in address.others.items()},
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    inside = "path" if one.required else "query"
    return {
        "name": one.name,
        "in": inside,
        "required": one.required,
        "description": one.summary,
        "schema": one.schema,
        "example": one.example,
    }


def _schemas() -> dict[str, Any]:
    found = record_schema.schemas(_REF)
    found["Entry"]["example"] = Entry.parse(_ENTRY).to_dict()
    found["Tombstone"]["example"] = Tombstone(EXAMPLE_ID, 2, "replaced", "2027-03", (OTHER_ID,)).to_dict()
    return found | _download() | _delta()


def _download() -> dict[str, Any]:
    """entries.json, item by item."""
    return {
        "Download": _full(
            format={"const": lines.DOWNLOAD},
            origin=_TEXT,
            issuers=_list("Issuer"),
            entries=_list("DownloadEntry"),
            leaves=_list("Leaves"),
        ),
        "Issuer": _full(issuer=_TEXT, manifests={"type": "array", "items": _BASE64}, checkpoint=_BASE64, size=_COUNT),
        "DownloadEntry": _full(
            issuer=_TEXT,
            manifest=_COUNT,
            leaf={"type": ["integer", "null"], "minimum": 0},
            salt=_BASE64,
            signatures={"type": "array", "items": _full(reviewer=_TEXT, signature=_BASE64)},
            entry={"anyOf": [_ref("Entry"), _ref("Tombstone")]},
        ),
        "Leaves": _full(
            issuer=_TEXT,
            start=_COUNT,
            hashes={
                "type": "array",
                "maxItems": lines.LEAVES,
                "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            },
        ),
    }


def _delta() -> dict[str, Any]:
    """A daily delta, and the list of them."""
    return {
        "Delta": _full(format={"const": lines.DELTA}, origin=_TEXT, day=_day(), changes=_list("Change")),
        "Change": {"anyOf": [_ref("Told"), _ref("Gone")]},
        "Told": _full(
            op={"enum": ["ADD", "MOD"]},
            regc_id=_TEXT,
            version=_COUNT,
            record={"anyOf": [_ref("DownloadEntry"), {"type": "null"}]},
        ),
        "Gone": _full(
            op={"const": "DEL"},
            regc_id=_TEXT,
            version=_COUNT,
            reason={"enum": ["expired", "withdrawn", "replaced"]},
            replaced_by=_NAMES,
        ),
        "DeltaDays": _full(format={"const": lines.DAYS}, origin=_TEXT, days={"type": "array", "items": _day()}),
    }


def _full(**properties: Any) -> dict[str, Any]:
    """An object with all these fields and no other."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF + name}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _day() -> dict[str, str]:
    return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
