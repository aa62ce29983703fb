"""Ten thousand pairs of a report and an entry at the gate: no plant is missed, no clean entry is held back."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import pytest

from app.domain import gate
from app.domain.entry import Entry
from app.domain.states import State
from tests.unit.domain.pairs import PLANTS, Pair, pairs
from tests.unit.domain.samples import TODAY, facts, raw_entry

COUNT, SEED = 10_000, 20261122
CASE = facts(State.VERIFIED)
ENTRY = Entry.parse(raw_entry())


# Sentences about governance with all the figures, capitals and articles of law that such texts have.
ORDINARY = """\
Les parts sociales n'ont pas été remboursées dans le délai de deux ans prévu à l'article 18.
Le règlement intérieur n'a pas été soumis au vote de l'Assemblée Générale, malgré la demande d'un dixième des membres.
La révision coopérative quinquennale n'a pas été faite ; le délai légal de cinq ans est dépassé depuis 2023.
Le Haut Conseil de la coopération agricole a rendu un avis défavorable.
La Cour de cassation a confirmé la décision ; le Conseil d'État n'a pas été saisi.
Le montant des indemnités des administrateurs n'a jamais été présenté à l'Assemblée.
Les locataires de la SA HLM coopérative n'ont pas eu accès aux procès-verbaux.
Le RGPD et la loi ne s'opposent pas à la communication demandée ; la CNIL l'a rappelé.
Au 2/3 des voix, la modification des statuts aurait dû être refusée ; 9/10 des présents n'étaient pas membres.
Trois candidatures sur quatre ont été écartées sans motif. Le quorum de 1/4 n'était pas atteint.
Entre 2021 et 2023, 1 200 sociétaires sur 3 500 n'ont reçu aucune convocation.
The Annual Report was not sent to members within the period set by the Rules (section 14.2).
Members were told of the merger only after the vote; the Union européenne rules on SCE were not followed.
La médiation de la consommation n'est pas proposée aux membres en France et en Belgique.
Manquement constaté à l'obligation de tenir une comptabilité séparée des réserves impartageables.
Les administrateurs ont cumulé plus de mandats que les statuts ne le permettent (mandature 2019-2025).
Pas de réponse aux questions écrites prévues par l'article L. 225-108 du Code de commerce.
Le commissaire aux comptes a signalé deux anomalies dans son rapport de 2024-H1.
Le registre des membres, tenu depuis 1998, ne mentionne pas les sorties ; 4 % des voix sont inconnues.
La SCIC n'a pas convoqué ses cinq collèges ; le collège des salariés n'a pas voté.
A majority of 51% was counted although the by-laws ask for 66.6% of the votes cast.
Le droit à l'information est garanti par l'article 8 de la loi 47-1775 ; décret 2015-706.
Quorum non atteint à 3 reprises : 12, 15 puis 9 présents.
La Direction a refusé l'accès aux baux. Voir le rapport de l'Autorité de contrôle.
In many cases the Board may have acted alone; marching orders were given by nobody.
Le Comité d'Audit n'a pas été consulté par le Président. Selon le Rapport, la Trésorerie n'a pas suivi.
"""


def judged(pair: Pair) -> set[str]:
    """The codes of the gate for a text as it is: what the record refuses by itself must be found here too."""
    entry = replace(ENTRY, finding=replace(ENTRY.finding, text=pair.text))
    return {finding.code for finding in gate.check(entry, [pair.story], CASE, TODAY)}


@pytest.mark.parametrize("text", ORDINARY.splitlines())
def test_an_ordinary_sentence_passes(text: str) -> None:
    assert judged(Pair("clean", "Rien de tel.", text, frozenset())) == set()


def test_ten_thousand_pairs_have_no_miss_and_no_false_alarm() -> None:
    begun = time.monotonic()
    made = pairs(COUNT, SEED)
    missed, alarms = [], []
    for pair in made:
        codes = judged(pair)
        if pair.codes and not pair.codes & codes:
            missed.append(pair)
        if not pair.codes and codes:
            alarms.append((codes, pair.text))
    counts = Counter(pair.plant for pair in made)
    assert (Counter(pair.plant for pair in missed), missed[:3]) == (Counter(), [])
    assert (len(alarms), alarms[:3]) == (0, [])
    assert counts["clean"] == COUNT // 4
    assert all(counts[kind] > 500 for kind in PLANTS)
    assert time.monotonic() - begun < 60
