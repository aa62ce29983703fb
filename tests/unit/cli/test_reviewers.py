"""The ceremony with real certificates: what is recorded, what is signed, what is refused."""

from __future__ import annotations

import json
import stat
import subprocess
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.cli import main
from app.errors import UserError
from app.manifest_file import load_manifest
from app.reviewer_source import load_source, save_source
from crypto.errors import FormatError, TrustError
from crypto.manifest import Manifest, accept_successor
from crypto.openpgp import certs, gpg, keygen
from crypto.signing import SigningKey, public_to_text

TODAY = date(2026, 11, 21)
PEOPLE = (("alize", "members"), ("brume", "members"), ("cypres", "jurists"))


@dataclass(frozen=True)
class Keys:
    """Certificates of three trial reviewers, and a secret one."""

    certs: dict[str, bytes]
    secret: bytes


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    folder = tmp_path_factory.mktemp("homes")
    certs, secret = {}, b""
    for name, _ in PEOPLE:
        home = folder / name
        fingerprint = keygen.trial_key(home, name, TODAY)
        certs[name] = keygen.public_cert(home, fingerprint)
        secret = gpg.library(gpg.short_home(home)).export_keys(
            fingerprint, secret=True, armor=False, expect_passphrase=False
        )
        gpg.stop_agent(home)
    return Keys(certs, secret)


