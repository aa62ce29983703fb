"""What the notice tells of an entry, in French: every field that its public page would print, and none besides.

The page is app/registry/templates/entry.html. What only a later version has, such as a correction, is not told.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.domain import taxonomy
from app.domain.entry import Entry
from app.domain.record import Finding

WIDTH = 112
INDENT = 4
COLUMN = 25
RANGES = {
    "3-4": "3 ou 4 cas indépendants",
    "5-9": "de 5 à 9 cas indépendants",
    "10+": "10 cas indépendants ou plus",
}
REFERENCES = {
    "ecli": "décision de justice",
    "law": "texte de loi",
    "decision": "décision publique",
    "report": "rapport",
}
BASES = {
    "court_decision": "une décision de justice définitive",
    "administrative_decision": "une décision administrative définitive",
}
STEPS_FR = {
    "recommended": "recommandation faite",
    "accepted": "recommandation acceptée",
    "refused": "recommandation refusée",
    "under_way": "en cours",
    "done": "fait",
    "not_done": "non fait",
}


def told(entry: Entry, name: str) -> str:
    """The fields of the entry, one below the other; the text of the finding stands apart.

    Args:
        name: the person's name that would stand beside the entry, or nothing.
    """
    rows = (*_cooperative(entry), *_finding(entry.finding), *_body(entry, name), *_beside(entry))
    return "\n".join(_row(label, value) for label, value in rows)


def _row(label: str, value: str) -> str:
    head = " " * INDENT + f"{label} :".ljust(COLUMN)
    # A link or a number is never cut: whoever reads the letter types it.
    lines = textwrap.wrap(value, WIDTH - len(head), break_long_words=False, break_on_hyphens=False)
    return head + f"\n{' ' * len(head)}".join(lines)


def _cooperative(entry: Entry) -> Iterator[tuple[str, str]]:
    coop = entry.cooperative
    kind = [taxonomy.FORMS[coop.form][0], coop.country, taxonomy.MEMBERS[coop.members][0]]
    if coop.sector:
        kind.append(taxonomy.SECTORS[coop.sector][0])
    yield "Coopérative", ", ".join([coop.name, *kind])
    if coop.identifier:
        yield "Numéro", f"{coop.identifier.value} ({coop.identifier.type})"
    if coop.federation:
        yield "Fédération", coop.federation


def _finding(finding: Finding) -> Iterator[tuple[str, str]]:
    label = taxonomy.public_label(finding.category)[0]
    if finding.subcode:
        label += f" – {taxonomy.public_label(finding.category, finding.subcode)[0]}"
    yield "Domaine", label
    start, end = finding.period_from, finding.period_to
    yield "Période", start if start == end else f"{start} à {end}"
    yield "Gravité", f"{finding.severity} sur 4 : {taxonomy.SEVERITIES[finding.severity][0]}"
    yield "Ce qui est touché", taxonomy.HARMS[finding.harm][0]
    yield "Principes fondateurs", ", ".join(taxonomy.FOUNDING[key][0] for key in finding.founding_principles)
    if finding.ica_principles:
        yield "Principes de l'ACI", ", ".join(f"{key}. {taxonomy.ICA[key][0]}" for key in finding.ica_principles)
    kinds = ", ".join(taxonomy.EVIDENCE[kind][0] for kind in finding.evidence)
    yield "Appui", f"{taxonomy.GRADES[finding.grade][0]} (degré {finding.grade}) : {kinds}"


def _body(entry: Entry, name: str) -> Iterator[tuple[str, str]]:
    body = entry.body
    if body is None:
        return
    organ, function = taxonomy.ORGANS[body.organ][0], taxonomy.FUNCTIONS[body.function][0]
    term = f"mandature {body.mandate_from}-{body.mandate_to}"
    yield "Organe", ", ".join(filter(None, (organ, function, term)))
    if body.nominative:
        basis, until = body.nominative.basis, body.nominative.expires
        yield "Personne", f"{name}, dont le nom serait publié jusqu'en {until} au plus tard"
        source = " ".join(filter(None, (basis.id, basis.url)))
        yield "Au titre de", f"{BASES[basis.type]}, {source}, vérifiée en {basis.verified}"


def _beside(entry: Entry) -> Iterator[tuple[str, str]]:
    if entry.collective:
        yield "Plusieurs membres", f"{RANGES[entry.collective.cases]} disent le même tort"
        if entry.collective.entitled_body:
            yield "Organisme habilité", entry.collective.entitled_body
    for source in entry.references:
        yield "Référence", " ".join(filter(None, (f"{source.id} ({REFERENCES[source.type]})", source.url)))
    for step in entry.remediation:
        note = f" : {step.note}" if step.note else ""
        yield "Suites", f"{STEPS_FR[step.status]} ({step.month}){note}"
