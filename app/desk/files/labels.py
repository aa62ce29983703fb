"""The closed lists of kinds, traits, notes and refusals, each with its words in French and English."""

from __future__ import annotations

from app.desk.files import limits
from app.desk.files.answers import Label, Sentence
from app.desk.files.kinds import Kind

KINDS: dict[Kind, Label] = {
    Kind.PDF: Label("document PDF", "PDF document"),
    Kind.JPEG: Label("photo JPEG", "JPEG photo"),
    Kind.PNG: Label("image PNG", "PNG picture"),
    Kind.GIF: Label("image GIF", "GIF picture"),
    Kind.WEBP: Label("image WebP", "WebP picture"),
    Kind.TIFF: Label("image TIFF", "TIFF picture"),
    Kind.BMP: Label("image BMP", "BMP picture"),
    Kind.HEIC: Label("photo HEIC ou AVIF", "HEIC or AVIF photo"),
    Kind.TEXT: Label("texte", "text"),
    Kind.HTML: Label("page web (HTML)", "web page (HTML)"),
    Kind.RTF: Label("texte RTF", "RTF text"),
    Kind.DOCX: Label("document Word", "Word document"),
    Kind.XLSX: Label("classeur Excel", "Excel workbook"),
    Kind.PPTX: Label("présentation PowerPoint", "PowerPoint slides"),
    Kind.ODT: Label("document OpenDocument", "OpenDocument text"),
    Kind.ODS: Label("classeur OpenDocument", "OpenDocument workbook"),
    Kind.ODP: Label("présentation OpenDocument", "OpenDocument slides"),
    Kind.OLE: Label("ancien format Office ou Outlook", "old Office or Outlook format"),
    Kind.EML: Label("courriel", "e-mail"),
    Kind.ZIP: Label("archive ZIP", "ZIP archive"),
    Kind.TAR: Label("archive TAR", "TAR archive"),
    Kind.GZIP: Label("archive GZIP", "GZIP archive"),
    Kind.SEVENZIP: Label("archive 7z", "7z archive"),
    Kind.RAR: Label("archive RAR", "RAR archive"),
    Kind.XZ: Label("archive XZ", "XZ archive"),
    Kind.BZ2: Label("archive BZIP2", "BZIP2 archive"),
    Kind.AUDIO: Label("son", "sound"),
    Kind.VIDEO: Label("vidéo", "video"),
    Kind.EXECUTABLE: Label("programme", "program"),
    Kind.SVG: Label("dessin SVG", "SVG drawing"),
    Kind.OPENPGP: Label("message chiffré OpenPGP", "OpenPGP message"),
    Kind.EMPTY: Label("fichier vide", "empty file"),
    Kind.UNKNOWN: Label("type inconnu", "unknown type"),
}

