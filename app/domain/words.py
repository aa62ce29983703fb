"""Words that may stand in a public finding, words that may not, and how two texts are compared.

Penal vocabulary calls a person guilty of what no court has said: write « manquement constaté à … » (DOMAIN T2).
"""

from __future__ import annotations

import re
import unicodedata

# Letters and digits of every script. What only a sign such as ™ is made of comes out in capitals, and is no word.
_WORD = re.compile(r"[^\W_A-Z]+")


def fold(text: str) -> list[str]:
    """The words of a text without case, accents, ligatures, punctuation or invisible characters."""
    if text.isascii():
        return _WORD.findall(text.lower())
    text = text.casefold().replace("œ", "oe").replace("æ", "ae")
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(character) and unicodedata.category(character) != "Cf"
    )
    return _WORD.findall(plain)


def banned(words: list[str]) -> tuple[int, int] | None:
    """Place (first, last; from 1) of the first banned word or phrase of a folded text."""
    for place, word in enumerate(words):
        if word in BANNED or word.startswith(BANNED_STEMS):
            return place + 1, place + 1
        for phrase in BANNED_PHRASES:
            if tuple(words[place : place + len(phrase)]) == phrase:
                return place + 1, place + len(phrase)
    return None


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BANNED_STEMS = (
    "agresseu", "bribe", "corromp", "corrup", "coupabl", "crapul", "crimin", "culpab", "delictue", "delinqu",
    "dishonest", "embezzl", "escroc", "escroq", "extor", "felon", "fraud", "guilt", "harcele", "launderi", "mafi",
    "malhonnet", "malvers", "recel", "steal", "swindl", "violeu",
)  # fmt: skip

BANNED = _words(
    """
    arnaque arnaques arnaqueur arnaqueurs banqueroute blackmail blanchiment chantage concussion crime crimes crook
    crooks delit delits detourna detournaient detournait detournant detourne detournee detournees detournement
    detournements detournent detourner detournerent detournes favoritisme forgery infraction infractions launder
    laundered launderer launderers launders liar liars menteur menteurs menteuse menteuses offence offences offense
    offenses penal penale penales penalement penaux pillage pille racket rape scam scams stole stolen theft thefts
    thief thieves viol violee violees viols vol vola volaient volait vole volee volees voler volerent
    voles voleur voleurs voleuse voleuses vols
    """
)

BANNED_PHRASES = tuple(
    tuple(phrase.split())
    for phrase in (
        "abus de biens sociaux",
        "abus de confiance",
        "abus de faiblesse",
        "faux en ecriture",
        "faux et usage de faux",
        "money laundering",
        "pot de vin",
        "pots de vin",
        "prise illegale d interets",
        "trafic d influence",
    )
)

# Capitalised words of an ordinary French or English sentence about a cooperative: not the name of a person.
INSTITUTIONS = _words(
    """
    administration administrations bourse caisse cahier charges charte commune comptes credit logement mairie marche
    plan presse region ville ag ago age annuel annuels capital droit droits exercice mandat mandats participation
    principe principes proces
    rapport rapports report reports statutaire statutory verbal verbaux vote votes agriculture agricole agricoles
    annual annuelle article assemblee assemblees assembly audit autorite authority banque bank board bureau by ca
    chambre chamber civil code comite comites commerce commission commissions committee conseil conseils
    consommation constat constitution convention cooperatif cooperatifs cooperation cooperative cooperatives coop
    cour court decret directeur direction directive directoire director directors directrice election elections
    etat europeen europeenne european executive extraordinaire extraordinary federation federations fonds fund
    general generale generales generaux gerance group groupe habitat haut hlm housing independent inspection
    institut interieur international internationale juge journal judiciaire justice law laws loi management
    manager managers members membres ministere ministry mutualite mutuelle national nationale notice oetc office
    officiel ordinaire ordinary organe parlement parquet president presidence prefecture pv reglement regional
    regionale register registre registry report republique reserve revision rule rules sa sas scic scop sccv sce
    secretaire section service services social sociale societe societes state statut statuts supervisory
    surveillance syndicat technique travail treasurer tresorerie tresorier tribunal union a ainsi alors apres au
    aucun aucune aux avant avec car ce ceci cela ces cet cette chaque comme contre d dans de depuis des deux donc
    du elle elles en ensuite entre et il ils j l la le les leur leurs lors lorsque mais malgre meme n ne ni non
    nos notre nous on or ou par parmi pendant plus plusieurs pour pourtant puis qu quand que quel quelle qui s sa
    sans se selon ses si son sous sur tous tout toute toutes trois un une vers vos votre vous y after all although
    an and any as at because been before between both but during each every for from has have he her his if in
    instead into is it its no nor not of on one only other our since so some such that the their then there these
    they this those three to two under until was we were when where whether which while who with without
    """
)

