"""A root key is replaced: intake and registry remember versions and digests alone, and go on under the new key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.manifest_file import load_manifest
from crypto.errors import TrustError
from crypto.manifest import UntrustedManifest
from crypto.signing import SigningKey
from tests.fakes.instance import Instance
from tests.fakes.issuer import Issuer, forget_keys
from tests.unit.cli.test_registry import export, run, write
from tests.unit.domain.samples import raw_entry

OTHER_ID = "REGC-2026-ABCDEFGHIJKLMNOQ"


def test_the_intake_follows_and_never_goes_back(tmp_path: Path) -> None:
    instance = Instance.make(tmp_path)
    path = instance.settings.path(instance.settings.manifest)
    old = path.read_bytes()
    store = instance.store()
    try:
        store.accept_manifest(instance.manifest)
        instance.root = SigningKey.generate()
        root = instance.root.public.hex()
        with pytest.raises(TrustError):
            load_manifest(path, root)
        instance.publish(version=2, previous=instance.manifest.digest)
        store.accept_manifest(load_manifest(path, root))
        path.write_bytes(old)
        with pytest.raises(TrustError):
            load_manifest(path, root)
        with pytest.raises(TrustError, match="rolled back"):
            store.accept_manifest(load_manifest(path, instance.settings.root))
    finally:
        store.close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    yield Issuer()
    forget_keys()


def test_the_registry_keeps_what_it_loaded_and_takes_the_next(
    tmp_path: Path, issuer: Issuer, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "today").write_text("2026-12-02", "ascii")
    home = tmp_path / "registry"
    home.mkdir()
    (home / "manifest").write_bytes(issuer.manifest_bytes)
    write(home, issuer.root.public.hex())
    run(home, "init")
    assert run(home, "import", export(home, issuer, raw_entry())) == 0
    old = issuer.root.public.hex()
    before, issuer.root = issuer.manifest, SigningKey.generate()
    (home / "manifest").write_bytes(issuer.sign_manifest(version=2, previous=before.digest))
    write(home, issuer.root.public.hex())
    issuer.manifest = UntrustedManifest.parse((home / "manifest").read_bytes()).verify(issuer.root.public)
    assert run(home, "import", export(home, issuer, raw_entry(regc_id=OTHER_ID))) == 0
    capsys.readouterr()
    assert run(home, "tick") == 0
    assert "2 entries shown" in capsys.readouterr().out
    # The manifest before is a rollback here, even with the root line that fitted it.
    (home / "manifest").write_bytes(issuer.manifest_bytes)
    write(home, old)
    issuer.manifest = before
    assert run(home, "import", export(home, issuer, raw_entry())) == 1
    assert "rolled back" in capsys.readouterr().err
