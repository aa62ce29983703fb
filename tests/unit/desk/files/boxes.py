"""Programs that a test puts in the worker's place, under the same launcher and behind the same walls."""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path

from app.desk.files import launch
from app.desk.files.frames import Frame, Task
from app.desk.files.launch import Box

HEAD = launch.BOOT.partition("from app.desk.files")[0]
SHUT = """
from app.desk.files import cage, frames, limits
cage.shut()
"""
READY = "os.write(1, frames.pack(frames.Frame.READY))\n"
ATTEMPTS = """
import os, socket, errno, json, ctypes, mmap
from app.desk.files import cage, frames, limits
libc = ctypes.CDLL(None, use_errno=True)
MACHINE = os.uname().machine
def raw(number, *arguments):
    ctypes.set_errno(0)
    got = libc.syscall(number, *arguments)
    if got < 0:
        raise OSError(ctypes.get_errno(), "")
    return got
def spawned():
    return os.posix_spawn("/usr/bin/true", ["true"], {})
ATTEMPTS = {
    "read a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "write a file": lambda: os.open("/tmp/sourdine-escape", os.O_WRONLY | os.O_CREAT, 0o600),
    "write in shared memory": lambda: os.open("/dev/shm/sourdine-escape", os.O_WRONLY | os.O_CREAT, 0o600),
    "list a folder": lambda: os.listdir("/"),
    "look whether a file exists": lambda: os.stat("/etc/passwd"),
    "make a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "make a unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "connect": lambda: socket.socket().connect(("192.0.2.1", 80)),
    "fork": os.fork,
    "run a program": lambda: os.execv("/usr/bin/true", ["true"]),
    "spawn a program": spawned,
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "signal everybody": lambda: os.kill(-1, 0),
    "remove a file": lambda: os.unlink("/tmp/sourdine-nothing"),
    "make a link": lambda: os.symlink("/etc", "/tmp/sourdine-link"),
    "change the limits": lambda: raw(302 if MACHINE == "x86_64" else 261, 0, 7, None, None),
    "make a pipe": os.pipe,
    "run new code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "lift the filter": lambda: raw(157 if MACHINE == "x86_64" else 167, 22, 0, 0),
    "trace": lambda: raw(101 if MACHINE == "x86_64" else 117, 16, 1, 0, 0),
    "mount": lambda: raw(165 if MACHINE == "x86_64" else 40, b"none", b"/", b"tmpfs", 0, None),
    "leave by a new namespace": lambda: raw(272 if MACHINE == "x86_64" else 97, 0x10000000),
    "start io_uring": lambda: raw(425, 8, None),
    "make memory a file": lambda: raw(319 if MACHINE == "x86_64" else 279, b"x", 0),
    "read another's memory": lambda: raw(310 if MACHINE == "x86_64" else 270, 1, None, 0, None, 0, 0),
    "load a program into the kernel": lambda: raw(321 if MACHINE == "x86_64" else 280, 0, None, 0),
}
def report():
    found = {}
    for name in ONLY or ATTEMPTS:
        try:
            found[name] = f"done {ATTEMPTS[name]()}"
        except OSError as error:
            found[name] = errno.errorcode.get(error.errno, "?")
    return found
"""
REPORT = """
os.write(1, frames.pack(frames.Frame.TEXT, json.dumps(report()).encode()))
os.write(1, frames.pack(frames.Frame.END))
os._exit(0)
"""


def attempts(bwrap: str | None, *, shut: bool, only: tuple[str, ...] = ()) -> dict[str, str]:
    """What each forbidden thing answered: the name of an error, or "done …". All of them, or `only` these."""
    boot = HEAD + ATTEMPTS + f"ONLY = {only!r}\n" + ("cage.shut()\n" if shut else "") + READY + REPORT
    told = dict(launch.run(Box(bwrap, boot=boot), Task.PROBE, BytesIO(), 0))
    found: dict[str, str] = json.loads(told[Frame.TEXT])
    return found


def liar(says: str, *, wall: float = 10.0) -> Box:
    """A worker that was taken over: READY, then whatever `says` does, then the end without a word."""
    return Box(None, boot=HEAD + "import os" + SHUT + READY + says + "\nos._exit(0)\n", wall=wall)


def left() -> list[str]:
    """Workers of this process that are still there, finished ones that nobody waited for included."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
            called = place.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and (b"app.desk" in called or fields[0] == "Z"):
            found.append(place.parent.name)
    return found
