"""Whether two texts may speak of one cooperative: rather once too often than once too seldom."""

from __future__ import annotations

import random

import pytest

from app.domain.cooperatives import may_be_same

SAME = [
    ("Les Tilleuls", "Les Tilleuls (Lyon)"),
    ("SCIC Les Tilleuls, Lyon", "coopérative des tilleuls"),
    ("Les Tilleuls", "LES  TILLEULS"),
    ("Les Tilleuls", "je travaille chez les tilleuls à Lyon, c'est une scop"),
    ("Les Tilleuls", "Tilleul"),
    ("Les Tilleuls", "Tileuls"),
    ("Les Tilleuls", "Tilluels"),
    ("Les Tilleuls", "Tilleulls"),
    ("Biocoop Les Tilleuls Rennes", "Les Tilleuls - Lyon"),
    ("Crédit Mutuel de Bretagne", "credit mutuel"),
    ("Bio Plaine", "Bioplaine, Nantes"),
    ("Enercoop", "Ener-coop"),
    ("Coopérative du Littoral", "CDL"),
    ("C.D.L.", "Coopérative du Littoral, Brest"),
    ("Société coopérative Grand Ouest Habitat", "GOH"),
    ("Cœur de Ville", "coeur de ville"),
    ("La Coop", "la coop"),
    ("Lyon, Les Tilleuls", "Lyon"),
    ("3 Rivières", "Trois rivières / 3 Rivieres"),
    ("42", "Coop 42"),
    ("Coopérative régionale d'habitat Les Tilleuls", "HLM Tilleuls Lyon"),
    ("Crédit Coopératif des Marronniers", "les maronniers banque"),
    ("Κοινότητα", "ΚΟΙΝΌΤΗΤΑ"),
    ("Abricot", "Abricotier du Sud"),  # a false alarm, and cheap
]
OTHERS = [
    ("Les Tilleuls, Lyon", "Coopérative du Parc, Lyon"),
    ("Les Tilleuls", "Les Marronniers"),
    ("Crédit Mutuel", "Crédit Agricole"),
    ("SCOP Alpha", "SCOP Bêta"),
    ("Habitat et Logement Alpha", "Habitat Logement Gamma"),
    ("Val Doux", "Val Sec"),
    ("Les Tilleuls", ""),
    ("", "Les Tilleuls"),
    ("", ""),
    ("Les Tilleuls", "…"),
    ("Les Tilleuls", "je ne veux pas le dire"),
    ("Pomme", "Lune"),
    ("Rive", "Rime"),
    ("Martin", "Marvan"),
]


@pytest.mark.parametrize(("declared", "written"), SAME)
def test_meets(declared: str, written: str) -> None:
    assert may_be_same(declared, written)
    assert may_be_same(written, declared)


@pytest.mark.parametrize(("declared", "written"), OTHERS)
def test_does_not_meet(declared: str, written: str) -> None:
    assert not may_be_same(declared, written)
    assert not may_be_same(written, declared)


def test_any_order_case_form_and_town_still_meets() -> None:
    draw = random.Random(4)
    for _ in range(300):
        name = draw.sample(["Tilleuls", "Ateliers", "Rivage", "Châtaigne", "Mélèze", "Habitat"], draw.randint(1, 3))
        order = draw.sample(name, len(name))
        written = (
            f"{draw.choice(['', 'SCIC ', 'la coopérative '])}{' '.join(order)}{draw.choice(['', ', Lyon', ' (Brest)'])}"
        )
        changed = written.upper() if draw.random() < 0.5 else written.lower()
        assert may_be_same(" ".join(name), changed), (name, changed)
