"""`sourdine demo --once`: one report with three attachments through every step, headlessly, no guard bypassed.

Each step drives the running doors over HTTP or types a `sourdine` command, looks at what came of it, and prints one
line: what moved, how large, who could read it at that point. The trial clock moves only where the procedure waits.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from app.cli import ui
from app.cli.demo_doors import Doors, serving, visitor
from app.cli.demo_layout import Trial
from app.cli.visitor import Page, Upload
from app.clock import SystemClock
from app.errors import UserError
from app.settings import RegistrySettings, load
from crypto.errors import SealingError

REPLY_DAYS = 31

STORY = (
    "Depuis deux ans, le conseil d'administration décide seul. L'assemblée générale n'a pas été convoquée, "
    "et les comptes ne sont plus montrés aux membres qui les demandent."
)
ENTRY_FINDING = (
    "Constat : aucune assemblée générale annuelle n'a été tenue au cours de deux exercices, "
    "contrairement aux statuts de la coopérative."
)


def walk(trial: Trial, doors: Doors, opened: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
    """Walk through every step.

    Args:
        opened: entered once the doors are open, left before they close.

    Raises:
        UserError: names the step that failed.
    """
    with serving(trial, doors), opened(), tempfile.TemporaryDirectory(prefix="sourdine-walk-") as folder:
        journey = Journey(trial, Path(folder))
        for number, (name, step) in enumerate(journey.steps(), start=1):
            try:
                told = step()
            except (UserError, SealingError, AssertionError, OSError, KeyError, ValueError) as error:
                hint = getattr(error, "hint", "")
                raise UserError(f"Step {number}, {name}, failed: {error}", hint) from error
            ui.say(f"{number:2}. {name}: {told}")
    ui.say("Every step held.")


class Journey:
    """What one reporter, one courier, three reviewers and one visitor do, in order."""

    def __init__(self, trial: Trial, folder: Path) -> None:
        self.trial = trial
        self.folder = folder
        self.canary = secrets.token_hex(8)
        self.files = (
            Upload(f"pv-{self.canary}.pdf", secrets.token_bytes(120_000), "application/pdf"),
            Upload("photo.jpg", secrets.token_bytes(1_500_000), "image/jpeg"),
            Upload("vide.txt", b"", "text/plain"),
        )
        self.reporter = visitor(trial, "reporter")
        self.codename: list[str] = []
        self.case = ""
        self.entry = ""

    def steps(self) -> list[tuple[str, Callable[[], str]]]:
        """Name and action of each step, in order."""
        return [
            ("report", self.report),
            ("seizure of the intake", self.seize),
            ("pickup", self.pickup),
            ("desk import", self.desk_import),
            ("reading", self.read),
            ("acknowledgement", self.acknowledge),
            ("outbox", self.outbox),
            ("coming back with the codename", self.come_back),
            ("follow-up pickup", self.follow_up),
            ("triage and assessment", self.assess),
            ("verification by two colleges", self.verify),
            ("registry entry", self.draft),
            ("notice to the cooperative", self.notice),
            ("right of reply", self.right_of_reply),
            ("two signatures", self.sign),
            ("publication", self.publish),
            ("the register", self.register),
            ("the register, checked off line", self.check_copy),
            ("erasing", self.erase),
        ]

    def report(self) -> str:
        before = set(self._envelopes())
        form = dict(self.reporter.get("/report").form("/report/review"))
        form |= {"story": f"{STORY} ({self.canary})", "cooperative": "Les Tilleuls, Lyon", "topic": "1"}
        form |= {"period": "2024", "follow_up": "codename", "publish": "ask"}
        again = _good(self.reporter.post("/report/review", form))
        done = _good(self.reporter.upload("/report", list(again.form("/report").items()), self.files))
        self.codename = done.items("codename")
        _expect(len(self.codename) == 8, "the receipt page shows eight words")
        new = [path.stat().st_size for path in self._envelopes() if path not in before]
        _expect(len(new) == 1, "one envelope more on the intake")
        sizes = sum(file.size for file in self.files)
        return (
            f"{len(form['story'])} characters and 3 files ({sizes:,} bytes) became one ciphertext of {new[0]:,} bytes; "
            "readable by alize, brume, cypres at the desk, by nobody at the intake"
        )

    def seize(self) -> str:
        needles = [self.canary.encode(), " ".join(self.codename).encode()]
        searched = [path for path in (self.trial.folder / "intake").rglob("*") if path.is_file()]
        found = [path.name for path in searched for needle in needles if needle in path.read_bytes()]
        _expect(not found, "no file of the intake holds a word of the report or the codename")
        total = sum(path.stat().st_size for path in searched)
        return (
            f"{len(searched)} files, {total:,} bytes of the intake searched: 0 bytes of the report, 0 of the codename"
        )

    def pickup(self) -> str:
        return f"{self._fetch('pickup-1'):,} bytes, signed, carried on the red stick; readable by nobody on the way"

    def desk_import(self) -> str:
        result = self._import("pickup-1")
        _expect(result["imported"] >= 1 and not result["refused"], "the pickup is accepted")
        again = self._import("pickup-1")
        _expect(again["imported"] == 0, "a second import changes nothing")
        return f"{result['imported']} new, a second import {again['imported']} new; still sealed, unlisted until opened"

    def read(self) -> str:
        cases = [c for c in self._desk_json("case", "list", "--json") if c["state"] == "received"]
        shown = {c["id"]: self._desk_json("case", "show", c["id"], "--json") for c in cases}
        own = [i for i, case in shown.items() if self.canary in case["messages"][0]["story"]]
        _expect(len(own) == 1, "exactly one case holds this report")
        self.case = own[0]
        kept = self.folder / "saved"
        self._desk("case", "save", self.case, "--to", str(kept))
        saved = sorted(path.stat().st_size for path in kept.rglob("*") if path.is_file())
        _expect(saved == sorted(file.size for file in self.files), "the saved attachments have their sizes")
        return f"case {self.case}, {len(saved)} attachments saved byte for byte; readable by alize, brume, cypres"

    def acknowledge(self) -> str:
        self._reply("acknowledgement", "Une personne a lu votre signalement. Nous revenons vers vous.")
        self._move("acknowledged", "lu par une personne")
        return "sealed to the reporter's codename keys, state acknowledged; readable by the reporter alone"

    def outbox(self) -> str:
        before = self._status()
        size = self._carry_outbox("outbox-1")
        after = self._status()
        _expect(after["envelopes"] < before["envelopes"], "the signed receipt lets the intake delete the envelope")
        return (
            f"{size:,} bytes pushed: replies {before['replies']} → {after['replies']} (decoys among them), "
            f"envelopes {before['envelopes']} → {after['envelopes']}"
        )

    def come_back(self) -> str:
        entered = self.reporter.post("/replies", {"codename": " ".join(self.codename).upper()})
        _expect(entered.status == 303, "the codename opens the mailbox")
        mailbox = _good(self.reporter.get("/mailbox"))
        replies = mailbox.articles()
        _expect(len(replies) == 1 and "Une personne a lu" in replies[0][1], "the reply is readable")
        _good(self.reporter.post("/mailbox/publish", mailbox.form("/mailbox/publish") | {"opinion": "yes"}))
        message = list(mailbox.form("/mailbox/message").items())
        message = [pair for pair in message if pair[0] != "story"]
        text = f"Je peux ajouter une date. ({self.canary})"
        _good(self.reporter.upload("/mailbox/message", [*message, ("story", text)], ()))
        return "1 reply read; sent back: one more message, and a yes to publication"

    def follow_up(self) -> str:
        self._fetch("pickup-2")
        result = self._import("pickup-2")
        case = self._desk_json("case", "show", self.case, "--json")
        _expect(len(case["messages"]) == 2, "the message joined its case")
        return f"{result['imported']} envelopes; the message joined case {self.case}"

    def assess(self) -> str:
        values = ("category=GOV", "subcode=2", "severity=3", "conflict=none", "owner=alize", "deputy=cypres")
        self._desk("case", "set", self.case, *values, "cooperative=Les Tilleuls", "group_size=250")
        self._move("triage", "dans notre champ")
        self._move("assessment", "pièces suffisantes pour étudier")
        return "category, severity, conflict check, owner and deputy recorded; each move passed its guards"

    def verify(self) -> str:
        self._desk("case", "set", self.case, "grade=A2")
        first = self._move("verified", "procès-verbaux concordants")
        _expect("other college" in first, "one signature waits")
        second = self._move("verified", "procès-verbaux concordants", reviewer="cypres")
        _expect("other college" not in second, "the second college decides")
        return "alize (members) signed and waited, cypres (jurists) signed: verified"

    def draft(self) -> str:
        path = self.folder / "entry.json"
        path.write_text(json.dumps(entry_fields(), ensure_ascii=False), encoding="utf-8")
        self._desk("entry", "draft", self.case, "--file", str(path))
        self._desk("entry", "check", self.case)
        self._move("registry_proposed", "constat utile aux autres membres")
        return "no six words shared with the report, no name, dates coarse: the gate is passed"

    def notice(self) -> str:
        letter = self.folder / "notice.txt"
        self._desk("notice", self.case, "--to", str(letter))
        self._move("right_of_reply", "avis envoyé par courrier recommandé")
        return f"{letter.stat().st_size:,} bytes, neutral, to print and post; nothing of the report in it"

    def right_of_reply(self) -> str:
        answer = self.folder / "answer.txt"
        answer.write_text("La coopérative indique qu'une assemblée sera convoquée.", encoding="utf-8")
        self._desk("answer", self.case, "--file", str(answer))
        day = self._forward(REPLY_DAYS)
        return f"answer attached; the trial clock moved {REPLY_DAYS} days, to {day}"

    def sign(self) -> str:
        first = self._desk("entry", "sign", self.case)
        _expect(any("other college" in line for line in first), "one signature waits")
        self._desk("entry", "sign", self.case, reviewer="cypres")
        self._move("published", "délai de réponse écoulé")
        return "the entry carries the OpenPGP signatures of alize (members) and cypres (jurists)"

    def publish(self) -> str:
        export = self.folder / "export.regc"
        self._desk("export-registry", "--to", str(export))
        self.trial.command("registry", "import", str(export))
        return f"{export.stat().st_size:,} bytes of signed export verified and loaded; readable by anyone"

    def register(self) -> str:
        page = _good(visitor(self.trial, "registry").get("/"))
        _expect("Les Tilleuls" in page.text, "the public page shows the entry")
        _expect(self.canary not in page.text, "the public page holds nothing of the report")
        return f"first page of {len(page.body):,} bytes shows the entry"

    def check_copy(self) -> str:
        copy = self.folder / "entries.json"
        copy.write_bytes(_good(visitor(self.trial, "registry").get("/export/entries.json")).body)
        root = load(RegistrySettings, self.trial.config("registry")).issuers[0].root
        told = self.trial.command("registry", "verify", str(copy), "--root", root)
        _expect(any("the one its desk signed" in line for line in told), "the log is the one that the desk signed")
        return f"{copy.stat().st_size:,} bytes hold the whole register; one public key checked every leaf and signature"

    def erase(self) -> str:
        self._reply("reply", "Décision, raisons, suite, recours : une entrée a été publiée.")
        self._carry_outbox("outbox-2")
        _expect(self.reporter.post("/replies", {"codename": " ".join(self.codename)}).status == 303, "still opens")
        mailbox = _good(self.reporter.get("/mailbox"))
        _expect(len(mailbox.articles()) == 2, "both replies are there")
        _good(self.reporter.post("/mailbox/erase", mailbox.form("/mailbox/erase") | {"confirm": "yes"}))
        _expect(self.reporter.post("/replies", {"codename": " ".join(self.codename)}).status == 303, "opens empty")
        _expect(not _good(self.reporter.get("/mailbox")).articles(), "nothing is left")
        return "the last reply was read, everything was erased, and the codename opens an empty mailbox like any other"

    def _desk(self, *words: str, reviewer: str = "alize") -> list[str]:
        return self.trial.command("desk", *words, "--as", reviewer)

    def _desk_json(self, *words: str) -> Any:
        return json.loads(self._desk(*words)[-1])

    def _move(self, state: str, reason: str, reviewer: str = "alize") -> str:
        return "\n".join(self._desk("case", "move", self.case, state, "--reason", reason, reviewer=reviewer))

    def _reply(self, kind: str, text: str) -> None:
        path = self.folder / f"{kind}.txt"
        path.write_text(text, encoding="utf-8")
        self._desk("reply", self.case, "--text-file", str(path), "--kind", kind)

    def _status(self) -> dict[str, int]:
        values: dict[str, int] = json.loads(self.trial.command("intake", "status", "--json")[-1])
        return values

    def _envelopes(self) -> Iterator[Path]:
        return (path for path in (self.trial.folder / "intake" / "envelopes").rglob("*") if path.is_file())

    def _fetch(self, name: str) -> int:
        self.trial.command("courier", "fetch", "--to", str(self.folder / name))
        return (self.folder / name).stat().st_size

    def _import(self, name: str) -> Any:
        return json.loads(self._desk("import", str(self.folder / name), "--json")[-1])

    def _carry_outbox(self, name: str) -> int:
        path = self.folder / name
        self._desk("outbox", "--to", str(path))
        self.trial.command("courier", "push", str(path))
        return path.stat().st_size

    def _today(self) -> date:
        with suppress(FileNotFoundError):
            return date.fromisoformat(self.trial.today.read_text(encoding="ascii").strip())
        return SystemClock().today()

    def _forward(self, days: int) -> date:
        day = self._today() + timedelta(days=days)
        self.trial.today.write_text(f"{day}\n", encoding="ascii")
        return day


def entry_fields() -> dict[str, object]:
    """The entry that the walk publishes, as an analyst writes it (docs/spec/entry.md)."""
    return {
        "cooperative": {"name": "Les Tilleuls", "form": "housing", "country": "FR", "members": "250-999"},
        "body": {"organ": "board", "mandate_from": 2022, "mandate_to": 2025},
        "finding": {
            "category": "GOV",
            "subcode": "2",
            "severity": 3,
            "text": ENTRY_FINDING,
            "period_from": "2023",
            "period_to": "2024",
            "grade": "A2",
            "evidence": ["authenticated_internal_document"],
        },
        "good_faith": {
            "general_interest": True,
            "factual_basis": True,
            "no_animosity": True,
            "measured_tone": True,
            "evidence": ["procès-verbaux des deux exercices"],
        },
    }


def _good(page: Page) -> Page:
    _expect(page.status == 200, f"the door answers 200, not {page.status}")
    return page


def _expect(held: bool, what: str) -> None:
    if not held:
        raise UserError(f"this did not hold: {what}.")
