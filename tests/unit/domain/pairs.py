"""Seeded pairs of a report and an entry: what was planted is known, and so is what must pass.

Each plant is a kind of thing that must never leave the desk, in the dress in which people type it: the gate has to find
all of them, and nothing in the clean pairs.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

Dice = random.Random

# Findings as an analyst writes them: organs, rules, years, numbers of people.
SUBJECTS = (
    "Le conseil d'administration",
    "L'organe de direction",
    "Le Directoire",
    "La présidence",
    "Le bureau de la coopérative",
    "Le Conseil de surveillance",
    "The Board of Directors",
    "The supervisory board",
    "The management",
)
FRENCH = (
    "n'a pas convoqué l'assemblée générale prévue par les statuts",
    "a renouvelé les mandats sans vote des sociétaires",
    "n'a pas communiqué les procès-verbaux demandés par 12 membres sur 40",
    "a refusé l'accès aux comptes annuels, contrairement à l'article 8 du règlement intérieur",
    "a modifié les règles d'attribution sans consulter le Comité social",
    "n'a tenu aucune élection depuis 2021, malgré deux demandes écrites",
    "a laissé sans réponse les questions de 300 adhérents pendant deux exercices",
    "n'a pas publié le rapport de révision des années 2022, 2023 et 2024",
    "a décidé seul de la hausse des redevances, mandature 2022-2025",
    "a exclu trois sociétaires sans les entendre, contrairement à la loi 47-1775",
    "a reporté le vote à quatre reprises entre 2023 et 2024",
    "n'a pas respecté le quorum des deux tiers fixé par l'article 25-1",
)
ENGLISH = (
    "did not call the annual General Meeting in 2024",
    "renewed its mandates without a vote of the members",
    "refused the minutes that the rules grant to any member, twice in 2023",
    "changed the rules of allocation without asking the Audit Committee",
    "has held no election since 2021 although 45 members out of 80 asked for one",
    "may not decide alone under article 12 of the statutes",
    "published no report for the years 2022 and 2023",
)
ENDS = (
    "Manquement constaté à l'obligation d'information",
    "Le principe de gestion démocratique n'est pas respecté",
    "Plus de deux ans se sont écoulés",
    "La règle « une personne, une voix » n'a pas été suivie",
    "The principle of democratic control was not kept",
    "Les membres n'ont reçu aucune explication",
    "Environ 150 foyers sont concernés",
)
# Words of people who tell what they lived; none of their sentences is in the findings.
_LIVED = """
    je suis entré il y a longtemps et personne ne voulait rien dire quand on posait une question dans le couloir
    elle a crié devant tout le monde puis la porte s'est fermée nous étions dehors sous la pluie avec nos papiers
    my neighbour told me that nobody would ever read what we wrote so we stopped asking and kept quiet for years
    chez nous ça se décide toujours au téléphone après le dîner alors moi j'ai gardé les courriels dans une boîte
