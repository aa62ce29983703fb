"""The notice to the cooperative: a letter in French to print and post, with nothing in it that comes from a reporter.

It says what the entry says, no more: the reader must be able to answer, and unable to tell who spoke or when.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from app.desk.cases.entries import check_entry, need_paper
from app.desk.cases.letter_words import STEPS_FR, told
from app.desk.core.bench import Desk
from app.desk.core.entry_paper import EntryPaper, store_paper
from app.domain.draft import with_notice
from app.domain.entry import FINDING_MAX, REPLY_LINES, Entry
from app.domain.facts import State
from app.domain.guards import REPLY_DAYS, REPLY_EXTENSION
from app.errors import UserError
from app.transfer.files import write_whole
from app.transfer.memory import check_in_memory

_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
MONTHS = tuple(_MONTHS.split())
WAITING = frozenset({State.REGISTRY_PROPOSED, State.RIGHT_OF_REPLY})
__all__ = ["MONTHS", "STEPS_FR", "letter", "make_notice", "receive_notice"]

LETTER = """\
Lettre recommandée avec accusé de réception

À l'attention de : {name}
Le {day}

Objet : projet d'inscription au Registre européen de la gouvernance coopérative (REGC), réf. {regc_id}

Madame, Monsieur,

Nous envisageons de publier au registre l'inscription suivante, qui concerne votre coopérative.

{fields}

    Constat :

{finding}

Il s'agit d'un constat de notre association sur l'application de règles de gouvernance. Ce n'est ni une
condamnation, ni une accusation contre une personne.

Ce que vous pouvez faire
  - Répondre. Vous avez {days} jours à compter de la date de cette lettre, et {more} jours de plus si vous le demandez.
    Si elle vous est parvenue plus tard, écrivez-le : le délai est alors compté à partir de sa réception.
    Votre réponse est publiée à côté du constat, à la même taille : {length} signes et {lines} lignes au plus.
  - Demander une correction, si un fait est inexact, en joignant ce qui le montre.
  - Vous opposer à la publication, en donnant vos raisons.
  - Montrer qu'il y a été remédié : une inscription corrigée est plus courte.

Toute réponse est adressée par courrier à l'éditeur du registre, dont les mentions légales donnent
l'adresse{registry}, signée par l'organe qui représente la coopérative, avec une preuve de ses pouvoirs :
  - extrait du registre du commerce ou du registre national de moins de trois mois, ou
  - procès-verbal de nomination du signataire, ou
  - délégation de pouvoir signée par l'organe, avec l'une des pièces ci-dessus.
Après la publication, le droit de réponse que la loi prévoit reste ouvert trois mois : votre réponse est alors insérée
dans les trois jours de sa réception.

Qui décide
  Deux personnes de deux collèges différents, au vu de votre réponse. Sans réponse dans le délai, elles décident avec
  les éléments dont elles disposent. Les personnes que cette inscription permettrait de reconnaître ont un droit
  d'accès, de rectification et d'opposition ; merci de leur transmettre cette lettre.

D'où vient cette information
  Nous ne répondons à aucune question sur l'origine des éléments. La loi protège toute personne qui a pu signaler un
  fait ; rechercher qui elle est, ou prendre une mesure contre elle, est interdit et puni.

Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées.

Le comité du registre
"""


# A second sheet: whoever is to be named hears it from us, not from their cooperative.
TO_PERSON = """\
\f\
Lettre recommandée avec accusé de réception, personnelle

À l'attention de : {name}
Le {day}

Objet : votre nom dans un projet d'inscription au Registre européen de la gouvernance coopérative (REGC)
Réf. :  {regc_id}

Madame, Monsieur,

L'inscription décrite dans la lettre jointe porterait votre nom, parce qu'une décision publique définitive le donne :

    Décision :    {basis}
    Vérifiée en : {verified}
    Jusqu'en :    {expires} au plus tard ; votre nom est alors détruit, et l'inscription continue sans lui

Votre nom ne pourrait être ni cherché, ni téléchargé avec d'autres, et les moteurs de recherche sont priés d'ignorer la
page. Ce n'est ni une condamnation, ni une accusation de notre part.

