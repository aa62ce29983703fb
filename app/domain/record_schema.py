"""The record as JSON Schema (draft 2020-12), made from the dataclasses and tables that read it.

A schema says which fields there are, of which type, out of which list. Rules that join fields, such as a reference for
grade A1, are in docs/spec/entry.md and in `entry.parse`, which stays the judge.
"""

from __future__ import annotations

import types
import typing
from dataclasses import fields, is_dataclass
from typing import Any

from app.domain import record_groups as groups
from app.domain import taxonomy
from app.domain.countries import COUNTRIES
from app.domain.durations import MONTH
from app.domain.entry import ENDS, SCHEMA, STATUSES, SUCCESSORS_MAX, Entry, Tombstone
from app.domain.identifiers import IDENTIFIERS, REGC_ID

Schema = dict[str, Any]

_MONTH = {"pattern": f"^{MONTH.pattern}$"}
_MONTH_OR_NOTHING = {"pattern": f"^(?:{MONTH.pattern})?$"}
_REGC = {"pattern": f"^{REGC_ID.pattern}$"}
_HASH = {"pattern": "^[0-9a-f]{64}$"}
_PERIOD = {"pattern": "^(?:19|20)[0-9]{2}(?:-H[12])?$"}
_URL = {"pattern": "^(?:https://.+)?$", "maxLength": 300}
_NAME = {"maxLength": groups.NAME_MAX}
_NEEDED_NAME = {"minLength": 1, **_NAME}
_NOTE = {"maxLength": groups.NOTE_MAX}
_YEAR = {"minimum": 1900, "maximum": 2100}


def _codes(*values: Any) -> Schema:
    return {"enum": list(values)}


def _list_of(values: Any, *, least: int = 0) -> Schema:
    return {"items": _codes(*values), "uniqueItems": True, "minItems": least}


