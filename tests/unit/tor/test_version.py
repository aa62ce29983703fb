"""Which tor may carry an onion: pretended programs that say something else, and the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tor.errors import TorError, TorMissing, TorTooOld
from tor.version import MINIMUM, check_tor, parse_version, require, show, verify_config


def program(folder: Path, version: str, modules: str = "relay: yes\npow: yes", code: int = 0) -> str:
    path = folder / "tor"
    path.write_text(
        f"#!/bin/sh\ncase $1 in --version) echo '{version}';; *) printf '%s\\n' '{modules}';; esac\nexit {code}\n"
    )
    path.chmod(0o755)
    return str(path)


def test_the_tor_of_this_machine_will_do() -> None:
    found = check_tor()
    assert found.version >= MINIMUM
    assert "pow" in found.modules
    assert Path(found.path).name == "tor"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Tor version 0.4.9.11.", (0, 4, 9, 11)),
        ("Tor version 0.4.9.11 (git-0123456789abcdef).\nmore", (0, 4, 9, 11)),
        ("0.4.9.11", (0, 4, 9, 11)),
        ("0.4.9.11 (git-0123)", (0, 4, 9, 11)),
        ("Tor version 0.4.10.2-alpha.", (0, 4, 10, 1)),
        ("0.4.9.11-dev (git-0123)", (0, 4, 9, 10)),
        ("1.0.0.0", (1, 0, 0, 0)),
    ],
)
def test_versions_are_read(text: str, version: tuple[int, int, int, int]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize("text", ["", "Tor", "0.4.9", "version 1", "OpenSSH_9.2", "0.4.9.11.12"])
def test_what_names_no_version_is_not_tor(text: str) -> None:
    with pytest.raises(TorError, match="not tor"):
        parse_version(text)


@pytest.mark.parametrize("version", [(0, 4, 9, 10), (0, 4, 8, 99), (0, 3, 99, 99)])
def test_older_ones_are_refused(version: tuple[int, int, int, int]) -> None:
    with pytest.raises(TorTooOld, match="too old") as refused:
        require(version)
    assert show(version) in refused.value.message
    require(MINIMUM)


def test_a_missing_tor_is_a_sentence() -> None:
    with pytest.raises(TorMissing, match="not on this machine") as missing:
        check_tor("no-such-tor-anywhere")
    assert "Install" in missing.value.hint


def test_a_tor_that_does_not_run_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TorMissing, match="does not run"):
        check_tor(program(tmp_path, "Tor version 0.4.9.11.", code=1))
    broken = tmp_path / "tor"
    broken.write_bytes(b"\x7fELF nothing")
    with pytest.raises(TorMissing, match="does not run"):
        check_tor(str(broken))


def test_an_old_tor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TorTooOld, match=r"0\.4\.7\.16 is too old"):
        check_tor(program(tmp_path, "Tor version 0.4.7.16."))


@pytest.mark.parametrize("modules", ["relay: yes\npow: no", "relay: yes", ""])
def test_a_tor_without_proof_of_work_is_refused(tmp_path: Path, modules: str) -> None:
    with pytest.raises(TorTooOld, match="proof-of-work"):
        check_tor(program(tmp_path, "Tor version 0.4.9.11.", modules))


def test_tor_reads_a_configuration(tmp_path: Path) -> None:
    tor, file = check_tor(), tmp_path / "torrc"
    file.write_text(f"DataDirectory {tmp_path}/data\nSocksPort 0\n")
    verify_config(tor, file)
    file.write_text("NoSuchOption 1\n")
    with pytest.raises(TorError, match="NoSuchOption"):
        verify_config(tor, file)
    with pytest.raises(TorError, match="refuses its configuration"):
        verify_config(tor, tmp_path / "missing")
