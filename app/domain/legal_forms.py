"""Legal forms of cooperatives, as public registers code them.

ISO 20275 (ELF): the codes whose official name in the list of GLEIF, version 1.5 of 2023-09-28, says that the form is a
cooperative; forms that are no longer taken are kept, since companies still have them. INSEE: the level III codes of
the nomenclature of legal categories. Both lists hold forms, not companies: a SCIC or SCOP that is a plain SA, SARL or
SAS to INSEE is known by its name only.
"""

from __future__ import annotations

from app.domain.words import fold

# One line: country, form of our own taxonomy, ELF codes.
_ELF = """
AT sce 69H1
AT other 8XDW NIJH
BE sce YBHM
BE other 28FE 2QSA 4E5P 8E2A EXY8 JAM3 LWHF O5HQ WTLP X8ZK
BG sce 3FUP U8LM
BG other CTCH
CH other QSI2
CY other 233U
CZ agricultural 1JK6 Z3BF
CZ consumer 8K5T
CZ housing T3Q1
CZ other 9RVC C7GZ ZU32
DE sce SUA1
DE other AZFE US8E
DK sce FW7S
DK other PMJW PZ6Y
EE housing 6I0P
EE sce RXTT
EE other VSEV
ES sce HRQA
ES banking SS0L
ES other 1QU8 B0V5
FI banking SJL9 VKKN
FI sce UAV1
FI other EE90
FR banking E6YB EVYY MQPZ OSLZ S0X8 Y7G8
FR agricultural 211B 3AZY 6YHU 9KU7 9N1F H3ZD IQR2
FR scop F6SZ V1Z5 XPX6
FR hlm EAC8 QU3G
FR sccv I0MH
FR consumer 3XTE H4VR IF7H ZQIT
FR other 4DZU 6IIE 8II5 8TYA 97PZ B7I7 DRQM E0YF EABD F0B6 G7Z2 GFN6 H3Z4 HC8N HMEI K39X MMA4 MX8J NFCV NUMY
FR other Q8E2 R59A SWPX UFM7 V5SV VTFS W4G1
GB other 7VVZ FVGZ ZZGG
GR other J3VJ
HR sce 8VRU
HR other G5RH IVVD
HU banking X0SX
HU other DPY1
IE other ZJS8
IT sce 9KGS
IT other 8AXV C1IC CTNS NDEW PHMS QRZJ ZU9S
LI sce 1SOY
LI other IF49
LT sce 5BY2
LT other LUGM
LU sce FG84
LU other STBC V5OS
MT other F5X7
NL sce Y3ZB
NL other NFFH
NO sce O7LB
NO housing O0EU
NO other K5P8
PL banking H7OD
PL other 8TOF
PT sce V6YL
PT other 1HGD 5KVH
RO sce UWEE
RO banking 7W9B GT4V
RO agricultural I15K
RO consumer 8FD2
RO other 37II 7B9H
SE sce 9YIP
SE housing PDQ0 SSOM
SE other C61P
SI sce RG9Z
SI agricultural JQA2
SI housing 8ER6
SI other 2CTG E01X LNYR RAX7 TMVE
SK agricultural 9L9V T0KQ
SK consumer QACV
SK housing E4CI
SK sce 7O89
SK other I7AS IW8Z SQFW
"""

# Form of our own taxonomy, codes of INSEE (nomenclature des catégories juridiques, niveau III).
_INSEE = """
banking 5192 5193 5194 5196 6595 6596
agricultural 5432 5532 5632 6316 6317 6318 6532
scop 5458 5558 5658
hlm 5547 5647
sccv 6543
consumer 5451 5551 5651 6551
other 5195 5203 5307 5309 5443 5453 5454 5455 5459 5460 5543 5552 5553 5554 5555 5559 5560 5643 5652 5653 5654 5655
other 5659 5660 6554 6558 6560
"""

SOLE_TRADER = "1000"  # INSEE: entrepreneur individuel
_NAMED = {"scic": "scic", "scop": "scop"}
_PHRASES = (
    ("societe cooperative d interet collectif", "scic"),
    ("societe cooperative et participative", "scop"),
    ("societe cooperative ouvriere de production", "scop"),
    ("societe cooperative de production", "scop"),
    ("societe cooperative", "other"),
)


def _elf() -> dict[str, tuple[str, str]]:
    lines = (line.split() for line in _ELF.strip().splitlines())
    return {code: (country, form) for country, form, *codes in lines for code in codes}


def _insee() -> dict[str, str]:
    lines = (line.split() for line in _INSEE.strip().splitlines())
    return {code: form for form, *codes in lines for code in codes}


ELF_FORMS: dict[str, tuple[str, str]] = _elf()
INSEE_FORMS: dict[str, str] = _insee()


def french_form(category: str, name: str) -> str:
    """The form of a French legal unit in our taxonomy; empty when it is no cooperative, or a person.

    Args:
        category: four digits of INSEE.
        name: its registered name, which alone tells a SCIC that is a SAS.
    """
    if category in INSEE_FORMS:
        return named_form(name) if INSEE_FORMS[category] == "other" and named_form(name) else INSEE_FORMS[category]
    return named_form(name) if category.startswith("5") else ""


def named_form(name: str) -> str:
    """The form that a French name declares: the abbreviation stands at its beginning or end."""
    words = fold(name)
    for word in (*words[:1], *words[-1:]):
        if word in _NAMED:
            return _NAMED[word]
    text = " ".join(words)
    return next((form for phrase, form in _PHRASES if f" {phrase} " in f" {text} "), "")