# What could lead to a person, a device or a place …
BETRAYING: dict[str, Label] = {
    "author": Label("auteur", "author"),
    "last_modified_by": Label("modifié en dernier par", "last changed by"),
    "tracked_author": Label("auteur de modifications suivies", "author of tracked changes"),
    "comment_author": Label("auteur de commentaires", "author of comments"),
    "manager": Label("responsable", "manager"),
    "company": Label("organisation", "organisation"),
    "account": Label("compte", "account"),
    "template": Label("modèle utilisé", "template used"),
    "printer": Label("imprimante", "printer"),
    "camera": Label("appareil", "camera"),
    "serial": Label("numéro de série", "serial number"),
    "owner": Label("propriétaire", "owner"),
    "position": Label("position", "position"),
    "place": Label("lieu", "place"),
    "taken": Label("prise de vue", "taken at"),
    "created": Label("créé le", "created"),
    "modified": Label("modifié le", "changed"),
    "printed": Label("imprimé le", "printed"),
    "software": Label("logiciel", "software"),
    "document_id": Label("identifiant du document", "document identifier"),
    "history": Label("historique", "history"),
    "deleted_text": Label("texte supprimé encore présent", "deleted text still there"),
    "hidden": Label("contenu caché", "hidden content"),
    "thumbnail": Label("vignette, peut-être d'avant retouche", "thumbnail, perhaps from before editing"),
    "behind": Label("données derrière l'image", "data behind the picture"),
    "comment": Label("commentaire", "comment"),
    "embedded": Label("fichiers inclus", "embedded files"),
    "signed": Label("signature électronique", "electronic signature"),
    "invisible": Label("caractères invisibles (marquage possible)", "invisible characters (a possible mark)"),
    "from": Label("de", "from"),
    "to": Label("à", "to"),
    "cc": Label("copie à", "copy to"),
    "reply_to": Label("répondre à", "reply to"),
    "delivered_to": Label("remis à", "delivered to"),
    "received": Label("trajet", "path"),
    "origin": Label("adresse d'origine", "originating address"),
    "message_id": Label("identifiant du message", "message identifier"),
    "mailer": Label("logiciel de courrier", "mail program"),
    "sent": Label("envoyé le", "sent"),
    "file_name": Label("nom d'origine du fichier", "original file name"),
    "remote": Label("appelle un serveur", "calls a server"),
}
# … and what an analyst wants to know besides.
PLAIN: dict[str, Label] = {
    "title": Label("titre", "title"),
    "subject": Label("objet", "subject"),
    "keywords": Label("mots-clés", "keywords"),
    "copyright": Label("droits", "copyright"),
    "size": Label("dimensions", "dimensions"),
    "pages": Label("pages", "pages"),
    "frames": Label("images animées", "animation frames"),
    "revisions": Label("révisions", "revisions"),
    "edit_time": Label("durée d'édition", "time of editing"),
    "macros": Label("macros (jamais lues)", "macros (never read)"),
    "script": Label("contient du code", "contains code"),
    "forms": Label("formulaire", "form"),
    "sealed": Label("protégé par mot de passe", "protected by a password"),
    "polyglot": Label("une archive est cachée à la fin", "an archive is hidden at the end"),
    "entries": Label("éléments", "entries"),
    "bomb": Label("taille annoncée hors de proportion", "size out of proportion"),
    "overlap": Label("éléments qui se recouvrent", "entries that overlap"),
    "streams": Label("contenu annoncé", "content announced"),
    "unreadable": Label("informations illisibles", "details that cannot be read"),
}
TRAITS = BETRAYING | PLAIN

NOTES: dict[str, Sentence] = {
    "pages_cut": Sentence(
        f"Seules les {limits.PAGES} premières pages sont montrées.", f"Only the first {limits.PAGES} pages are shown."
    ),
    "time_cut": Sentence(
        "Le rendu prenait trop de temps : les pages suivantes ne sont pas montrées.",
        "Rendering took too long: the pages that follow are not shown.",
    ),
    "text_cut": Sentence("Le texte est coupé, il est trop long.", "The text is cut, it is too long."),
    "page_failed": Sentence("Une page n'a pas pu être rendue.", "One page could not be rendered."),
    "images_cut": Sentence(
        f"Seules les {limits.EMBEDDED_IMAGES} premières images sont montrées.",
        f"Only the first {limits.EMBEDDED_IMAGES} pictures are shown.",
    ),
    "image_failed": Sentence("Une image incluse n'a pas pu être rendue.", "An embedded picture could not be rendered."),
    "first_frame": Sentence("Seule la première image de la suite est montrée.", "Only the first frame is shown."),
    "parts_cut": Sentence(
        f"Seuls les {limits.PARTS} premiers éléments sont listés.", f"Only the first {limits.PARTS} entries are listed."
    ),
    "traits_cut": Sentence("La liste des traces est coupée.", "The list of traces is cut."),
    "no_layout": Sentence(
        "Texte et images seulement : la mise en page n'est pas reproduite.",
        "Text and pictures only: the layout is not reproduced.",
    ),
    "macros": Sentence(
        "Ce document contient des macros. Elles n'ont pas été lues.", "It has macros. They were not read."
    ),
    "listed_only": Sentence(
        "Archive listée seulement, rien n'en a été extrait.", "The archive is only listed, nothing was taken out of it."
    ),
    "source_only": Sentence("Montré comme texte, rien n'est exécuté.", "Shown as text, nothing is run."),
    "parts_unread": Sentence(
        "Les pièces jointes au message sont listées, pas ouvertes.",
        "Files attached to the message are listed, not opened.",
    ),
    "part_failed": Sentence("Une partie du document n'a pas pu être lue.", "A part of the document could not be read."),
}


