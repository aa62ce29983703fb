"""As much of JSON Schema (draft 2020-12) as the schemas of the record use; another keyword is an error."""

from __future__ import annotations

import re
from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None), "boolean": bool}
SAYS_NOTHING = {"description", "example", "examples", "title", "format", "contentEncoding"}


def problems(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str = "$") -> list[str]:
    """Everything in `value` that the schema refuses; `schemas` are those that a `$ref` names by its last part."""
    found: list[str] = []
    for keyword, rule in schema.items():
        if keyword in SAYS_NOTHING:
            continue
        found += _RULES[keyword](value, rule, schemas, where, schema)
    return found


def _ref(value, rule, schemas, where, schema):
    return problems(value, schemas[rule.rsplit("/", 1)[1]], schemas, where)


def _type(value, rule, schemas, where, schema):
    names = [rule] if isinstance(rule, str) else rule
    fits = any(isinstance(value, TYPES[name]) and not (name == "integer" and value is True) for name in names)
    return [] if fits and not (names == ["integer"] and isinstance(value, bool)) else [f"{where}: not {rule}"]


def _any(value, rule, schemas, where, schema):
    return [] if any(not problems(value, one, schemas, where) for one in rule) else [f"{where}: none of anyOf"]


def _properties(value, rule, schemas, where, schema):
    if not isinstance(value, dict):
        return []
    return [
        text
        for name, inner in rule.items()
        if name in value
        for text in problems(value[name], inner, schemas, f"{where}.{name}")
    ]


def _additional(value, rule, schemas, where, schema):
    if rule is not False or not isinstance(value, dict):
        return []
    return [f"{where}: unknown field {name}" for name in value if name not in schema["properties"]]


def _required(value, rule, schemas, where, schema):
    return [f"{where}: {name} is missing" for name in rule if isinstance(value, dict) and name not in value]


def _items(value, rule, schemas, where, schema):
    if not isinstance(value, list):
        return []
    return [text for number, item in enumerate(value) for text in problems(item, rule, schemas, f"{where}[{number}]")]


def _if(kind, holds, name):
    def check(value, rule, schemas, where, schema):
        return [f"{where}: {name} {rule}"] if isinstance(value, kind) and not holds(value, rule) else []

    return check


_RULES = {
    "$ref": _ref,
    "type": _type,
    "anyOf": _any,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "enum": _if(object, lambda value, rule: value in rule, "not one of"),
    "const": _if(object, lambda value, rule: value == rule, "not"),
    "pattern": _if(str, lambda value, rule: re.search(rule, value), "does not match"),
    "minLength": _if(str, lambda value, rule: len(value) >= rule, "shorter than"),
    "maxLength": _if(str, lambda value, rule: len(value) <= rule, "longer than"),
    "minimum": _if(int, lambda value, rule: value >= rule, "below"),
    "maximum": _if(int, lambda value, rule: value <= rule, "above"),
    "minItems": _if(list, lambda value, rule: len(value) >= rule, "fewer than"),
    "maxItems": _if(list, lambda value, rule: len(value) <= rule, "more than"),
    "uniqueItems": _if(list, lambda value, rule: len(set(map(str, value))) == len(value), "not unique"),
}
