"""Who works at the desk during the year: each case has a script that waits some days and then does the next thing."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.desk.carry.outboxes import make_outbox
from app.desk.carry.takeup import take_up
from app.desk.cases.closing import close_many
from app.desk.cases.decisions import expire_due, move_case
from app.desk.cases.entries import answer_entry, draft_entry, sign_entry
from app.desk.cases.exports import export_registry
from app.desk.cases.letters import make_notice
from app.desk.cases.reading import show_case
from app.desk.cases.setting import set_values
from app.desk.core.bench import Desk
from app.desk.core.entry_paper import load_paper
from app.desk.core.texts import messages_of
from app.desk.keep.purge import purge
from app.desk.replies.replies import send
from app.domain.states import State, find_move
from tests.unit.desk.house import House, Reporter
from tests.unit.desk.test_journey import ENTRY
from tests.year.reports import CANARY, Planned

Life = Iterator[int]
NOT_A_REPORT = """\
# Décision
Nous arrêtons là.
# Pourquoi
Ce message est une publicité.
# La suite
Rien d'autre ne sera fait.
# Contester
Vous pouvez écrire un nouveau signalement.
"""
OTHER = {"alize": "cypres", "brume": "cypres", "cypres": "alize", "delta": "cypres"}


@dataclass
class Dossier:
    """What the office wrote down about one case, apart from the desk."""

    one: Planned
    reporter: Reporter | None = field(repr=False)
    case_id: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    life: Life | None = field(default=None, repr=False)
    wakes: date | None = None


class Office:
    """Three reviewers, one desk, one year."""

    def __init__(self, house: House, plans: list[Planned]) -> None:
        self.house = house
        self.desks: dict[str, Desk] = {name: house.desk(name) for name in ("alize", "brume", "cypres")}
        self.coming = list(plans)
        self.bag: list[bytes] = []
        self.dossiers: dict[str, Dossier] = {}
        self.unopened: dict[str, Dossier] = {}
        self.states: set[str] = set()
        self.wanted = False
        self.spam: list[Dossier] = []
        self.flags: set[str] = set()
        self.exports = 0
        self.outboxes = 0

    @property
    def today(self) -> date:
        return self.house.settings.clock.today()

    def write_in(self) -> None:
        """The reports of today reach the intake."""
        while self.coming and self.coming[0].sent <= self.today:
            one = self.coming.pop(0)
            reporter = Reporter.new() if one.mailbox else None
            self.bag.append(
                self.house.seal(
                    one.story,
                    reporter=reporter,
                    exclude=one.exclude,
                    fields=one.fields,
                    language=one.language,
                    files=[("preuve.txt", f"{CANARY} pièce {one.n}".encode())] if one.n % 5 == 0 else [],
                )
            )
            self.unopened[one.story] = Dossier(one, reporter)

    def later(self, dossier: Dossier, kind: str, story: str = "", **fields: str) -> None:
        """A reporter writes again."""
        assert dossier.reporter is not None
        if kind == "retaliation":
            self.flags.add(dossier.case_id)
        self.bag.append(self.house.seal(story, reporter=dossier.reporter, kind=kind, fields=fields))

    def carry(self, name: str) -> None:
        """The courier brings what waits; one reviewer opens it."""
        if self.bag:
            report = self.house.receive(*self.bag)
            assert (report.imported, report.refused) == (len(self.bag), [])
            self.bag = []
        done = take_up(self.desks[name])
        assert (done.refused, done.waiting) == ([], [])
        with self.house.store.reading() as tx:
            fresh = [self.desks[name].case(tx, case_id) for case_id in done.cases]
        for case_id in done.joined:
            self.dossiers[case_id].facts["answered_on"] = self.today
        for case_id in self.flags & set(done.joined):
            self.dossiers[case_id].facts["flagged"] = self.today
        self.flags -= set(done.joined)
        for case in fresh:
            self._begin(name, case.id)

    def _begin(self, name: str, case_id: str) -> None:
        # Reading is what the script of a case does; here the office only learns which report became which case.
        desk = self.desks[name]
        with self.house.store.reading() as tx:
            (report,) = messages_of(desk.case(tx, case_id), tx)
        dossier = self.unopened.pop(report.story)
        dossier.case_id = case_id
        dossier.facts = {"state": "received", "entered": self.today, "mailbox": dossier.one.mailbox}
        dossier.life = self._life(dossier)
        self.dossiers[case_id] = dossier
        self.states.add("received")
        self._wake(dossier)

    def work(self) -> None:
        """Everything whose day has come."""
        for dossier in list(self.dossiers.values()):
            if dossier.wakes is not None and dossier.wakes <= self.today:
                self._wake(dossier)

    def _wake(self, dossier: Dossier) -> None:
        assert dossier.life is not None
        days = next(dossier.life, None)
        dossier.wakes = None if days is None else date.fromordinal(self.today.toordinal() + days)

    # -- what people do ----------------------------------------------------------------------------------------------

    def read(self, dossier: Dossier) -> None:
        show_case(self.desks["alize"], dossier.case_id)

    def reply(self, dossier: Dossier, kind: str) -> None:
        if dossier.reporter is None:
            return
        text = f"Réponse {CANARY} du dossier {dossier.one.n}."
        parts = ("Voici ce qui est décidé.", "Voici les raisons.", "Voici la suite.", "Voici comment contester.")
        whole = "\n".join([text, *{"closing": parts, "question": ("Quel jour était-ce ?",)}.get(kind, ())])
        send(self.desks["alize"], dossier.case_id, whole, kind=kind)
        dossier.facts.pop("flagged", None)
        if kind == "acknowledgement":
            dossier.facts.setdefault("acknowledged", self.today)
        elif kind in {"reply", "closing"}:
            dossier.facts["feedback"] = self.today

    def move(self, dossier: Dossier, target: str, by: str = "alize") -> None:
        source = State(dossier.facts["state"])
        move = find_move(source, target)
        assert move is not None
        done = move_case(self.desks[by], dossier.case_id, target, f"motif {CANARY} {dossier.one.n}")
        if move.colleges > 1:
            assert done.waiting_for == "other college"
            assert done.state == source
            done = move_case(self.desks[OTHER[by]], dossier.case_id, target, "d'accord")
        assert (done.state, done.waiting_for) == (target, "")
        dossier.facts |= {"state": target, "entered": self.today}
        if target == "acknowledged":
            dossier.facts.setdefault("acknowledged", self.today)
        if target == "assessment" and source not in {State.TRIAGE, State.QUESTION}:
            dossier.facts["reopened"] = self.today
        dossier.facts.pop("answered_on", None)
        if target == "registry_proposed":
            dossier.facts |= {"notice": None, "answered": False}
        self.states.add(target)

    def establish(self, dossier: Dossier, *values: str) -> None:
        set_values(self.desks["alize"], dossier.case_id, list(values))

    def outbox(self, name: str) -> None:
        self.outboxes += 1
        make_outbox(self.desks[name], self.house.folder / f"outbox-{self.outboxes}")

    # -- the lives of cases ------------------------------------------------------------------------------------------

    def _life(self, dossier: Dossier) -> Life:
        fates: dict[str, Callable[[Dossier], Life]] = {
            "spam": self._spam,
            "out_of_scope": self._out_of_scope,
            "question": self._question,
            "published": self._published,
            "corrected": self._corrected,
            "withdrawn": self._withdrawn,
        }
        yield 1 + dossier.one.n % 3
        if dossier.one.fate == "spam":
            yield from self._spam(dossier)
            return
        yield from self._triaged(dossier)
        if dossier.one.fate in fates:
            yield from fates[dossier.one.fate](dossier)
        else:
            yield from self._assessed(dossier)

    def _triaged(self, dossier: Dossier) -> Life:
        self.read(dossier)
        self.reply(dossier, "acknowledgement")
        self.move(dossier, "acknowledged")
        yield dossier.one.n % 9
        self.establish(dossier, "category=GOV", "severity=3", "conflict=none", "group_size=300")
        self.establish(dossier, "owner=alize", "deputy=cypres")
        self.move(dossier, "triage")
        yield 1 + dossier.one.n % 5

    def _spam(self, dossier: Dossier) -> Life:
        self.read(dossier)
        self.spam.append(dossier)
        while dossier.facts["state"] != "closed":
            yield 1
        yield from self._purge(dossier)

    def clear_spam(self) -> None:
        """Close together what was read and is nothing, with one reason and one reply."""
        waiting, self.spam = self.spam, []
        done = close_many(
            self.desks["alize"],
            [one.case_id for one in waiting],
            reason="publicité",
            text=NOT_A_REPORT,
            values={"category": "SER", "severity": "1", "conflict": "none"},
        )
        assert (set(done.done), done.refused) == ({one.case_id for one in waiting}, ())
        for one in waiting:
            one.facts |= {"state": "closed", "entered": self.today, "aside": True}

    def _out_of_scope(self, dossier: Dossier) -> Life:
        self.move(dossier, "out_of_scope")
        dossier.facts["aside"] = True
        yield 3
        yield from self._close(dossier)

    def _question(self, dossier: Dossier) -> Life:
        self.reply(dossier, "question")
        self.move(dossier, "question")
        if dossier.one.n % 2:
            yield 4
            self.later(dossier, "message", f"Voici ce que je sais de plus, {CANARY}.")
            yield 9
            self.move(dossier, "triage")
        else:
            yield 30
        self.move(dossier, "assessment")
        yield 20
        self.move(dossier, "unfounded")
        yield 2
        yield from self._close(dossier)

    def _assessed(self, dossier: Dossier) -> Life:
        self.move(dossier, "assessment")
        yield 10 + dossier.one.n % 40
        fate = dossier.one.fate
        if fate == "open":
            yield 40
            self.reply(dossier, "reply")
            return
        if fate in {"unfounded", "unverifiable", "reopened"}:
            self.move(dossier, "unfounded" if fate == "unfounded" else "unverifiable")
            yield 5
        if fate == "reopened":
            self.move(dossier, "assessment", by="cypres")
            yield 30
            self.move(dossier, "unfounded")
        if fate in {"mediation", "referred"}:
            yield from getattr(self, f"_{fate}")(dossier)
        if fate in {"verified_closed", "opposed"}:
            yield from self._verified(dossier)
        yield from self._close(dossier)

    def _mediation(self, dossier: Dossier) -> Life:
        if dossier.one.retaliation:
            self.later(dossier, "retaliation", f"On me menace, {CANARY}.")
            while "flagged" not in dossier.facts:
                yield 1
            yield 1
            self.reply(dossier, "reply")
        self.later(dossier, "mediation", consent="yes", mediator="")
        yield 9
        self.move(dossier, "mediation")
        yield 30

    def _referred(self, dossier: Dossier) -> Life:
        self.establish(dossier, "consent_referral=yes")
        self.move(dossier, "referred")
        yield 12
        if dossier.one.hold:
            self.establish(dossier, "hold=yes")
            dossier.facts["hold"] = True

    def _verified(self, dossier: Dossier) -> Life:
        self.establish(dossier, "grade=A2", "subcode=2")
        self.move(dossier, "verified")
        yield 6
        if dossier.one.fate != "verified_closed":
            draft_entry(self.desks["alize"], dossier.case_id, copy.deepcopy(ENTRY))
            self.move(dossier, "registry_proposed")
            yield 3
        if dossier.one.fate == "opposed":
            self.later(dossier, "publish", opinion="no")
            yield 9

    def _published(self, dossier: Dossier) -> Life:
        self.move(dossier, "assessment")
        yield 15
        yield from self._verified(dossier)
        make_notice(self.desks["alize"], dossier.case_id, self.house.folder / "letter")
        self.move(dossier, "right_of_reply")
        dossier.facts |= {"notice": self.today}
        yield 20
        if dossier.one.n % 2:
            answer_entry(self.desks["alize"], dossier.case_id, "Une assemblée sera convoquée avant l'été.")
            dossier.facts["answered"] = True
        else:
            yield 11
        for name in ("alize", "cypres"):
            sign_entry(self.desks[name], dossier.case_id)
        self.move(dossier, "published")
        yield 1
        self.wanted = True
        yield 30

    def _corrected(self, dossier: Dossier) -> Life:
        yield from self._published(dossier)
        month = f"{self.today:%Y-%m}"
        raw = self._record(dossier) | {
            "status": "corrected",
            "amend": {"reason": "remedy", "note": "Une assemblée a été tenue."},
        }
        raw["dates"]["corrected"] = month
        self._resign(dossier, raw)
        self.move(dossier, "corrected")
        yield 1
        self.wanted = True

    def _withdrawn(self, dossier: Dossier) -> Life:
        yield from self._published(dossier)
        self._resign(dossier, {"status": "withdrawn"})
        self.move(dossier, "withdrawn")
        yield 1
        self.wanted = True

    def _close(self, dossier: Dossier) -> Life:
        self.reply(dossier, "closing")
        self.move(dossier, "closed")
        if not dossier.one.hold:
            yield from self._purge(dossier)

    def _purge(self, dossier: Dossier) -> Life:
        """One signs on the last day but one, another college the day after."""
        yield 6 if dossier.facts.get("aside") else 60
        self.read(dossier)  # whatever came since its end
        assert purge(self.desks["alize"], dossier.case_id, "délai écoulé").waiting_for == "other college"
        if dossier.facts.get("aside"):
            yield 1
        record = purge(self.desks["cypres"], dossier.case_id, "délai écoulé").record
        assert record is not None
        assert dict(record.signers) == {"alize": "members", "cypres": "jurists"}
        dossier.facts["purged"] = True

    def _record(self, dossier: Dossier) -> dict[str, Any]:
        desk = self.desks["alize"]
        with self.house.store.reading() as tx:
            paper = load_paper(desk.case(tx, dossier.case_id), tx)
        assert paper is not None
        return paper.record.to_dict()

    def _resign(self, dossier: Dossier, raw: dict[str, Any]) -> None:
        draft_entry(self.desks["alize"], dossier.case_id, raw)
        for name in ("cypres", "alize"):
            sign_entry(self.desks[name], dossier.case_id)

    def tick(self) -> None:
        """The one thing that the clock does by itself."""
        for case_id in expire_due(self.desks["alize"]):
            self.dossiers[case_id].facts |= {"state": "expired", "entered": self.today}
            self.states.add("expired")

    def export(self) -> None:
        """At the end of a day on which something was signed for the register."""
        if not self.wanted:
            return
        self.wanted = False
        self.exports += 1
        for dossier in self.dossiers.values():
            dossier.facts["exported"] = dossier.facts["state"] == "withdrawn"
        export_registry(self.desks["cypres"], self.house.folder / f"export-{self.exports}")
