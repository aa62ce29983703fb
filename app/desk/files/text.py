"""Plain text, RTF, HTML and SVG: letters only."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from app.desk.files import letters, limits
from app.desk.files.reading import Answer, Source

MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
BLOCKS = "p div br tr li h1 h2 h3 h4 h5 h6 table ul ol blockquote hr section article pre"
BREAKS = frozenset(BLOCKS.split())
REMOTE = re.compile(
    r"""(?:src|background|href|action|poster)\s*=\s*["']?\s*(?:https?:)?//([^/"'\s>]{1,200})""", re.IGNORECASE
)
RTF = re.compile(
    r"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|(.)", re.IGNORECASE | re.DOTALL
)
RTF_TABLES = (
    "fonttbl colortbl stylesheet info pict object themedata datastore generator listtable listoverridetable rsidtbl "
    "xmlnstbl latentstyles revtbl fldinst filetbl"
)
RTF_HIDDEN = frozenset(RTF_TABLES.split())
RTF_INFO = re.compile(rb"\\(author|operator|company|manager|title|generator|doccomm|template)[ ]([^{}\\]{1,400})")
RTF_TOLD = {
    b"author": "author",
    b"operator": "last_modified_by",
    b"company": "company",
    b"manager": "manager",
    b"title": "title",
    b"generator": "software",
    b"doccomm": "comment",
    b"template": "template",
}
UNCLOSED = 10
WORK = limits.TEXT * 8  # characters of source that are looked at


def decode(data: bytes, charset: str | None = None) -> str:
    """Text of bytes whose encoding is said, marked or guessed; never fails.

    Args:
        charset: as a message says; believed when it is known here.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace").lstrip("\ufeff")
    if charset:
        try:
            return data.decode(charset, "replace")
        except (LookupError, ValueError, OSError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def copy(source: Source, answer: Answer) -> None:
    answer.write(decode(source.data[:WORK]))
    if len(source.data) > WORK:
        answer.note("text_cut")
    answer.send_text()


def copy_source(source: Source, answer: Answer) -> None:
    answer.note("source_only")
    copy(source, answer)


def copy_html(source: Source, answer: Answer) -> None:
    answer.note("source_only")
    answer.write(html_text(decode(source.data[: limits.HTML_CHARACTERS])))
    answer.send_text()


def copy_rtf(source: Source, answer: Answer) -> None:
    answer.note("no_layout")
    answer.write(rtf_text(source.data[:WORK].decode("cp1252", "replace")))
    answer.send_text()


def examine(source: Source, answer: Answer) -> None:
    hidden = letters.invisible(decode(source.data[: limits.MIB * 8]))
    if hidden:
        answer.trait("invisible", hidden)


def examine_html(source: Source, answer: Answer) -> None:
    examine(source, answer)
    shown = decode(source.data[: limits.HTML_CHARACTERS])
    tell_remote(shown, answer)
    if re.search(r"<script|\son\w+\s*=|javascript:", shown, re.IGNORECASE):
        answer.trait("script", "JavaScript")


def examine_rtf(source: Source, answer: Answer) -> None:
    for found in RTF_INFO.finditer(source.data[: limits.MIB]):
        answer.trait(RTF_TOLD[found[1]], found[2].decode("cp1252", "replace"))
    if b"\\objdata" in source.data or b"\\objocx" in source.data:
        answer.trait("embedded", "OLE")


def tell_remote(shown: str, answer: Answer) -> None:
    """Hosts that a mail program or a browser would call: opening the original tells them who looks."""
    for host in sorted({found[1].lower() for found in REMOTE.finditer(shown)})[:50]:
        answer.trait("remote", host)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in HIDDEN:
            self._hidden.append(tag)
        elif tag in BREAKS:
            self.found.append("\n")
        elif tag in {"td", "th"}:
            self.found.append("\t")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif tag in BREAKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(re.sub(r"\s+", " ", data))


def html_text(source: str) -> str:
    """The words that a reader would see, lines broken where blocks end; nothing is fetched or run."""
    if source.count("<") > UNCLOSED * (source.count(">") + UNCLOSED):
        # The standard parser is quadratic on tags that never close; nobody's page looks like this.
        return source
    parser = _Words()
    parser.feed(source)
    parser.close()
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+", "\n\n", "".join(parser.found)).strip() + "\n"


def rtf_text(source: str) -> str:
    """Letters of an RTF file (specification 1.9.1), good enough to read; tables and pictures are left out."""
    found: list[str] = []
    stack: list[bool] = []
    hidden = False
    skip = 0
    for match in RTF.finditer(source):
        word, number, code, symbol, brace, letter = match.groups()
        if brace == "{":
            stack.append(hidden)
        elif brace == "}":
            hidden = stack.pop() if stack else False
        elif symbol == "*" or (word and word in RTF_HIDDEN):
            hidden = True
        elif hidden:
            continue
        elif skip and (code or letter):
            skip -= 1
        elif word == "u" and number:
            found.append(chr(int(number) % 65536))
            skip = 1
        else:
            found.append(_rtf_letters(word, code, symbol, letter))
    return "".join(found)


def _rtf_letters(word: str | None, code: str | None, symbol: str | None, letter: str | None) -> str:
    if word:
        return {"par": "\n", "line": "\n", "tab": "\t", "row": "\n", "cell": "\t"}.get(word, "")
    if code:
        return bytes.fromhex(code).decode("cp1252", "replace")
    if symbol:
        return {"~": "\u00a0", "\n": "\n"}.get(symbol, symbol if symbol in "{}\\" else "")
    return letter or ""