class Desk:
    """The offline machine: runs commands, remembers what they said."""

    def __init__(self, folder: Path, keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder / "reviewers"
        self.keys = keys
        self._capsys = capsys
        self.folder.mkdir()
        (self.folder / "reviewers.toml").write_text("trial = true\n")
        (folder / "today").write_text(TODAY.isoformat())
        for name in ("desk.pub", "pickup.pub"):
            (self.folder / name).write_text(public_to_text(SigningKey.generate().public))

    def run(self, *words: str, status: int = 0) -> str:
        args = main.parse(["reviewers", *words, "--config", str(self.folder / "reviewers.toml")])
        try:
            found = main.run(args)
        except SystemExit as end:
            found = end.code
        said = self._capsys.readouterr()
        assert found == status, said
        return said.out if status == 0 else said.err

    def add(self, name: str, college: str, *, cert: bytes = b"", status: int = 0, extra: tuple[str, ...] = ()) -> str:
        file = self.folder / "brought"
        file.write_bytes(cert or self.keys.certs[name])
        return self.run("add", name, "--college", college, "--cert", str(file), *extra, status=status)

    def sign(self, *extra: str, status: int = 0, to: str = "manifest") -> str:
        places = {"--desk-key": "desk.pub", "--pickup-key": "pickup.pub", "--to": to}
        words = [word for flag, name in places.items() for word in (flag, str(self.folder / name))]
        return self.run("sign", *words, *extra, status=status)

    def manifest(self, name: str = "manifest") -> Manifest:
        return load_manifest(self.folder / name, (self.folder / "root.pub").read_text().strip())


@pytest.fixture
def desk(tmp_path: Path, keys: Keys, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path, keys, capsys)
    made.run("root")
    return made


@pytest.fixture
def full(desk: Desk) -> Desk:
    for name, college in PEOPLE:
        desk.add(name, college)
    return desk


def test_root_is_made_once_and_privately(desk: Desk) -> None:
    for name in ("root.key", "source.json", "root.pub"):
        assert stat.S_IMODE((desk.folder / name).stat().st_mode) == 0o600
    secret = (desk.folder / "root.key").read_text()
    public = SigningKey.from_text(secret).public.hex()
    assert (desk.folder / "root.pub").read_text() == public + "\n"
    assert "exists already" in desk.run("root", status=1)
    assert (desk.folder / "root.key").read_text() == secret
    assert desk.run("show").startswith(f'root = "{public}"')


def test_root_takes_the_name_of_the_settings(tmp_path: Path, keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(tmp_path, keys, capsys)
    (desk.folder / "reviewers.toml").write_text('instance = "Not Good"\n')
    assert "instance" in desk.run("root", status=1)
    (desk.folder / "reviewers.toml").write_text('instance = "alerte.coop"\n')
    desk.run("root")
    assert json.loads(desk.run("show", "--json"))["instance"] == "alerte.coop"


def test_everything_begins_with_root(tmp_path: Path, keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no root key yet" in Desk(tmp_path, keys, capsys).run("show", status=1)


def test_the_signed_manifest_is_what_was_recorded(full: Desk) -> None:
    assert full.sign() == "manifest 1: 3 reviewers, until 2027-11-21\n"
    manifest = full.manifest()
    assert [(r.name, r.college, r.role) for r in manifest.reviewers] == [
        (name, college, "analyst") for name, college in PEOPLE
    ]
    assert [r.cert for r in manifest.reviewers] == list(full.keys.certs.values())
    assert len({nobody.fingerprint for nobody in manifest.nobodies}) == 3
    assert (manifest.version, manifest.previous, manifest.issued) == (1, "", TODAY)
    assert manifest.expires == TODAY + timedelta(days=365)
    shown = json.loads(full.run("show", "--json"))
    assert (shown["version"], shown["digest"]) == (1, manifest.digest)
    assert [r["name"] for r in shown["reviewers"]] == ["alize", "brume", "cypres"]


def test_versions_are_chained_and_kept(full: Desk) -> None:
    full.sign()
    full.sign("--days", "30", to="second")
    first, second = full.manifest(), full.manifest("second")
    assert (second.version, second.previous) == (2, first.digest)
    accept_successor(first, second)
    assert full.manifest("signed/0001.manifest") == first
    assert full.manifest("signed/0002.manifest") == second


def test_a_retired_reviewer_is_left_out_and_never_renamed(full: Desk) -> None:
    full.run("retire", "brume")
    full.sign()
    assert [r.name for r in full.manifest().reviewers] == ["alize", "cypres"]
    assert "no active reviewer" in full.run("retire", "brume", status=1)
    assert "is or was" in full.add("brume", "members", status=1)
    assert "retired" in full.run("show")
    full.run("retire", "cypres")
    assert "two colleges" in full.sign(status=1).lower()


def test_two_reviewers_of_two_colleges_or_no_manifest(desk: Desk) -> None:
    assert "two colleges" in desk.sign(status=1)
    desk.add("alize", "members")
    desk.add("brume", "members")
    assert "two colleges" in desk.sign(status=1)
    assert not (desk.folder / "manifest").exists()
    assert load_source(desk.folder).version == 0


def test_armoured_certificates_are_taken(desk: Desk, keys: Keys) -> None:
    with gpg.private_home() as home:
        library = gpg.library(home)
        library.import_keys(keys.certs["alize"])
        armoured = library.export_keys(library.list_keys()[0]["fingerprint"]).encode()
    assert armoured.startswith(b"-----BEGIN")
    desk.add("alize", "members", cert=armoured, extra=("--role", "mediator"))
    (reviewer,) = load_source(desk.folder / "source.json").active
    assert reviewer.role == "mediator"


@pytest.mark.parametrize("cert", [b"hello", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\nhello\n", b"\x99" * 300])
def test_what_is_no_certificate_is_refused(desk: Desk, cert: bytes) -> None:
    assert "is refused" in desk.add("alize", "members", cert=cert, status=1)
    assert load_source(desk.folder).reviewers == ()


def test_secret_keys_and_known_keys_are_refused(full: Desk, keys: Keys) -> None:
    assert "secret key" in full.add("dune", "jurists", cert=keys.secret, status=1)
    assert "already recorded" in full.add("dune", "jurists", cert=keys.certs["alize"], status=1)
    assert "is 1 to 32" in full.add("Dune", "jurists", cert=keys.certs["alize"], status=1)
    assert "is 1 to 32" in full.add("dune", "The Jurists", cert=keys.certs["alize"], status=1)


def test_a_key_must_outlive_the_manifest(full: Desk) -> None:
    assert "expires on" in full.sign("--days", "3000", status=1)
    assert not (full.folder / "signed").exists()
    (full.folder.parent / "today").write_text("2030-01-01")
    assert "is refused" in full.sign(status=1)


def extended(folder: Path, name: str, *years: str) -> tuple[bytes, bytes]:
    """A certificate as it was made, and once its reviewer has extended the key."""
    home = folder / "gpg"
    fingerprint = keygen.trial_key(home, name, TODAY)
    before = keygen.public_cert(home, fingerprint)
    short = gpg.short_home(home)
    for part in ((), ("*",)):
        subprocess.run(
            ["gpg", "--homedir", str(short), "--batch", "--quick-set-expire", fingerprint, *years, *part], check=True
        )
    after = keygen.public_cert(home, fingerprint)
    gpg.stop_agent(home)
    return before, after


def test_a_manifest_ends_before_the_first_key_does(full: Desk) -> None:
    ends = certs.inspect(full.keys.certs["alize"], day=TODAY).expires
    assert ends
    day = ends - timedelta(days=200)
    (full.folder.parent / "today").write_text(day.isoformat())
    assert f"until {ends - timedelta(days=1)}" in full.sign()
    full.sign("--days", "20", to="short")
    (full.folder.parent / "today").write_text((ends - timedelta(days=20)).isoformat())
    refused = full.sign(status=1)
    assert "expires on" in refused
    assert "reviewers renew" in refused


def test_an_extended_key_keeps_its_place_and_its_nobody(desk: Desk, tmp_path: Path) -> None:
    before, after = extended(tmp_path, "alize", "5y")
    desk.add("alize", "members", cert=before)
    for name, college in PEOPLE[1:]:
        desk.add(name, college)
    first = load_source(desk.folder)
    file = desk.folder / "brought"

    def renew(name: str, cert: bytes, status: int = 0) -> str:
        file.write_bytes(cert)
        return desk.run("renew", name, "--cert", str(file), status=status)

    assert "no later" in renew("alize", before, status=1)
    assert "another key" in renew("alize", desk.keys.certs["brume"], status=1)
    assert "no active reviewer" in renew("dune", after, status=1)
    assert "alize: the key ends on " in renew("alize", after)
    second = load_source(desk.folder)
    assert [one.name for one in second.reviewers] == [one.name for one in first.reviewers]
    assert second.reviewers[0].nobody == first.reviewers[0].nobody
    assert second.reviewers[0].cert == after
    assert desk.sign() == "manifest 1: 3 reviewers, until 2027-11-21\n"


def test_a_key_that_has_ended_is_extended_as_well(desk: Desk, tmp_path: Path) -> None:
    before, after = extended(tmp_path, "alize", "0")
    desk.add("alize", "members", cert=before)
    (desk.folder.parent / "today").write_text("2030-01-01")
    (desk.folder / "brought").write_bytes(after)
    assert desk.run("renew", "alize", "--cert", str(desk.folder / "brought")) == "alize: the key ends never.\n"


def test_wrong_days_are_wrong_usage(full: Desk) -> None:
    assert "1 to 3660" in full.sign("--days", "0", status=2)


def test_a_secret_key_never_stands_for_a_public_one(full: Desk) -> None:
    (full.folder / "desk.pub").write_text(SigningKey.generate().to_text())
    assert "does not hold a public key" in full.sign(status=1)


def test_a_loose_root_key_signs_nothing(full: Desk) -> None:
    (full.folder / "root.key").chmod(0o644)
    assert "Others can read" in full.sign(status=1)


def test_a_swapped_certificate_is_noticed(full: Desk, keys: Keys) -> None:
    (full.folder / "certs" / "alize.cert").write_bytes(keys.certs["brume"])
    assert "is not the recorded one" in full.sign(status=1)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-20],
        lambda text: text.replace("analyst", "king"),
        lambda text: text.replace('"version": 0', '"version": "0"'),
        lambda text: text.replace("reviewers/v1", "reviewers/v9"),
        lambda text: text.replace('"retired": false', '"retired": 0'),
        lambda text: "[" * 100_000,
    ],
)
def test_a_damaged_source_is_refused(full: Desk, change) -> None:
    path = full.folder / "source.json"
    path.write_text(change(path.read_text()))
    assert "is damaged" in full.run("show", status=1)


def test_a_missing_certificate_is_refused(full: Desk) -> None:
    (full.folder / "certs" / "alize.nobody").unlink()
    assert "There is no file" in full.run("show", status=1)


def test_a_certificate_left_by_a_cut_add_is_replaced(full: Desk) -> None:
    source = load_source(full.folder)
    (full.folder / "certs" / "alize.cert").write_bytes(b"of an add that was cut short")
    save_source(full.folder / "source.json", source)
    assert load_source(full.folder) == source


def test_only_this_roots_manifest_is_loaded(full: Desk, tmp_path: Path) -> None:
    full.sign()
    place = full.folder / "manifest"
    root = (full.folder / "root.pub").read_text().strip()
    with pytest.raises(TrustError, match="not a reviewer manifest of this instance"):
        load_manifest(place, "00" * 32)
    with pytest.raises(UserError, match="setting root"):
        load_manifest(place, "")
    with pytest.raises(UserError, match="is missing"):
        load_manifest(tmp_path / "none", root)
    with pytest.raises(UserError, match="cannot be read"):
        load_manifest(tmp_path, root)
    place.write_bytes(place.read_bytes()[:-3])
    with pytest.raises(FormatError):
        load_manifest(place, root)


def test_a_new_root_key_keeps_the_instance_and_its_chain(full: Desk) -> None:
    full.sign()
    before, old = full.manifest(), (full.folder / "root.pub").read_text().strip()
    said = full.run("root", "--replace").splitlines()
    new = (full.folder / "root.pub").read_text().strip()
    assert new != old
    assert said == [f'root = "{new}"', f'former_roots = ["{old}"]']
    assert (full.folder / "root.key.former-1").exists(), "people destroy it, not the program"
    assert stat.S_IMODE((full.folder / "root.key").stat().st_mode) == 0o600
    full.sign(to="next")
    after = full.manifest("next")
    accept_successor(before, after)
    assert (after.version, after.previous) == (2, before.digest)
    with pytest.raises(TrustError):
        load_manifest(full.folder / "next", old)
    shown = json.loads(full.run("show", "--json"))
    assert (shown["root"], shown["former_roots"]) == (new, [old])
    assert f'former_roots = ["{old}"]' in full.run("show")


def test_a_lost_root_key_is_replaced_as_well_and_again(full: Desk) -> None:
    (full.folder / "root.key").unlink()
    full.run("root", "--replace")
    full.run("root", "--replace")
    assert len(json.loads(full.run("show", "--json"))["former_roots"]) == 2
    assert [path.name for path in full.folder.glob("root.key.former-*")] == ["root.key.former-1"]
    (full.folder / "root.pub").unlink()  # the offline machine burnt, and source.json came back from its copy
    (full.folder / "root.key").unlink()
    full.run("root", "--replace")
    full.sign()
    assert full.manifest().version == 1


def test_nothing_is_replaced_before_there_was_a_root(
    tmp_path: Path, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(tmp_path, keys, capsys)
    assert "no root key yet" in desk.run("root", "--replace", status=1)
