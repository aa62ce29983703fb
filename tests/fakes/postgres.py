"""A private PostgreSQL: a fresh cluster below /tmp, a unix socket and no port, gone with the tests.

A machine without PostgreSQL fails the tests that need it: what nobody tried is not known to work.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine

_BINARIES = Path("/usr/lib/postgresql")
_STARTED = 30.0
_numbers = count(1)
# A test's data is worth nothing after a power cut; a benchmark sets its own.
FAST = ("-c", "fsync=off", "-c", "full_page_writes=off")


class Cluster:
    """One server of our own. `stop` ends the process that we started, by its id."""

    def __init__(self, options: Sequence[str] = FAST) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="srp-", dir="/tmp"))
        try:
            self.process = self._start(options)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def _start(self, options: Sequence[str]) -> subprocess.Popen[bytes]:
        user, prefix = _as_whom()
        if prefix:
            shutil.chown(self.folder, user)
        data = str(self.folder / "data")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
        make = ("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        subprocess.run([*prefix, str(binaries() / make[0]), *make[1:]], check=True, **quiet)  # type: ignore[call-overload]
        serve = ("-D", data, "-k", str(self.folder), "-c", "listen_addresses=", *options)
        process = subprocess.Popen([*prefix, str(binaries() / "postgres"), *serve], **quiet)  # type: ignore[call-overload]
        until = time.monotonic() + _STARTED
        while not self._answers():
            if time.monotonic() > until or process.poll() is not None:
                process.kill()
                process.wait()
                raise RuntimeError("PostgreSQL did not start")
            time.sleep(0.05)
        return process  # type: ignore[no-any-return]

    def _answers(self) -> bool:
        ready = [str(binaries() / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(ready, check=False).returncode == 0

    def url(self, name: str = "") -> str:
        """A new empty database as registry.toml names it."""
        name = name or f"register{next(_numbers)}"
        engine = create_engine(self._url("postgres").replace("postgresql", "postgresql+psycopg", 1))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql:///{name}?host={self.folder}&user=postgres"

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast": sessions end, nothing is waited for
            self.process.wait(timeout=_STARTED)
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def cluster() -> Cluster:
    """The one of this process; it goes when the process ends."""
    made, owner = Cluster(), os.getpid()
    atexit.register(lambda: made.stop() if os.getpid() == owner else None)
    return made


@cache
def binaries() -> Path:
    """The newest PostgreSQL of this machine."""
    found = [path for path in _BINARIES.glob("*/bin") if (path / "initdb").exists()]
    if not found:
        raise RuntimeError(f"PostgreSQL is not installed below {_BINARIES}: apt-get install postgresql")
    return max(found, key=lambda path: int(path.parent.name))


def _as_whom() -> tuple[str, list[str]]:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid()).pw_name, []
    return "postgres", ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
