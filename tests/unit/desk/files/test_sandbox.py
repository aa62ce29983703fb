"""The walls are walls: asked for something forbidden, a worker is refused; a worker that lies is not believed."""

from __future__ import annotations

import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest

from app.desk.files import cage, launch, limits, sandbox
from app.desk.files.answers import Sentence
from app.desk.files.frames import Flag, Task
from app.desk.files.kinds import Kind
from app.desk.files.labels import REFUSALS
from app.desk.files.launch import Box, LostError, StartError
from app.errors import UserError
from tests.unit.desk.files import boxes

ROOT = Path(__file__).resolve().parents[4]
BWRAP = launch.find_bwrap()
WALLS = [BWRAP, None]
# What namespaces alone leave possible, and what they answer to the rest.
BWRAP_ALONE = {
    "read a file": "ENOENT",
    "write a file": "ENOENT",
    "write in shared memory": "ENOENT",
    "look whether a file exists": "ENOENT",
    "run a program": "ENOENT",
    "connect": "ENETUNREACH",
    "mount": "EPERM",
}


def names(box: Box | None) -> str:
    return "bwrap" if box else "seccomp"


def test_bubblewrap_is_installed_where_tests_run() -> None:
    assert BWRAP
    assert sandbox.strength() in {"bwrap+seccomp", "seccomp"}


@pytest.mark.parametrize("bwrap", WALLS, ids=names)
def test_everything_forbidden_is_refused(bwrap: str | None) -> None:
    if bwrap and sandbox.strength() == "seccomp":
        bwrap = None  # a container without user namespaces: the same must hold
    found = boxes.attempts(bwrap, shut=True)
    assert len(found) >= 25
    assert {name: got for name, got in found.items() if got != "EPERM"} == {}
    assert not Path("/tmp/sourdine-escape").exists()


def test_bubblewrap_alone_shows_no_file_and_no_network() -> None:
    if sandbox.strength() == "seccomp":
        return
    assert boxes.attempts(BWRAP, shut=False, only=tuple(BWRAP_ALONE)) == BWRAP_ALONE


def test_the_worker_has_no_rights_and_little_room() -> None:
    said = """
import resource
found = [os.geteuid() != 0, resource.getrlimit(resource.RLIMIT_AS)[1], resource.getrlimit(resource.RLIMIT_FSIZE)[1]]
"""
    boot = boxes.HEAD + "import os, json, resource\nfrom app.desk.files import cage, frames\n"
    boot += "cage._become_nobody(); cage._limit()\n" + said + boxes.READY
    boot += (
        "os.write(1, frames.pack(frames.Frame.TEXT, json.dumps(found).encode() + b' ' + repr(os.environ).encode()))\n"
    )
    boot += "os.write(1, frames.pack(frames.Frame.END)); os._exit(0)\n"
    told = dict(launch.run(Box(None, boot=boot), Task.PROBE, BytesIO(), 0)).popitem()[1].decode()
    assert told.startswith(f"[true, {limits.MEMORY}, 0]")
    assert "HOME" not in told
    assert "PATH" not in told


@pytest.mark.parametrize("machine", sorted(cage.MACHINES))
def test_the_filter_is_short_and_denies_by_default(machine: str) -> None:
    code = cage.program(machine)
    assert len(code) % 8 == 0
    assert len(code) // 8 < 256
    assert code[-4:] == (cage.RET_ERRNO | 1).to_bytes(4, "little")


def test_a_processor_without_a_table_has_no_filter() -> None:
    with pytest.raises(cage.NoCageError):
        cage.program("sparc")


def test_a_machine_without_walls_renders_nothing() -> None:
    unshut = Box(None, boot="import os; os._exit(3)")
    with pytest.raises(StartError):
        list(launch.run(unshut, Task.PROBE, BytesIO(), 0))
    for ask in (sandbox.examine, sandbox.safe_copy):
        with pytest.raises(UserError, match="cannot be made on this machine"):
            ask(BytesIO(b"x"), 1, name="x", box=unshut)


def test_a_program_that_cannot_be_started() -> None:
    with pytest.raises(StartError):
        list(launch.run(Box("/nonexistent/bwrap"), Task.PROBE, BytesIO(), 0))