# What a type alone does not say, by class and field. A field that is not here has nothing more to say.
_RULES: dict[tuple[str, str], Schema] = {
    ("Entry", "schema"): {"const": SCHEMA},
    ("Entry", "regc_id"): _REGC,
    ("Entry", "version"): {"minimum": 1, "maximum": 9_999},
    ("Entry", "status"): _codes(*STATUSES),
    ("Entry", "corrections"): {"maxItems": 50},
    ("Entry", "references"): {"maxItems": 20},
    ("Entry", "remediation"): {"maxItems": 50},
    ("Tombstone", "schema"): {"const": SCHEMA},
    ("Tombstone", "regc_id"): _REGC,
    ("Tombstone", "version"): {"minimum": 2, "maximum": 9_999},
    ("Tombstone", "status"): _codes(*ENDS),
    ("Tombstone", "month"): _MONTH,
    ("Tombstone", "replaced_by"): {"items": {"type": "string", **_REGC}, "maxItems": SUCCESSORS_MAX},
    ("Cooperative", "name"): _NEEDED_NAME,
    ("Cooperative", "form"): _codes(*taxonomy.FORMS),
    ("Cooperative", "country"): _codes(*COUNTRIES),
    ("Cooperative", "members"): _codes(*taxonomy.MEMBERS),
    ("Cooperative", "federation"): _NAME,
    ("Cooperative", "sector"): _codes(*dict.fromkeys(["", *taxonomy.SECTORS])),
    ("Identifier", "type"): _codes(*IDENTIFIERS),
    ("Identifier", "value"): {"minLength": 1, "maxLength": 30},
    ("Body", "organ"): _codes(*taxonomy.ORGANS),
    ("Body", "function"): _codes(*dict.fromkeys(["", *taxonomy.FUNCTIONS])),
    ("Body", "mandate_from"): _YEAR,
    ("Body", "mandate_to"): _YEAR,
    ("Nominative", "expires"): _MONTH,
    ("Nominative", "digest"): _HASH,
    ("Basis", "type"): _codes(*groups.BASES),
    ("Basis", "id"): {"maxLength": 120},
    ("Basis", "url"): _URL,
    ("Basis", "verified"): _MONTH,
    ("Basis", "counsel"): {"minLength": 1, **_NOTE},
    ("Finding", "category"): _codes(*taxonomy.CATEGORIES),
    ("Finding", "subcode"): {"maxLength": 8},
    ("Finding", "severity"): {"minimum": 1, "maximum": 4},
    ("Finding", "text"): {"minLength": 1, "maxLength": groups.FINDING_MAX},
    ("Finding", "period_from"): _PERIOD,
    ("Finding", "period_to"): _PERIOD,
    ("Finding", "grade"): _codes(*sorted(taxonomy.VERIFYING_GRADES)),
    ("Finding", "evidence"): _list_of(taxonomy.EVIDENCE, least=1),
    ("Finding", "founding_principles"): _list_of(taxonomy.FOUNDING, least=1),
    ("Finding", "ica_principles"): _list_of(taxonomy.ICA),
    ("Finding", "harm"): _codes(*taxonomy.HARMS),
    ("Dates", "published"): _MONTH,
    ("Dates", "reviewed"): _MONTH_OR_NOTHING,
    ("Dates", "renewed"): _MONTH_OR_NOTHING,
    ("Dates", "corrected"): _MONTH_OR_NOTHING,
    ("Adversarial", "notified"): _MONTH,
    ("Adversarial", "persons_informed"): _MONTH_OR_NOTHING,
    ("Adversarial", "reply"): {"maxLength": groups.FINDING_MAX},
    ("Adversarial", "reply_inserted"): _MONTH_OR_NOTHING,
    ("Adversarial", "reply_refused"): _NOTE,
    ("Adversarial", "observations"): {"maxItems": 10},
    ("Observation", "month"): _MONTH,
    ("Observation", "text"): {"minLength": 1, "maxLength": groups.FINDING_MAX},
    ("Correction", "month"): _MONTH,
    ("Correction", "field"): {"minLength": 1, "maxLength": 40},
    ("Correction", "before"): _HASH,
    ("Correction", "reason"): _codes(*groups.REASONS),
    ("Correction", "note"): {"minLength": 1, **_NOTE},
    ("Reference", "type"): _codes(*groups.REFERENCES),
    ("Reference", "id"): {"minLength": 1, "maxLength": 120},
    ("Reference", "url"): _URL,
    ("Step", "month"): _MONTH,
    ("Step", "status"): _codes(*groups.STEPS),
    ("Step", "note"): _NOTE,
    ("Collective", "cases"): _codes(*groups.RANGES),
    ("Collective", "entitled_body"): _NAME,
}
_SIMPLE = {str: "string", int: "integer"}


def schemas(prefix: str = "#/components/schemas/") -> dict[str, Schema]:
    """Entry, Tombstone and every group, by name; each refers to the others below `prefix`."""
    found: dict[str, Schema] = {}
    for kind in (Entry, Tombstone):
        _object(kind, prefix, found)
    return found


def _object(kind: type, prefix: str, found: dict[str, Schema]) -> Schema:
    """A reference to the schema of a dataclass, which is added to `found` with all that it holds."""
    name = kind.__name__
    hints = typing.get_type_hints(kind)
    properties = {
        field.name: _value(hints[field.name], prefix, found) | _RULES.get((name, field.name), {})
        for field in fields(kind)
    }
    # The signed form is the full form: every field stands, and no other.
    found[name] = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"$ref": prefix + name}


def _value(hint: Any, prefix: str, found: dict[str, Schema]) -> Schema:
    if is_dataclass(hint):
        return _object(typing.cast("type", hint), prefix, found)
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _value(typing.get_args(hint)[0], prefix, found)}
    if isinstance(hint, types.UnionType):
        kinds = [one for one in typing.get_args(hint) if one is not types.NoneType]
        return {"anyOf": [*(_value(one, prefix, found) for one in kinds), {"type": "null"}]}
    return {"type": _SIMPLE[hint]}
