"""Unlocking: one reviewer's OpenPGP key opens that reviewer's keys and nothing else."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.desk.carry.outboxes import make_outbox
from app.desk.cases.reading import list_cases, show_case
from app.desk.cases.setting import set_values
from app.desk.circle import ceremony, links, people
from app.desk.core import keyring
from app.errors import UserError
from crypto import hpke
from crypto.errors import FormatError, TrustError
from crypto.manifest import Reviewer
from crypto.openpgp import gpg, keygen
from crypto.signing import SigningKey
from tests.unit.desk.house import DAY, INSTANCE, House, keys
from tests.unit.desk.test_journey import Typed

PASSPHRASE = "trois mots secrets"


def test_each_reviewer_opens_the_same_desk(house: House) -> None:
    rings = [house.desk(name).keyring for name in ("alize", "brume", "cypres")]
    assert len({ring.common for ring in rings}) == 1
    assert {ring.signing.public for ring in rings} == {house.store.identity().public}
    assert len({ring.pair.public for ring in rings}) == 3


def test_a_keyring_shows_no_key(house: House) -> None:
    ring = house.desk().keyring
    for secret in (ring.common, ring.notes_key, ring.signing.to_text()):
        assert repr(secret)[2:10] not in repr(ring)


def test_refuses_an_unknown_reviewer(house: House) -> None:
    with pytest.raises(UserError, match="no reviewer named nobody"):
        house.desk("nobody")


def test_refuses_a_retired_reviewer(fresh: House) -> None:
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    with pytest.raises(UserError, match="not a reviewer of the manifest in use"):
        fresh.desk("brume")
    assert fresh.desk("alize").keyring.manifest.version == 2


def test_refuses_without_a_manifest(fresh: House) -> None:
    with fresh.database() as link:
        link.execute("DELETE FROM manifests")
    with pytest.raises(UserError, match="no manifest yet"):
        fresh.desk()


def test_refuses_settings_without_a_root(fresh: House) -> None:
    for root in ("", "12", "Z" * 64):
        object.__setattr__(fresh.settings, "root", root)
        with pytest.raises(UserError, match="setting root"):
            fresh.desk()


def test_refuses_a_manifest_of_another_root(fresh: House) -> None:
    object.__setattr__(fresh.settings, "root", SigningKey.generate().public.hex())
    with pytest.raises(TrustError):
        fresh.desk()


def test_refuses_without_a_home_or_with_the_key_of_another(fresh: House) -> None:
    home = fresh.home / "gnupg" / "alize"
    home.rename(fresh.folder / "away")
    with pytest.raises(UserError, match="no GnuPG home"):
        fresh.desk()
    shutil.copytree(fresh.home / "gnupg" / "brume", home, ignore=shutil.ignore_patterns("S.*"))
    with pytest.raises(UserError, match="No key in the GnuPG home"):
        fresh.desk()


def test_refuses_a_desk_key_that_somebody_slipped_in(fresh: House) -> None:
    mine = hpke.keypair(b"x" * 32).public
    with fresh.database() as link:
        link.execute("UPDATE reviewers SET public = ? WHERE name = 'cypres'", [mine])
    with pytest.raises(TrustError):
        fresh.desk("alize")


def test_refuses_the_seed_of_another_reviewer(fresh: House) -> None:
    with fresh.database() as link:
        (seed,) = link.execute("SELECT seed FROM reviewers WHERE name = 'brume'").fetchone()
        link.execute("UPDATE reviewers SET seed = ? WHERE name = 'alize'", [seed])
    shutil.copytree(
        fresh.home / "gnupg" / "brume",
        fresh.home / "gnupg" / "alize",
        ignore=shutil.ignore_patterns("S.*"),
        dirs_exist_ok=True,
    )
    with pytest.raises(UserError, match="Another key than that of alize"):
        fresh.desk("alize")


def test_refuses_a_seed_that_gives_another_desk_key(fresh: House) -> None:
    from crypto.openpgp.encrypt import encrypt_bytes

    home = fresh.home / "gnupg" / "alize"
    seed = encrypt_bytes(home, [keys().reviewers[0].fingerprint], b"y" * 32, DAY, hidden=False)
    with fresh.database() as link:
        link.execute("UPDATE reviewers SET seed = ? WHERE name = 'alize'", [seed])
    with pytest.raises(UserError, match="does not belong to this desk"):
        fresh.desk("alize")


def test_refuses_a_signing_key_that_the_manifest_does_not_name(fresh: House) -> None:
    other = fresh.next_manifest(desk_key=SigningKey.generate().public)
    with pytest.raises(UserError, match="another desk"):
        fresh.pin(other)
    with fresh.database() as link:
        from crypto.manifest import UntrustedManifest

        digest = UntrustedManifest.parse(other).digest
        link.execute("INSERT INTO manifests VALUES (2, ?, ?)", [digest, other])
    with pytest.raises(UserError, match="not the one in the manifest"):
        fresh.desk()


def test_says_when_the_manifest_has_expired(fresh: House) -> None:
    assert keyring.check_fresh(fresh.desk().keyring, DAY) == ""
    assert "expired" in keyring.check_fresh(fresh.desk().keyring, fresh.manifest.expires.replace(year=2040))


def test_grants_open_for_those_allowed_and_look_alike(house: House) -> None:
    alize, brume = house.desk("alize").keyring, house.desk("brume").keyring
    grants = alize.grant_case("abcdefghij23", b"k" * 32, ("alize", "cypres"))
    assert set(grants) == {"alize", "brume", "cypres"}
    assert len({len(grant) for grant in grants.values()}) == 1
    assert alize.open_grant("abcdefghij23", grants["alize"]) == b"k" * 32
    assert brume.open_grant("abcdefghij23", grants["brume"]) is None
    assert alize.open_grant("abcdefghij24", grants["alize"]) is None


@pytest.fixture(scope="module")
def protected() -> Iterator[Path]:
    """A GnuPG home whose key has a passphrase."""
    home = Path(tempfile.mkdtemp(prefix="sdp-"))
    words = [
        "Key-Type: EDDSA",
        "Key-Curve: ed25519",
        "Key-Usage: sign",
        "Subkey-Type: ECDH",
        "Subkey-Curve: cv25519",
        "Subkey-Usage: encrypt",
        "Name-Real: dune",
        "Creation-Date: 20261101T000000",
        f"Passphrase: {PASSPHRASE}",
        "%commit",
    ]
    assert gpg.library(home, "--ignore-time-conflict").gen_key("\n".join(words) + "\n").fingerprint
    gpg.stop_agent(home)
    yield home
    gpg.stop_agent(home)
    shutil.rmtree(home)


def with_dune(fresh: House, protected: Path) -> Path:
    """A desk where dune, whose key has a passphrase, is a reviewer; returns the home."""
    (listed,) = gpg.library(protected).list_keys()
    fingerprint = listed["fingerprint"]
    dune = Reviewer("dune", "jurists", "analyst", fingerprint, keygen.public_cert(protected, fingerprint))
    home = fresh.home / "gnupg" / "dune"
    shutil.copytree(protected, home, ignore=shutil.ignore_patterns("S.*"))
    ceremony.enrol(fresh.store, fresh.settings, instance=INSTANCE, reviewers=[dune], by=lambda: fresh.desk().keyring)
    everybody = {
        "reviewers": (*keys().reviewers[:2], dune),
        "nobodies": keys().nobodies,
    }
    fresh.pin(fresh.next_manifest(**everybody))
    return home


def test_a_passphrase_is_needed_where_the_key_has_one(fresh: House, protected: Path) -> None:
    home = with_dune(fresh, protected)
    opened = keyring.unlock(fresh.store, fresh.settings, "dune", PASSPHRASE)
    assert opened.common == fresh.desk().keyring.common
    gpg.stop_agent(home)
    with pytest.raises(UserError, match="No key in the GnuPG home"):
        keyring.unlock(fresh.store, fresh.settings, "dune", "un autre")


def test_nobody_comes_in_on_a_passphrase_that_was_typed_before(fresh: House, protected: Path) -> None:
    home = with_dune(fresh, protected)
    (home / "gpg-agent.conf").unlink()  # a home of before, or of somebody with other habits
    for words in ("un autre", None):
        keyring.unlock(fresh.store, fresh.settings, "dune", PASSPHRASE)
        assert (home / "S.gpg-agent").exists()
        with pytest.raises(UserError, match="No key in the GnuPG home"):
            keyring.unlock(fresh.store, fresh.settings, "dune", words)
    keyring.unlock(fresh.store, fresh.settings, "dune", PASSPHRASE)


def test_the_last_command_of_a_reviewer_ends_the_agent(fresh: House) -> None:
    socket = fresh.home / "gnupg" / "alize" / "S.gpg-agent"
    with keyring.borrowed(fresh.store, fresh.settings, "alize"):
        with keyring.borrowed(fresh.store, fresh.settings, "alize"):
            fresh.desk()
        assert socket.exists()  # the other one still works with it
    assert not socket.exists()
    with pytest.raises(UserError), keyring.borrowed(fresh.store, fresh.settings, "alize"):
        fresh.desk().case(None, "not a number")
    assert not socket.exists()
    Typed(fresh)("case", "list")
    assert not socket.exists()
    for name in ("nobody", "../alize"):
        with keyring.borrowed(fresh.store, fresh.settings, name):
            pass


def test_a_home_remembers_for_a_minute_at_most_and_never_for_signing(fresh: House) -> None:
    conf = fresh.home / "gnupg" / "brume" / ceremony.AGENT_FILE
    assert {"ignore-cache-for-signing", "default-cache-ttl 60"} <= set(conf.read_text().splitlines())
    conf.write_text("max-cache-ttl 5\n")
    ceremony.prepare_home(fresh.settings, keys().reviewers[1])
    assert conf.read_text() == "max-cache-ttl 5\n"


def test_damaged_keys_are_no_trace_of_another_error(fresh: House) -> None:
    with fresh.database() as link:
        link.execute("UPDATE reviewers SET seed = x'00' WHERE name = 'alize'")
    with pytest.raises((UserError, FormatError)):
        fresh.desk("alize")


def test_a_session_that_outlived_the_circle_changes_nothing(fresh: House) -> None:
    """A reviewer retired meanwhile would still count as a college for whoever unlocked before."""
    case_id = fresh.new_case()
    before = fresh.desk("cypres")
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    with pytest.raises(UserError, match="circle of reviewers changed"):
        set_values(before, case_id, ["category=GOV"])
    set_values(fresh.desk("cypres"), case_id, ["category=GOV"])


def test_nor_does_it_read_or_sign_what_leaves(fresh: House) -> None:
    """Whoever was released meanwhile makes no outbox, ends no link and reads nothing more."""
    case_id = fresh.new_case()
    before = fresh.desk("brume")
    show_case(before, case_id)
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    people.release(fresh.desk("alize"), "brume", "partie")
    for attempt in (
        lambda: show_case(before, case_id),
        lambda: list_cases(before),
        lambda: make_outbox(before, fresh.folder / "outbox"),
        lambda: links.declare(before, "Les Tilleuls"),
        lambda: people.lost(before, "cypres"),
    ):
        with pytest.raises(UserError, match="circle of reviewers changed"):
            attempt()
    assert not (fresh.folder / "outbox").exists()
