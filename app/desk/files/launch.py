"""Starts the worker, with bubblewrap's walls around it where they can be built, and speaks with it inside bounds.

Nothing is written: no file, no temporary folder; the attachment goes through a pipe, the answer comes through another.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.desk.files import frames, limits
from app.desk.files.frames import Frame, FrameError, Incoming, Task

HERE = Path(__file__).resolve().parent
LIBRARIES = ("PIL", "pillow.libs", "pypdfium2", "pypdfium2_raw", "pypdfium2_cfg")
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
CHUNK = 1 << 18
GRACE_SECONDS = 2.0
# Each may take `limits.MEMORY`: a reader who opens ten attachments at once waits, the machine does not fall over.
_ROOM = threading.BoundedSemaphore(limits.WORKERS)
# The package is found by a stub: importing the real `app.desk` would load the desk into the cage.
BOOT = """
import sys, types
package, libraries = sys.argv[1:3]
for name in ("app", "app.desk"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
sys.modules["app.desk"].__path__ = [package]
sys.path.append(libraries)
from app.desk.files.{module} import main
sys.stdout = sys.stderr = None
import os
os._exit(main())
"""
FLAGS = ("-I", "-S", "-B", "-X", "utf8", "-c")


class StartError(Exception):
    """The worker did not say that it is shut in: nothing was given to it."""


class LostError(Exception):
    """The worker ended, or had to be ended. `code` is one of `labels.REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Box:
    """How a worker is started.

    Args:
        bwrap: path of bubblewrap; None: the seccomp filter stands alone.
        module: of this package, with a `main`. Tests put another one in `boot`.
        wall: seconds from the start of the work to its end.
    """

    bwrap: str | None
    boot: str = BOOT.format(module="worker")
    wall: float = limits.WALL_SECONDS


def find_bwrap() -> str | None:
    return shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin")


def command(box: Box) -> list[str]:
    """The line that starts the worker."""
    libraries = _libraries()
    if box.bwrap is None:
        return [_python(), *FLAGS, box.boot, str(HERE.parent), str(libraries)]
    base = Path("/s/py")
    stdlib = Path(sysconfig.get_path("stdlib"))
    walls = [box.bwrap, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    walls += ["--uid", "65534", "--gid", "65534", "--hostname", "none", "--setenv", "LD_LIBRARY_PATH", "/s/py/lib"]
    walls += [
        "--ro-bind",
        _python(),
        str(base / "bin/python3"),
        "--ro-bind",
        str(stdlib),
        str(base / "lib" / stdlib.name),
    ]
    shared = Path(sysconfig.get_config_var("LIBDIR") or "/") / (sysconfig.get_config_var("INSTSONAME") or "-")
    if shared.suffix != ".a" and shared.is_file():
        walls += ["--ro-bind", str(shared), str(base / "lib" / shared.name)]
    for place in SYSTEM:
        if os.path.islink(place):
            walls += ["--symlink", os.readlink(place), place]
        elif os.path.isdir(place):
            walls += ["--ro-bind", place, place]
    walls += ["--ro-bind", str(HERE), "/s/app/files"]
    for name in LIBRARIES:
        walls += ["--ro-bind-try", str(libraries / name), f"/s/lib/{name}"]
    walls += ["--remount-ro", "/", "--chdir", "/"]
    return [*walls, str(base / "bin/python3"), *FLAGS, box.boot, "/s/app", "/s/lib"]


def _python() -> str:
    return os.path.realpath(sys.executable)


def _libraries() -> Path:
    """The folder where pillow is installed; looked up, never imported: the parent loads no parser."""
    for place in map(Path, sys.path):
        if (place / "PIL").is_dir():
            return place.resolve()
    raise StartError


def run(box: Box, task: Task, source: BinaryIO, size: int) -> Iterator[tuple[Frame, bytes]]:
    """The frames of one task, as they come; the process is gone when this ends, however it ends.

    Raises:
        StartError: it never said that it is shut in.
        LostError: it ended early, took too long, said what is not allowed, or the source is shorter than `size`.
    """
    with _ROOM, _started(box) as process, _Line(process) as line:
        line.wait_ready()
        until = time.monotonic() + box.wall
        line.give(frames.TASK.pack(frames.MAGIC, task, size))
        yield from line.talk(_chunks(source, size), until)


def _chunks(source: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left:
        chunk = source.read(min(CHUNK, left))
        if not chunk:
            raise LostError("short")
        left -= len(chunk)
        yield chunk


@contextlib.contextmanager
def _started(box: Box) -> Iterator[subprocess.Popen[bytes]]:
    try:
        process = subprocess.Popen(
            command(box),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            close_fds=True,
            start_new_session=True,
            bufsize=0,
        )
    except OSError:
        raise StartError from None
    try:
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()


class _Line:
    """Both pipes at once, with a deadline: a worker that neither reads nor writes cannot hold the desk."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise StartError
        self._process = process
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._selector = selectors.DefaultSelector()
        self._incoming = Incoming()
        self._pending = memoryview(b"")

    def __enter__(self) -> _Line:
        self._selector.register(self._out, selectors.EVENT_READ)
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()

    def wait_ready(self) -> None:
        until = time.monotonic() + limits.START_SECONDS
        try:
            for frame, _ in self._frames(until, lambda: None):
                if frame is Frame.READY:
                    return
                break
        except (LostError, FrameError):
            pass
        raise StartError

    def give(self, data: bytes) -> None:
        self._pending = memoryview(data)

    def talk(self, chunks: Iterator[bytes], until: float) -> Iterator[tuple[Frame, bytes]]:
        self._selector.register(self._in, selectors.EVENT_WRITE)

        def push() -> None:
            self._push(chunks)

        try:
            for frame, payload in self._frames(until, push):
                if frame is Frame.END:
                    return
                yield frame, payload
        except FrameError:
            raise LostError("lied") from None

    def _frames(self, until: float, push: Callable[[], None]) -> Iterator[tuple[Frame, bytes]]:
        # What came together with the first word is still held.
        yield from self._incoming.feed(b"")
        while True:
            ready = self._selector.select(max(0.0, until - time.monotonic()))
            if not ready and time.monotonic() >= until:
                raise LostError("slow")
            for key, _ in ready:
                if key.fd == self._in:
                    push()
                    continue
                data = os.read(self._out, CHUNK)
                if not data:
                    raise LostError(self._why())
                yield from self._incoming.feed(data)
            if time.monotonic() >= until:
                raise LostError("slow")

    def _why(self) -> str:
        """The kernel ends a worker that used up its processor time; bubblewrap gives that on as 128 + the signal."""
        try:
            status = self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return "crashed"
        return "slow" if status in {-signal.SIGXCPU, 128 + signal.SIGXCPU} else "crashed"

    def _push(self, chunks: Iterator[bytes]) -> None:
        if not self._pending:
            self._pending = memoryview(next(chunks, b""))
        if not self._pending:
            self._selector.unregister(self._in)
            return
        try:
            self._pending = self._pending[os.write(self._in, self._pending) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            # Its end is told by the other pipe, with what it said before.
            self._selector.unregister(self._in)
