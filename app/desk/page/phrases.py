"""What services refuse, in French. They speak English; the page shows their sentence beside ours."""

from __future__ import annotations

import re

OTHER = "Ce n'est pas possible ainsi."

_PHRASES: tuple[tuple[str, str], ...] = (
    (r"This desk has no reviewer named (?P<name>.+)\.", "Ce bureau n'a pas de référente nommée {name}."),
    (r"No key in the GnuPG home of (?P<name>.+) opens this desk\.", "La clé de {name} n'ouvre pas ce bureau."),
    (r"There is no GnuPG home for (?P<name>.+)\.", "Il n'y a pas de dossier GnuPG pour {name}."),
    (r"(?P<name>.+) is not a reviewer of the manifest in use\.", "{name} n'est plus référente dans la liste en cours."),
    (
        r"Somebody else changed the same fact since this page was drawn\.",
        "Une autre personne a changé la même chose depuis l'affichage de cette page.",
    ),
    (
        r"The circle of reviewers changed since you unlocked\.",
        "Le cercle des référentes a changé : déverrouillez à nouveau.",
    ),
    (r"This desk has no manifest yet\.", "Ce bureau n'a pas encore de liste de référentes."),
    (r"Another command of this desk is .+\.", "Une autre commande de ce bureau travaille en ce moment."),
    (r"Something else is still at work\.", "Un autre travail est encore en cours."),
    (r"The disk of this desk is too full for that\.", "Le disque de ce bureau est trop plein."),
    (r"You have no case of that number\.", "Aucun dossier de ce numéro ne vous est ouvert."),
    (r"The reason is empty\.", "La raison manque."),
    (r"The reply is empty\.", "La réponse est vide."),
    (r"The answer is empty\.", "La réponse de la coopérative est vide."),
    (r".+ is empty\.", "Un texte manque."),
    (r".+ is too long\.", "Ce texte est trop long."),
    (r".+ has invisible characters\.", "Ce texte contient des caractères invisibles : tapez-le au lieu de le coller."),
    (
        r".+ has markup or character codes in it\.",
        "Ce texte contient des balises ou des codes : tapez du texte simple.",
    ),
    (r"The case stays in .+", "Le dossier reste à cette étape : une condition manque."),
    (r"A case in .+ cannot move to that state\.", "Cette étape ne suit pas celle du dossier."),
    (r"Your role does not make this move\.", "Votre rôle ne fait pas cette étape."),
    (r"You have already signed this .+\.", "Vous avez déjà signé : il faut une référente d'un autre collège."),
    (r".+, of your own college, has already signed this .+\.", "Quelqu'un de votre collège a déjà signé."),
    (r"Your key did not sign\.", "Votre clé n'a pas signé : phrase de passe, carte, ou date de fin de la clé ?"),
    (r"The first signature under this .+", "La première signature n'est pas d'une référente de la liste en cours."),
    (r"This report came without a mailbox.+", "Ce signalement est sans boîte : personne ne lirait une réponse."),
    (r"The reporter erased the mailbox.+", "La personne a effacé sa boîte : une réponse n'atteindrait personne."),
    (r"Owner and deputy are two people\.", "Responsable et suppléante sont deux personnes."),
    (r"The reporter flagged retaliation.+", "La personne a signalé des représailles : la gravité est 3 ou 4."),
    (r"The reporter gave this opinion.+", "La personne a donné cet avis, et personne d'autre ne le change."),
    (r"Two colleges verified this case with its .+", "Deux collèges ont vérifié ce dossier avec cette valeur."),
    (
        r"This case is decided with the one it was merged into\.",
        "Ce dossier se décide avec celui auquel il est joint.",
    ),
    (r"This case was purged.+", "Ce dossier a été purgé : son contenu est détruit."),
    (r"category is .+", "La catégorie est un code de la liste."),
    (r"severity is .+", "La gravité est un nombre de 1 à 4."),
    (r"group_size is .+", "Le nombre de personnes est un nombre entier."),
    (r"(?:owner|deputy) is .+", "Nommez quelqu'un qui peut ouvrir ce dossier."),
    (r"(?:cooperative|conflict) is .+", "Une seule ligne, de 160 caractères au plus."),
    (r"The gate holds this entry back\.", "Le contrôle retient cette inscription."),
    (r"An entry is drafted once the case is verified\.", "Une inscription se rédige une fois le dossier vérifié."),
    (r"An entry is signed after the notice.+", "Une inscription se signe après l'avis à la coopérative."),
    (r"This version has left in an export\.", "Cette version est partie dans un export : rédigez la suivante."),
    (r"The notice is made once the entry is proposed\.", "L'avis se fait une fois l'inscription proposée."),
    (r"The cooperative answers once it has its notice\.", "La coopérative répond une fois l'avis reçu."),
    (r"The cooperative was told another text\.", "La coopérative a reçu un autre texte : il faut un nouvel avis."),
    (r"This case has no entry yet\.", "Ce dossier n'a pas encore d'inscription."),
    (r"The settings of this desk name no registry\.", "Les réglages de ce bureau ne nomment aucun registre."),
    (r"No published entry waits for an export\.", "Aucune inscription publiée n'attend un export."),
    (r"This desk has made no (?:outbox|export) yet\.", "Ce bureau n'en a encore fait aucun."),
    (r"There is already a file .+", "Ce fichier existe déjà : emportez-le d'abord, ou nommez-en un autre."),
    (r".+ cannot be written\.", "Ce fichier ne peut pas être écrit : nommez un fichier dans un dossier qui existe."),
    (r"Write the whole path.+", "Écrivez le chemin entier, qui commence par une barre oblique."),
    (r"This pickup comes from another instance\.", "Cette relève vient d'une autre instance."),
    (r"Pickup \d+ is older than pickup \d+.+", "Cette relève est plus ancienne que la dernière de ce bureau."),
    (r"Two different pickups carry the number.+", "Deux relèves différentes portent le même numéro."),
    (r"Pickup \d+ does not follow.+", "Cette relève ne suit pas la précédente."),
    (r"The journal of this desk was changed\..*", "Le journal de ce bureau a été modifié."),
    (r"The draft is not JSON\.", "Le brouillon n'est pas du JSON."),
    (
        r"1 envelope was opened by nobody.+",
        "1 enveloppe n'a été ouverte par personne depuis 3 jours.",
    ),
    (r"(?P<n>\d+) envelopes were opened by nobody.+", "{n} enveloppes n'ont été ouvertes par personne depuis 3 jours."),
    (r"The manifest has expired.+", "La liste des référentes a expiré : aucun signalement n'est plus reçu."),
    (r"The manifest expires in (?P<n>\d+) days\.", "La liste des référentes expire dans {n} jours."),
    (r"The reason in journal line (?P<n>\d+) was changed.+", "La raison de la ligne {n} du journal a été modifiée."),
    (r"That code is not right\.", "Ce code n'est pas le bon."),
    (r"(?P<label>.+), its content is to be destroyed.*", "{label} : le contenu est à détruire."),
    (r"its mailbox has ended.*", "La boîte de ce dossier a pris fin : plus de réponse possible."),
    (r"expired: the duration of its entry has ended", "La durée de son inscription a pris fin."),
    (r"(?P<n>\d+) of your cases can be opened by one college only.+", "{n} dossiers ne s'ouvrent qu'à un collège."),
    (r"A report waits for a reviewer without a link.+", "Un signalement attend une référente sans lien."),
    (r"The severity falls below .+", "Une gravité plus basse se note seule, avec une raison, et se décide à deux."),
    (r"The form cannot be taken as it is\.", "Ce formulaire ne peut pas être pris tel quel."),
    (r"A day is written YYYY-MM-DD\.", "Un jour s'écrit AAAA-MM-JJ."),
    (r"Look at the warnings first\.", "Regardez d'abord les avertissements."),
    (r"This document is too large.+", "Ce document est trop grand pour être regardé ici."),
    (r"Safe copies cannot be made on this machine.+", "Cette machine ne peut pas faire de copie sûre."),
    (r"Something came while you signed\.", "Quelque chose est arrivé pendant que vous signiez."),
    (r"You worked on this case\.", "Vous avez travaillé sur ce dossier : quelqu'un d'autre le relit."),
    (r"You declared this link already\.", "Vous avez déjà déclaré ce lien."),
    (r"There is no question in this text\.", "Ce texte ne pose pas de question."),
    (r"A message asks 2 questions at most.+", "Un message pose deux questions au plus."),
    (r"A part of the form is not filled in.+", "Une partie du formulaire n'est pas remplie : son aide y est encore."),
    (
        r"A closing reply has four parts.+",
        "Une des quatre parties manque : prenez le modèle « clôture ».",
    ),
    (r"A case in .+ cannot close.+", "Ce dossier ne peut pas se fermer à cette étape : envoyez une réponse ordinaire."),
    (r"« (?P<block>.+) » \(.+\) is not filled in\.", "« {block} » n'est pas rempli."),
    (r"The template .+ says nothing true of a case in .+", "Ce modèle ne convient pas à l'étape de ce dossier."),
    (r"Something went wrong in this desk\.", "Une erreur est survenue dans ce bureau."),
)
_TABLE = tuple((re.compile(pattern, re.DOTALL), french) for pattern, french in _PHRASES)


def in_french(message: str) -> str:
    """The French sentence for one of a service; a general one when there is none."""
    for pattern, french in _TABLE:
        if found := pattern.fullmatch(message):
            return french.format(**found.groupdict())
    return OTHER