"""
LIVED = tuple(_LIVED.split())
GIVEN = (
    "Jean",
    "Élodie",
    "Björn",
    "Łukasz",
    "Anna",
    "Zoë",
    "Giuseppe",
    "Marie-Claude",
    "José",
    "Agnès",
    "Søren",
    "Siobhán",
    "Miguel",
    "Ülkü",
    "Françoise",
)
FAMILY = (
    "Dupont",
    "Søndergård",
    "Wójcik",
    "O'Neill",
    "Müller",
    "Le-Goff",
    "Zwingli",
    "Ferreira",
    "D'Amico",
    "Țepeș",
    "Vandenbroucke",
    "Šimůnek",
)
TITLES = ("M.", "Mme", "Mlle", "Monsieur", "Madame", "Dr", "Maître", "Mr", "Mrs", "Ms")
ROLES = ("le trésorier", "la présidente", "le directeur", "the chairman", "the treasurer", "la gérante")
PARTICLES = ("van der", "de la", "von", "di", "dos", "ten")
MONTHS_FR = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
NUMBERS_FR = ("deux", "trois", "douze", "quinze", "vingt", "vingt-trois", "trente")
NUMBERS_EN = ("second", "third", "twelfth", "fifteenth", "twentieth", "twenty-third", "thirtieth")
PHONES = (
    "06 dd dd dd dd", "06.dd.dd.dd.dd", "06dddddddd", "01-dd-dd-dd-dd", "+33 6 dd dd dd dd", "+33 (0)6 dd dd dd dd",
    "0033 6 dd dd dd dd", "+33dddddddd9", "0470 dd dd dd", "0470/ddd.ddd", "02 ddd dd dd", "+32 2 ddd dd dd",
    "030 ddddddd", "+49 30 dddddd", "0151-dddddddd", "020 dddd dddd", "+44 (0)20 dddd dddd", "6dd ddd ddd",
    "9dd dd dd dd", "+34 9dd ddd ddd", "06 ddddddd", "3dd ddd dddd", "+39 06 ddd dddd", "9dd ddd ddd", "21 ddd dddd",
    "06-dddddddd", "+31 6 dddddddd", "044 ddd dd dd", "+41 44 ddd dd dd", "5dd ddd ddd", "+48 5dd ddd ddd",
    "070-ddd dd dd", "+46 70 ddd dd dd", "087 ddd dddd", "+353 87 ddd dddd", "26 dd dd dd", "+352 26 dd dd dd",
    "20 dd dd dd", "+45 dd dd dd dd", "4dd dd ddd", "+47 4dd dd ddd", "210 ddd dddd", "+30 69 dddd dddd",
    "+420 6dd ddd ddd", "040 ddd dddd", "+358 40 ddd dddd", "06 1 ddd dddd", "07dd ddd ddd", "+40 7dd ddd ddd",
    "(01) dd dd dd dd", "06\u00a0dd\u00a0dd\u00a0dd\u00a0dd", "06\u2011dd\u2011dd\u2011dd\u2011dd",
)  # fmt: skip
# Structure of the account number after country and check digits (ISO 13616): n digits, a letters.
IBANS = {
    "FR": "n10 n11 n2", "BE": "n12", "DE": "n18", "ES": "n20", "IT": "a1 n10 n12", "NL": "a4 n10", "PT": "n21",
    "LU": "n16", "AT": "n16", "IE": "a4 n14", "GB": "a4 n14", "CH": "n17", "PL": "n24", "SE": "n20", "DK": "n14",
    "NO": "n11", "FI": "n14", "GR": "n23", "CZ": "n20", "SK": "n20", "HU": "n24", "RO": "a4 n16", "BG": "a4 n14",
    "HR": "n17", "SI": "n15", "EE": "n16", "LT": "n16", "LV": "a4 n13", "MT": "a4 n23", "CY": "n24", "MC": "n23",
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A report and the finding that goes with it.

    Attributes:
        plant: what was hidden in the finding, "clean" for nothing.
        codes: the findings of the gate of which at least one has to come; empty: none may.
    """

    plant: str
    story: str
    text: str
    codes: frozenset[str]


