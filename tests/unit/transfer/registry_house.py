"""A registry that loaded real exports, and its download as anyone gets it: lines to be tampered with."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from app.registry.lines import entries_json
from app.settings import Issuer as Known
from app.settings import Publisher, RegistrySettings
from app.stores.registry import RegistryStore
from app.transfer.export import check_export
from crypto.manifest import UntrustedManifest
from tests.fakes.issuer import DAY, ORIGIN, Issuer
from tests.unit.domain.samples import raw_entry

TODAY = date(2026, 12, 2)
NAMES = tuple("REGC-2026-" + letter * 16 for letter in "ABCDEFGH")


class Register:
    """One or several issuers, and the store that holds what they sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.issuer = Issuer()
        (folder / "today").write_text(TODAY.isoformat(), "ascii")
        (folder / "registry").mkdir()
        self.settings = RegistrySettings(
            home=folder / "registry",
            trial=True,
            origin=ORIGIN,
            publisher=Publisher("OETC", "Direction Test", "Hébergeur Test", "1 rue du Test, 75000 Paris"),
            issuers=(Known(self.issuer.root.public.hex(), "manifest"),),
        )
        (folder / "registry" / "manifest").write_bytes(self.issuer.manifest_bytes)
        self.store = RegistryStore.create(self.settings)

    def load(self, data: bytes, issuer: Issuer | None = None) -> None:
        who = issuer or self.issuer
        batch = check_export(data, who.manifest, origin=ORIGIN, today=TODAY)
        self.store.load(batch, who.manifest, TODAY, note=who.manifest_bytes)

    def history(self) -> None:
        """Four entries; one contested since, one withdrawn since; then a new manifest and another entry."""
        self.load(self.issuer.export(*(raw_entry(regc_id=name) for name in NAMES[:4])))
        contested = raw_entry(regc_id=NAMES[1], version=2, status="contested")
        self.load(self.issuer.export(contested, ended(NAMES[2])))
        renew(self.issuer)
        self.load(self.issuer.export(raw_entry(regc_id=NAMES[4])))

    def download(self) -> str:
        return "".join(entries_json(self.store, ORIGIN, TODAY))


def ended(name: str, status: str = "withdrawn") -> dict[str, Any]:
    return {"schema": 2, "regc_id": name, "version": 2, "status": status, "month": "2026-12", "replaced_by": []}


def renew(issuer: Issuer, **changes: Any) -> None:
    """The next manifest of this issuer."""
    old = issuer.manifest
    following = {"version": old.version + 1, "previous": old.digest, "issued": DAY}
    issuer.manifest_bytes = issuer.sign_manifest(**following | changes)
    issuer.manifest = UntrustedManifest.parse(issuer.manifest_bytes).verify(issuer.root.public)


class Download:
    """A copy taken apart: what a forger changes, and the file put together again."""

    def __init__(self, text: str) -> None:
        value = json.loads(text)
        self.head = {name: value[name] for name in ("format", "origin")}
        self.issuers, self.entries, self.leaves = value["issuers"], value["entries"], value["leaves"]

    def entry(self, name: str) -> dict[str, Any]:
        return next(one for one in self.entries if one["entry"]["regc_id"] == name)

    def text(self) -> str:
        head = json.dumps(self.head, separators=(",", ":"))[:-1]
        parts = [f"{head},\n"]
        for name in ("issuers", "entries", "leaves"):
            items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in getattr(self, name))
            parts.append(f'"{name}":[\n{items}\n' if items else f'"{name}":[\n')
            parts.append("]}\n" if name == "leaves" else "],\n")
        return "".join(parts)


Change = Callable[[Download], object]
