"""What a case and an entry can be about (DOMAIN §3.1 and §3.2): codes in English, labels in French and English.

The founding principles and the principles of the International Cooperative Alliance are two lists that do not map
onto each other; both are stored, neither is derived from the other. Labels are shown in public: they name a rule
that was not kept, never an offence (DOMAIN T2), so the public label of some codes differs from the desk's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Label = tuple[str, str]  # French, English

FOUNDING: dict[str, Label] = {
    "solidarity": ("Solidarité", "Solidarity"),
    "service": ("Service", "Service"),
    "durability": ("Pérennité", "Durability"),
    "transparency": ("Transparence", "Transparency"),
    "proximity": ("Proximité", "Proximity"),
    "responsibility": ("Responsabilité", "Responsibility"),
    "democracy": ("Démocratie", "Democracy"),
}

ICA: dict[int, Label] = {
    1: ("Adhésion volontaire et ouverte", "Voluntary and open membership"),
    2: ("Contrôle démocratique par les membres", "Democratic member control"),
    3: ("Participation économique des membres", "Member economic participation"),
    4: ("Autonomie et indépendance", "Autonomy and independence"),
    5: ("Éducation, formation et information", "Education, training and information"),
    6: ("Coopération entre coopératives", "Cooperation among cooperatives"),
    7: ("Engagement envers la communauté", "Concern for community"),
}

HARMS: dict[str, Label] = {
    "property": ("patrimoine des membres", "property of the members"),
    "political_rights": ("droits politiques", "political rights"),
    "information": ("information", "information"),
    "dignity": ("dignité", "dignity"),
    "employment": ("emploi", "employment"),
    "service": ("service rendu", "service"),
    "collective": ("intérêt collectif", "collective interest"),
}

TOPICS: dict[str, Label] = {
    "1": ("Les décisions, le pouvoir", "Decisions, power"),
    "2": ("Les élections, les votes", "Elections, votes"),
    "3": ("L'argent, les comptes", "Money, accounts"),
    "4": ("Mes parts, mon capital", "My shares, my capital"),
    "5": ("On m'exclut, ou on me refuse des informations", "I am shut out, or refused information"),
    "6": ("Harcèlement, discrimination, représailles", "Harassment, discrimination, retaliation"),
    "7": ("Conflit d'intérêts, corruption", "Conflict of interest, corruption"),
    "8": ("Travail, service rendu, logement", "Work, service, housing"),
    "9": ("Je ne sais pas", "I do not know"),
}

SEVERITIES: dict[int, Label] = {
    1: ("inconfort ou retard réparable", "discomfort or delay that can be repaired"),
    2: ("droit d'un membre atteint", "a member's right is affected"),
    3: ("plusieurs membres, argent ou vote faussé, dommage durable", "several members, money or vote, lasting damage"),
    4: ("danger, représailles en cours ou preuve menacée", "danger, ongoing retaliation or threatened evidence"),
}

GRADES: dict[str, Label] = {
    "A1": ("décision publique", "public decision"),
    "A2": ("document interne authentifié", "authenticated internal document"),
    "B": ("plusieurs sources indépendantes dont un document", "several independent sources, one a document"),
    "C": ("source unique cohérente", "one consistent source"),
    "D": ("allégation seule", "allegation alone"),
}
VERIFYING_GRADES = frozenset({"A1", "A2", "B"})

EVIDENCE: dict[str, Label] = {
    "public_document": ("document public", "public document"),
    "authenticated_internal_document": ("document interne authentifié", "authenticated internal document"),
    "concurring_testimonies": ("témoignages concordants", "concurring testimonies"),
    "court_decision": ("décision de justice", "court decision"),
    "audit_report": ("rapport de révision", "cooperative audit report"),
}

FORMS: dict[str, Label] = {
    "scic": ("SCIC", "SCIC (multi-stakeholder)"),
    "scop": ("SCOP", "SCOP (workers)"),
    "hlm": ("SA HLM coopérative", "HLM housing company"),
    "sccv": ("SCCV", "SCCV (building)"),
    "agricultural": ("coopérative agricole", "agricultural cooperative"),
    "consumer": ("coopérative de consommation", "consumer cooperative"),
    "banking": ("banque coopérative", "cooperative bank"),
    "housing": ("coopérative d'habitat", "housing cooperative"),
    "sce": ("société coopérative européenne", "European cooperative society"),
    "other": ("autre coopérative", "other cooperative"),
}

ORGANS: dict[str, Label] = {
    "board": ("conseil d'administration", "board of directors"),
    "executive_board": ("directoire", "executive board"),
    "supervisory_board": ("conseil de surveillance", "supervisory board"),
    "managers": ("gérance", "managers"),
    "management": ("direction", "management"),
}

FUNCTIONS: dict[str, Label] = {
    "": ("", ""),
    "chair": ("présidence", "chair"),
    "vice_chair": ("vice-présidence", "vice-chair"),
    "treasurer": ("trésorerie", "treasurer"),
    "secretary": ("secrétariat", "secretary"),
    "member": ("membres", "members"),
    "chief_executive": ("direction générale", "chief executive"),
}

MEMBERS: dict[str, Label] = {
    "<50": ("moins de 50 membres", "fewer than 50 members"),
    "50-249": ("50 à 249 membres", "50 to 249 members"),
    "250-999": ("250 à 999 membres", "250 to 999 members"),
    "1000+": ("1 000 membres ou plus", "1,000 members or more"),
}

SECTORS: dict[str, Label] = {
    "": ("", ""),
    "agriculture": ("agriculture, alimentation", "farming, food"),
    "banking": ("banque, assurance", "banking, insurance"),
    "building": ("construction", "building"),
    "culture": ("culture, médias", "culture, media"),
    "education": ("enseignement, formation", "education, training"),
    "energy": ("énergie", "energy"),
    "health": ("santé, action sociale", "health, social care"),
    "housing": ("logement", "housing"),
    "industry": ("industrie", "industry"),
    "retail": ("commerce", "retail"),
    "services": ("services", "services"),
    "telecom": ("télécommunications, numérique", "telecommunications, digital"),
    "transport": ("transport", "transport"),
    "other": ("autre", "other"),
}


@dataclass(frozen=True)
class Category:
    """One of the eighteen codes of the desk.

    Attributes:
        topics: the plain choices of the reporter's form that lead here.
        severity: proposed; an analyst may set another with a reason.
        subcodes: by number; `public` replaces a label in public where the desk's names an offence.
    """

    code: str
    label: Label
    topics: tuple[str, ...]
    founding: tuple[str, ...]
    ica: tuple[int, ...]
    severity: int
    harm: str
    subcodes: dict[str, Label] = field(default_factory=dict)
    public: dict[str, Label] = field(default_factory=dict)


def _sub(*labels: Label) -> dict[str, Label]:
    return {str(number): label for number, label in enumerate(labels, start=1)}


_ALL = (
    Category(
        "GOV",
        ("Gouvernance", "Governance"),
        ("1",),
        ("democracy", "responsibility"),
        (2,),
        2,
        "political_rights",
        _sub(
            ("décision hors mandat", "decision beyond the mandate"),
            ("assemblée non convoquée ou procès-verbal absent", "general meeting not called or minutes missing"),
            ("mandats dépassés", "terms of office exceeded"),
            ("règles changées sans les membres", "rules changed without the members"),
        ),
    ),
    Category(
        "AUT",
        ("Autonomie", "Autonomy"),
        ("1",),
        ("democracy",),
        (4,),
        3,
        "collective",
        _sub(("prise de contrôle par un tiers", "control taken by a third party")),
    ),
    Category(
        "REV",
        ("Révision ou contrôle évité", "Cooperative audit or control avoided"),
        ("1",),
        ("transparency",),
        (2, 5),
        2,
        "collective",
    ),
    Category(
        "ELE",
        ("Élections", "Elections"),
        ("2",),
        ("democracy",),
        (2,),
        3,
        "political_rights",
        _sub(
            ("candidature empêchée", "candidacy prevented"),
            ("procurations", "proxies"),
            ("décompte", "counting"),
            ("« une personne, une voix »", "one member, one vote"),
        ),
    ),
    Category(
        "FIN",
        ("Finances", "Finances"),
        ("3", "7"),
        ("durability", "responsibility"),
        (3,),
        3,
        "property",
        _sub(
            ("comptes", "accounts"),
            ("rémunérations", "remuneration"),
            ("détournement ou corruption allégués", "alleged embezzlement or corruption"),
            ("réserves impartageables", "indivisible reserves"),
        ),
        {"3": ("emploi des fonds contraire aux règles", "use of funds against the rules")},
    ),
    Category(
        "MUT",
        ("Mutualité", "Mutuality"),
        ("3",),
        ("service", "solidarity"),
        (3, 7),
        3,
        "collective",
        _sub(
            ("opérations avec des tiers au-delà du plafond", "business with third parties beyond the ceiling"),
            ("lucrativité", "profit-seeking"),
            ("coopérative de façade", "cooperative in name only"),
        ),
    ),
    Category(
        "CAP",
        ("Capital", "Capital"),
        ("4",),
        ("responsibility",),
        (1, 3),
        2,
        "property",
        _sub(
            ("remboursement refusé", "refund refused"),
            ("remboursement en retard", "refund delayed"),
            ("retenue", "deduction"),
        ),
    ),
    Category(
        "EXC",
        ("Exclusion, radiation, refus d'adhésion", "Exclusion, removal, membership refused"),
        ("5",),
        ("democracy", "solidarity"),
        (1,),
        3,
        "political_rights",
    ),
    Category(
        "INF",
        ("Refus d'information ou de documents", "Information or documents refused"),
        ("5",),
        ("transparency",),
        (2, 5),
        2,
        "information",
    ),
    Category(
        "FOR",
        ("Formation ou participation des membres absente", "No training or participation of the members"),
        ("5",),
        ("transparency", "democracy"),
        (5,),
        1,
        "information",
    ),
    Category(
        "HAR",
        ("Harcèlement, pressions", "Harassment, pressure"),
        ("6",),
        ("solidarity",),
        (1,),
        4,
        "dignity",
        _sub(
            ("management humiliant", "humiliating management"),
            ("pressions morales", "moral pressure"),
            ("harcèlement sexuel", "sexual harassment"),
        ),
        {"": ("Respect des personnes", "Respect for persons"), "3": ("atteinte à la dignité", "harm to dignity")},
    ),
    Category(
        "DIS",
        ("Discrimination", "Discrimination"),
        ("6",),
        ("solidarity",),
        (1,),
        4,
        "dignity",
        public={"": ("Égalité de traitement", "Equal treatment")},
    ),
    Category(
        "REP",
        ("Représailles", "Retaliation"),
        ("6",),
        ("responsibility",),
        (2,),
        4,
        "employment",
        public={"": ("Protection des membres qui s'expriment", "Protection of members who speak up")},
    ),
    Category(
        "CON",
        ("Conflit d'intérêts, convention non déclarée", "Conflict of interest, undeclared agreement"),
        ("7",),
        ("responsibility", "transparency"),
        (2, 4),
        3,
        "property",
    ),
    Category(
        "TRA",
        ("Conditions de travail, rémunération", "Working conditions, pay"),
        ("8",),
        ("service",),
        (3,),
        2,
        "employment",
    ),
    Category(
        "SER",
        ("Service, contrat, logement, délais", "Service, contract, housing, delays"),
        ("8",),
        ("service", "proximity"),
        (7,),
        1,
        "service",
    ),
    Category(
        "DON",
        ("Données personnelles des membres", "Personal data of the members"),
        ("8",),
        ("responsibility",),
        (),
        2,
        "dignity",
    ),
    Category(
        "ENV",
        ("Engagement local, environnement", "Local commitment, environment"),
        ("8",),
        ("proximity", "durability"),
        (7,),
        1,
        "collective",
    ),
)

CATEGORIES: dict[str, Category] = {category.code: category for category in _ALL}


def subcode(category: str, text: str) -> str:
    """The full form (`GOV-2`) of a sub-code typed as `2` or `gov-2`; the text unchanged when there is none such."""
    number = text.strip().upper().removeprefix(f"{category}-")
    return f"{category}-{number}" if category in CATEGORIES and number in CATEGORIES[category].subcodes else text


def is_subcode(category: str, text: str) -> bool:
    """Nothing, or the full form of a sub-code of that category."""
    known = CATEGORIES[category].subcodes if category in CATEGORIES else ()
    return not text or text in {f"{category}-{number}" for number in known}


def public_label(category: str, code: str = "") -> Label:
    """The label of a category, or of one of its sub-codes (full form), as the public reads it."""
    entry = CATEGORIES[category]
    number = code.removeprefix(f"{category}-")
    default = entry.subcodes[number] if number else entry.label
    return entry.public.get(number, default)


def for_topic(topic: str) -> tuple[Category, ...]:
    """The categories that one of the reporter's nine choices may lead to; all of them for "I do not know"."""
    return tuple(entry for entry in _ALL if topic in entry.topics or topic == "9")
