"""`sourdine desk` as it is typed: who acts, what is printed, which status."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.cli import main, ui
from app.cli.desk_open import shown
from app.cli.visitor import Visitor
from app.errors import UsageError, UserError
from app.reviewer_source import Source, SourceReviewer, save_source
from crypto.derive import Kdf
from tests.unit.desk.house import INSTANCE, STORY, House, Reporter, keys
from tests.unit.desk.test_journey import Typed


@pytest.fixture(scope="module")
def typed(house: House) -> Typed:
    return Typed(house)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURDINE_REVIEWER", raising=False)
    monkeypatch.delenv("SOURDINE_CONFIG", raising=False)


def case_of(typed: Typed, **options: object) -> str:
    return typed.house.new_case(reporter=Reporter.new(), **options)


def test_somebody_must_act(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="Nobody was named"):
        typed("case", "list", by="")
    monkeypatch.setenv("SOURDINE_REVIEWER", "cypres")
    assert typed("case", "list", by="")
    args = main.parse(["desk", "case", "list", "--as", "alize"])
    with pytest.raises(UsageError, match="No settings file"):
        args.run(args)


def test_the_work_list_for_people(typed: Typed) -> None:
    case_id = case_of(typed)
    (line,) = [line for line in typed("case", "list") if line.startswith(case_id)]
    assert "received" in line
    assert "no owner  mailbox" in line
    typed.house.forward(9)
    (line,) = [line for line in typed("case", "list") if line.startswith(case_id)]
    assert "OVERDUE" in line


def test_an_empty_list_says_so(fresh: House) -> None:
    assert Typed(fresh)("case", "list") == ["No case is open to you."]


def test_a_case_for_people_moves_no_cursor(typed: Typed) -> None:
    case_id = case_of(typed, files=[("a.pdf", b"1")], fields={"period": "2024"}, story=f"{STORY}\x1b[2J\u202e\tfin")
    text = typed.file("r.txt", "Bonjour.")
    typed("reply", case_id, "--text-file", text)
    printed = "\n".join(typed("case", "show", case_id))
    assert all(word in printed for word in ("period: 2024", STORY, "file 1: a.pdf", "reply 1 by alize", "\tfin"))
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert shown("a\u009bb\r\n") == "a\ufffdb\ufffd\n"


def test_what_waits_is_said_and_what_is_refused(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    house = typed.house
    house.receive(house.seal(STORY, instance="other.example"), house.seal(STORY, manifest_version=9))
    args = main.parse(["desk", "case", "list", "--config", str(typed.config), "--as", "alize"])
    args.run(args)
    said = capsys.readouterr().err
    assert "is refused: the report is for another instance" in said
    assert "An envelope waits: sealed under a newer manifest" in said


def test_import_for_people(fresh: House, capsys: pytest.CaptureFixture[str]) -> None:
    typed = Typed(fresh)
    fresh.pickup([])
    path = fresh.pickup([fresh.seal(STORY), b"no envelope" * 2000])
    args = main.parse(["desk", "import", str(path), "--config", str(typed.config)])
    args.run(args)
    said = capsys.readouterr()
    assert said.out.startswith("1 imported, 0 already here, 1 refused.\n  ")
    assert "Pickup 1 never came here" in said.err
    with pytest.raises(UserError, match="no file"):
        typed("import", str(fresh.folder / "nothing"))


def test_a_move_that_voids_a_signature_says_so(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.unit.desk.test_decisions import assessed

    case_id = assessed(typed.house)
    typed("case", "move", case_id, "verified", "--reason", "oui")
    typed("case", "set", case_id, "grade=B")
    args = main.parse(
        [
            "desk",
            "case",
            "move",
            case_id,
            "verified",
            "--reason",
            "oui",
            "--as",
            "cypres",
            "--config",
            str(typed.config),
        ]
    )
    args.run(args)
    said = capsys.readouterr()
    assert json.loads(said.out) == {"waiting_for": "other college"}
    assert "worth nothing now" in said.err
    assert any("waits for: other college" in line for line in typed("case", "show", case_id))


def test_entry_check_has_a_status(typed: Typed) -> None:
    from tests.unit.desk.test_entries import draft, verified

    case_id = verified(typed.house)
    path = typed.file("entry.json", json.dumps(draft(text="Voir le 12 mars 2024.")))
    assert "1 things" in typed("entry", "draft", case_id, "--file", path)[0]
    args = main.parse(["desk", "entry", "check", case_id, "--as", "alize", "--config", str(typed.config)])
    with ui.captured() as lines:
        assert args.run(args) == 1
    assert lines[0].strip().startswith("date:")
    typed("entry", "draft", case_id, "--file", typed.file("entry.json", json.dumps(draft())))
    assert typed("entry", "check", case_id)[-1].endswith("the gate is open.")


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a": 1, "a": 2}', "\ufeff"])
def test_a_draft_that_is_no_json(typed: Typed, text: str) -> None:
    with pytest.raises(UserError, match=r"is not JSON|stands twice"):
        typed("entry", "draft", "abcdefghij23", "--file", typed.file("entry.json", text))


def test_a_text_that_is_no_text(typed: Typed) -> None:
    path = typed.house.folder / "latin1.txt"
    path.write_bytes("déjà".encode("latin-1"))
    with pytest.raises(UserError, match="not text in UTF-8"):
        typed("reply", "abcdefghij23", "--text-file", str(path))


def test_tick_tells_more_to_a_reviewer(fresh: House) -> None:
    typed = Typed(fresh)
    assert typed("tick", by="") == ["Nothing is overdue."]
    case_id = fresh.new_case(reporter=Reporter.new())
    fresh.forward(9)
    assert typed("tick", by="") == ["Nothing is overdue."]
    assert typed("tick")[0].startswith(f"{case_id}: ")
    assert typed.json("tick")[0]["subject"] == case_id


def test_notes_of_saving_and_of_an_expired_manifest(fresh: House, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.unit.desk.test_saving import sealed_for

    typed = Typed(fresh)
    case_id = fresh.new_case(files=[("b.gpg", sealed_for(fresh, "cypres"))])
    fresh.set_day(fresh.manifest.expires.replace(year=fresh.manifest.expires.year + 1))
    args = main.parse(
        [
            "desk",
            "case",
            "save",
            case_id,
            "--to",
            str(fresh.folder / "s"),
            "--as",
            "alize",
            "--config",
            str(typed.config),
        ]
    )
    args.run(args)
    said = capsys.readouterr()
    assert said.out == "001-b.gpg\n"
    assert "not to your key" in said.err
    assert "manifest has expired" in said.err


def source_folder(house: House, names: tuple[str, ...] = ("alize", "brume", "cypres")) -> Path:
    folder = house.folder / "reviewers"
    folder.mkdir(exist_ok=True)
    reviewers = tuple(
        SourceReviewer(r.name, r.college, r.role, r.fingerprint, r.cert, nobody)
        for r, nobody in zip(keys().reviewers, keys().nobodies, strict=True)
        if r.name in names
    )
    save_source(folder / "source.json", Source(INSTANCE, b"s" * 16, Kdf(), 0, "", reviewers))
    return folder


def test_init_from_the_folder_of_the_reviewers(fresh: House) -> None:
    typed = Typed(fresh)
    assert typed("init", by="") == [f"The database of this desk is ready in {fresh.home}."]
    assert typed("init", "--reviewers", str(source_folder(fresh)), by="") == ["3 reviewers, 0 new: nobody."]
    assert typed("init", "--reviewers", str(source_folder(fresh)))[0].startswith("3 reviewers")
    path = fresh.folder / "manifest"
    path.write_bytes(fresh.next_manifest())
    assert typed("init", "--manifest", str(path), by="")[0].startswith("Manifest 2 is pinned")


def test_init_of_an_empty_folder_as_the_demo_does_it(fresh: House, tmp_path: Path) -> None:
    import shutil

    home = fresh.folder / "other"
    home.mkdir()
    shutil.copytree(keys().folder / "gnupg", home / "gnupg", ignore=shutil.ignore_patterns("S.*"))
    config = home / "desk.toml"
    config.write_text(f'trial = true\nroot = "{fresh.root.public.hex()}"\n')
    words = ["desk", "init", "--reviewers", str(source_folder(fresh)), "--config", str(config)]
    args = main.parse(words)
    with ui.captured() as lines:
        args.run(args)
    assert lines == ["3 reviewers, 3 new: alize, brume, cypres."]
    assert (home / "desk.pub").read_text().startswith("sourdine-ed25519-public-v1 ")
    from crypto.openpgp import gpg

    for name in ("alize", "brume", "cypres"):
        gpg.stop_agent(home / "gnupg" / name)


def test_serve_refuses_another_door_and_a_desk_without_keys(fresh: House, tmp_path: Path) -> None:
    typed = Typed(fresh)
    typed.config.write_text(typed.config.read_text() + '[door]\nlisten = "0.0.0.0:1"\nhosts = ["x"]\n')
    args = main.parse(["desk", "serve", "--config", str(typed.config)])
    with pytest.raises(UserError, match="this machine only"):
        args.run(args)


def test_serve_prints_its_code_and_stops_when_told(fresh: House) -> None:
    typed = Typed(fresh)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    listen = f"127.0.0.1:{port}"
    typed.config.write_text(typed.config.read_text() + f'[door]\nlisten = "{listen}"\nhosts = ["{listen}"]\n')
    words = [sys.executable, "-m", "app.cli", "desk", "serve", "--config", str(typed.config)]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout.readline() == f"http://{listen}/\n"
        label, code = program.stdout.readline().split(": ")
        assert label == "One-time code"
        visitor = Visitor("127.0.0.1", port, timeout=20)
        assert visitor.post("/", {"code": code.strip()}).headers["Location"] == "/unlock"
        assert visitor.post("/unlock", {"reviewer": "alize"}).headers["Location"].startswith("/cases")
        while visitor.get("/progress").status == 200:  # at work
            time.sleep(0.05)
        assert visitor.get("/cases").status == 200
    finally:
        program.send_signal(signal.SIGINT)
        assert program.wait(timeout=20) == 0
        program.stdout.close()


def test_every_action_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    actions = [
        *("init", "serve", "tick", "import", "outbox", "export-registry", "reply", "notice", "answer"),
        *("case list", "case show", "case save", "case set", "case move", "entry draft", "entry check", "entry sign"),
    ]
    for action in actions:
        with pytest.raises(SystemExit) as ended:
            main.parse(["desk", *action.split(), "--help"])
        said = capsys.readouterr().out
        assert ended.value.code == 0
        assert f"example:\n  sourdine desk {action}" in said