def test_a_first_word_that_is_not_ready() -> None:
    box = Box(None, boot=boxes.HEAD + "import os" + boxes.SHUT + "os.write(1, frames.pack(frames.Frame.END))")
    with pytest.raises(StartError):
        list(launch.run(box, Task.PROBE, BytesIO(), 0))


def test_bubblewrap_that_is_forbidden_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read without the cache: the cache is for the life of a desk."""
    monkeypatch.setattr(launch, "find_bwrap", lambda: "/bin/false")
    assert sandbox.default_box.__wrapped__() == Box(None)
    monkeypatch.setattr(launch, "find_bwrap", lambda: None)
    assert sandbox.default_box.__wrapped__() == Box(None)


LIES = {
    "an unknown frame": "os.write(1, bytes([99, 0, 0, 0, 0]))",
    "a length of four gigabytes": "os.write(1, bytes([4]) + b'\\xff' * 4)",
    "a trait of no list": "os.write(1, frames.pack_trait('password', 'x'))",
    "a trait that points past its end": "os.write(1, frames.pack(frames.Frame.TRAIT, b'\\x20ab'))",
    "a kind of no list": "os.write(1, frames.pack(frames.Frame.KIND, b'html5'))",
    "two kinds": "os.write(1, frames.pack(frames.Frame.KIND, b'pdf') * 2)",
    "a note of no list": "os.write(1, frames.pack(frames.Frame.NOTE, b'click here'))",
    "a refusal of no list": "os.write(1, frames.pack(frames.Frame.REFUSAL, b'x'))",
    "a code that is not ASCII": "os.write(1, frames.pack(frames.Frame.REFUSAL, b'\\xe9'))",
    "a page without pixels": "os.write(1, frames.pack(frames.Frame.PAGE, frames.SIDES.pack(100, 100)))",
    "a page without sides": "os.write(1, frames.pack(frames.Frame.PAGE, b'12'))",
    "a page of no width": "os.write(1, frames.pack(frames.Frame.PAGE, frames.SIDES.pack(0, 10)))",
    "a page too wide": "os.write(1, frames.pack(frames.Frame.PAGE, frames.SIDES.pack(60000, 1) + bytes(180000)))",
    "text that is not UTF-8": "os.write(1, frames.pack(frames.Frame.TEXT, b'\\xff'))",
    "a part too short": "os.write(1, frames.pack(frames.Frame.PART, b'x'))",
    "a part with unknown flags": "os.write(1, frames.pack_part('x', 1, 128))",
    "ready twice": "os.write(1, frames.pack(frames.Frame.READY))",
    "too many notes": "os.write(1, frames.pack(frames.Frame.NOTE, b'macros') * (limits.NOTES + 1))",
    "too many traits": "os.write(1, frames.pack_trait('author', 'x') * (limits.TRAITS + 1))",
    "endless parts": "while True: os.write(1, frames.pack_part('x' * 400, 1, 0) * 50)",
    "endless pages": "while True: os.write(1, frames.pack(frames.Frame.PAGE, frames.SIDES.pack(9, 9) + bytes(243)))",
}


@pytest.mark.parametrize("says", LIES.values(), ids=LIES.keys())
def test_a_lie_is_refused(says: str) -> None:
    # Several writes may arrive as one read, or one by one: both end in the same sentence.
    got = sandbox.examine(BytesIO(b"x"), 1, name="x", box=boxes.liar(says))
    assert got.refusal == REFUSALS["lied"]


def test_more_pixels_than_all_pages_may_have() -> None:
    side = 1500
    says = f"""
