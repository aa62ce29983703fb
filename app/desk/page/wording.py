"""Words of the page, French then English. Identifiers stay English everywhere else."""

from __future__ import annotations

from datetime import date

from app.desk.cases.letters import MONTHS, STEPS_FR
from app.domain.guards import Guard
from app.domain.states import LABELS

Label = tuple[str, str]

STATES: dict[str, Label] = {str(state): label for state, label in LABELS.items()}

KINDS: dict[str, Label] = {
    "report": ("signalement", "report"),
    "message": ("message", "message"),
    "survey": ("avis sur le service", "survey"),
    "mediation": ("médiation", "mediation"),
    "retaliation": ("représailles", "retaliation"),
    "publish": ("publication", "publication"),
    "erase": ("boîte effacée", "mailbox erased"),
}

FIELDS: dict[str, Label] = {
    "cooperative": ("Coopérative", "Cooperative"),
    "topic": ("Sujet", "Topic"),
    "period": ("Période", "Period"),
    "others": ("Autres membres touchés", "Other members affected"),
    "asked_internally": ("Déjà demandé en interne", "Already asked internally"),
    "publish": ("Publication", "Publication"),
}

KEYS: dict[str, Label] = {
    "category": ("Catégorie", "Category"),
    "subcode": ("Sous-catégorie", "Subcategory"),
    "severity": ("Gravité", "Severity"),
    "grade": ("Niveau de preuve", "Evidence grade"),
    "owner": ("Responsable du dossier", "Owner"),
    "deputy": ("Suppléante", "Deputy"),
    "cooperative": ("Coopérative", "Cooperative"),
    "group_size": ("Combien de personnes peuvent connaître le fait", "How many people can know the fact"),
    "reporter_opinion": ("Avis de la personne sur la publication", "The reporter's opinion on publication"),
    "conflict": ("Conflit d'intérêts : « none », ou les noms liés", "Conflict: “none”, or the names linked"),
    "reviewed": ("Inscription relue cette année", "Entry read again this year"),
    "hold": ("Procédure en cours : ne rien purger", "Legal hold: purge nothing"),
    "extended": ("La coopérative a demandé 15 jours de plus", "The cooperative asked for 15 more days"),
    "consent_referral": ("La personne accepte une transmission", "The reporter agrees to a referral"),
    "consent_words": (
        "La personne accepte que ses mots soient transmis",
        "The reporter agrees that the words are passed on",
    ),
    "legal_duty": ("La loi nous oblige à transmettre", "The law obliges us to refer"),
}

YES_NO: dict[str, Label] = {"yes": ("oui", "yes"), "no": ("non", "no")}
OPINIONS: dict[str, Label] = {**YES_NO, "ask": ("à demander", "to be asked")}

REPLY_KINDS: dict[str, Label] = {
    "acknowledgement": ("accusé de réception", "acknowledgement"),
    "question": ("question", "question"),
    "reply": ("réponse", "reply"),
    "closing": ("réponse de clôture", "closing reply"),
}

# What each guard of the procedure asks for, as somebody at this page would do it.
GUARDS: dict[str, str] = {
    Guard.REASON: "Écrivez la raison de cette décision.",
    Guard.COLLEGES: "Une référente d'un autre collège signe la même décision.",
    Guard.OPENED: "Ouvrez d'abord le signalement : lisez le dossier.",
    Guard.ACKNOWLEDGED: "Envoyez d'abord l'accusé de réception.",
    Guard.CONFLICT: "Vérifiez que personne au travail sur ce dossier n'est lié à la coopérative, puis notez « none ».",
    Guard.CATEGORY: "Choisissez une catégorie.",
    Guard.SEVERITY: "Choisissez une gravité de 1 à 4.",
    Guard.QUESTION: "Envoyez d'abord la question. Sans boîte, personne ne peut répondre : décidez avec ce qui est là.",
    Guard.QUESTION_WAIT: "La personne a 30 jours pour répondre : attendez sa réponse ou le dernier jour.",
    Guard.OWNER: "Nommez une responsable du dossier.",
    Guard.DEPUTY: "Nommez une suppléante, qui n'est pas la responsable.",
    Guard.GRADE: "Seule une preuve de niveau A1, A2 ou B permet de vérifier.",
    Guard.REOPENABLE: "Un dossier se rouvre dans les 60 jours. Après, c'est un nouveau signalement.",
    Guard.MEDIATION_CONSENT: "La médiation demande le oui de la personne, donné dans sa boîte.",
    Guard.REFERRAL: "La transmission demande le oui de la personne, ou le devoir légal, noté.",
    Guard.GATE: "Rédigez l'inscription, puis corrigez ce que le contrôle relève.",
    Guard.GOOD_FAITH: "Complétez la fiche de bonne foi de l'inscription.",
    Guard.NOTICE: "Faites l'avis à la coopérative pour cette proposition.",
    Guard.OPINION: "La personne a 30 jours pour dire si cela peut être publié. Après un non, fermez sans inscription.",
    Guard.NOT_OPPOSED: "La personne a dit non à la publication : revenez à l'évaluation.",
    Guard.REPLY_TIME: "La coopérative a 30 jours pour répondre, 45 si elle l'a demandé : notez-la, ou attendez.",
    Guard.ENTRY_SIGNED: "Deux référentes de deux collèges signent l'inscription telle qu'elle est.",
    Guard.DURATION: "L'inscription reste jusqu'à la fin de sa durée.",
    Guard.CLOSING_REPLY: "Envoyez d'abord la réponse de clôture : décision, pourquoi, suite, recours.",
}