def _asked(fr: str, en: str) -> Sentence:
    """A refusal ends with what can still be done."""
    return Sentence(f"{fr} L'original reste scellé.", f"{en} The original stays sealed.")


REFUSALS: dict[str, Sentence] = {
    "malformed": _asked(
        "Ce fichier est abîmé ou mal formé : il ne peut pas être lu.", "This file is damaged or malformed."
    ),
    "crashed": _asked(
        "La lecture de ce fichier s'est arrêtée brutalement. Traitez-le comme hostile.",
        "Reading this file ended abruptly. Treat it as hostile.",
    ),
    "lied": _asked(
        "La lecture de ce fichier a donné une réponse interdite. Traitez-le comme hostile.",
        "Reading this file gave an answer that is not allowed. Treat it as hostile.",
    ),
    "slow": _asked("La lecture de ce fichier prend trop de temps.", "Reading this file takes too long."),
    "memory": _asked("La lecture de ce fichier demande trop de mémoire.", "Reading this file takes too much memory."),
    "too_big": _asked(
        f"Ce fichier dépasse {limits.FILE_BYTES // limits.MIB} Mio.",
        f"It is above {limits.FILE_BYTES // limits.MIB} MiB.",
    ),
    "short": _asked("Ce fichier est plus court qu'annoncé.", "This file is shorter than announced."),
    "bomb": _asked(
        "Ce fichier, une fois déplié, prendrait une place démesurée : c'est sans doute un piège.",
        "Unpacked, this file would take enormous room: it is probably a trap.",
    ),
    "pixels": _asked("Cette image annonce des dimensions démesurées.", "This picture announces enormous dimensions."),
    "encrypted": _asked(
        "Ce fichier est protégé par un mot de passe. Demandez-le à la personne, ou une version sans.",
        "This file is protected by a password. Ask the reporter for it, or for a version without.",
    ),
    "entities": _asked(
        "Ce document déclare des entités XML, ce qu'aucun document honnête ne fait.",
        "This document declares XML entities, which no honest document does.",
    ),
    "deep": _asked("Ce fichier est imbriqué trop profondément.", "This file is nested too deeply."),
    "overlap": _asked(
        "Les éléments de ce fichier se recouvrent : c'est sans doute un piège.", "Its entries overlap: probably a trap."
    ),
    "legacy": _asked(
        "Les anciens formats Office (.doc, .xls, .ppt, .msg) ne sont pas lus. Demandez un PDF.",
        "Old Office formats (.doc, .xls, .ppt, .msg) are not read. Ask for a PDF.",
    ),
    "heic": _asked(
        "Les photos HEIC ou AVIF ne sont pas rendues. Demandez une version JPEG.",
        "HEIC and AVIF photos are not rendered. Ask for a JPEG version.",
    ),
    "archive": _asked("Ce type d'archive ne peut pas être listé ici.", "This kind of archive cannot be listed here."),
    "media": _asked("Pas de copie sûre d'un son ou d'une vidéo.", "There is no safe copy of sound or video."),
    "program": _asked(
        "Ceci est un programme : il n'y a rien à en montrer.", "This is a program: there is nothing to show."
    ),
    "openpgp": _asked(
        "Ceci est chiffré par OpenPGP, en plus du sceau du signalement.",
        "This is encrypted with OpenPGP, inside the seal.",
    ),
    "empty": Sentence("Ce fichier est vide.", "This file is empty."),
    "unknown": _asked("Le type de ce fichier n'est pas reconnu.", "The type of this file is not recognised."),
}
