"""A register full of plausible entries: the same for the same seed, and no two alike."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Row, select

from app.domain import taxonomy
from app.domain.identifiers import IDENTIFIERS, regc_id
from app.stores.engine import reading
from app.stores.registry import RegistryStore
from app.stores.registry_tables import METADATA
from tests.fakes.issuer import Issuer
from tests.unit.domain.samples import raw_entry

DAY = date(2026, 12, 2)
BATCH = 1_000
_COUNTRIES = ("FR",) * 10 + ("BE",) * 3 + ("IT",) * 3 + ("ES",) * 2 + ("DE", "PT", "LU", "AT")
_PLACES = (
    "Trois Rivières", "Val d'Orge", "Plaine Haute", "Monts du Lyonnais", "Rive Gauche", "Côte d'Émeraude", "Marais",
    "Grand Chêne", "Pierre Blanche", "Deux Ponts", "Vallée Verte", "Quatre Vents", "Belle Étoile", "Bois Joli",
)  # fmt: skip
_KINDS = ("Coopérative", "Union coopérative", "Habitat participatif", "Boulangerie", "Énergie citoyenne", "Caves")
_DUTIES = (
    "convoquer l'assemblée générale", "communiquer les comptes annuels", "tenir le registre des associés",
    "soumettre le budget au vote", "rembourser les parts sociales", "publier le rapport de révision",
    "renouveler les mandats du conseil", "informer les membres des conventions", "répondre aux questions écrites",
)  # fmt: skip
_DETAILS = (
    "Les procès-verbaux consultés le montrent", "Deux exercices sont concernés", "La révision coopérative le relève",
    "Le conseil a reconnu le retard", "Aucune convocation n'a été retrouvée", "Le vote a eu lieu sans scrutin",
    "Les documents demandés n'ont pas été remis", "Une régularisation est annoncée", "The accounts were not sent",
)  # fmt: skip
_WORDS = tuple(f"{head}{tail}" for head in ("bar", "cor", "dal", "fer", "gou", "lim", "mar", "nor", "pel", "tra")
               for tail in ("ban", "cier", "dou", "fort", "gnac", "lac", "mont", "nas", "pin", "ville"))  # fmt: skip


def synthetic(count: int, *, seed: int = 1, start: int = 0) -> Iterator[dict[str, Any]]:
    """`count` full records of a first version; number `start` + n is always the same one for one seed."""
    for number in range(start, start + count):
        yield _entry(random.Random(f"{seed}/{number}"), seed, number)


def filled(store: RegistryStore, issuer: Issuer, count: int, *, seed: int = 1, start: int = 0) -> list[str]:
    """Load that many entries in batches, without checking signatures; gives their names."""
    names: list[str] = []
    for entries in batches(synthetic(count, seed=seed, start=start)):
        store.load(issuer.batch(*entries), issuer.manifest, DAY, note=issuer.manifest_bytes)
        names += [entry["regc_id"] for entry in entries]
    return names


def dump(store: RegistryStore) -> dict[str, list[str]]:
    """Every row that a query can see, table by table, the words of the index included."""
    with reading(store.engine) as connection:
        rows = {name: sorted(map(_whole, connection.execute(select(table)))) for name, table in METADATA.tables.items()}
        if connection.dialect.name == "sqlite":
            index = connection.exec_driver_sql("SELECT id, block FROM words_data ORDER BY id").all()
        else:
            index = connection.exec_driver_sql("SELECT number, words FROM words ORDER BY number").all()
    return rows | {"words": list(map(_whole, index))}


def _whole(row: Row[Any]) -> str:
    return repr(tuple(row))  # a row's own repr leaves out the middle of a long text


def batches(entries: Iterable[dict[str, Any]], size: int = BATCH) -> Iterator[list[dict[str, Any]]]:
    """As many as one export takes."""
    rest = iter(entries)
    while some := list(islice(rest, size)):
        yield some


def _entry(draw: random.Random, seed: int, number: int) -> dict[str, Any]:
    name = regc_id(2026, seed.to_bytes(4, "big") + number.to_bytes(6, "big"))
    code = draw.choice(sorted(taxonomy.CATEGORIES))
    category = taxonomy.CATEGORIES[code]
    first = draw.randint(2015, 2024)
    contested = draw.random() < 0.2
    return raw_entry(
        regc_id=name,
        status="contested" if contested else "published",
        cooperative=_cooperative(draw),
        body__organ=draw.choice(sorted(taxonomy.ORGANS)),
        finding__category=code,
        finding__subcode="",
        finding__severity=draw.randint(3, 4),
        finding__text=_finding(draw, number),
        finding__period_from=str(first),
        finding__period_to=str(first + draw.choice((0, 0, 1, 2))),
        finding__founding_principles=list(category.founding) or ["democracy"],
        finding__ica_principles=list(category.ica),
        finding__harm=category.harm,
        dates__published=f"2026-{draw.randint(1, 12):02d}",
        adversarial__notified="2025-11",
        adversarial__reply=f"La coopérative conteste le point {number % 97}." if contested else "",
        adversarial__reply_inserted="2026-12" if contested else "",
    )


def _cooperative(draw: random.Random) -> dict[str, Any]:
    which = draw.randrange(1_000_000)
    own = random.Random(which)  # one cooperative has one name, wherever it appears
    country = own.choice(_COUNTRIES)
    digits = f"{which + 10_000_000:08d}"
    siren = next(digits + str(last) for last in range(10) if IDENTIFIERS["siren"](digits + str(last)))
    identifier = {"type": "siren", "value": siren} if country == "FR" else {"type": "other", "value": f"C{which:08d}"}
    return {
        "name": f"{own.choice(_KINDS)} {own.choice(_WORDS).capitalize()} {own.choice(_PLACES)}",
        "form": own.choice(sorted(taxonomy.FORMS)),
        "country": country,
        "identifier": identifier,
        "members": own.choice(["50-249", "250-999", "1000+"]),
        "federation": own.choice(["", "", "Union du Nord", "Fédération des coopératives"]),
        "sector": own.choice(sorted(taxonomy.SECTORS)),
    }


def _finding(draw: random.Random, number: int) -> str:
    details = ". ".join(draw.sample(_DETAILS, 3))
    return (
        f"Manquement constaté à l'obligation de {draw.choice(_DUTIES)}. {details}. "
        f"Dossier de {draw.choice(_WORDS)} et de {draw.choice(_WORDS)}{draw.choice(_WORDS)}, ligne {number}."
    )
