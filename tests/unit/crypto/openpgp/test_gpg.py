"""Finding gpg, short names for long homes, private homes, agents."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from crypto.errors import FormatError, ToolError
from crypto.openpgp import decrypt, encrypt, gpg, keygen

DAY = date(2026, 11, 21)


def agents(home: Path) -> int:
    """How many processes work on a home."""
    wanted = os.fsencode(home)
    count = 0
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            count += wanted in entry.read_bytes()
        except OSError:  # it ended meanwhile
            continue
    return count


def test_gpg_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="GnuPG is not installed: the program gpg was not found"):
        gpg.binary()
    with pytest.raises(ToolError, match="not installed"):
        encrypt.encrypt_bytes(tmp_path, ["A" * 40], b"", DAY)


def test_gpg_that_does_not_start_is_a_tool_error(fake_gpg: Callable[[str], None], tmp_path: Path) -> None:
    fake_gpg("exit 1")
    Path(gpg.binary()).write_bytes(b"\x7fELF broken")
    with pytest.raises(ToolError, match="could not be started"):
        gpg.start([], stdin=0, stdout=1, inherit=())
    with pytest.raises(ToolError, match="could not be started"):
        gpg.library(tmp_path)


def test_a_home_that_is_not_there_is_a_tool_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="could not be started"):
        gpg.library(tmp_path / "absent")


def test_the_version_is_read() -> None:
    assert (2, 2) <= gpg.version() < (3, 0)


def test_another_program_in_its_place_is_refused(fake_gpg: Callable[[str], None]) -> None:
    fake_gpg("echo gpg or something")
    with pytest.raises(ToolError, match="which version"):
        gpg.version()


def test_the_day_is_all_that_gpg_knows_of_time() -> None:
    assert gpg.at_day(DAY)[:2] == ["--faked-system-time", "20261121T000000!"]


@pytest.mark.parametrize("passphrase", ["two\nlines", "a\rb", "nul\0", "x" * 1025])
def test_refuses_a_passphrase_that_is_not_one_line(passphrase: str) -> None:
    with pytest.raises(FormatError, match="one line"), gpg.passphrase_pipe(passphrase):
        raise AssertionError


def test_a_passphrase_travels_in_a_pipe_that_is_closed_afterwards() -> None:
    with gpg.passphrase_pipe("mot à mot") as (options, inherit):
        assert os.read(inherit[0], 100) == "mot à mot\n".encode()
        assert "mot" not in " ".join(options)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(inherit[0])


def test_a_private_home_is_ours_alone_and_leaves_nothing() -> None:
    with gpg.private_home() as home:
        assert home.stat().st_mode & 0o777 == 0o700
        keygen.trial_key(home, "someone", DAY)
        assert agents(home) == 1
    assert not home.exists()
    assert agents(home) == 0


def test_a_process_that_ended_runs_no_more() -> None:
    with subprocess.Popen(["true"]) as process:
        pass
    assert gpg.runs(os.getpid())
    assert not gpg.runs(process.pid)


def test_a_private_home_goes_to_disk_where_there_is_no_memory_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpg, "MEMORY", "/nonexistent")
    with gpg.private_home() as home:
        assert home.is_dir()


def test_a_short_home_keeps_its_name(tmp_path: Path) -> None:
    short = Path("/tmp/short home")
    assert gpg.short_home(short) == short


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where links to long homes are made in this test."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder) / f"sourdine-{os.getuid()}"


def test_a_home_with_a_long_path_works(tmp_path: Path, links: Path) -> None:
    home = tmp_path / "with spaces and accents é" / ("x" * 200)
    fingerprint = keygen.trial_key(home, "alize", DAY)
    sealed = encrypt.encrypt_bytes(home, [fingerprint], b"hello", DAY)
    assert decrypt.decrypt_bytes(home, sealed) == (b"hello", fingerprint)
    short = gpg.short_home(home)
    assert len(str(short)) <= gpg.HOME_LIMIT
    assert short.resolve() == home.resolve()
    assert agents(short) == 1
    gpg.stop_agent(home)
    assert agents(short) == 0
    assert not list(links.iterdir())


def test_refuses_links_in_a_directory_that_others_may_write(tmp_path: Path, links: Path) -> None:
    links.mkdir(mode=0o777)
    links.chmod(0o777)
    with pytest.raises(ToolError, match="belongs to somebody else"):
        gpg.short_home(tmp_path / ("x" * 200))


def test_refuses_a_link_that_leads_elsewhere(tmp_path: Path, links: Path) -> None:
    home = tmp_path / ("x" * 200)
    link = gpg.short_home(home)
    assert gpg.short_home(home) == link
    link.unlink()
    link.symlink_to("/elsewhere")
    with pytest.raises(ToolError, match="taken by something else"):
        gpg.short_home(home)


def test_stopping_ends_this_agent_and_no_other(tmp_path: Path) -> None:
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        keygen.trial_key(home, "someone", DAY)
    gpg.stop_agent(homes[0])
    assert [agents(home) for home in homes] == [0, 1]
    gpg.stop_agent(homes[1])
    gpg.stop_agent(homes[1])
    assert agents(homes[1]) == 0


def test_a_socket_that_nobody_serves_does_not_keep_us_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpg, "AGENT_PATIENCE", 0.05)
    (tmp_path / "S.gpg-agent").touch()
    gpg.stop_agent(tmp_path)
