"""Ed25519 keys and their text form: docs/spec/README.md, "Keys"."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import signing
from crypto.errors import FormatError, TrustError
from crypto.signing import SigningKey

KEY = SigningKey(bytes(range(32)))


def test_known_answer_of_rfc_8032() -> None:
    key = SigningKey(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert key.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert key.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")


def test_sign_and_check() -> None:
    signing.check(KEY.public, b"data", KEY.sign(b"data"))


@pytest.mark.parametrize(
    ("public", "data", "signature"),
    [
        (SigningKey(bytes(32)).public, b"data", KEY.sign(b"data")),
        (KEY.public, b"datA", KEY.sign(b"data")),
        (KEY.public, b"data", KEY.sign(b"data")[:-1]),
        (KEY.public, b"data", b""),
        (KEY.public[:-1], b"data", KEY.sign(b"data")),
        (KEY.public, b"data", KEY.sign(b"data")[:32] + b"\xff" * 32),
    ],
)
def test_check_refuses(public: bytes, data: bytes, signature: bytes) -> None:
    with pytest.raises(TrustError):
        signing.check(public, data, signature)


def test_text_round_trip() -> None:
    text = KEY.to_text()
    assert text.startswith("sourdine-ed25519-secret-v1 ")
    assert text.endswith("\n")
    assert SigningKey.from_text(text).public == KEY.public
    assert signing.public_from_text(signing.public_to_text(KEY.public)) == KEY.public


def test_two_keys_are_never_alike() -> None:
    assert SigningKey.generate().public != SigningKey.generate().public


def test_a_secret_is_no_public_key_nor_the_reverse() -> None:
    with pytest.raises(FormatError):
        signing.public_from_text(KEY.to_text())
    with pytest.raises(FormatError):
        SigningKey.from_text(signing.public_to_text(KEY.public))


@given(st.text(max_size=80) | st.text("AQgw_-= \n", max_size=50).map("sourdine-ed25519-public-v1 ".__add__))
def test_any_text_is_refused_or_written_again_equal(text: str) -> None:
    try:
        public = signing.public_from_text(text)
    except FormatError:
        return
    assert signing.public_to_text(public) == text


@pytest.mark.parametrize("change", [str.strip, str.upper, lambda text: " " + text, lambda text: text + "\n"])
def test_text_has_one_form(change: object) -> None:
    with pytest.raises(FormatError):
        SigningKey.from_text(change(KEY.to_text()))  # type: ignore[operator]


def test_refuses_other_lengths() -> None:
    with pytest.raises(FormatError):
        SigningKey(bytes(31))
    with pytest.raises(FormatError):
        signing.public_to_text(bytes(33))


def test_a_key_hides_itself() -> None:
    secret = KEY.to_text().split()[1]
    for shown in (repr(KEY), str(KEY), f"{KEY}", repr([KEY])):
        assert secret not in shown
        assert "hidden" in shown
    assert not hasattr(KEY, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    with pytest.raises(TypeError):
        copy.deepcopy(KEY)
