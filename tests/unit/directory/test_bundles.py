"""Bundles of the directory as they come in: each refusal with its own sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from app.directory.bundles import check_bundle, choose_issuer
from app.errors import UserError
from crypto import note
from crypto.directory import Bundle, sign_bundle
from crypto.errors import ExpiredError, FormatError, SealingError, TrustError
from tests.unit.directory.test_book import LIMES, RIVERS
from tests.vectors.base import key
from tests.vectors.corpus.manifest import accepted

MANIFEST, DAY = accepted(), date(2026, 4, 1)
RECORDS = tuple(one.to_dict() for one in sorted((RIVERS, LIMES), key=lambda one: one.id))
BUNDLE = Bundle(MANIFEST.instance, MANIFEST.digest, 1, "", DAY, RECORDS, {"fr-name-aaaaaaaaaaaaaaaa": RIVERS.id})


def signed(**changes: Any) -> bytes:
    return sign_bundle(replace(BUNDLE, **changes), key("desk"))


def test_what_is_good_is_read() -> None:
    data = signed()
    checked = check_bundle(data, MANIFEST, DAY)
    assert checked.bundle == BUNDLE
    assert set(checked.persons) == {RIVERS, LIMES}
    assert checked.digest == note.digest(data)
    assert choose_issuer(data, (MANIFEST,)) is MANIFEST


def test_an_unknown_issuer() -> None:
    with pytest.raises(UserError, match="does not know the issuer"):
        choose_issuer(signed(issuer="other.example"), (MANIFEST,))
    with pytest.raises(UserError, match="does not know the issuer"):
        choose_issuer(signed(), ())
    with pytest.raises(FormatError):
        choose_issuer(b"", (MANIFEST,))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"issuer": "other.example"}, TrustError, "issuer is not the one"),
        ({"manifest": "0" * 64}, TrustError, "another reviewer manifest"),
        ({"day": DAY + timedelta(days=1)}, UserError, "a day to come"),
        ({"records": ({**RECORDS[0], "birth": "1970"},)}, UserError, "a field is unknown"),
        ({"records": ({**RECORDS[0], "names": []},)}, UserError, "at least one name"),
        ({"records": ({k: v for k, v in RECORDS[0].items() if k != "elf"},)}, FormatError, "not in its full form"),
    ],
)
def test_refused(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        check_bundle(signed(**changes), MANIFEST, DAY)


def test_an_altered_byte_another_key_and_an_expired_manifest() -> None:
    data = signed()
    for broken in (data.replace(b"RIVIERES", b"RIVIERE "), data[:-1], sign_bundle(BUNDLE, key("another"))):
        with pytest.raises(SealingError):
            check_bundle(broken, MANIFEST, DAY)
    with pytest.raises(ExpiredError):
        check_bundle(data, MANIFEST, MANIFEST.expires + timedelta(days=1))
