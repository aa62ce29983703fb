"""The draft of a text for the members of a cooperative: a file of words, from an entry that everybody can read.

No recipient has a place anywhere in this program, and nothing here sends (DOMAIN S0.24, T5). The gate asks about every
case of the same cooperative and category that this reviewer may open: somebody whom no reporter kept out makes it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.desk.cases.decisions import check_awake
from app.desk.circle import clusters
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.entry_paper import load_paper
from app.desk.core.texts import reporter_texts
from app.domain.campaign import Ground, compose, refusals
from app.domain.entry import Entry
from app.domain.gate import Finding
from app.errors import UserError
from app.stores.desk import Transaction
from app.transfer.files import PartFile


def check_campaign(desk: Desk, case_id: str) -> tuple[Finding, ...]:
    """Everything that keeps the text unwritten today."""
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        return refusals(_ground(desk, tx, case), desk.today)


def draft_campaign(desk: Desk, case_id: str, path: Path) -> str:
    """Write the text and record its digest with the case; returns the digest.

    Raises:
        UserError: the gate holds it back; each finding says what to change.
    """
    desk.check_analyst()
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        check_awake(case)
        ground = _ground(desk, tx, case)
    findings = refusals(ground, desk.today)
    if findings:
        told = " ".join(finding.message for finding in findings)
        raise UserError("The gate holds this text back.", f"{told} Nothing was written.")
    data = compose(ground).encode()
    digest = hashlib.sha256(data).hexdigest()
    with PartFile(path) as part:
        part.write(data)
        with desk.store.writing() as tx:
            saved = desk.save(tx, case, case.record)
            desk.log(tx, "campaign", case=saved, reason=f"SHA-256 {digest}")
        part.keep()
    return digest


def _ground(desk: Desk, tx: Transaction, case: OpenCase) -> Ground:
    here = clusters.view(desk, tx)
    mine = here.clues.get(case.id)
    clues = here.of(mine.harm.matter) if mine else []
    asked = {clue.case: here.cases[clue.case] for clue in clues}
    paper = load_paper(case, tx)
    left = paper.published if paper and isinstance(paper.published, Entry) else None
    return Ground(
        entry=left,
        state=case.facts.state,
        clues=tuple(clues),
        texts=tuple(text for one in {case.id: case, **asked}.values() for text in reporter_texts(desk, one, tx)),
        registry=desk.settings.registry,
        onion=desk.settings.onion.removeprefix("http://").rstrip("/"),
    )
