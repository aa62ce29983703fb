"""A password opens a TOTP secret; a code of now, or one step beside, opens the door; nothing else does."""

from __future__ import annotations

import dataclasses
import time

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.courier import accounts
from app.courier.accounts import NewAccount, check_login, code_at, dummy_account, mark_of, new_account
from app.errors import UserError

NOW = 1_795_000_000.0


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> NewAccount:
    monkeypatch.setattr(accounts, "MEMORY_KIB", 64)
    return new_account("rivet")


def test_the_right_three_enter(account: NewAccount) -> None:
    entry = check_login(account.row, account.password, code_at(account.totp, NOW), now=NOW)
    assert entry is not None
    assert entry.name == "rivet"
    assert entry.mark == mark_of(account.row)
    assert entry.fetch != entry.push


@pytest.mark.parametrize(("drift", "enters"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_clock_may_be_one_step_off(account: NewAccount, drift: int, enters: bool) -> None:
    start_of_step = NOW - NOW % 30
    found = check_login(account.row, account.password, code_at(account.totp, start_of_step + drift), now=start_of_step)
    assert (found is not None) == enters


def test_one_step_gives_one_mac_whenever_it_is_typed(account: NewAccount) -> None:
    code = code_at(account.totp, NOW)
    early, late = (check_login(account.row, account.password, code, now=NOW + drift) for drift in (0, 30))
    assert early == late
    following = check_login(account.row, account.password, code_at(account.totp, NOW + 30), now=NOW + 30)
    assert following != early


def test_anything_wrong_is_the_same_no(account: NewAccount) -> None:
    code = code_at(account.totp, NOW)
    wrong_code = f"{(int(code) + 1) % 10**6:06}"
    assert check_login(account.row, account.password + "x", code, now=NOW) is None
    assert check_login(account.row, "", code, now=NOW) is None
    assert check_login(account.row, account.password, wrong_code, now=NOW) is None
    for malformed in ("", "12345", "1234567", "١٢٣٤٥٦", "12 456", "\ud800"):
        assert check_login(account.row, account.password, malformed, now=NOW) is None
    assert check_login(dummy_account(), account.password, code, now=NOW) is None
    renamed = dataclasses.replace(account.row, name="other")
    assert check_login(renamed, account.password, code, now=NOW) is None


def test_the_seal_is_what_the_docstring_says(account: NewAccount) -> None:
    row = account.row
    key = hash_secret_raw(account.password.encode(), row.salt, 3, 64, 1, 32, Type.ID)
    secret = ChaCha20Poly1305(key).decrypt(row.sealed[:12], row.sealed[12:], b"sourdine/courier/v1\nrivet")
    assert accounts._from_text(account.totp) == secret
    assert account.password.encode() not in row.salt + row.sealed
    assert secret not in row.sealed


def test_rfc_6238_codes() -> None:
    # Appendix B, SHA-1, the last six of eight digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [code_at(secret, moment) for moment in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_two_accounts_share_nothing(account: NewAccount) -> None:
    other = new_account("rivet")
    assert other.password != account.password
    assert other.totp != account.totp
    assert mark_of(other.row) != mark_of(account.row)


@pytest.mark.parametrize("name", ["", "Rivet", "1rivet", "a" * 33, "é", "a b", "a\n"])
def test_a_name_is_a_pseudonym(name: str) -> None:
    with pytest.raises(UserError, match="name"):
        new_account(name)


@pytest.mark.parametrize("text", ["", "not base32!", "ABC1"])
def test_a_totp_file_is_base32(text: str) -> None:
    with pytest.raises(UserError, match="TOTP file"):
        code_at(text, NOW)


def test_nothing_secret_is_shown(account: NewAccount) -> None:
    entry = check_login(account.row, account.password, code_at(account.totp, NOW), now=NOW)
    shown = repr(account) + repr(entry)
    assert account.password not in shown
    assert account.totp not in shown
    assert "hidden" in shown


@pytest.mark.slow
def test_an_unknown_name_costs_what_a_wrong_password_costs() -> None:
    """At the real cost. A coarse bound: it catches a missing Argon2id, which is 100 times faster."""
    row = new_account("rivet").row
    spent = []
    for candidate in (row, dummy_account()):
        start = time.process_time()
        for _ in range(3):
            check_login(candidate, "wrong", "123456", now=NOW)
        spent.append(time.process_time() - start)
    assert 0.5 < spent[0] / spent[1] < 2
