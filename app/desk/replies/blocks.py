"""The form of a reply: empty with its headings, filled in by a person, put together with the words of its template.

    # Décision
    Nous arrêtons là.

    # Pourquoi
    …

Headings are the labels of either language, or the names of the blocks. What the empty form says in parentheses is
taken out again: only what somebody wrote counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.desk.core.clean import check_plain
from app.desk.replies.checks import check_count
from app.desk.replies.phrases import LANGUAGES, TEMPLATES, Block, Template
from app.domain.return_week import week
from app.domain.words import fold
from app.errors import UsageError, UserError

# Fewer words than this are a dash or a « oui », not a decision that somebody can understand.
WORDS_MIN = 3
_HEADING = re.compile(r"#+\s*(.*)")
_KEPT = "Nothing was sealed."


@dataclass(frozen=True)
class Signing:
    """Who signs now, and who signed before; the names of the team, capitalised for the reader."""

    author: str
    before: str = ""


def template_named(name: str) -> Template:
    """A template.

    Raises:
        UsageError: there is none of that name.
    """
    found = TEMPLATES.get(name)
    if found is None:
        raise UsageError(f"There is no template {name}.", f"The templates are: {', '.join(TEMPLATES)}.")
    return found


def empty_form(template: Template, language: str) -> str:
    """What a person fills in, in the language of the reporter."""
    if len(template.blocks) == 1:
        return template.blocks[0].hint(language) + "\n"
    return "\n".join(f"# {block.label(language)}\n{block.hint(language)}\n" for block in template.blocks)


def read_form(template: Template, text: str) -> dict[str, str]:
    """The blocks of a form as it was filled in, those left empty too.

    Raises:
        UserError: an unknown heading, one that stands twice, or words before the first.
    """
    if len(template.blocks) == 1:
        return {template.blocks[0].name: _written(template.blocks[0], text.splitlines())}
    lines: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.replace("\r\n", "\n").split("\n"):
        heading = _HEADING.fullmatch(line.strip())
        if heading:
            current = lines.setdefault(_block_named(template, heading[1], lines).name, [])
        elif current is not None:
            current.append(line)
        elif line.strip():
            raise _refused(template, "Something stands before the first heading.")
    return {block.name: _written(block, lines.get(block.name, [])) for block in template.blocks}


def compose(template: Template, language: str, blocks: Mapping[str, str], *, signing: Signing, today: date) -> str:
    """The whole text of a reply.

    Args:
        language: one of LANGUAGES; anything else gives every language, one below the other.
        blocks: what a person wrote, by the name of the block.

    Raises:
        UserError: a block is missing, too short or not plain; a third question; or nobody signed before a handover.
    """
    written = {block.name: _checked(template, block, blocks.get(block.name, "")) for block in template.blocks}
    unknown = set(blocks) - set(written)
    if unknown:
        raise _refused(template, "This template has no such block.")
    if template.asks:
        check_count(written["text"])
    if "{before}" in template.text["fr"] and signing.before in {"", signing.author}:
        raise UserError("Nobody else signed a reply of this case: there is no handover to announce.", _KEPT)
    chosen = [language] if language in LANGUAGES else list(LANGUAGES)
    return "\n\n* * *\n\n".join(_filled(template, one, written, signing, today) for one in chosen)


def _filled(template: Template, language: str, written: Mapping[str, str], signing: Signing, today: date) -> str:
    values = dict(written) | {
        "week": week(today, template.wait, language),
        "author": signing.author.capitalize(),
        "before": signing.before.capitalize(),
    }
    # An optional block that is empty leaves no gap.
    return re.sub(r"\n{3,}", "\n\n", template.text[language].format(**values)).strip()


def _checked(template: Template, block: Block, text: str) -> str:
    text = _written(block, text.splitlines())
    if not text and not block.required:
        return ""
    if len(fold(text)) < WORDS_MIN:
        raise _refused(template, f"« {block.labels[0]} » ({block.labels[1]}) is not filled in.")
    return check_plain(text, f"« {block.labels[0]} »")


def _written(block: Block, lines: list[str]) -> str:
    """The lines without what the empty form says, in whichever language it was printed."""
    hints = {block.hint(language) for language in LANGUAGES}
    return "\n".join(line.rstrip() for line in lines if line.strip() not in hints).strip()


def _block_named(template: Template, heading: str, seen: Mapping[str, object]) -> Block:
    wanted = fold(heading)
    for block in template.blocks:
        if wanted in [fold(name) for name in (*block.labels, block.name)]:
            if block.name in seen:
                raise _refused(template, "A heading stands twice.")
            return block
    raise _refused(template, "There is a heading that this template does not have.")


def _refused(template: Template, message: str) -> UserError:
    names = ", ".join(f"« {block.labels[0]} »" for block in template.blocks)
    return UserError(message, f"The template {template.name} has: {names}. Print it empty with --print. {_KEPT}")