def pairs(count: int, seed: int) -> list[Pair]:
    """That many pairs, a quarter of them clean, the kinds of plants in turn."""
    dice = Dice(seed)
    kinds = list(PLANTS)
    made = []
    for number in range(count):
        if number % 4 == 0:
            made.append(Pair("clean", _story(dice), _finding(dice), frozenset()))
            continue
        made.append(_planted(dice, kinds[(number - number // 4) % len(kinds)]))
    return made


def _planted(dice: Dice, kind: str) -> Pair:
    make, codes = PLANTS[kind]
    story = _story(dice)
    if kind == "overlap":
        words = story.split()
        at = dice.randrange(len(words) - 6)
        copied = _dress(dice, words[at : at + 6])
        if dice.random() < 0.3:
            story = _cut(dice, story)
        return Pair(kind, story, f"{_sentence(dice)}. Constat : {copied}.", frozenset({codes}))
    return Pair(kind, story, _with(dice, make(dice)), frozenset(codes.split()))


def _story(dice: Dice) -> str:
    return " ".join(dice.choices(LIVED, k=dice.randint(40, 120)))


def _sentence(dice: Dice) -> str:
    subject = dice.choice(SUBJECTS)
    return f"{subject} {dice.choice(ENGLISH if subject.startswith('The') else FRENCH)}"


def _finding(dice: Dice) -> str:
    return ". ".join([_sentence(dice), *dice.sample(ENDS, dice.randint(0, 3))]) + "."


def _with(dice: Dice, plant: str) -> str:
    """A finding with something planted at its start, in its middle or at its end."""
    where = dice.randrange(3)
    if where == 0:
        return f"{plant} : {_finding(dice)}"
    if where == 1:
        return f"{_sentence(dice)} ({plant}). {dice.choice(ENDS)}."
    return f"{_sentence(dice)}, {plant}."


def _dress(dice: Dice, words: list[str]) -> str:
    """Words of a report as somebody copies them and hides it: case, accents, marks, hidden characters, hyphens."""
    changed = [dice.choice((str.upper, str.title, str.lower))(word) for word in words]
    trick = dice.randrange(6)
    if trick == 0:
        plainer = str.maketrans("éèêëàâîïôûùçœ", "eeeeaaiiouuco")
        changed = [word.translate(plainer) for word in changed]
    if trick == 1:
        changed = [word[0] + "\u0301" + word[1:] for word in changed]
    if trick == 2:
        changed = [f"{word[:2]}\u200b{word[2:]}" for word in changed]
    if trick == 3:
        changed = [f"{word[:2]}\u00ad{word[2:]}" for word in changed]
    if trick == 4:
        changed = [f"{word[:3]}-\n{word[3:]}" if len(word) > 5 else word for word in changed]
    return dice.choice((" ", "  ", ", ", "\n", " – ", "… ", " / ", "'", "\u00a0")).join(changed)


def _cut(dice: Dice, story: str) -> str:
    """A report whose long words are cut at the ends of its lines."""
    return " ".join(
        f"{word[:3]}-\n{word[3:]}" if len(word) > 5 and dice.random() < 0.5 else word for word in story.split()
    )


def _full_name(dice: Dice) -> str:
    given, family = dice.choice(GIVEN), dice.choice(FAMILY)
    return dice.choice(
        (
            f"{given} {family}",
            f"{family.upper()} {given}",
            f"{given} {family.upper()}",
            f"{given} {dice.choice(PARTICLES)} {family}",
            f"{given[0]}. {family}",
            f"décision de {given} {family}",
            f"signed by {given} {family}",
        )
    )


def _titled(dice: Dice) -> str:
    family = dice.choice(FAMILY)
    return dice.choice(
        (f"{dice.choice(TITLES)} {family}", f"{dice.choice(ROLES)} {family}", f"madame {family.lower()}")
    )


def _alone(dice: Dice) -> str:
    family = dice.choice(FAMILY)
    return dice.choice(
        (f"par {family}", f"décision de {family}", f"selon {family}", f"decided by {family}", "Élodie", "selon Jean")
    )


def _mail(dice: Dice) -> str:
    user = dice.choice(("bureau", "jean.dupont", "contact+ag", "j_d", "secretariat-2"))
    at = dice.choice(("@", " @ ", "(at)", " [at] ", " (arobase) ", " arobase ", "{at}", "＠", " at ", "[@]", "(a)"))
    dot = dice.choice((".", " . ", "(dot)", "[.]", " point ", " dot ", " [point] ")) if at != " at " else "."
    host = dot.join(dice.choice((("coop", "example", "org"), ("tilleuls", "fr"), ("mail", "example", "eu"))))
    hidden = dice.random() < 0.15
    return f"{user[:2]}\u200b{user[2:]}{at}{host}" if hidden else f"{user}{at}{host}"


def _phone(dice: Dice) -> str:
    filled = "".join(dice.choice("23456789") if mark == "d" else mark for mark in dice.choice(PHONES))
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    return f"au {filled.translate(wide) if dice.random() < 0.1 else filled}"


def _iban(dice: Dice) -> str:
    country, shape = dice.choice(sorted(IBANS.items()))
    bank = "".join(
        "".join(dice.choices("ABCDEFGHKLMNPRSTUVWXYZ" if part[0] == "a" else "0123456789", k=int(part[1:])))
        for part in shape.split()
    )
    digits = "".join(str(int(mark, 36)) for mark in f"{bank}{country}00")
    whole = f"{country}{98 - int(digits) % 97:02d}{bank}"
    spaced = " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))
    return dice.choice(
        (whole, spaced, whole.lower(), spaced.lower(), spaced.replace(" ", "-"), spaced.replace(" ", "."))
    )


def _date(dice: Dice) -> str:
    day, month, year = dice.randint(1, 28), dice.randrange(12), dice.randint(2019, 2026)
    french, english = MONTHS_FR[month], MONTHS_EN[month]
    number, ordinal = dice.choice(NUMBERS_FR), dice.choice(NUMBERS_EN)
    return dice.choice(
        (
            f"le {day} {french} {year}", f"le {day:02d}/{month + 1:02d}/{year}", f"le {day}.{month + 1}.{year % 100}",
            f"{year}-{month + 1:02d}-{day:02d}", f"{year}-{month + 1:02d}", f"{month + 1:02d}/{year}",
            f"en {french} {year}",
            f"le {number} {french}", f"le premier {french}", f"début {french}", f"mi-{french}", f"fin {french} dernier",
            f"on {english} {day}, {year}", f"on {day} {english} {year}", f"the {ordinal} of {english}",
            f"in {english} {year}",
            f"on {english} {day}th", f"since early {english}", f"{english} the {ordinal}",
            f"on the {day}th of {english}",
            "un lundi", "on a Tuesday", "à 14h30", "at 14:30", "à 9 h 05", "at 9 pm", "la semaine 12", "in week 7",
            f"au premier trimestre {year}", f"in the third quarter of {year}", f"T2 {year}", f"Q3 {year}", "avant Noël",
        )
    )  # fmt: skip


def _amount(dice: Dice) -> str:
    sum_ = dice.choice(("12 500", "300", "3,5", "12.500,00", "1 200 000", "45"))
    return dice.choice(
        (
            f"{sum_} €", f"{sum_}€", f"€{sum_}", f"€ {sum_}", f"{sum_} euros", f"{sum_} EUR", f"EUR {sum_}",
            f"{sum_} k€",
            f"{sum_} millions d'euros", "douze mille euros", "deux millions d’euros", "twelve thousand euros",
            "a million pounds", f"£{sum_}", f"$ {sum_}", f"{sum_} CHF", f"{sum_} keuros", "trois cents francs suisses",
            f"{sum_} dollars", f"{sum_} livres sterling",
        )
    )  # fmt: skip


def _banned(dice: Dice) -> str:
    word = dice.choice(
        ("escroquerie", "vol", "détournement", "corruption", "fraud", "abus de confiance", "harcèlement")
    )
    word = "harceleur" if word == "harcèlement" else word
    return dice.choice((str.upper, str.lower, str.title))(word)


PLANTS: dict[str, tuple[Callable[[Dice], str], str]] = {
    "overlap": (_story, "overlap"),
    "full name": (_full_name, "name"),
    "titled name": (_titled, "name"),
    "name alone": (_alone, "name"),
    "e-mail": (_mail, "email"),
    "telephone": (_phone, "phone"),
    "account": (_iban, "iban"),
    "date": (_date, "date"),
    "amount": (_amount, "amount"),
    "banned": (_banned, "banned"),
}
