"""The other side of a reply: courier and desk, by the commands that people type."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.tor.house import OnionHouse


@dataclass(frozen=True)
class Analysts:
    """Args:
    courier: the `courier.toml` of an account, since each takes one fetch and one push in half a minute.
    folder: empty, for what is carried.
    """

    house: OnionHouse
    courier: Path
    folder: Path

    def fetch(self, canary: str) -> str:
        """Carry everything to the desk and open it; the case that holds this text."""
        pickup = self.folder / "pickup"
        self.house.command("courier", "fetch", "--to", str(pickup), "--config", str(self.courier))
        assert json.loads(self.house.desk("import", str(pickup), "--json"))["refused"] == []
        cases: list[dict[str, str]] = json.loads(self.house.desk("case", "list", "--json"))
        shown = {case["id"]: json.loads(self.house.desk("case", "show", case["id"], "--json")) for case in cases}
        own = [case for case, content in shown.items() if canary in content["messages"][0]["story"]]
        assert len(own) == 1
        return own[0]

    def saved(self, case: str) -> dict[str, bytes]:
        """The attachments by their safe names, as the desk saves them."""
        into = self.folder / "saved"
        self.house.desk("case", "save", case, "--to", str(into))
        return {path.name: path.read_bytes() for path in into.rglob("*") if path.is_file()}

    def answer(self, case: str, text: str) -> None:
        """Write a reply and bring it to the intake."""
        letter, outbox = self.folder / "reply.txt", self.folder / "outbox"
        letter.write_text(text, encoding="utf-8")
        self.house.desk("reply", case, "--text-file", str(letter), "--kind", "acknowledgement")
        self.house.desk("case", "move", case, "acknowledged", "--reason", "lu par une personne")
        self.house.desk("outbox", "--to", str(outbox))
        self.house.command("courier", "push", str(outbox), "--config", str(self.courier))
