"""The addresses that the OpenAPI document tells of: what each gives, as what, and with which parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.domain import taxonomy
from app.domain.countries import COUNTRIES

EXAMPLE_ID = "REGC-2026-ABCDEFGHIJKLMNOP"
OTHER_ID = "REGC-2026-BBBBBBBBBBBBBBBB"
_HTML, _JSON, _CSV, _LINES, _TEXT, _BYTES = (
    "text/html",
    "application/json",
    "text/csv",
    "application/x-ndjson",
    "text/plain",
    "application/octet-stream",
)
_STRING = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 0}
_YEAR = {"type": "string", "pattern": "^(?:(?:19|20)[0-9]{2})?$"}
_NO_SUCH = {"404": "There is no such thing."}
_MALFORMED = {"400": "A parameter is malformed."}
_BUSY = {"503": "Too busy: come back later, see Retry-After."}


@dataclass(frozen=True)
class Parameter:
    """One part of an address; `required` ones stand in the path, the others behind the question mark."""

    name: str
    summary: str
    example: str | int
    schema: dict[str, Any]
    required: bool = False


@dataclass(frozen=True)
class Address:
    """One address. `others`: what else it may answer than 200 and 304, by status."""

    path: str
    summary: str
    kind: str
    schema: dict[str, Any]
    parameters: tuple[Parameter, ...] = ()
    others: dict[str, str] = field(default_factory=dict)

    @property
    def example(self) -> str:
        """The path with the example of each of its parts."""
        path = self.path
        for one in self.parameters:
            path = path.replace(f"{{{one.name}}}", str(one.example))
        return path


def _choice(name: str, summary: str, values: Any, example: str) -> Parameter:
    return Parameter(name, summary, example, {"enum": ["", *values]})


def _page(path: str, summary: str, *parameters: Parameter, **others: str) -> Address:
    return Address(path, summary, _HTML, _STRING, parameters, {code[1:]: text for code, text in others.items()})


def _file(path: str, kind: str, summary: str, schema: dict[str, Any] = _STRING) -> Address:
    return Address(path, summary, kind, schema, others=_BUSY)


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_SEARCH = (
    Parameter("q", "Words that all stand in it, accents and endings aside.", "assemblée générale", _STRING),
    _choice("country", "ISO 3166-1 alpha-2.", COUNTRIES, "FR"),
    _choice("category", "Code of the category.", taxonomy.CATEGORIES, "GOV"),
    _choice("principle", "Founding principle, or number of an ICA principle.",
            [*taxonomy.FOUNDING, *map(str, taxonomy.ICA)], "democracy"),
    _choice("status", "Status of the entry.", ["published", "contested", "corrected"], "published"),
    Parameter("from", "First year of the period.", "2024", _YEAR),
    Parameter("to", "Last year of the period.", "2026", _YEAR),
    Parameter("page", "Page of results.", 1, {"type": "integer", "minimum": 1, "maximum": 99_999}),
)  # fmt: skip
_REGC = Parameter(
    "regc_id", "Permanent name of an entry.", EXAMPLE_ID,
    {"type": "string", "pattern": "^REGC-20[0-9]{2}-[A-Z2-7]{16}$"}, required=True,
)  # fmt: skip
_COOPERATIVE = Parameter(
    "cooperative_id", "Id of a cooperative.", "fr-siren-732829320",
    {"type": "string", "pattern": "^[a-z]{2,3}-[a-z0-9-]{1,60}$"}, required=True,
)  # fmt: skip
_DAY = Parameter("day", "A day, not after today.", "2026-12-02", {"type": "string", "format": "date"}, required=True)
_ISSUER = Parameter("issuer", "Name of an issuer.", "desk.example", _STRING, required=True)
_LEVEL = Parameter("level", "Level of the tile.", 0, {**_NUMBER, "maximum": 63}, required=True)
_TILE = Parameter("tile", "A tile as C2SP writes it: x001/x234/067, 000.p/1.", "000.p/1", _STRING, required=True)


def _numbers(*names: tuple[str, str, int]) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, summary, example, _NUMBER) for name, summary, example in names)


_INCLUSION = _numbers(("leaf", "Number of the leaf.", 0), ("size", "Leaves of the tree.", 1))
_CONSISTENCY = _numbers(("from", "Leaves of the older tree.", 1), ("to", "Leaves of the newer tree.", 1))

_HASHES = {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
_PROOF = {
    "type": "object",
    "properties": {"log": _STRING, "proof": _HASHES},
    "required": ["log", "proof"],
}


def _log(door: str, whose: str, *issuer: Parameter) -> tuple[Address, ...]:
    """The addresses of a log; what they give is in docs/spec/log.md."""
    wrong = _MALFORMED | _NO_SUCH
    return (
        Address(f"{door}/checkpoint", f"Signed head of the log {whose} (C2SP checkpoint).", _TEXT, _STRING,
                issuer, _NO_SUCH),
        Address(f"{door}/tile/{{level}}/{{tile}}", f"Hashes of the log {whose} (C2SP tlog-tiles).", _BYTES, _STRING,
                (*issuer, _LEVEL, _TILE), wrong),
        Address(f"{door}/tile/entries/{{tile}}", f"Leaves of the log {whose}: commitments.", _BYTES, _STRING,
                (*issuer, _TILE), wrong),
        Address(f"{door}/proof/inclusion", f"That a leaf is in the log {whose} (RFC 6962).", _JSON, _PROOF,
                (*issuer, *_INCLUSION), wrong),
        Address(f"{door}/proof/consistency", f"That the log {whose} only grew (RFC 6962).", _JSON, _PROOF,
                (*issuer, *_CONSISTENCY), wrong),
    )  # fmt: skip


ADDRESSES = (
    _page("/", "First page: what this is, a search, the newest entries."),
    _page("/search", "Entries by words and lists, newest first.", *_SEARCH, _400="A value is not of its list."),
    _page(
        "/entry/{regc_id}",
        "One entry.",
        _REGC,
        _301="It was merged into another, which is named.",
        _404="Never published.",
        _410="It was withdrawn or has run its time: a neutral page.",
    ),
    _page(
        "/cooperative/{cooperative_id}",
        "What is shown of one cooperative, with a timeline.",
        _COOPERATIVE,
        _301="Reviewers judged it to be another, which is named.",
        _404="No entry ever named it.",
    ),
    _page("/policy", "How entries come, how long they stay, how to answer."),
    Address("/feed.atom", "The newest entries.", "application/atom+xml", _STRING),
    _file("/export/entries.json", _JSON, "Everything shown, with all that checks it.", _named("Download")),
    _file("/export/entries.csv", _CSV, "One row per entry."),
    _file("/export/statements.csv", _CSV, "One row per claim."),
    _file("/export/entries.ftm.json", _LINES, "FollowTheMoney entities, one on each line."),
    _file("/export/delta/index.json", _JSON, "The days on which something changed.", _named("DeltaDays")),
    Address("/export/delta/{day}.json", "What one day changed.", _JSON, _named("Delta"), (_DAY,), _NO_SUCH | _BUSY),
    Address("/openapi.json", "This document.", _JSON, {"type": "object"}),
    *_log("/log", "of the first issuer"),
    *_log("/log/{issuer}", "of one issuer", _ISSUER),
)  # fmt: skip
