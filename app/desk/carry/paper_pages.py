"""Two pages to print: the empty form to photocopy, and the tear-off with the words of a codename (DOMAIN T8).

Plain HTML without anything from outside, so that any browser without a network prints them on A4. The half that a
reporter takes home names no case, no day and nobody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from app.domain.taxonomy import TOPICS

# No margin of the page itself: browsers print the day, the hour and the name of the file there.
STYLE = """
@page{size:A4;margin:0}
body{margin:0;font:11pt/1.3 sans-serif;color:#000;background:#fff}
.sheet{box-sizing:border-box;width:210mm;max-width:100%;margin:0 auto;padding:12mm 15mm}
.sheet+.sheet{break-before:page}
h1{font-size:17pt;margin:0 0 .5em}h2{font-size:12pt;margin:.8em 0 .3em;break-after:avoid}
.box{border:1px solid #000;min-height:12mm;margin:.2em 0}
.story{min-height:235mm}
.line{border-bottom:1px solid #000;height:9mm;margin:.2em 0 .8em}
.half{padding:4mm 0;break-inside:avoid}
.cut{border-top:2px dashed #000;margin:6mm 0;padding-top:1mm}
ol.words{columns:2;font-size:16pt;line-height:1.8}
ul.choices{list-style:none;padding:0;margin:0;columns:2}
"""

PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""

# Who must not read stands before the story: whoever opens the letter looks there first.
FORM = """\
<div class="sheet">
<h1>Signaler un abus dans une coopérative, sur papier</h1>
<p>Ne mettez <strong>ni votre nom, ni votre adresse, ni votre fonction</strong>. Écrivez en lettres capitales, ou faites
écrire quelqu'un d'autre : une écriture se reconnaît. N'utilisez ni papier ni enveloppe de la coopérative. Postez loin
de chez vous et de votre travail, sans expéditeur. Gardez l'original de vos documents.</p>
<p>Cette feuille est recopiée sur un ordinateur sans réseau, puis détruite ; une copie numérisée l'est aussi.
Le téléphone et l'e-mail de la permanence ne sont <strong>pas</strong> anonymes.</p>
<h2>1. Qui ne doit pas lire ? (un pseudonyme affiché à la permanence)</h2>
<div class="box"></div>
<h2>2. Quelle coopérative, dans quelle ville ?</h2>
<div class="box"></div>
<h2>3. De quoi s'agit-il ? (une case)</h2>
<ul class="choices">
{topics}
</ul>
<h2>4. Quand, à peu près ? (une saison, une année)</h2>
<div class="box"></div>
<h2>5. D'autres personnes sont-elles touchées ?</h2>
<div class="box"></div>
<h2>6. Avez-vous déjà demandé en interne ? (facultatif)</h2>
<div class="box"></div>
<h2>7. Acceptez-vous une publication sans votre nom ?</h2>
<p>☐ oui ☐ me demander avant ☐ non</p>
<h2>8. Voulez-vous pouvoir lire une réponse ?</h2>
<p>☐ oui, avec un nom de code ☐ non, sans suivi. Nous ne vous contacterons jamais.</p>
<p>Le nom de code est imprimé sur un talon, que vous prenez à la permanence. Choisissez deux mots à dire pour le
recevoir, sans rapport avec vous :</p>
<div class="line"></div>
</div>
<div class="sheet">
<h2>9. Que s'est-il passé ?</h2>
<p>Ce que vous êtes seul·e à savoir peut vous faire reconnaître. Continuez au dos.</p>
<div class="box story"></div>
</div>
"""

TAKE_HOME = {
    "fr": """\
<div class="half">
<h1>Votre nom de code = votre seule clé</h1>
<ol class="words">
{words}
</ol>
<p>Pour lire une réponse : dans Tor Browser, à l'adresse ci-dessous, « Lire une réponse », puis ces huit mots dans cet
ordre. Ou bien revenez à la permanence avec ce papier.</p>
{onion}
<ul>
<li>Personne, pas même nous, ne peut retrouver ces mots.</li>
<li>Gardez ce papier loin de vos papiers d'identité. Pas de photo, pas d'e-mail.</li>
<li>Jamais depuis l'ordinateur ou le réseau de la coopérative.</li>
<li>Vérifiez les six premières et les six dernières lettres de l'adresse.</li>
<li>Nous ne vous contacterons jamais. Revenez dans deux à trois semaines.</li>
</ul>
</div>
""",
    "en": """\
<div class="half">
<h1>Your codename = your only key</h1>
<ol class="words">
{words}
</ol>
<p>To read a reply: in Tor Browser, at the address below, "Read a reply", then these eight words in this order. Or come
back to the office with this paper.</p>
{onion}
<ul>
<li>Nobody, not even we, can find these words again.</li>
<li>Keep this paper away from your identity papers. No photo, no e-mail.</li>
<li>Never from the computer or the network of the cooperative.</li>
<li>Check the first six and the last six letters of the address.</li>
<li>We will never contact you. Come back in two to three weeks.</li>
</ul>
</div>
""",
}
TITLES = {"fr": "Talon à découper", "en": "Tear-off to cut"}
KEEP = """\
<div class="cut" lang="fr"><p>✂ Découpez ici. Remettez la partie du haut et ne gardez que celle-ci.</p></div>
<div class="half" lang="fr">
<h2>Partie du bureau</h2>
<p>Dossier : <strong>{label}</strong></p>
<p>☐ Talon remis en main propre ☐ Talon sous enveloppe fermée ☐ Feuille et copies détruites</p>
</div>
"""


def paper_form() -> str:
    """The empty form, in French, to be photocopied."""
    topics = "\n".join(f"<li>☐ {code}. {escape(label)}</li>" for code, (label, _) in TOPICS.items())
    return _page("fr", "Signaler sur papier", FORM.format(topics=topics))


def tear_off(words: Sequence[str], label: str, *, language: str = "fr", onion: str = "") -> bytes:
    """Two halves: the words for the reporter, the label for the desk.

    Args:
        words: the eight words of a codename.
        label: of the case; it stands on the desk's half alone.
        language: fr or en, of the reporter's half.
        onion: the address of the reporter's door; without it a line to write it on.

    Returns:
        ASCII: characters of French are written as numbers, so that no encoding is guessed.
    """
    items = "\n".join(f"<li>{escape(word)}</li>" for word in words)
    address = f"<p><strong>{escape(onion)}</strong></p>" if onion else '<div class="line"></div>'
    halves = TAKE_HOME[language].format(words=items, onion=address) + KEEP.format(label=escape(label))
    body = f'<div class="sheet">\n{halves}</div>'
    return _page(language, TITLES[language], body).encode("ascii", "xmlcharrefreplace")


def _page(language: str, title: str, body: str) -> str:
    return PAGE.format(language=language, title=title, style=STYLE, body=_spaced(body.rstrip()))


def _spaced(body: str) -> str:
    """French spaces stay with their sign, and a box to tick with its words."""
    body = re.sub(r" (?=[»?!;:])|(?<=[«☐]) ", "\N{NO-BREAK SPACE}", body)
    return re.sub(r"(?<=\S) (?=☐)", "\N{EM SPACE}", body)
