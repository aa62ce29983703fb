"""The language of a page is in its path: `/fr/…`, `/en/…`, none is French. No header, no cookie.

French texts are the source (`_("…")` in code and templates); `app/translations` holds the others for gettext.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_babel import Babel

from app.errors import UserError

LANGUAGES = ("fr", "en")
DOMAIN = "sourdine"
CATALOGUES = Path(__file__).parent.parent / "translations"


class LanguagePath:
    """Moves the prefix from the path to the root, so that routes are written once and links keep the language."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        prefix, slash, rest = environ.get("PATH_INFO", "").removeprefix("/").partition("/")
        if prefix in LANGUAGES:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/" + prefix
            environ["PATH_INFO"] = slash + rest or "/"
        return self._inner(environ, start_response)


def language() -> str:
    """The language of the page being answered."""
    prefix = request.script_root.removeprefix("/")
    return prefix if prefix in LANGUAGES else LANGUAGES[0]


def speak(app: Flask) -> None:
    """Give an app its languages: paths, gettext in templates, `lang` and `base` for links.

    Raises:
        UserError: a catalogue was never compiled; half the pages would come in the wrong language.
    """
    for name in LANGUAGES[1:]:
        if not (CATALOGUES / name / "LC_MESSAGES" / f"{DOMAIN}.mo").exists():
            raise UserError(f"The texts in the language {name} are not compiled.", "Type: make setup")
    Babel(
        app,
        default_locale=LANGUAGES[0],
        default_domain=DOMAIN,
        default_translation_directories=str(CATALOGUES),
        locale_selector=language,
    )
    app.context_processor(lambda: {"lang": language(), "base": request.script_root, "languages": LANGUAGES})
    app.wsgi_app = LanguagePath(app.wsgi_app)  # type: ignore[method-assign]
