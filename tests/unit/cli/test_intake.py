"""`sourdine intake`: what init makes, what check finds, what status says."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from app.cli import main
from app.cli.intake_check import findings
from app.settings import IntakeSettings, load
from app.stores.couriers import CourierRow, Couriers
from app.stores.intake import IntakeStore
from crypto.manifest import Nobody, Reviewer
from crypto.openpgp import gpg, keygen
from crypto.signing import SigningKey, public_from_text
from tests.fakes.instance import TODAY, Instance, add_envelope
from tor.address import onion_address

# The Tor Project's own site.
ONION = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion"
OTHER_ONION = onion_address(b"another key of thirty-two bytes!")


class Server:
    """The intake's machine: runs commands, remembers what they said."""

    def __init__(self, instance: Instance, capsys: pytest.CaptureFixture[str]) -> None:
        self.instance = instance
        self.home = instance.settings.home
        self._capsys = capsys
        self.configure(f'trial = true\nroot = "{instance.settings.root}"\nreserve_bytes = 0\nmax_bytes = 0\n')

    def configure(self, text: str) -> None:
        (self.home / "intake.toml").write_text(text)

    def settings(self) -> IntakeSettings:
        return load(IntakeSettings, self.home / "intake.toml")

    def run(self, *words: str, status: int = 0) -> str:
        args = main.parse(["intake", *words, "--config", str(self.home / "intake.toml")])
        try:
            found = main.run(args)
        except SystemExit as end:
            found = end.code
        said = self._capsys.readouterr()
        assert found == status, said
        return said.out + said.err

    def wrong(self) -> dict[str, str]:
        """What check finds, by name."""
        return {name: str(error) for name, error in findings(self.settings()) if error}


@pytest.fixture
def server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Server:
    return Server(Instance.make(tmp_path), capsys)


@pytest.fixture
def ready(server: Server) -> Server:
    server.run("init")
    return server


def test_init_makes_what_is_missing_and_keeps_the_rest(server: Server) -> None:
    for name in ("pickup.key", "attempt.key"):
        (server.home / name).unlink()
    server.run("init")
    keys = {name: (server.home / name).read_text() for name in ("pickup.key", "attempt.key", "pickup.pub")}
    for name in ("pickup.key", "attempt.key", "intake.db"):
        assert stat.S_IMODE((server.home / name).stat().st_mode) == 0o600
    assert len(bytes.fromhex(keys["attempt.key"])) == 32
    assert public_from_text(keys["pickup.pub"]) == SigningKey.from_text(keys["pickup.key"]).public
    server.run("init")
    assert {name: (server.home / name).read_text() for name in keys} == keys


@pytest.mark.parametrize("action", ["serve", "tick", "purge", "status"])
def test_everything_begins_with_init(server: Server, action: str) -> None:
    assert "Type: sourdine intake init" in server.run(action, status=1)


def test_status_has_exactly_these_keys(ready: Server) -> None:
    store = IntakeStore.open(ready.instance.settings)
    add_envelope(store, b"one")
    facts = json.loads(ready.run("status", "--json"))
    assert set(facts) == {"envelopes", "replies", "manifest_version", "manifest_expires", "free_bytes"}
    assert (facts["envelopes"], facts["replies"], facts["manifest_version"]) == (1, 0, 1)
    assert facts["manifest_expires"] == (TODAY + timedelta(days=365)).isoformat()
    assert facts["free_bytes"] > 0
    store.files.path(add_envelope(store, b"two")).unlink()
    shown = ready.run("status")
    assert "lost their file" in shown
    assert "envelopes          2" in shown
    (ready.home / "manifest").unlink()
    assert json.loads(ready.run("status", "--json").splitlines()[0])["manifest_version"] is None
    assert "manifest version   none" in ready.run("status")


def test_tick_and_purge_never_touch_an_envelope(ready: Server) -> None:
    store = IntakeStore.open(ready.instance.settings)
    kept = add_envelope(store, b"one")
    (store.files.folder / ("a" * 32 + ".part")).write_bytes(b"x")
    assert "0 expired row(s)" in ready.run("tick")
    assert "1 unfinished file(s)" in ready.run("purge")
    assert [path.name for path in store.files.folder.iterdir()] == [kept]
    assert store.counts().envelopes == 1


def test_check_names_each_thing_and_what_mends_it(ready: Server) -> None:
    said = ready.run("check", status=1)
    assert "NO   not a trial: trial = true" in said
    assert "Remove that line" in said
    assert "ok   database" in said
    assert "NO   courier account" in said


def test_check_finds_loose_modes(ready: Server) -> None:
    for name, mode in (("attempt.key", 0o640), ("intake.db", 0o644), ("envelopes", 0o755)):
        path = ready.home / name
        before = path.stat().st_mode
        path.chmod(mode)
        assert "Others can read" in ready.wrong()["secret files are private"]
        path.chmod(before)
    assert "secret files are private" not in ready.wrong()


