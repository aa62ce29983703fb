"""What a seized machine would show: every file that the programs touched, searched for what was written and typed."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from app.cli.visitor import Upload
from tests.journey.house import House, submit


def canaries() -> dict[str, str]:
    return {name: f"{name}-{secrets.token_hex(12)}" for name in ("story", "coop", "period", "name", "inside", "reply")}


def test_nothing_readable_touches_a_disk(house: House, tmp_path: Path) -> None:
    seen = canaries()
    reporter = house.visitor()
    fields: dict[str, str | list[str]] = {
        "story": f"Les comptes ne sont plus montrés aux membres depuis deux ans. {seen['story']}",
        "cooperative": seen["coop"],
        "period": seen["period"],
    }
    page = submit(reporter, fields, [Upload(f"{seen['name']}.txt", seen["inside"].encode() * 2000)])
    words = page.items("codename")
    assert len(words) == 8
    attempt = reporter.get("/report").form("/report/review")["attempt"]
    needles = [*seen.values(), " ".join(words[:3]), "".join(words), attempt, *words[:2]]
    needles = [needle for needle in needles if len(needle) > 7]
    assert house.search(*needles) == []

    house.courier("fetch", "--to", str(tmp_path / "pickup"))
    house.desk("import", str(tmp_path / "pickup"))
    case = next(
        c["id"] for c in json.loads(house.desk("case", "list", "--json")) if seen["story"] in story_of(house, c)
    )
    house.desk("case", "save", case, "--to", str(tmp_path / "saved"))
    (tmp_path / "reply.txt").write_text(f"Merci. {seen['reply']}", encoding="utf-8")
    house.desk("reply", case, "--text-file", str(tmp_path / "reply.txt"), "--kind", "acknowledgement")
    house.desk("case", "set", case, "category=GOV", f"cooperative={seen['coop']}")
    house.desk("case", "move", case, "acknowledged", "--reason", f"lu {seen['inside']}")
    house.desk("outbox", "--to", str(tmp_path / "outbox"))
    house.courier("push", str(tmp_path / "outbox"))
    assert reporter.post("/replies", {"codename": " ".join(words)}).status == 303
    assert seen["reply"] in reporter.get("/mailbox").text
    assert house.search(*needles) == []
    for carried in ("pickup", "outbox"):
        data = (tmp_path / carried).read_bytes()
        assert [needle for needle in needles if needle.encode() in data] == []


def story_of(house: House, case: dict[str, str]) -> str:
    shown = json.loads(house.desk("case", "show", case["id"], "--json"))
    return str(shown["messages"][0]["story"])


def test_no_secret_stands_in_a_command_line(house: House) -> None:
    """`ps` is readable by every user of the machine."""
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in os.listdir("/proc") if pid.isdigit() and alive(pid)]
    assert lines
    password = (house.data / "courier" / "password").read_text().strip()
    assert [line for line in lines if password.encode() in line] == []


def alive(pid: str) -> bool:
    return os.access(f"/proc/{pid}/cmdline", os.R_OK)


def test_files_are_for_their_owner_only(house: House) -> None:
    loose = [
        str(path.relative_to(house.data))
        for path in house.data.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o077
    ]
    assert loose == []


def test_sans_suivi_leaves_no_difference(house: House) -> None:
    """With or without a codename: the same number of rows, the same size of file, the same columns filled."""
    shapes = []
    for follow_up in ("codename", "none"):
        before = house.envelopes()
        rows = house.count_rows("intake")
        page = submit(house.visitor(), {"follow_up": follow_up})
        assert page.status == 200
        new = [path.stat().st_size for path in house.envelopes() - before]
        grown = {table: count - rows[table] for table, count in house.count_rows("intake").items()}
        shapes.append((new, grown))
    assert shapes[0] == shapes[1]
    assert shapes[0][0] == [16_384]
