"""The search index: stems of the words of an entry and marks of its facets, in one full-text index.

SQLite has FTS5 without content, PostgreSQL a tsvector under GIN; both hold the same tokens and answer the same query,
newest load first. A token that is not stemmed bears a colon, so no word of a text can be one: `c:fr` a country, `k:` a
category, `p:` a principle, `s:` a status, `y:` a year of the period, `e:` and `b:` years by which it ends or begins.

Nothing about persons is indexed but what stands in the text that two colleges signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache, partial
from importlib.metadata import version

from sqlalchemy import Connection, text

from app.domain import stemming
from app.domain.entry import Entry
from app.stores.registry_values import Query

# Raise the first part when the tokens of an entry change; `init` then makes the index anew.
RULES = 3
TOTAL_MAX = 1_000
# PostgreSQL reads a list of hits whole before it sorts it, so the newest blocks of load order are asked first.
_BLOCKS = (11, 14, 17)
_YEARS = (1900, 2100)
# Between these, "ends in that year or later" and "begins in that year or before" are one token each.
_MARKED = (2005, 2035)
# A number that people write in groups: 732 829 320.
_GROUPED = 8


def edition() -> str:
    """Which tokens an index holds: those of our rules and of this stemmer."""
    return f"{RULES}/{version('snowballstemmer')}"


def tokens(number: int, entry: Entry) -> list[str]:
    """Every token of an entry, each once, in a fixed order: a deletion must name those that were added."""
    cooperative, finding = entry.cooperative, entry.finding
    identifier = cooperative.identifier.value if cooperative.identifier else ""
    found = {
        f"c:{cooperative.country.lower()}",
        f"k:{finding.category.lower()}",
        f"s:{entry.status}",
        *(f"p:{principle}" for principle in (*finding.founding_principles, *finding.ica_principles)),
        *_years(int(finding.period_from[:4]), int(finding.period_to[:4])),
        *blocks(number),
    }
    for part in (cooperative.name, cooperative.federation, finding.text, identifier, entry.regc_id):
        for word in stemming.words(part):
            found.update(stems(word))
    if identifier:
        found.add(stemming.squashed(identifier))
    return sorted(found)


@lru_cache(maxsize=100_000)
def stems(word: str) -> tuple[str, ...]:
    """The tokens under which a word is found; none for a word that says nothing.

    A sign such as ⑴ or ﷺ is folded into brackets or into several words, and a token of the index is one word.
    """
    return tuple(dict.fromkeys(piece for key in _keys()(word) for piece in stemming.WORD.findall(key)))


@cache
def _keys() -> Callable[[str], tuple[str, ...]]:
    from snowballstemmer import stemmer  # at the first use: most commands look for nothing

    return partial(stemming.keys, stemmers=(stemmer("french").stemWord, stemmer("english").stemWord))


def groups(query: Query) -> list[tuple[str, ...]]:
    """What an entry must have: one token of each group."""
    wanted = [found for word in _words(query.text) if (found := stems(word))]
    for mark, value in (("c", query.country), ("k", query.category), ("p", query.principle), ("s", query.status)):
        if value:
            wanted.append((f"{mark}:{value.lower()}",))
    if query.since:
        wanted.append(_since(int(query.since)))
    if query.until:
        wanted.append(_until(int(query.until)))
    return wanted


def _years(first: int, last: int) -> Iterable[str]:
    """A period: its years, and where it lies to each marked year."""
    low, high = _MARKED
    yield from (f"y:{year}" for year in range(first, last + 1))
    yield from (f"e:{year}" for year in range(low, min(last, high) + 1))
    yield from (f"b:{year}" for year in range(max(first, low), high + 1))


def _since(year: int) -> tuple[str, ...]:
    """Periods that end in that year or later: outside the marked years by each year that they touch."""
    low, high = _MARKED
    if low <= year <= high:
        return (f"e:{year}",)
    if year > high:
        return tuple(f"y:{one}" for one in range(year, _YEARS[1] + 1)) or ("y:",)
    return (f"e:{low}", *(f"y:{one}" for one in range(max(year, _YEARS[0]), low)))


def _until(year: int) -> tuple[str, ...]:
    """Periods that begin in that year or before."""
    low, high = _MARKED
    if low <= year <= high:
        return (f"b:{year}",)
    if year < low:
        return tuple(f"y:{one}" for one in range(_YEARS[0], year + 1)) or ("y:",)
    return (f"b:{high}", *(f"y:{one}" for one in range(high + 1, min(year, _YEARS[1]) + 1)))


def blocks(number: int) -> tuple[str, ...]:
    """Where an entry stands in load order."""
    return tuple(f"b{block}:{number >> block}" for block in _BLOCKS)


def put(connection: Connection, entries: Sequence[tuple[int, Entry]]) -> None:
    """Add entries that are not in the index."""
    write(connection, [(number, tokens(number, entry)) for number, entry in entries])


def write(connection: Connection, entries: Sequence[tuple[int, Iterable[str]]]) -> None:
    """Add tokens as they are, by number of their entry."""
    if not entries:
        return
    if _is_sqlite(connection):
        connection.execute(
            text("INSERT INTO words (rowid, list) VALUES (:number, :words)"),
            [{"number": number, "words": " ".join(words)} for number, words in entries],
        )
    else:
        connection.execute(
            text("INSERT INTO words (number, words) VALUES (:number, array_to_tsvector(CAST(:words AS text[])))"),
            [{"number": number, "words": list(words)} for number, words in entries],
        )


def take(connection: Connection, entries: Sequence[tuple[int, Entry]]) -> None:
    """Remove entries as they stood when they were put in."""
    if not entries:
        return
    if _is_sqlite(connection):
        rows = [{"number": number, "words": " ".join(tokens(number, entry))} for number, entry in entries]
        delete = text("INSERT INTO words (words, rowid, list) VALUES ('delete', :number, :words)")
        connection.execute(delete, rows)
    else:
        connection.execute(text("DELETE FROM words WHERE number = :number"), [{"number": one} for one, _ in entries])


def purge(connection: Connection) -> None:
    """Call once after `take`: FTS5 keeps a deleted word beside its mark of deletion until all parts are made one."""
    if _is_sqlite(connection):
        connection.exec_driver_sql("INSERT INTO words (words) VALUES ('optimize')")


def clear(connection: Connection) -> None:
    """An empty index."""
    if _is_sqlite(connection):
        connection.exec_driver_sql("INSERT INTO words (words) VALUES ('delete-all')")
    else:
        connection.exec_driver_sql("TRUNCATE words")


def hits(connection: Connection, query: Query, month: int) -> list[int]:
    """Numbers of the entries that are shown in that month and fit, newest first; at most TOTAL_MAX + 1."""
    wanted = groups(query)
    if not wanted:
        index = "INDEXED BY entries_shown" if _is_sqlite(connection) else ""
        everything = f"SELECT number FROM entries {index} WHERE ends > :month ORDER BY number DESC LIMIT :limit"  # noqa: S608
        statement = text(everything)
        return list(connection.scalars(statement, {"month": month, "limit": TOTAL_MAX + 1}))
    if _is_sqlite(connection):
        statement = text(
            "SELECT entries.number FROM words"
            " CROSS JOIN entries INDEXED BY entries_shown ON entries.number = words.rowid"
            " WHERE words MATCH :words AND ends > :month ORDER BY words.rowid DESC LIMIT :limit"
        )
        words = " AND ".join("(" + " OR ".join(f'"{token}"' for token in group) + ")" for group in wanted)
        return list(connection.scalars(statement, {"words": words, "month": month, "limit": TOTAL_MAX + 1}))
    return _postgres_hits(connection, wanted, month)


_POSTGRES_HITS = text(
    "WITH hits AS MATERIALIZED (SELECT number FROM words WHERE words @@ CAST(:words AS tsquery))"
    " SELECT entries.number FROM hits JOIN entries ON entries.number = hits.number"
    " WHERE ends > :month ORDER BY entries.number DESC LIMIT :limit"
)


def _postgres_hits(connection: Connection, wanted: list[tuple[str, ...]], month: int) -> list[int]:
    newest = connection.scalar(text("SELECT max(number) FROM words")) or 0
    found: list[int] = []
    for block in (*_BLOCKS, 0):
        # The newest block may have just begun, so the one before it is asked as well.
        near = [(f"b{block}:{newest >> block}", f"b{block}:{(newest >> block) - 1}")] if block else []
        words = " & ".join("(" + " | ".join(f"'{token}'" for token in group) + ")" for group in (*near, *wanted))
        rows = connection.scalars(_POSTGRES_HITS, {"words": words, "month": month, "limit": TOTAL_MAX + 1})
        found = list(rows)
        if len(found) > TOTAL_MAX:
            break
    return found


def _words(asked: str) -> list[str]:
    """The words of a query; digits that follow each other are one number when they are long enough for it."""
    found: list[str] = []
    run: list[str] = []
    for word in [*stemming.words(asked), ""]:
        if word.isdigit():
            run.append(word)
            continue
        joined = "".join(run)
        found += [joined] if len(joined) >= _GROUPED else run
        run = []
        found.append(word)
    return found


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