Vous avez un droit d'accès, de rectification et d'opposition. Écrivez à l'éditeur du registre, dont les mentions légales
donnent l'adresse{registry} : vous avez {days} jours à compter de la date de cette lettre, et {more} jours de plus si
vous le demandez. Si elle vous est parvenue plus tard, écrivez-le : le délai est alors compté à partir de sa réception.
La réponse de la coopérative n'abrège pas ce délai. Deux personnes de deux collèges différents décident au vu de ce que
vous aurez écrit.

Nous ne répondons à aucune question sur l'origine des éléments. La loi protège toute personne qui a pu signaler un
fait ; rechercher qui elle est, ou prendre une mesure contre elle, est interdit et puni.

Nous vous prions d'agréer, Madame, Monsieur, l'expression de nos salutations distinguées.

Le comité du registre
"""


def make_notice(desk: Desk, case_id: str, path: Path) -> None:
    """Write the letter and record the day.

    Raises:
        UserError: not proposed, no draft, something that the gate holds back, or a place on a disk.
    """
    if not desk.settings.trial:
        check_in_memory(path, "The letter")
    with desk.store.reading() as tx:
        case = desk.case(tx, case_id)
        paper = need_paper(case, tx)
    entry = paper.entry
    if entry is None or case.facts.state is not State.REGISTRY_PROPOSED:
        raise UserError(
            "The notice is made once the entry is proposed.", "Move the case to registry_proposed. Nothing was changed."
        )
    findings = check_entry(desk, case_id)
    if findings:
        raise UserError("The gate holds this entry back.", " ".join(finding.message for finding in findings))
    entry = with_notice(entry, desk.today)
    text = letter(entry, desk.today, desk.settings.registry, name=paper.beside.text if paper.beside else "")
    write_whole(path, [text.encode("utf-8")])
    with desk.store.writing() as tx:
        case = desk.save(tx, case, case.with_facts(**_noticed(desk, paper)))
        store_paper(case, tx, replace(paper, record=entry, signatures=(), exported=False))
        desk.log(tx, "notice", case=case)


def _noticed(desk: Desk, paper: EntryPaper) -> dict[str, object]:
    return {"notice_on": desk.today, "notice_received": None, "answered": False, "person_named": paper.names}


def receive_notice(desk: Desk, case_id: str, day: date) -> None:
    """Record the day of the proof of receipt: the time to answer counts from it.

    Raises:
        UserError: no notice waits for an answer, or a day before it or to come.
    """
    with desk.store.writing() as tx:
        case = desk.case(tx, case_id)
        sent = case.facts.notice_on
        if sent is None or case.facts.state not in WAITING:
            raise UserError(
                "No notice of this case waits for an answer.", "Make the notice first. Nothing was changed."
            )
        if not sent <= day <= desk.today:
            raise UserError(
                f"The letter was received between {sent} and today.",
                "Look at the proof of receipt. Nothing was changed.",
            )
        case = desk.save(tx, case, case.with_facts(notice_received=day))
        desk.log(tx, "notice received", case=case)


def letter(entry: Entry, day: date, registry: str, *, name: str = "") -> str:
    """The text of the notice, with a second sheet for the person whose name would stand beside the entry."""
    common = {
        "day": f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        "regc_id": entry.regc_id,
        "days": REPLY_DAYS,
        "more": REPLY_EXTENSION,
        "registry": f" ({registry})" if registry else "",
    }
    text = LETTER.format(
        name=entry.cooperative.name,
        fields=told(entry, name),
        finding="\n".join(f"      {line}" for line in entry.finding.text.splitlines()),
        length=FINDING_MAX,
        lines=REPLY_LINES,
        **common,
    )
    nominative = entry.body.nominative if entry.body else None
    if nominative is None:
        return text
    basis = nominative.basis
    return text + TO_PERSON.format(
        name=name,
        basis=" ".join(filter(None, (basis.id, basis.url))),
        verified=basis.verified,
        expires=nominative.expires,
        **common,
    )
