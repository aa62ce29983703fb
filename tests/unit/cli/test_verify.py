"""`sourdine verify`: every signed file of a trial house, whole and with one byte changed."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.cli import main
from app.cli.demo_layout import REVIEWERS, Trial, prepare, root_of
from app.errors import UsageError, UserError
from app.manifest_file import load_manifest
from crypto import export, outbox, pickup
from crypto.checkpoint import Checkpoint, sign_checkpoint
from crypto.errors import FormatError, SealingError
from crypto.manifest import sign_manifest
from crypto.openpgp.gpg import stop_agent
from crypto.openpgp.sign import detach_sign
from crypto.quorum import EntrySignature
from crypto.signing import SigningKey

DAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    folder = Path(tempfile.mkdtemp(prefix="sv-"))
    made = Trial(folder / "d", 8080)
    prepare(made)
    yield made
    for name, _ in REVIEWERS:
        stop_agent(made.home(name))
    shutil.rmtree(folder)


def verify(trial: Trial, path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    command = ["verify", str(path), "--root", root_of(trial), "--json", *words]
    args = main.parse(command)
    assert args.run(args) == 0
    facts = json.loads(capsys.readouterr().out)
    assert isinstance(facts, dict)
    return facts


def with_manifest(trial: Trial) -> tuple[str, str]:
    return "--manifest", str(trial.folder / "intake" / "manifest")


def test_a_manifest_needs_the_root_only(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    facts = verify(trial, trial.folder / "intake" / "manifest", capsys)
    assert (facts["kind"], facts["version"], facts["reviewers"]) == ("manifest", 1, 3)


def test_another_root_is_refused(trial: Trial) -> None:
    args = main.parse(["verify", str(trial.folder / "intake" / "manifest"), "--root", "ab" * 32])
    with pytest.raises((UserError, SealingError)):
        args.run(args)


def test_a_pickup_is_read_to_its_end(trial: Trial, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = SigningKey.from_text((trial.folder / "intake" / "pickup.key").read_text(encoding="ascii"))
    body = bytes(16_384)
    entry = pickup.PickupEntry("0" * 32, len(body), "4fe7b59af6de3b665b67788cc2f99892ab827efae3a467342b3bb4e3bc8e5bfe")
    manifest = load_manifest(trial.folder / "intake" / "manifest", root_of(trial))
    note = pickup.sign_header(pickup.PickupHeader(manifest.instance, 1, "", DAY, (entry,)), key)
    path = tmp_path / "pickup"
    path.write_bytes(pickup.prefix(note) + body)
    facts = verify(trial, path, capsys, *with_manifest(trial))
    assert (facts["kind"], facts["envelopes"]) == ("pickup", 1)
    path.write_bytes(pickup.prefix(note) + body[:-1] + b"x")
    with pytest.raises(SealingError):
        verify(trial, path, capsys, *with_manifest(trial))


def test_an_outbox_of_the_desk(trial: Trial, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "outbox"
    trial.command("desk", "outbox", "--to", str(path), "--as", "alize")
    facts = verify(trial, path, capsys, *with_manifest(trial))
    assert (facts["kind"], facts["number"], facts["receipts"]) == ("outbox", 1, 0)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"number":1', b'"number":2'))
    with pytest.raises(SealingError):
        verify(trial, path, capsys, *with_manifest(trial))
    assert outbox.KIND == "outbox"


def signed_export(trial: Trial, key: SigningKey, path: Path) -> bytes:
    manifest = load_manifest(path, root_of(trial))
    entry = {"regc_id": "x"}
    data = export.entry_bytes(entry, "trial.registry", manifest.instance)
    signers = [reviewer for reviewer in manifest.reviewers if reviewer.name in {"alize", "cypres"}]
    signatures = tuple(
        EntrySignature(reviewer.fingerprint, detach_sign(trial.home(reviewer.name), reviewer.fingerprint, data))
        for reviewer in sorted(signers, key=lambda reviewer: reviewer.fingerprint)
    )
    batch = export.Export(
        origin="trial.registry",
        issuer=manifest.instance,
        manifest=manifest.digest,
        sequence=1,
        previous="",
        day=DAY,
        batch="2026-11",
        checkpoint=head(trial, key),
        entries=(export.SignedEntry(entry, signatures, bytes(export.SALT)),),
    )
    return export.sign_export(batch, key)


def head(trial: Trial, key: SigningKey, issuer: str = "") -> bytes:
    manifest = load_manifest(trial.folder / "intake" / "manifest", root_of(trial))
    origin = export.log_origin("trial.registry", issuer or manifest.instance)
    return sign_checkpoint(Checkpoint(origin, 1, bytes(32)), key)


@pytest.fixture
def ours(trial: Trial, tmp_path: Path) -> tuple[SigningKey, Path]:
    """A desk key that a test may use, since the trial's is sealed, and the manifest that names it."""
    key, root = (
        SigningKey.generate(),
        SigningKey.from_text((trial.folder / "reviewers" / "root.key").read_text("ascii")),
    )
    manifest = load_manifest(trial.folder / "intake" / "manifest", root_of(trial))
    path = tmp_path / "manifest"
    path.write_bytes(sign_manifest(replace(manifest, desk_key=key.public), root))
    return key, path


Ours = tuple[SigningKey, Path]


def test_an_export_of_the_desk(trial: Trial, ours: Ours, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "export.regc"
    path.write_bytes(signed_export(trial, *ours))
    facts = verify(trial, path, capsys, "--manifest", str(ours[1]))
    assert (facts["kind"], facts["origin"], facts["entries"], facts["leaves"]) == ("export", "trial.registry", 1, 1)
    path.write_bytes(signed_export(trial, SigningKey.generate(), ours[1]))
    with pytest.raises(SealingError):
        verify(trial, path, capsys, "--manifest", str(ours[1]))


def test_a_checkpoint_of_the_log(trial: Trial, ours: Ours, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "checkpoint"
    path.write_bytes(head(trial, ours[0]))
    facts = verify(trial, path, capsys, "--manifest", str(ours[1]))
    assert (facts["kind"], facts["leaves"], facts["tree"]) == ("checkpoint", 1, bytes(32).hex())
    for forged in (head(trial, SigningKey.generate()), head(trial, ours[0], "other.example")):
        path.write_bytes(forged)
        with pytest.raises(SealingError):
            verify(trial, path, capsys, "--manifest", str(ours[1]))


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x00" * 100])
def test_anything_else_is_no_file_of_ours(trial: Trial, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    args = main.parse(["verify", str(path), "--root", root_of(trial)])
    with pytest.raises(FormatError):
        args.run(args)


def test_sentences_for_what_is_missing(trial: Trial, tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    trial.command("desk", "outbox", "--to", str(path), "--as", "alize")
    args = main.parse(["verify", str(path), "--root", root_of(trial)])
    with pytest.raises(UsageError, match="checked against a manifest"):
        args.run(args)
    args = main.parse(["verify", str(tmp_path / "none"), "--root", root_of(trial)])
    with pytest.raises(UserError, match="There is no file"):
        args.run(args)


def test_in_words(trial: Trial, capsys: pytest.CaptureFixture[str]) -> None:
    args = main.parse(["verify", str(trial.folder / "intake" / "manifest"), "--root", root_of(trial)])
    assert args.run(args) == 0
    assert "The signature is right: manifest" in capsys.readouterr().out
