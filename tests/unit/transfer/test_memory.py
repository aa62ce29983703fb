"""A folder in memory is told from one on a disk, by the mounts and by trying."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import UserError
from app.transfer import memory

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
25 22 0:22 / /dev/shm rw,nosuid,nodev shared:4 - tmpfs tmpfs rw
26 22 0:23 / /home/a\\040b rw - ramfs ramfs rw
27 25 254:1 / /dev/shm/disk rw - ext4 /dev/vdb rw
28 22 0:24 / /over rw - tmpfs tmpfs rw
29 22 254:2 / /over rw - xfs /dev/vdc rw
a broken line
""".splitlines()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/dev/shm", "tmpfs"),
        ("/dev/shm/case/files", "tmpfs"),
        ("/dev/shm2", "ext4"),
        ("/dev/shm/disk/x", "ext4"),
        ("/home/a b/c", "ramfs"),
        ("/home/user", "ext4"),
        ("/over/x", "xfs"),
    ],
)
def test_the_mount_that_holds_a_path(path: str, kind: str) -> None:
    assert memory.filesystem_of(Path(path), MOUNTS) == kind


def test_no_mount_known() -> None:
    assert memory.filesystem_of(Path("/x"), []) == ""


def test_what_this_machine_says() -> None:
    assert memory.in_memory(Path("/dev/shm/not-there/yet"))
    assert not memory.in_memory(Path("/usr/share"))
    memory.check_in_memory(Path("/dev/shm"), "The attachments")


def test_a_link_out_of_memory_is_followed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/usr/share")
    with pytest.raises(UserError) as refused:
        memory.check_in_memory(link, "The attachments")
    assert "Nothing was written" in refused.value.message


def test_without_proc_nothing_counts_as_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOUNTS", Path("/proc/self/none"))
    assert not memory.in_memory(Path("/dev/shm"))
