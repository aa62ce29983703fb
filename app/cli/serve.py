"""Starts the doors: one gunicorn process tree for each, all stopped together (ADR 0008, 0020).

The first signal stops politely: no door takes anything new, and what still arrives is answered. The next one ends
everything at once.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from socket import socket
from types import FrameType

from app.cli import ui
from app.cli.server.application import DoorApplication, Factory
from app.cli.server.arbiter import pipe
from app.cli.server.sockets import UNIX, bind, mark_of, remove
from app.errors import UserError
from app.settings import Door
from crypto.errors import SealingError

__all__ = ["Factory", "bind", "serve"]

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
REFUSED_STATUS = 3
ASKING = frozenset({signal.SIGTERM, signal.SIGINT})
POLL_SECONDS = 0.2
# Kept connections are closed within this; whoever lasts longer sends, reads, or has connected and may yet speak.
NOTICE_SECONDS = 4.0
# An upload holds a socket, a file and gpg's pipes; the usual 1,024 descriptors end at the two hundredth.
DESCRIPTORS = 8192


def serve(doors: Sequence[tuple[Factory, Door]], *, ready: Callable[[], None] | None = None) -> None:
    """Serve every door until this process is interrupted or one of them ends.

    Args:
        doors: the factory of each Flask app, called in its own process, and where it listens.
        ready: called once when every door answers.

    Raises:
        UserError: an address is busy or a setting wrong, or a door ended by itself.
    """
    for _, door in doors:
        _check(door)
    with _asked() as asked, ExitStack() as places:
        sockets = [_listen(door.listen, places) for _, door in doors]
        opened, opening = pipe()
        children: list[int] = []
        try:
            for (factory, door), listener in zip(doors, sockets, strict=True):
                application = DoorApplication(_explain(factory), door, listener.fileno(), opening)
                children.append(_start(application, listener, sockets))
            for listener in sockets:
                listener.close()
            _wait(children, opened, ready, asked)
        finally:
            # First the addresses: whoever starts next may have them while these still answer.
            places.close()
            _stop(children, asked)
            os.close(opened)
            os.close(opening)


def _check(door: Door) -> None:
    if door.workers < 1 or door.threads < 1:
        raise UserError(
            f"The door on {door.listen} has no process or no thread.", "Set workers and threads to 1 or more."
        )
    if door.circuits and not door.listen.startswith(UNIX):
        raise UserError(
            f"circuits = true, but {door.listen} is no unix socket: anybody could claim a circuit there.",
            "Listen on unix:/path, or set circuits = false.",
        )


def _listen(address: str, places: ExitStack) -> socket:
    listener = bind(address)
    places.callback(remove, address, mark_of(address))
    places.callback(listener.close)
    return listener


def _start(application: DoorApplication, own: socket, sockets: Sequence[socket]) -> int:
    parent = os.getpid()
    child = _fork()
    if child:
        application.close()
        return child
    # From here on a new process: whatever happens, it must end here and never return into the caller.
    status = REFUSED_STATUS
    try:
        signal.set_wakeup_fd(-1)
        for listener in sockets:
            if listener is not own:
                listener.close()
        _guard_memory(parent)
        application.run()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else REFUSED_STATUS
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _fork() -> int:
    """Until its arbiter has handlers, a stop must end the new process, not wait in a list that nobody reads there."""
    child = -1
    signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
    try:
        child = os.fork()
    finally:
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASKING)
    return child


def _guard_memory(parent: int) -> None:
    """This process and its workers end with their parent, and what they hold in memory never becomes a file."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended before this process could ask to be told
        raise SystemExit(REFUSED_STATUS)
    libc.prctl(PR_SET_DUMPABLE, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < min(hard, DESCRIPTORS):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, DESCRIPTORS), hard))


def _explain(factory: Factory) -> Factory:
    """A door that refuses to start says why on the terminal; gunicorn's own log is silent."""

    def load() -> object:
        try:
            return factory()
        except (UserError, SealingError) as error:
            ui.note(f"sourdine: {error}")
            if isinstance(error, UserError) and error.hint:
                ui.note(f"  {error.hint}")
            raise SystemExit(REFUSED_STATUS) from None
        except Exception:
            # A fault of ours, before any visitor came: the trace holds nobody's words.
            ui.note(traceback.format_exc())
            raise SystemExit(REFUSED_STATUS) from None

    return load  # type: ignore[return-value]


@contextmanager
def _asked() -> Iterator[list[int]]:
    """The signals that asked to stop, as they come. Whoever called gets them ignored, not back: a further Ctrl-C must
    not cut short what the caller still puts in order."""
    asked: list[int] = []

    def hear(sign: int, _frame: FrameType | None) -> None:
        asked.append(sign)

    # Set by hand: a shell that starts us in the background leaves SIGINT ignored.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, hear)
    try:
        yield asked
    finally:
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, signal.SIG_IGN)


def _wait(children: list[int], opened: int, ready: Callable[[], None] | None, asked: list[int]) -> None:
    """Until a signal comes or a door ends; says once that all are open."""
    closed = len(children)
    while not asked:
        if closed and select.select([opened], [], [], POLL_SECONDS)[0]:
            closed -= len(os.read(opened, closed))
            if ready and not closed:
                ready()
        if ended := _ended(children):
            children[:] = [child for child in children if child not in ended]
            raise UserError("A door ended by itself; the others were stopped.", "The line above says why, if it could.")
        if not closed:
            time.sleep(POLL_SECONDS)


def _stop(children: list[int], asked: list[int]) -> None:
    """Ask every door to end and wait for what still arrives; the next signal ends them at once."""
    heard, begin, told = len(asked), time.monotonic(), False
    _send(children, signal.SIGTERM)
    while children:
        for child in _ended(children):
            children.remove(child)
        if children and len(asked) > heard:
            heard, told = len(asked), True
            _send(children, signal.SIGQUIT)
        if children and not told and time.monotonic() - begin > NOTICE_SECONDS:
            told = True
            ui.note("Waiting for what still arrives. Again to stop at once.")
        if children:
            time.sleep(POLL_SECONDS / 4)


def _ended(children: Sequence[int]) -> list[int]:
    ended = []
    for child in children:
        try:
            if os.waitpid(child, os.WNOHANG)[0]:
                ended.append(child)
        except ChildProcessError:
            ended.append(child)
    return ended


def _send(children: Sequence[int], sign: signal.Signals) -> None:
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, sign)
