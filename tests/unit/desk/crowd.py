"""Many cases in a desk within seconds: really sealed, written through the store, without gpg and without an intake."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from datetime import timedelta

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.messages import Message
from app.desk.core.record import CaseRecord, new_id
from app.domain.facts import CaseFacts, State
from app.stores.desk_cases import MessageRow
from tests.unit.desk.house import DAY

ALL = ("alize", "brume", "cypres")
STATES = (State.RECEIVED, State.ACKNOWLEDGED, State.TRIAGE, State.ASSESSMENT, State.VERIFIED, State.CLOSED)
COMMON = (
    "conseil assemblée générale administrateur trésorier coopérative membre décision vote compte facture"
    " salarié réunion procès verbal statut convocation délégation budget board meeting members accounts"
    " invoices election"
)


def vocabulary(size: int, seed: int = 1) -> list[str]:
    """Invented words that can be pronounced; the first of them are of this field."""
    draw = random.Random(seed)
    invented = {
        "".join(draw.choice("aeiouéè" if at % 2 else "bcdfglmnprstv") for at in range(draw.randint(4, 11)))
        for _ in range(size)
    }
    return [*COMMON.split(), *sorted(invented, key=lambda word: draw.random())]


def story(draw: random.Random, known: Sequence[str], words: int) -> str:
    """Words as texts have them: few very often, most of them hardly ever (Zipf's law)."""
    ranks = (min(int(draw.paretovariate(0.7)) + draw.randint(-1, 20), len(known) - 1) for _ in range(words))
    return " ".join(known[rank] for rank in ranks)


def crowd(desk: Desk, count: int, *, words: int = 250, seed: int = 2) -> list[str]:
    """Make so many cases, one in ten without alize, each with a report of so many words; returns the ids."""
    draw, known, made = random.Random(seed), vocabulary(30_000), []
    with desk.store.writing() as tx:
        for number in range(count):
            allowed = ALL if number % 10 else ALL[1:]
            facts = CaseFacts(
                state=draw.choice(STATES),
                entered=DAY - timedelta(days=draw.randint(0, 120)),
                severity=draw.choice([None, 1, 2, 3, 4]),
            )
            fields = {"cooperative": f"Les {draw.choice(known)}", "topic": "1"}
            record = CaseRecord(label=f"label {number}", facts=facts, received=DAY, allowed=allowed, fields=fields)
            case = OpenCase(new_id(), 1, secrets.token_bytes(32), record)
            grants = desk.keyring.grant_case(case.id, case.key, allowed)
            tx.add_case(case.id, case.seal("case", record.to_bytes()), grants)
            message = _message(story(draw, known, words))
            sealed = case.seal(f"message/{message.evidence}", message.to_bytes())
            tx.add_message(case.id, MessageRow(message.evidence, message.evidence, sealed))
            made.append(case.id)
    return made


def _message(text: str) -> Message:
    return Message(
        kind="report",
        seq=0,
        day=DAY,
        report_id=secrets.token_hex(16),
        language="fr",
        fields={},
        story=text,
        files=(),
        key=secrets.token_bytes(32),
        evidence=secrets.token_hex(16),
        pickup=1,
    )