TITLES = _words(
    """
    m mm mr mrs ms mme mmes mlle mlles monsieur madame mademoiselle docteur dr maitre me pr
    """
)

# Titles that are one even without a capital.
CIVIL = _words("monsieur madame mademoiselle mme mmes mlle mlles mr mrs")

# Between the parts of a name.
PARTICLES = _words("van von der den de del della di da do dos das du des zu zum ter ten bin ben la le")

# Where a person would stand.
BEFORE_NAMES = _words("a avec by chez contre d de from par selon versus with")

# Capitalised like a name, and no person: a country tells less than the record does already.
PLACES = _words(
    """
    allemagne autriche belgique bulgarie chypre croatie danemark espagne estonie europe finlande france grece hongrie
    irlande italie lettonie lituanie luxembourg malte norvege pologne portugal roumanie slovaquie slovenie suede suisse
    tchequie austria belgium bulgaria croatia cyprus denmark estonia finland germany greece hungary ireland italy
    latvia lithuania malta netherlands norway poland romania slovakia slovenia spain sweden switzerland
    """
)

# Given names that are ordinary words without their capital.
ADJECTIVES = _words("christian clement marine guy leon mario ruth florian")

ROLES = _words(
    """
    adherent adherente administrateur administratrice associe associee cadre chair chairman chairwoman chef
    comptable director directeur directrice gerant gerante locataire manager membre member mandataire president
    presidente representant representante responsable salarie salariee secretaire secretary societaire treasurer
    tresorier tresoriere
    """
)

# Given names that are no ordinary word: alone, with a capital, they name somebody.
GIVEN = _words(
    """
    adele adrien agnes alain albert alexandre alexandra alice alfred aline amandine amelie amina anais andre
    andrea anne annie anthony antoine antonio arnaud arthur audrey aurelie bernard benoit bertrand brigitte bruno
    camille carine carlos caroline catherine cecile celine charlotte chantal christelle christian christiane
    christine christophe claude claudine clement colette corinne cyril damien daniel daniele david delphine denis
    denise dominique edith edouard eliane elisabeth elise elodie emilie emma emmanuel emmanuelle eric ernest
    estelle etienne evelyne fabien fabienne fabrice fatima fatou fernand florian franck francine francois
    francoise frederic gabriel gaelle genevieve georges gerald gerard germaine ghislaine gilbert gilles giovanni
    gisele giuseppe gregory guillaume gustave guy helene henri henry herve hugo ibrahim ines irene isabelle
    jacqueline jacques jean jeanne jeanine jennifer jeremy jerome joao joel joelle johan john jonathan jorge jose
    josette joseph josephine josiane juan julia julie julien juliette justine karim karine kevin laetitia laura
    laurence laurent lea leon liliane lionel louis louise luc lucas lucie lucien lucienne ludovic luis madeleine
    magali manon manuel marcel marcelle maria marianne marie marine mario marion marthe martine mathieu mathilde
    matthieu maurice maxime melanie michel michele micheline mireille mohamed mohammed monique morgane muriel
    myriam nadia nadine nathalie nicolas nicole noemie odette odile olivier pablo pascal pascale patrice patricia
    patrick paul paula paulette pauline pedro peter philippe pierrette quentin rachid raphael raymond raymonde
    rebecca regine remi renee richard robert roger roland romain ruth sabine sabrina samuel sandra sandrine
    sebastien serge severine simone solange sonia sophie stephane stephanie suzanne sylvain sylvie tatiana theo
    therese thierry thomas tiphaine valerie vanessa veronique vincent virginie william xavier yann yannick yolande
    youssef yves yvette yvonne zoe
    """
)
