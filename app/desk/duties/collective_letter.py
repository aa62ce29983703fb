"""A letter to a body that may act for several: what verified cases have in common, as a range, and no word of theirs.

It needs the yes of every reporter whose case it counts. It invites nobody to join anything: whether there will be an
action is the body's affair (DOMAIN §2, law 2025-391; S3.13).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from app.desk.cases.decisions import check_awake
from app.desk.cases.letters import MONTHS
from app.desk.circle import clusters
from app.desk.core.bench import Desk, OpenCase
from app.desk.core.clean import check_plain
from app.desk.core.entry_paper import load_paper
from app.desk.core.texts import reporter_texts
from app.domain import collective, taxonomy
from app.domain.collective import BODIES, Clue
from app.domain.entry import Entry
from app.domain.facts import State
from app.domain.gate import overlap
from app.domain.patterns import scan
from app.errors import UserError
from app.stores.desk import Transaction
from app.transfer.files import PartFile
from app.transfer.memory import check_in_memory

BODY_MAX = 160
RANGES = {"3-4": "trois ou quatre", "5-9": "entre cinq et neuf", "10+": "dix ou plus"}
_NOTHING = "Nothing was written."

LETTER = """\
<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<title>Lettre {reference}</title>
<style>
body {{ font: 11pt/1.5 serif; max-width: 40em; margin: 2em auto; padding: 0 1em; color: #000; background: #fff; }}
h1 {{ font-size: 1.1em; }} h2 {{ font-size: 1em; }} dt {{ font-weight: bold; }}
@page {{ size: A4; margin: 25mm; }}
@media print {{ body {{ margin: 0; padding: 0; max-width: none; }} h2 {{ break-after: avoid; }} }}
</style>
</head>
<body>
<p>À l'attention de : {body}<br>{kind}</p>
<p>Le {day}<br>Référence : {reference}, à rappeler dans toute réponse</p>
<h1>Objet : plusieurs situations indépendantes dans une même coopérative</h1>
<p>Madame, Monsieur,</p>
<p>Notre association étudie l'application des règles de gouvernance dans les coopératives. Nous portons à votre
connaissance ce qui suit, parce que la loi vous permet peut-être d'agir.</p>
<dl>
<dt>Coopérative</dt><dd>{cooperative}</dd>
<dt>Domaine</dt><dd>{category}</dd>
<dt>Ce qui est atteint</dt><dd>{harm}</dd>
<dt>Situations indépendantes et vérifiées</dt><dd>{cases}, sur les {window} derniers mois</dd>
</dl>
<h2>Comment nous comptons</h2>
<p>Chaque situation a été vérifiée par deux personnes de deux collèges. Deux personnes de deux collèges ont jugé
lesquelles viennent de personnes différentes. Nous ne donnons qu'une fourchette, jamais moins de trois, et jamais pour
une coopérative de moins de 50 membres.</p>
<h2>Accord des personnes</h2>
<p>Chaque personne dont la situation est comptée a accepté cette transmission. Nous ne connaissons pas leur identité et
ne transmettons ni leurs mots, ni leurs pièces, ni de dates, ni de montants.</p>
{published}<h2>Ce que cette lettre n'est pas</h2>
<p>Ce n'est ni une plainte, ni un mandat, ni l'invitation à rejoindre une action. Vous seuls savez si la loi vous donne
qualité pour agir, et ce que vous en ferez.</p>
<h2>Protection des sources</h2>
<p>La loi protège toute personne qui a pu signaler un fait (directive (UE) 2019/1937, art. 16 ; loi n° 2016-1691 du
9 décembre 2016, art. 9). Rechercher qui elle est, ou prendre une mesure contre elle, est interdit et puni. Une question
pour ces personnes peut nous être écrite : elles la liront si elles reviennent.</p>
<p>Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées.</p>
<p>Le comité du registre{registry}</p>
</body>
</html>
"""
PUBLISHED = """\
<h2>Inscriptions publiques</h2>
<p>Au Registre européen de la gouvernance coopérative : {ids}.</p>
"""


@dataclass(frozen=True)
class Written:
    """Under which reference, which range it tells, and the digest of the file."""

    reference: str
    cases: str
    digest: str


@dataclass(frozen=True)
class _Basis:
    """What a letter rests on."""

    clues: tuple[Clue, ...]
    cases: tuple[OpenCase, ...]
    told: str
    published: tuple[str, ...]


def write_letter(desk: Desk, case_id: str, path: Path, *, body: str, kind: str) -> Written:
    """Write the letter about the cluster of a case, and record it in each case that it counts.

    Args:
        body: to whom, on one line; `kind`: one of BODIES.

    Raises:
        UserError: not judged by two, fewer than three independent verified cases, fewer than 50 members, a reporter
            who did not agree, words of a reporter, or a place on a disk.
    """
    desk.check_analyst()
    body = check_plain(body, "The body")
    if len(body) > BODY_MAX or "\n" in body or any(True for _ in scan(body)):
        raise UserError(f"The body is a name on one line of at most {BODY_MAX} characters, no address.", _NOTHING)
    if kind not in BODIES:
        raise UserError(f"The kind of body is one of {', '.join(BODIES)}.", _NOTHING)
    if not desk.settings.trial:
        check_in_memory(path, "The letter")
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        basis = _basis(desk, tx, case)
        _check_words(desk, tx, basis.cases, body)
    reference = f"C-{secrets.token_hex(4).upper()}"
    data = letter(desk, case, basis, body=body, kind=kind, reference=reference).encode()
    written = Written(reference, basis.told, hashlib.sha256(data).hexdigest())
    with PartFile(path) as part:
        part.write(data)
        with desk.store.writing() as tx:
            for one in basis.cases:
                saved = desk.save(tx, one, one.record)
                desk.log(tx, "collective letter", case=saved, reason=f"{reference} to {body} ({kind})")
        part.keep()
    return written


def letter(desk: Desk, case: OpenCase, basis: _Basis, *, body: str, kind: str, reference: str) -> str:
    """The page: a range, labels, and public names only."""
    today, harm = desk.today, basis.clues[0].harm
    ids = ", ".join(escape(one) for one in basis.published)
    return LETTER.format(
        reference=reference,
        body=escape(body),
        kind=escape(BODIES[kind][0]),
        day=f"{today.day} {MONTHS[today.month - 1]} {today.year}",
        cooperative=escape(case.facts.cooperative),
        category=escape(taxonomy.public_label(harm.category)[0]),
        harm=escape(taxonomy.HARMS[harm.harm][0]),
        cases=RANGES[basis.told],
        window=collective.WINDOW_MONTHS,
        published=PUBLISHED.format(ids=ids) if ids else "",
        registry=f" ({escape(desk.settings.registry)})" if desk.settings.registry else "",
    )


def _basis(desk: Desk, tx: Transaction, case: OpenCase) -> _Basis:
    check_awake(case)
    here = clusters.view(desk, tx)
    mine = here.clues.get(case.id)
    if mine is None or mine.judged is None:
        raise UserError(
            "Two colleges judge first which cases are independent.",
            f"Type sourdine desk cluster judge, and have another college do the same. {_NOTHING}",
        )
    same = [clue for clue in here.clues.values() if clue.harm == mine.harm]
    held = clusters.attested(desk, tx, here, same, mine)
    clues = [clue for clue in same if clue.case in held and clue.verified and collective.recent(clue, desk.today)]
    told, lacking = collective.referred(clues, desk.today, mine.judged.act)
    if lacking:
        labels = ", ".join(here.cases[clue.case].record.label for clue in lacking)
        raise UserError(
            "Not every reporter agreed to a referral.",
            f"Missing: {labels}. Ask in the mailbox, then set consent_referral=yes; or judge without it. {_NOTHING}",
        )
    if not collective.large_enough(mine.judged.members):
        raise UserError(
            "A cooperative with fewer than 50 members gets no such letter.", f"Its cases go alone. {_NOTHING}"
        )
    if not told:
        raise UserError(
            f"Fewer than {collective.CASES_MIN} independent and verified cases support this letter.",
            f"Verify and judge more, or refer one case by itself: sourdine desk case refer. {_NOTHING}",
        )
    cases = tuple(here.cases[clue.case] for clue in clues)
    return _Basis(tuple(clues), cases, told, tuple(_published(tx, cases)))


def _published(tx: Transaction, cases: Sequence[OpenCase]) -> list[str]:
    """The names of entries that everybody can read."""
    papers = [load_paper(case, tx) for case in cases if case.facts.state is State.PUBLISHED]
    return [one.published.regc_id for one in papers if one and isinstance(one.published, Entry)]


def _check_words(desk: Desk, tx: Transaction, cases: Sequence[OpenCase], body: str) -> None:
    texts = [text for case in cases for text in reporter_texts(desk, case, tx)]
    named = " ".join(dict.fromkeys(case.facts.cooperative for case in cases))
    place = overlap(body, texts)
    if place:
        raise UserError(f"The body repeats a reporter's own words ({place}).", f"Name it otherwise. {_NOTHING}")
    if any(True for _ in scan(named)):
        raise UserError(
            "The name of the cooperative holds an address, a number or a date.", f"Set cooperative= anew. {_NOTHING}"
        )
