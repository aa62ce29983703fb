"""The file in which the desk keeps the directory, and what is found in it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from app.directory.book import SHOWN, Book, write
from app.domain.legal_person import LegalPerson, id_of, parse
from app.domain.record import Identifier

LEI = "5493001KJTIIGC8Y1R12"


def siren(number: int) -> str:
    """A made-up SIREN: eight digits and their check digit."""
    digits = f"{number:08d}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def person(number: int, *names: str, **more: object) -> LegalPerson:
    known = Identifier("siren", siren(number))
    values = {"country": "FR", "source": "sirene", "month": "2026-11", "names": list(names), "numbers": [vars(known)]}
    return parse(values | {"id": id_of("FR", known)} | more)


RIVERS = person(1, "COOPERATIVE DES TROIS RIVIERES", "C3R", lei=LEI)
LIMES = person(2, "Les Tilleuls", "SCIC des Tilleuls", status="ended")
LIMES_TWO = person(3, "Les Tilleuls de Provence")
BRIDGE = parse(
    {
        "id": "be-bce-0403170701",
        "names": ["Coöperatie De Brug"],
        "country": "BE",
        "numbers": [{"type": "bce", "value": "0403170701"}],
        "source": "gleif",
        "month": "2026-11",
    }
)
BOOK = write(Book(), [LIMES_TWO, BRIDGE, LIMES, RIVERS])


def names(*persons: LegalPerson) -> list[str]:
    return [one.id for one in persons]


def test_what_was_written_is_there() -> None:
    assert len(BOOK) == 4
    assert len(Book()) == 0
    assert list(Book()) == []
    assert [record["id"] for record in BOOK] == sorted(names(RIVERS, LIMES, LIMES_TWO, BRIDGE))
    assert BOOK.get(RIVERS.id) == RIVERS
    assert BOOK.get(f"lei-{LEI.lower()}") == RIVERS
    assert BOOK.get("fr-siren-000000000") is None
    assert BOOK.get("fr-siren-") is None
    assert BOOK.get("\n") is None
    again = write(Book(), [RIVERS, LIMES, BRIDGE, LIMES_TWO])
    assert (again.data, again.digest) == (BOOK.data, BOOK.digest)
    assert write(BOOK, []).digest == BOOK.digest


def test_two_sources_of_one_id_stand_in_one_line() -> None:
    news = parse(RIVERS.to_dict() | {"names": ["Trois Rivières"], "source": "gleif", "month": "2026-12", "elf": "V1Z5"})
    both = write(BOOK, [news])
    assert len(both) == 4
    found = both.get(RIVERS.id)
    assert found is not None
    assert found.names == ("Trois Rivières", "COOPERATIVE DES TROIS RIVIERES", "C3R")


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("trois rivières", "", [RIVERS]),
        ("RIVIER coop", "", [RIVERS]),
        ("tilleuls", "", [LIMES, LIMES_TWO]),
        ("tilleuls provence", "", [LIMES_TWO]),
        ("coop", "BE", [BRIDGE]),
        ("coop", "FR", [RIVERS]),
        ("coop", "DE", []),
        (RIVERS.numbers[0].value, "", [RIVERS]),
        (f"{siren(1)[:3]} {siren(1)[3:6]} {siren(1)[6:]}", "", [RIVERS]),
        (LEI, "", [RIVERS]),
        ("illeuls", "", []),
        ("sirene", "", []),
        ("", "", []),
        ("…", "", []),
        ("provence rivieres", "", []),
    ],
)
def test_search(text: str, country: str, expected: list[LegalPerson]) -> None:
    found = BOOK.search(text, country)
    assert names(*found.persons) == names(*expected)
    assert not found.more


def test_what_is_not_shown_is_said() -> None:
    many = write(Book(), (person(number, f"Coopérative {number}") for number in range(SHOWN + 1)))
    found = many.search("coopérative")
    assert (len(found.persons), found.more) == (SHOWN, True)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("la coopérative des 3 rivières, à Lyon", RIVERS),
        ("Coop des Trois Rivieres", RIVERS),
        ("C3R", RIVERS),
        (f"société immatriculée {siren(3)[:3]} {siren(3)[3:6]} {siren(3)[6:]}", LIMES_TWO),
        ("Les Tilleuls", LIMES),
        ("les tileuls de provence", LIMES_TWO),
        ("de brug", BRIDGE),
    ],
)
def test_suggestions(text: str, first: LegalPerson) -> None:
    assert BOOK.suggest(text)[0].id == first.id


@pytest.mark.parametrize("text", ["", "…", "Les Acacias", "a b c", "000000000"])
def test_no_suggestion(text: str) -> None:
    assert BOOK.suggest(text) == ()


def test_an_ended_one_comes_after_one_that_exists() -> None:
    book = write(Book(), [person(5, "Les Lilas", status="ended"), person(6, "Les Lilas")])
    assert names(*book.search("lilas").persons) == [f"fr-siren-{siren(6)}", f"fr-siren-{siren(5)}"]


def crowd(count: int) -> Iterator[LegalPerson]:
    draw = random.Random(1)
    words = [
        "moulin",
        "lait",
        "soleil",
        "vent",
        "energie",
        "jardin",
        "verger",
        "vigne",
        "cave",
        "taxi",
        "presse",
        "theatre",
        "port",
        "tilleuls",
        "atelier",
    ]
    for number in range(count):
        own = "".join(draw.choice("bdflmnrstv") + draw.choice("aeiou") for _ in range(3))
        known = Identifier("siren", siren(10_000_000 + number))
        yield LegalPerson(
            id=id_of("FR", known),
            names=(f"Société coopérative {draw.choice(words)} {own}",),
            country="FR",
            numbers=(known,),
            source="sirene",
            month="2026-11",
        )


def seconds(book: Book, text: str) -> float:
    start = time.process_time()  # of this process: others may share the machine
    book.search(text)
    return time.process_time() - start


@pytest.mark.slow
def test_a_hundred_thousand_are_searched_at_once() -> None:
    book = write(Book(), crowd(100_000))
    for text in ("coopérative", "société coopérative moulin", siren(10_050_000), "nothing at all", "s"):
        assert min(seconds(book, text) for _ in range(3)) < 0.2, text


def test_one_line_of_a_crowd_is_found_whatever_stands_around() -> None:
    book = write(Book(), [*crowd(3_000), RIVERS])
    assert book.search("trois").persons == (RIVERS,)
    assert book.suggest("Société coopérative des trois rivières")[0] == RIVERS
    assert len(book.search("cooperative").persons) == SHOWN
    assert book.suggest("societe cooperative moulin") != ()