JOURNAL: dict[str, Label] = {
    "open": ("dossier lu", "case read"),
    "set": ("faits notés", "facts set"),
    "move": ("étape changée", "moved"),
    "sign": ("première signature", "first signature"),
    "reply": ("réponse scellée", "reply sealed"),
    "save": ("fichier enregistré", "file saved"),
    "draft entry": ("inscription rédigée", "entry drafted"),
    "sign entry": ("inscription signée", "entry signed"),
    "answer": ("réponse de la coopérative notée", "answer recorded"),
    "refuse answer": ("réponse de la coopérative refusée", "answer refused"),
    "entry step": ("suite notée dans l'inscription", "step told in the entry"),
    "forget name": ("nom détruit à son terme", "name destroyed in its month"),
    "notice": ("avis à la coopérative", "notice made"),
    "export entry": ("inscription exportée", "entry exported"),
    "outbox": ("colis du courrier", "outbox"),
    "export": ("export du registre", "registry export"),
    "import": ("relève importée", "pickup imported"),
    "examine": ("document examiné", "document examined"),
    "hand over": ("dossier confié", "handed over"),
    "recommend": ("recommandation", "recommendation"),
    "follow up": ("suite d'une recommandation", "follow-up"),
    "review": ("seconde lecture", "second reading"),
    "drawn for review": ("tiré pour une seconde lecture", "drawn for a second reading"),
    "dossier": ("dossier pour une autorité", "dossier for an authority"),
    "visit": ("visite", "visit"),
    "access extract": ("extrait pour une demande d'accès", "extract for a request of access"),
    "defer person": ("information reportée", "notice deferred"),
    "inform person": ("personne informée", "person informed"),
    "person": ("personne concernée notée", "person concerned noted"),
    "let in": ("référente admise", "reviewer let in"),
    "mailbox ends": ("fin de la boîte", "mailbox ended"),
    "media destroyed": ("supports détruits", "media destroyed"),
    "purge": ("contenu détruit", "content destroyed"),
    "recommend letter": ("lettre de recommandation", "letter of a recommendation"),
    "refuse": ("enveloppe refusée", "envelope refused"),
    "report": ("signalement arrivé", "report came"),
    "notice received": ("réception de l'avis notée", "receipt of the notice noted"),
    "receive": ("message arrivé", "message came"),
    "join": ("message arrivé", "message came"),
    "merge": ("dossier joint à un autre", "case merged"),
    "take out": ("dossier ressorti", "case taken out"),
    "split": ("dossier séparé", "case split"),
    "rejoin": ("dossier réuni", "case rejoined"),
    "match": ("coopérative reconnue dans le répertoire", "cooperative matched"),
    "unmatch": ("coopérative du répertoire retirée", "match taken back"),
    "judge": ("indépendance jugée à deux", "independence judged by two"),
    "undo judgement": ("jugement repris", "judgement taken back"),
    "amount": ("tranche de préjudice notée", "band of harm noted"),
    "collective letter": ("lettre à un organisme", "letter to a body"),
    "campaign": ("texte pour les membres", "text for the members"),
}

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def day_in_french(day: date, *, weekday: bool = False) -> str:
    """Such as « 1er mars 2026 », with the day of the week when asked for."""
    number = "1er" if day.day == 1 else str(day.day)
    name = f"{_DAYS[day.weekday()]} " if weekday else ""
    return f"{name}{number} {MONTHS[day.month - 1]} {day.year}"


# What became of the recommendations, as the register tells it.
STEPS: dict[str, Label] = {
    "recommended": (STEPS_FR["recommended"], "recommended"),
    "accepted": (STEPS_FR["accepted"], "accepted"),
    "refused": (STEPS_FR["refused"], "refused"),
    "under_way": (STEPS_FR["under_way"], "under way"),
    "done": (STEPS_FR["done"], "done"),
    "not_done": (STEPS_FR["not_done"], "not done"),
}

ADVICE: dict[str, Label] = {
    "open": ("sans réponse", "no answer yet"),
    "accepted": ("acceptée", "accepted"),
    "partial": ("suivie en partie", "followed in part"),
    "done": ("suivie", "followed"),
    "refused": ("refusée", "refused"),
}

REVIEWS: dict[str, Label] = {
    "agreed": ("d'accord", "agreed"),
    "remarks": ("d'accord, avec des remarques", "agreed, with remarks"),
    "differs": ("autre avis", "another opinion"),
}

# What keeps a text for members unwritten, by the code of the finding (`app/domain/campaign.py`).
CAMPAIGN: dict[str, str] = {
    "entry": "Publiez d'abord l'inscription ; ce qui est corrigé ou terminé n'appelle personne.",
    "members": "Moins de 50 membres : pas de texte, tout le monde se connaît.",
    "contested": "L'inscription est contestée et sans réponse : insérez d'abord la réponse.",
    "quiet": "Une personne a écrit il y a moins de 30 jours : attendez.",
    "opinion": "Une personne du même tort a dit non : pas de texte.",
    "overlap": "Le constat reprend les mots d'un signalement : corrigez d'abord l'inscription.",
    "name": "Le constat semble nommer une personne : corrigez d'abord l'inscription.",
    "reach": "Le constat contient de quoi joindre quelqu'un : corrigez d'abord l'inscription.",
    "registry": "Les réglages de ce bureau ne nomment aucun registre.",
    "onion": "Les réglages de ce bureau ne nomment pas l'adresse onion, sans rien derrière.",
}