def test_check_finds_lost_envelopes_and_a_full_disk(ready: Server) -> None:
    store = IntakeStore.open(ready.instance.settings)
    store.files.path(add_envelope(store, b"one")).unlink()
    assert "1 envelope(s) lost" in ready.wrong()["envelopes are whole"]
    ready.configure(f'root = "{ready.instance.settings.root}"\nmax_bytes = {2**60}\n')
    wrong = ready.wrong()
    assert "bytes are free" in wrong["room on the disk"]
    assert "not a trial" not in wrong


def test_check_finds_a_wrong_manifest_or_key(ready: Server) -> None:
    instance = ready.instance
    assert "reviewer manifest" not in ready.wrong()
    store = IntakeStore.open(instance.settings)
    old = (ready.home / "manifest").read_bytes()
    store.accept_manifest(instance.publish(version=2, previous=instance.manifest.digest))
    (ready.home / "manifest").write_bytes(old)
    assert "rolled back" in ready.wrong()["reviewer manifest"]
    instance.publish()
    instance.set_day(instance.manifest.expires + timedelta(days=1))
    assert "expired" in ready.wrong()["reviewer manifest"]
    (ready.home / "pickup.key").write_text(SigningKey.generate().to_text())
    assert "not the key that the manifest names" in ready.wrong()["pickup key"]


def test_check_finds_nobody_to_write_to(ready: Server) -> None:
    assert "Nobody can report a flaw" in ready.wrong()["contact for flaws"]


def test_a_trial_answers_on_loopback_by_any_name(ready: Server) -> None:
    assert "addresses of the doors" not in ready.wrong()
    ready.configure('trial = true\n[reporter]\nlisten = "0.0.0.0:8080"\nhosts = ["a"]\n')
    assert "without Tor" in ready.wrong()["addresses of the doors"]


@pytest.mark.parametrize("door", ["reporter", "courier"])
@pytest.mark.parametrize(
    ("listen", "hosts", "said"),
    [
        ("unix:/run/sourdine/a.sock", [ONION], ""),
        ("127.0.0.1:80", [ONION], ""),
        ("unix:/run/sourdine/a.sock", ["3" + ONION[1:]], "is not an onion address"),
        ("unix:/run/sourdine/a.sock", [ONION, "localhost"], "does not answer to its onion name alone"),
        ("unix:/run/sourdine/a.sock", ["example.org"], "does not answer to its onion name alone"),
        ("unix:/run/sourdine/a.sock", [], "does not answer to its onion name alone"),
        ("unix:/run/sourdine/a.sock", [OTHER_ONION], "Both doors have one onion name"),
        ("0.0.0.0:80", [ONION], "the network reaches it without Tor"),
        ("192.0.2.1:80", [ONION], "the network reaches it without Tor"),
        ("127.evil.example:80", [ONION], "the network reaches it without Tor"),
    ],
)
def test_check_reads_the_address_of_each_door(
    ready: Server, door: str, listen: str, hosts: list[str], said: str
) -> None:
    tables = {name: ("unix:/run/sourdine/b.sock", [OTHER_ONION]) for name in ("reporter", "courier")}
    tables[door] = (listen, hosts)
    text = "".join(f"[{name}]\nlisten = {json.dumps(a)}\nhosts = {json.dumps(b)}\n" for name, (a, b) in tables.items())
    ready.configure(f'root = "{ready.instance.settings.root}"\n{text}')
    found = ready.wrong().get("addresses of the doors", "")
    assert (said in found) if said else not found


def test_check_finds_a_missing_gpg(ready: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(ready.home))
    assert "not installed" in ready.wrong()["GnuPG seals to the reviewers"]


def test_a_whole_intake_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = []
    for name, college in (("alize", "members"), ("cypres", "jurists")):
        home = tmp_path / name
        fingerprint = keygen.trial_key(home, name, TODAY)
        people.append(Reviewer(name, college, "analyst", fingerprint, keygen.public_cert(home, fingerprint)))
        gpg.stop_agent(home)
    instance = Instance.make(tmp_path, reviewers=tuple(people))
    instance.publish(nobodies=tuple(Nobody(*keygen.nobody_cert(TODAY)) for _ in people))
    server = Server(instance, capsys)
    server.configure(
        f'root = "{instance.settings.root}"\nreserve_bytes = 0\ncontact = "mailto:a@b"\n'
        f'[reporter]\nlisten = "unix:/run/a.sock"\nhosts = ["{ONION}"]\n'
        f'[courier]\nlisten = "unix:/run/b.sock"\nhosts = ["{OTHER_ONION}"]\n'
    )
    server.run("init")
    store = IntakeStore.open(instance.settings)
    Couriers(store.engine).add(CourierRow("rivet", b"", b""))
    # Without trial = true the real day counts, and these certificates are valid on both.
    said = server.run("check")
    assert "NO" not in said
    assert said.count("ok   ") == 11


def test_serve_checks_before_it_listens(ready: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("app.cli.serve.serve", lambda doors, ready: asked.append((doors, ready)))
    ready.run("serve")
    ((doors, announce),) = asked
    assert [door.listen for _, door in doors] == ["127.0.0.1:8080", "127.0.0.1:8081"]
    announce()
    assert doors[1][0]().name == "app.courier"
    (ready.home / "manifest").write_bytes(b"hello")
    assert "is not a reviewer manifest" in ready.run("serve", status=1)
    assert len(asked) == 1