for _ in range({limits.ALL_PIXELS // (side * side) + 2}):
    left = frames.pack(frames.Frame.PAGE, frames.SIDES.pack({side}, {side}) + bytes({side * side * 3}))
    while left:
        left = left[os.write(1, left):]
"""
    assert sandbox.safe_copy(BytesIO(b"x"), 1, name="x", box=boxes.liar(says)).refusal == REFUSALS["lied"]


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("import time; time.sleep(60)", "slow"),
        ("while True: pass", "slow"),
        ("while True: os.write(1, b'')", "slow"),
        ("", "crashed"),
        ("os.write(1, b'\\x06\\0')", "crashed"),
        ("os.close(1); import time; time.sleep(60)", "crashed"),
    ],
)
def test_a_worker_that_hangs_or_goes(says: str, code: str) -> None:
    begin = time.monotonic()
    got = sandbox.safe_copy(BytesIO(b"x" * 300_000), 300_000, name="x", box=boxes.liar(says, wall=1.0))
    assert got.refusal == REFUSALS[code]
    assert time.monotonic() - begin < 8


def test_the_processor_limit_is_told_as_slow() -> None:
    boot = boxes.HEAD + "import os, resource\nfrom app.desk.files import cage, frames\n"
    boot += "resource.setrlimit(resource.RLIMIT_CPU, (1, 2)); cage.shut()\n"
    box = Box(None, boot=boot + boxes.READY + "while True: pass", wall=20)
    assert sandbox.examine(BytesIO(b"x"), 1, name="x", box=box).refusal == REFUSALS["slow"]


def test_a_worker_cannot_take_more_memory_than_it_may() -> None:
    says = """
try:
    held = bytearray(limits.MEMORY)
except MemoryError:
    os.write(1, frames.pack(frames.Frame.REFUSAL, b"memory") + frames.pack(frames.Frame.END))
"""
    assert sandbox.examine(BytesIO(b"x"), 1, name="x", box=boxes.liar(says)).refusal == REFUSALS["memory"]


def test_text_of_a_worker_is_cleaned_again() -> None:
    text = "'a\\u202eb\\x1b[2Jc\\u200bd'.encode()"
    says = f"os.write(1, frames.pack(frames.Frame.TEXT, {text}) + frames.pack(frames.Frame.END))"
    assert sandbox.safe_copy(BytesIO(b"x"), 1, name="x", box=boxes.liar(says)).text == "ab[2Jcd"
    says = f"os.write(1, frames.pack_part('a\\u202eb', 5, {Flag.LINK}) + frames.pack(frames.Frame.END))"
    part = sandbox.examine(BytesIO(b"x"), 1, name="x", box=boxes.liar(says)).parts[0]
    assert (part.name, part.size, part.link, part.folder) == ("ab", 5, True, False)


def test_sizes_outside_the_bound_start_nothing() -> None:
    nowhere = Box("/nonexistent")
    for size in (limits.FILE_BYTES + 1, -1):
        got = sandbox.examine(BytesIO(), size, name="x", box=nowhere)
        assert got.refusal == REFUSALS["too_big"]
        assert got.kind is Kind.UNKNOWN


def test_a_source_shorter_than_it_says() -> None:
    assert sandbox.examine(BytesIO(b"abc"), 100, name="x").refusal == REFUSALS["short"]


def test_a_source_that_fails_is_the_callers_affair_and_leaves_no_process() -> None:
    class Failing(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise UserError("The evidence store cannot be read.")

    with pytest.raises(UserError, match="evidence"):
        sandbox.examine(Failing(), 10, name="x")
    assert boxes.left() == []


def test_only_the_announced_bytes_are_read() -> None:
    source = BytesIO(b"bonjour, et le reste")
    assert sandbox.safe_copy(source, 7, name="x").text == "bonjour"
    assert source.read() == b", et le reste"


WATCHED = """
import os, sys
from io import BytesIO
from app.desk.files import launch, sandbox
from tests.unit.desk.files import honest
opened = []
def watch(event, arguments):
    # A number is an end of a pipe that is open already.
    if event == "open" and not isinstance(arguments[0], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        opened.append(arguments[0])
sandbox.strength()
data = honest.jpeg()
sys.addaudithook(watch)
for bwrap in {sandbox.default_box().bwrap, None}:
    box = launch.Box(bwrap)
    assert sandbox.safe_copy(BytesIO(data), len(data), name="x", box=box).pages
    assert sandbox.examine(BytesIO(data), len(data), name="x", box=box).traits
print(*{name for name in opened if name != os.devnull})
"""


def test_nothing_is_written(tmp_path: Path) -> None:
    """The parent opens no file to write; the worker cannot (above). Both look for their temporary folder in vain."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED], cwd=ROOT, env={"TMPDIR": str(tmp_path)}, capture_output=True, check=True
    )
    assert done.stdout.strip() == b""
    assert list(tmp_path.iterdir()) == []


def test_sentences_have_both_languages() -> None:
    for one in REFUSALS.values():
        assert isinstance(one, Sentence)
        assert one
        assert one.en.endswith(".")


def test_lost_codes_are_refusals() -> None:
    assert {"short", "slow", "crashed", "lied"} <= set(REFUSALS)
    assert LostError("slow").code == "slow"
