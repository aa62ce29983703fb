"""Threads around a running gpg: one feeds its standard input, one reads its status lines.

With both in threads the caller can read the output at its own speed and no pipe can block another.
"""

import os
import subprocess
import threading
from collections.abc import Callable
from typing import BinaryIO

from crypto.errors import FormatError
from crypto.openpgp import gpg

CHUNK = 256 * 1024
# A message for a hundred recipients gives about 30 KiB of status; more is an attack on memory.
STATUS_LIMIT = 256 * 1024


def write_all(descriptor: int, data: bytes | bytearray | memoryview) -> None:
    """Writes everything; a pipe may take less than it is given."""
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(descriptor, view) :]


class StatusReader(threading.Thread):
    """Collects status lines from a pipe. Calls `stop` when there are too many to be honest."""

    def __init__(self, descriptor: int, stop: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._stop_process = stop
        self._pipe = open(descriptor, "rb", buffering=0)  # noqa: SIM115 - closed by the thread that reads it
        self._parts: list[bytes] = []
        self._overflow = False
        self.start()

    def run(self) -> None:
        size = 0
        with self._pipe:
            while part := self._pipe.read(65536):
                size += len(part)
                if size > STATUS_LIMIT:
                    self._overflow = True
                    self._stop_process()
                    return
                self._parts.append(part)

    def lines(self) -> bytes:
        """All status bytes, once the process has ended."""
        self.join()
        if self._overflow:
            raise FormatError("gpg reported more than any honest message gives")
        return b"".join(self._parts)


def launch(
    arguments: list[str], *, stdin: int, stdout: int, inherit: tuple[int, ...] = ()
) -> tuple["subprocess.Popen[bytes]", StatusReader]:
    """Starts gpg with a status descriptor of its own, apart from output and errors."""
    read, write = os.pipe()
    try:
        wanted = ["--status-fd", str(write), *arguments]
        process = gpg.start(wanted, stdin=stdin, stdout=stdout, inherit=(write, *inherit))
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(write)  # the child has its copy; ours would keep the reader from ever seeing the end
    return process, StatusReader(read, process.kill)


class Feeder(threading.Thread):
    """Copies a source into gpg's standard input and closes it.

    When the source fails, `stop` must kill gpg before the input is closed: an input that simply ends
    looks like the end of a whole message.
    """

    def __init__(self, source: BinaryIO, descriptor: int, stop: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._source = source
        self._descriptor = descriptor
        self._stop_process = stop
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            while data := self._source.read(CHUNK):
                write_all(self._descriptor, data)
        except BrokenPipeError:
            pass  # gpg has ended early; its status says why
        except BaseException as error:
            self._error = error
            self._stop_process()
        finally:
            os.close(self._descriptor)

    def finish(self) -> None:
        """Waits for the end; raises what the source raised."""
        self.join()
        if self._error is not None:
            raise self._error
