"""The desk as it is typed: from the reviewers' folder to a signed export, each command through the real parser."""

from __future__ import annotations

import json

import pytest

from app.cli import main, ui
from app.errors import UserError
from crypto.export import open_export
from crypto.openpgp.verify import verify_detached
from crypto.outbox import open_outbox
from crypto.reply import open_reply
from crypto.signing import public_from_text
from tests.unit.desk.house import INSTANCE, ORIGIN, STORY, House, Reporter

ENTRY = {
    "cooperative": {"name": "Les Tilleuls", "form": "consumer", "country": "FR", "members": "250-999"},
    "finding": {
        "category": "GOV",
        "subcode": "2",
        "severity": 3,
        "text": "Aucune assemblée annuelle n'a été tenue pendant deux exercices, contrairement aux statuts.",
        "period_from": "2024",
        "grade": "A2",
        "evidence": ["authenticated_internal_document"],
    },
    "good_faith": {
        "general_interest": True,
        "factual_basis": True,
        "no_animosity": True,
        "measured_tone": True,
        "evidence": ["procès-verbaux"],
    },
}


class Typed:
    """Commands of one desk, as a person types them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.config = house.home / "desk.toml"
        self.config.write_text(
            f'trial = true\nroot = "{house.root.public.hex()}"\nregistry = "{ORIGIN}"\nmonthly = false\n',
            encoding="utf-8",
        )

    def __call__(self, *words: str, by: str = "alize") -> list[str]:
        args = main.parse(["desk", *words, "--config", str(self.config), *(["--as", by] if by else [])])
        with ui.captured() as lines:
            status = args.run(args) or 0
        assert status == 0
        return lines

    def json(self, *words: str, by: str = "alize"):
        return json.loads(self(*words, "--json", by=by)[-1])

    def file(self, name: str, content: str) -> str:
        path = self.house.folder / name
        path.write_text(content, encoding="utf-8")
        return str(path)


@pytest.fixture
def typed(fresh: House) -> Typed:
    return Typed(fresh)


def test_from_report_to_register(typed: Typed) -> None:
    house, reporter = typed.house, Reporter.new()
    pickup = house.pickup(
        [house.seal(STORY, reporter=reporter, files=[("../a b.pdf", b"pdf" * 9000), ("b", b"")], fields={"topic": "1"})]
    )
    assert typed.json("import", str(pickup)) == {"imported": 1, "already": 0, "refused": []}
    assert typed.json("import", str(pickup), by="") == {"imported": 0, "already": 1, "refused": []}
    (listed,) = typed.json("case", "list")
    case = listed["id"]
    assert listed["state"] == "received"
    assert listed["mailbox"] is True
    assert listed["owner"] == ""
    shown = typed.json("case", "show", case)
    assert shown["fields"] == {"topic": "1"}
    assert shown["messages"][0]["story"] == STORY
    assert [(f["n"], f["name"], f["size"]) for f in shown["messages"][0]["files"]] == [
        (1, "../a b.pdf", 27000),
        (2, "b", 0),
    ]
    folder = house.folder / "saved"
    names = typed("case", "save", case, "--to", str(folder))
    assert sorted(names) == sorted(path.name for path in folder.iterdir()) == ["001-_a b.pdf", "002-b"]
    assert (folder / names[0]).read_bytes() == b"pdf" * 9000
    acknowledged_and_answered(typed, case, reporter)
    verified_by_two(typed, case)
    published(typed, case)


def acknowledged_and_answered(typed: Typed, case: str, reporter: Reporter) -> None:
    house = typed.house
    text = typed.file("reply.txt", "Une personne a lu votre signalement.")
    assert "acknowledgement 1" in typed("reply", case, "--text-file", text)[0]
    typed("case", "move", case, "acknowledged", "--reason", "lu")
    outbox = house.folder / "outbox"
    typed("outbox", "--to", str(outbox))
    desk_key = public_from_text((house.home / "desk.pub").read_text())
    opened = open_outbox(outbox.read_bytes(), desk_key)
    assert len(opened.receipts) == 1
    assert len(opened.replies) == 8
    (mine,) = (reply for reply in opened.replies if reply.locator == reporter.mailbox.locator)
    reply = open_reply(mine.data, reporter.mailbox, desk_key, INSTANCE)
    assert (reply.seq, reply.author, reply.state, reply.kind) == (1, "alize", "received", "acknowledgement")
    first = outbox.read_bytes()
    typed("outbox", "--to", str(outbox), "--again")
    assert outbox.read_bytes() == first
    messages = [
        house.seal("Je peux ajouter une date.", reporter=reporter, kind="message"),
        house.seal("", reporter=reporter, kind="publish", fields={"opinion": "yes"}),
    ]
    assert typed.json("import", str(house.pickup(messages)))["imported"] == 2
    shown = typed.json("case", "show", case)
    assert [message["story"] for message in shown["messages"]] == [STORY, "Je peux ajouter une date."]
    assert shown["answers"][0]["fields"] == {"opinion": "yes"}


def verified_by_two(typed: Typed, case: str) -> None:
    values = ("category=GOV", "subcode=2", "severity=3", "conflict=none", "owner=alize", "deputy=cypres")
    typed("case", "set", case, *values, "cooperative=Les Tilleuls", "group_size=250", "grade=A2")
    typed("case", "move", case, "triage", "--reason", "dans notre champ")
    typed("case", "move", case, "assessment", "--reason", "à étudier")
    move = ("case", "move", case, "verified", "--reason", "procès-verbaux concordants")
    assert typed.json(*move) == {"waiting_for": "other college"}
    with pytest.raises(UserError, match="You have already signed"):
        typed(*move)
    with pytest.raises(UserError, match="your own college"):
        typed(*move, by="brume")
    assert typed.json(*move, by="cypres") == {"state": "verified"}


def published(typed: Typed, case: str) -> None:
    house = typed.house
    typed("entry", "draft", case, "--file", typed.file("entry.json", json.dumps(ENTRY)))
    assert typed.json("entry", "check", case) == []
    typed("case", "move", case, "registry_proposed", "--reason", "utile aux autres membres")
    letter = house.folder / "letter.txt"
    typed("notice", case, "--to", str(letter))
    assert "Les Tilleuls" in letter.read_text()
    assert STORY not in letter.read_text()
    typed("case", "move", case, "right_of_reply", "--reason", "avis envoyé")
    typed("answer", case, "--file", typed.file("answer.txt", "Une assemblée sera convoquée."))
    house.forward(31)
    assert json.loads(typed("entry", "sign", case)[0]) == {"waiting_for": "other college"}
    with pytest.raises(UserError, match="already signed"):
        typed("entry", "sign", case)
    with pytest.raises(UserError, match="your own college"):
        typed("entry", "sign", case, by="brume")
    assert typed.json("entry", "sign", case, by="cypres") == {"signed": True}
    typed("case", "move", case, "published", "--reason", "délai écoulé")
    export = house.folder / "export.regc"
    assert typed.json("export-registry", "--to", str(export)) == {"sequence": 1, "entries": 1, "aside": []}
    opened = open_export(export.read_bytes(), house.manifest, verify_detached, origin=ORIGIN)
    assert opened.entries[0].entry["adversarial"]["reply"] == "Une assemblée sera convoquée."
    assert opened.entries[0].entry["dates"]["published"] == "2026-12"
    with pytest.raises(UserError, match="No published entry waits"):
        typed("export-registry", "--to", str(house.folder / "export-2"))
    again = export.read_bytes()
    export.unlink()
    typed("export-registry", "--to", str(export), "--again")
    assert export.read_bytes() == again
