"""Envelopes that were sealed elsewhere: stored as they are, and nothing else in their place."""

from __future__ import annotations

from crypto.openpgp.encrypt import encrypt_bytes
from tests.web.reporter_house import DAY, House, keys, text_of, words_of


def an_envelope(house: House) -> bytes:
    """What another intake, or the kit, sealed."""
    house.client().send(follow_up="none")
    return house.envelopes()[0].read_bytes()


def test_an_envelope_is_stored_as_it_is(house: House):
    data = an_envelope(house)
    page = house.client().send([("enveloppe.gpg", data)], story="")
    assert page.status_code == 200
    assert words_of(page) == []
    assert "1 enveloppe chiffrée d'avance" in text_of(page)
    assert [path.read_bytes() == data for path in house.envelopes()] == [True, True]


def test_a_repeated_envelope(house: House):
    data, attempt = an_envelope(house), house.client().attempt()
    for _ in range(2):
        assert house.client().send([("e", data)], story="", attempt=attempt).status_code == 200
    assert house.stored() == 2


def test_an_envelope_beside_a_story_is_a_file(house: House):
    data = an_envelope(house)
    house.client().send([("e.gpg", data)])
    opened = [each for each in house.open_all() if each.files]
    assert opened[0].files == [("e.gpg", data)]


def other_material(house: House) -> dict[str, list[tuple[str, bytes]]]:
    data = an_envelope(house)
    public, day = keys().folder / "public", DAY
    fingerprints = list(house.reception.manifest.recipients())
    return {
        "nothing": [],
        "text": [("x", b"not sealed at all" * 100)],
        "empty": [("x", b"")],
        "cut": [("x", data[:-1])],
        "followed": [("x", data + b"\x00")],
        "two": [("x", data), ("y", data)],
        "armour": [("x", b"-----BEGIN PGP MESSAGE-----\n\n" + data)],
        "too few": [("x", encrypt_bytes(public, fingerprints[:2], b"hello", day))],
        "named": [("x", encrypt_bytes(public, fingerprints, b"hello", day, hidden=False))],
        "unpadded": [("x", encrypt_bytes(public, fingerprints, b"hello", day))],
    }


def test_nothing_else_stands_for_a_story(house: House):
    material = other_material(house)
    for name, files in material.items():
        page = house.client().send(files, story="")
        assert page.status_code == 400, name
        assert '<a href="#story">' in page.text
        assert house.stored() == len(house.envelopes()) == 1, name
