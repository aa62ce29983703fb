"""A registry in a folder, with a clock that a test sets, and pages parsed as a validator would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.domain.batch import SignedRecord
from app.registry import create_app
from app.settings import Door, Publisher, RegistrySettings
from app.settings import Issuer as Known
from app.stores.registry import RegistryStore
from tests.fakes.issuer import Issuer
from tests.unit.domain.samples import raw_entry

HOST = "regc.test"
ONION = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
REPORTERS = "sourdineaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaid.onion"
PUBLISHER = Publisher("OETC", "Direction Test", "Hébergeur Test", "1 rue du Test, 75000 Paris")
FINGERPRINTS = ("0123456789ABCDEF0123456789ABCDEF01234567", "FEDCBA9876543210FEDCBA9876543210FEDCBA98")

OTHER_ID = "REGC-2026-BBBBBBBBBBBBBBBB"
THIRD_ID = "REGC-2026-CCCCCCCCCCCCCCCC"
COOPERATIVE = "fr-siren-732829320"

REPLY = {"adversarial__reply": "Nous contestons <b>fermement</b>.", "adversarial__reply_inserted": "2026-12"}
RICH = raw_entry(
    finding__text="Manquement constaté : <script>alert(1)</script>",
    finding__period_from="2024-H1",
    finding__period_to="2025",
    cooperative__federation="Fédération Test",
    adversarial__persons_informed="2026-10",
    adversarial__observations=[{"month": "2026-12", "text": "Une observation."}],
    body={"organ": "board", "function": "chair", "mandate_from": 2022, "mandate_to": 2025, "nominative": None},
    references=[
        {"type": "law", "id": "Loi 47-1775, art. 8", "url": "https://example.org/loi"},
        {"type": "report", "id": "Rapport de révision 2024", "url": ""},
    ],
    remediation=[
        {"month": "2026-11", "status": "recommended", "note": ""},
        {"month": "2026-12", "status": "under_way", "note": "Une assemblée est convoquée."},
    ],
    collective={"cases": "3-4", "entitled_body": "Association Test"},
    **REPLY,
)
NAME = "Zoé Exemple-Publié"
NOMINATIVE = {
    "basis": {
        "type": "court_decision",
        "id": "ECLI:FR:CCASS:2022:C100428",
        "url": "https://example.org/decision",
        "verified": "2026-11",
        "counsel": "avis du 2026",
    },
    "expires": "2027-06",
    "digest": "0" * 64,
}
NAMED = raw_entry(
    regc_id=THIRD_ID,
    adversarial__persons_informed="2026-10",
    body={"organ": "board", "function": "chair", "mandate_from": 2022, "mandate_to": 2025, "nominative": NOMINATIVE},
)


def tombstone(regc_id: str, status: str, version: int = 2, replaced_by: tuple[str, ...] = ()) -> dict[str, Any]:
    """The full form of a record that ended in December 2026."""
    raw = {"schema": 2, "regc_id": regc_id, "version": version, "status": status, "month": "2026-12"}
    return {**raw, "replaced_by": list(replaced_by)}


class Site:
    """A registry in a folder."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.today = folder / "today"
        self.day("2026-12-02")
        self.issuer = Issuer()
        self.settings = replace(
            RegistrySettings(
                home=folder / "registry",
                trial=True,
                origin="regc.example",
                publisher=PUBLISHER,
                reporter_onion=REPORTERS,
                issuers=(Known(self.issuer.root.public.hex(), "manifest"),),
                door=Door("127.0.0.1:0", (HOST,)),
            ),
            **changes,
        )
        self.settings.home.mkdir()
        self.store = RegistryStore.create(self.settings)
        self.apps: list[RegistryStore] = []
        self.client = self.open()

    def open(self, **changes: Any) -> FlaskClient:
        """The pages over the same database, with other settings."""
        app = create_app(replace(self.settings, **changes))
        self.apps.append(app.extensions["shelf"].store)
        return app.test_client()

    def close(self) -> None:
        for store in (self.store, *self.apps):
            store.close()

    def day(self, text: str) -> None:
        self.today.write_text(text, "ascii")

    def load(self, *entries: dict[str, Any], name: str = "") -> None:
        """Put records in force; `name` stands beside each entry that allows one."""
        batch = self.issuer.batch(*entries)
        records = tuple(_named(signed, name) for signed in batch.records)
        batch = replace(batch, records=records)
        self.store.load(batch, self.issuer.manifest, self.settings.clock.today(), note=self.issuer.manifest_bytes)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={"Host": HOST, **headers})

    def text(self, path: str) -> str:
        """The page as a reader sees it: entities resolved, spaces that do not break as spaces."""
        return unescape(self.get(path).get_data(as_text=True)).replace("\N{NO-BREAK SPACE}", " ")


def _named(signed: SignedRecord, name: str) -> SignedRecord:
    body = getattr(signed.record, "body", None)
    signatures = tuple((fingerprint, b"sig") for fingerprint in FINGERPRINTS)
    return replace(signed, signatures=signatures, name=name if body and body.nominative else "")


@dataclass(frozen=True)
class Page:
    """A page without a single parse error, as html5lib in strict mode takes it."""

    root: Element

    @classmethod
    def of(cls, data: bytes) -> Page:
        parser = html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False)
        return cls(parser.parse(data.decode()))

    def all(self, *tags: str) -> Iterator[Element]:
        return (element for element in self.root.iter() if element.tag in tags)

    def values(self, name: str) -> list[str]:
        return [element.attrib[name] for element in self.root.iter() if name in element.attrib]

    @property
    def headings(self) -> list[int]:
        return [int(element.tag[1]) for element in self.all("h1", "h2", "h3", "h4", "h5", "h6")]

    @property
    def links(self) -> list[str]:
        return [*self.values("href"), *self.values("src"), *self.values("action")]
