"""`desk init`: keys are made once, newcomers are let in by somebody, a manifest is followed and never rolled back."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.desk.carry.takeup import take_up
from app.desk.circle import ceremony
from app.desk.core import keyring
from app.errors import UserError
from app.stores.desk import DeskStore
from crypto.errors import ExpiredError, TrustError
from crypto.manifest import Nobody, Reviewer, sign_manifest
from crypto.openpgp import gpg, keygen
from crypto.signing import SigningKey, public_from_text
from tests.unit.desk.house import DAY, INSTANCE, House, keys


def newcomer(house: House) -> Reviewer:
    home = house.home / "gnupg" / "dune"
    fingerprint = keygen.trial_key(home, "dune", DAY)
    gpg.stop_agent(home)
    return Reviewer("dune", "jurists", "analyst", fingerprint, keygen.public_cert(home, fingerprint))


def enrol(
    house: House, reviewers: list[Reviewer], by: Callable[[], keyring.Keyring] | None = None, instance: str = INSTANCE
):
    return ceremony.enrol(house.store, house.settings, instance=instance, reviewers=reviewers, by=by)


def test_init_again_changes_nothing(fresh: House) -> None:
    before = fresh.desk().keyring
    DeskStore.create(fresh.settings).close()
    assert enrol(fresh, list(keys().reviewers)) == []
    after = fresh.desk().keyring
    assert (after.common, after.signing.public) == (before.common, before.signing.public)
    assert public_from_text((fresh.home / "desk.pub").read_text()) == before.signing.public


def test_homes_are_private_and_hold_the_certificate(fresh: House) -> None:
    for name in ("alize", "brume", "cypres"):
        home = fresh.home / "gnupg" / name
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((fresh.home / "desk.db").stat().st_mode) == 0o600


def test_a_newcomer_needs_somebody_who_is_already_there(fresh: House) -> None:
    dune = newcomer(fresh)
    with pytest.raises(UserError, match="dune is new"):
        enrol(fresh, [*keys().reviewers, dune])
    assert enrol(fresh, [*keys().reviewers, dune], by=lambda: fresh.desk().keyring) == ["dune"]
    extra = Nobody(*keygen.nobody_cert(DAY))
    fresh.pin(fresh.next_manifest(reviewers=(*keys().reviewers, dune), nobodies=(*keys().nobodies, extra)))
    assert fresh.desk("dune").keyring.common == fresh.desk("alize").keyring.common


def test_refuses_another_instance(fresh: House) -> None:
    with pytest.raises(UserError, match="another instance"):
        enrol(fresh, list(keys().reviewers), instance="other.example")


def test_refuses_a_key_that_changed_under_a_name(fresh: House) -> None:
    other = replace(newcomer(fresh), name="alize")
    with pytest.raises(UserError, match="key of alize has changed"):
        enrol(fresh, [other], by=lambda: fresh.desk().keyring)


def test_refuses_a_certificate_that_is_not_the_one_named(fresh: House) -> None:
    wrong = replace(newcomer(fresh), cert=keys().nobodies[0].cert)
    with pytest.raises(UserError, match="not the one that is named"):
        enrol(fresh, [wrong], by=lambda: fresh.desk().keyring)


def test_pinning_again_is_harmless(fresh: House) -> None:
    fresh.pin(fresh.signed_manifest())
    with fresh.store.reading() as tx:
        assert [row.version for row in tx.manifests()] == [1]
    assert (fresh.home / "manifest").read_bytes() == fresh.signed_manifest()


def test_follows_a_successor_and_keeps_the_older_one(fresh: House) -> None:
    fresh.pin(fresh.next_manifest(issued=DAY + timedelta(days=1)))
    assert [manifest.version for manifest in fresh.desk().keyring.manifests] == [1, 2]


def test_refuses_a_rollback_and_two_of_one_version(fresh: House) -> None:
    first = fresh.signed_manifest()
    fresh.pin(fresh.next_manifest())
    with pytest.raises(TrustError, match="rolled back"):
        fresh.pin(first)
    with pytest.raises(TrustError, match="two different"):
        fresh.pin(fresh.signed_manifest(version=2, previous="0" * 64))


def test_refuses_another_root_an_expired_one_and_another_desk(fresh: House) -> None:
    other = sign_manifest(replace(fresh.manifest, version=2, previous=fresh.manifest.digest), SigningKey.generate())
    with pytest.raises(TrustError):
        fresh.pin(other)
    with pytest.raises(ExpiredError):
        fresh.pin(fresh.next_manifest(issued=DAY - timedelta(days=9), expires=DAY - timedelta(days=1)))
    with pytest.raises(UserError, match="another desk"):
        fresh.pin(fresh.next_manifest(desk_key=SigningKey.generate().public))


def test_refuses_a_manifest_with_a_reviewer_without_keys_here(fresh: House) -> None:
    dune = newcomer(fresh)
    extra = Nobody(*keygen.nobody_cert(DAY))
    with pytest.raises(UserError, match="no keys yet for: dune"):
        fresh.pin(fresh.next_manifest(reviewers=(*keys().reviewers, dune), nobodies=(*keys().nobodies, extra)))


def test_a_desk_without_keys_says_what_to_type(tmp_path: Path, fresh: House) -> None:
    settings = replace(fresh.settings, home=tmp_path)
    with pytest.raises(UserError, match="missing or was made by another version"):
        DeskStore.open(settings)
    store = DeskStore.create(settings)
    try:
        with pytest.raises(UserError, match="no keys yet"):
            store.identity()
    finally:
        store.close()


def replaced_root(house: House) -> None:
    """The next manifest is by another root key, and the settings name it."""
    former, house.root = house.settings.root, SigningKey.generate()
    house.settings = replace(house.settings, root=house.root.public.hex(), former_roots=(former,))


def test_another_root_key_takes_over_with_the_next_manifest(fresh: House) -> None:
    waiting = fresh.seal("Avant le changement, personne n'était là pour ouvrir ce signalement.")
    fresh.receive(waiting)
    replaced_root(fresh)
    with pytest.raises(UserError, match="A former root key signed this manifest"):
        fresh.desk()
    with pytest.raises(UserError, match="A former root key"):
        fresh.receive()
    fresh.pin(fresh.next_manifest())
    desk = fresh.desk()
    assert [manifest.version for manifest in desk.keyring.manifests] == [1, 2]
    assert len(take_up(desk).cases) == 1
    assert fresh.receive(fresh.seal("Après.")).imported == 1
    assert len(take_up(desk).cases) == 1


def test_a_former_root_key_signs_nothing_new(fresh: House) -> None:
    former = fresh.root
    replaced_root(fresh)
    fresh.pin(fresh.next_manifest())
    new, fresh.root = fresh.root, former
    with pytest.raises(UserError, match="A former root key"):
        fresh.pin(fresh.next_manifest())
    fresh.root = SigningKey.generate()
    with pytest.raises(TrustError):
        fresh.pin(fresh.next_manifest())
    fresh.root = new
    fresh.pin(fresh.next_manifest())


def test_a_root_key_that_the_settings_do_not_name_opens_no_older_manifest(fresh: House) -> None:
    replaced_root(fresh)
    fresh.pin(fresh.next_manifest())
    fresh.settings = replace(fresh.settings, former_roots=())
    with pytest.raises(TrustError):
        fresh.desk()
    fresh.settings = replace(fresh.settings, former_roots=("zz",))
    with pytest.raises(UserError, match="public root key"):
        fresh.desk()
