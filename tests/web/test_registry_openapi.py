"""The OpenAPI document tells what the site answers: each address, as what, and with which fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from app.domain.entry import parse_signed
from tests.fakes.issuer import forget_keys
from tests.unit.domain.json_schema import problems
from tests.unit.domain.samples import raw_entry
from tests.web.registry_site import NAMED, OTHER_ID, RICH, THIRD_ID, Site, tombstone

# What people look at, and files for machines that no program reads.
NOT_TOLD = {"/reply", "/legal", "/rights", "/verify", "/data"}


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("openapi"), nominative=True)
    made.settings.path("manifest").write_bytes(made.issuer.manifest_bytes)  # whose log stands under /log
    made.load(RICH, raw_entry(regc_id=OTHER_ID), NAMED)
    made.load(tombstone(OTHER_ID, "replaced", replaced_by=(THIRD_ID,)))
    yield made
    made.close()


@pytest.fixture(scope="module")
def document(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.get("/openapi.json").data)
    return found


def address(path: str, operation: dict[str, Any]) -> str:
    """The path with its examples, as a client would ask."""
    query = {one["name"]: one["example"] for one in operation["parameters"] if one["in"] == "query"}
    for one in operation["parameters"]:
        path = path.replace(f"{{{one['name']}}}", str(one["example"]))
    return f"{path}?{urlencode(query)}" if query else path


def test_every_address_answers_as_it_says(site: Site, document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for path, item in document["paths"].items():
        operation = item["get"]
        answer = site.get(address(path, operation))
        assert answer.status_code == 200, path
        ((kind, content),) = operation["responses"]["200"]["content"].items()
        assert answer.mimetype == kind, path
        if kind == "application/json":
            assert problems(json.loads(answer.data), content["schema"], schemas) == [], path


def test_every_address_of_the_site_is_told(site: Site, document: dict[str, Any]) -> None:
    told = {re.sub(r"\{[^}]*\}", "*", path) for path in document["paths"]}
    for rule in site.client.application.url_map.iter_rules():
        path = re.sub(r"<[^>]*>", "*", rule.rule)
        if not path.startswith(("/fr", "/en")):
            assert path in told | NOT_TOLD, rule


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert set(document) == {"openapi", "info", "servers", "paths", "components"}
    assert {"title", "version"} <= set(document["info"])
    names = [item["get"]["operationId"] for item in document["paths"].values()]
    assert len(set(names)) == len(names)
    for path, item in document["paths"].items():
        inside = {one["name"] for one in item["get"]["parameters"] if one["in"] == "path"}
        assert all(one["required"] for one in item["get"]["parameters"] if one["in"] == "path")
        assert inside == {part.split("}")[0] for part in path.split("{")[1:]}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    for part in text.split('"$ref": "')[1:]:
        name = part.split('"')[0]
        assert name.startswith("#/components/schemas/")
        assert name.rsplit("/", 1)[1] in document["components"]["schemas"]


def test_examples_are_records(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("Entry", "Tombstone"):
        example = schemas[name]["example"]
        assert parse_signed(example).to_dict() == example
        assert problems(example, schemas[name], schemas) == []


def test_entries_of_the_download_fit_and_unknown_fields_do_not(site: Site, document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    found = json.loads(site.get("/export/entries.json").data)["entries"]
    assert len(found) == 3
    for one in found:
        assert problems(one, {"$ref": "#/components/schemas/DownloadEntry"}, schemas) == []
        one["entry"]["reporter"] = "x"
        assert problems(one, {"$ref": "#/components/schemas/DownloadEntry"}, schemas)


def test_an_address_that_this_site_has_not_is_not_told(site: Site) -> None:
    from app.registry.openapi import document

    class Nowhere:
        def match(self, _path: str, method: str) -> None:
            from werkzeug.exceptions import NotFound

            raise NotFound(method)

    assert document(Nowhere())["paths"] == {}  # type: ignore[arg-type]
