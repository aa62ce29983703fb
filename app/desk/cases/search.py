"""Search over everything that this reviewer may read, French and English.

The index lives in the session's memory and nowhere else. It holds what a case keeps decrypted under its key: label,
cooperative, answers of the form, stories, names of files, replies. An inner OpenPGP layer is opened only when somebody
reads the case, by gpg and for that moment; `note_read` adds what it held for the rest of the session.

    prepare(desk)                  open and index what is new; `search` does it too
    search(desk, '"conseil d'administration" facture frauduleu')
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from app.desk.core.bench import Desk, OpenCase
from app.desk.core.index import Index, Part
from app.desk.core.messages import message_in
from app.desk.core.shelf import Progress, unseen
from app.desk.replies.replies import Sent
from app.domain.stemming import Phrase, fold, keys, places, words
from app.stores.desk import Transaction
from app.stores.desk_cases import BATCH

LABEL_WEIGHT = 3
HITS = 50
# Characters of an excerpt, and how many of them stand before the first word that was found.
EXCERPT = 240
BEFORE = 60
# An excerpt is looked for in so many characters of a text.
LOOK = 40_000
_Spot = tuple[int, int, frozenset[str]]
PHRASE = re.compile(r'"([^"]*)"|«([^»]*)»|“([^”]*)”')


@dataclass(frozen=True)
class Hit:
    """A case that answers. `marks`: from where to where, in `excerpt`, the words of the query stand."""

    case_id: str
    label: str = field(repr=False)
    state: str
    score: float
    excerpt: str = field(repr=False)
    marks: tuple[tuple[int, int], ...] = ()

    def to_dict(self) -> dict[str, object]:
        return {
            "id": self.case_id,
            "label": self.label,
            "state": self.state,
            "score": round(self.score, 3),
            "excerpt": self.excerpt,
        }


def search(desk: Desk, query: str, limit: int = HITS) -> list[Hit]:
    """The cases that answer best, best first.

    Every word is looked for in all its forms, the last one also as the beginning of a word. Words in quotation marks
    must follow one another. Case, accents and elisions are of no account. Without a word to look for: nothing.
    """
    with desk.shelf.lock:
        cases = {case.id: case for case in prepare(desk)}
        index = _index(desk)
        scores, stems = _scores(index, query)
        best = sorted(scores, key=lambda case_id: (-scores[case_id], case_id))[:limit]
        return [_hit(index, cases[case_id], scores[case_id], stems) for case_id in best]


def matching(desk: Desk, query: str) -> frozenset[str]:
    """The ids of every case that answers, for the filters of the work list."""
    with desk.shelf.lock:
        prepare(desk)
        return frozenset(_scores(_index(desk), query)[0])


def prepare(desk: Desk, progress: Progress = unseen) -> list[OpenCase]:
    """Open every case of this reviewer and index what changed; returns the cases.

    Args:
        progress: called with how many texts are indexed, and of how many.
    """
    with desk.shelf.lock, desk.store.reading() as tx:
        cases = desk.cases(tx)
        index = _index(desk)
        kept = {case.id for case in cases if case.record.purged is None}
        for gone in index.ids() - kept:
            index.drop(gone)
        for gone in desk.shelf.read.keys() - kept:
            del desk.shelf.read[gone]
        changed = [case for case in cases if case.id in kept and not index.holds(case.id, case)]
        for start in range(0, len(changed), BATCH):
            progress(start, len(changed))
            for case, parts in _texts(tx, changed[start : start + BATCH]):
                index.put(case.id, [*parts, *desk.shelf.read.get(case.id, ())], case)
        progress(len(changed), len(changed))
    return cases


def note_read(desk: Desk, case: OpenCase, texts: Iterable[str]) -> None:
    """What an inner layer held when this reviewer read the case: found by search until the session ends."""
    parts = tuple(Part(text) for text in texts if text)
    if not parts:
        return
    with desk.shelf.lock:
        desk.shelf.read[case.id] = parts
        if desk.shelf.index is not None:
            desk.shelf.index.drop(case.id)  # put anew by the next search


def _index(desk: Desk) -> Index:
    if desk.shelf.index is None:
        desk.shelf.index = Index(_stemmed())
    return desk.shelf.index


def _stemmed() -> partial[tuple[str, ...]]:
    from snowballstemmer import stemmer  # at the first search only: most commands look for nothing

    return partial(keys, stemmers=(stemmer("french").stemWord, stemmer("english").stemWord))


def _texts(tx: Transaction, cases: Sequence[OpenCase]) -> list[tuple[OpenCase, list[Part]]]:
    """What is decrypted with the key of a case alone."""
    by_id = {case.id: case for case in cases}
    found: dict[str, list[Part]] = defaultdict(list)
    for case_id, row in tx.messages_of(list(by_id)):
        message = message_in(by_id[case_id], row)
        found[case_id] += [Part(message.story), Part(" \n".join(file.name for file in message.files))]
        found[case_id].append(Part(_answers(message.fields)))
    for case_id, reply in tx.replies_of(list(by_id)):
        sent = Sent.from_bytes(by_id[case_id].open(f"reply/{reply.id}", reply.sealed))
        found[case_id].append(Part(sent.text))
    return [(case, [*_heads(case), *found[case.id]]) for case in cases]


def _heads(case: OpenCase) -> list[Part]:
    record = case.record
    head = f"{record.label} \n{record.facts.cooperative} \n{case.id}"
    return [Part(head, LABEL_WEIGHT), Part(_answers(record.fields))]


def _answers(fields: Mapping[str, str]) -> str:
    return " \n".join(value for value in fields.values() if len(value) > 1)


def _scores(index: Index, query: str) -> tuple[dict[str, float], frozenset[str]]:
    """How well each case answers, and the stems that were looked for."""
    asked = _asked(index, query)
    scores = index.scores(asked)
    for found in PHRASE.findall(query):
        together = [fold(word) for word in words("".join(found))]
        if together:
            phrase = Phrase(together)
            scores = {key: score for key, score in scores.items() if phrase.stands_in(index.plain(key))}
    return scores, frozenset(key for stems in asked for key in stems)


def _asked(index: Index, query: str) -> list[tuple[str, ...]]:
    """For each word that says something: the stems of which one must be there."""
    said = words(query)
    asked = [index.keys(word) for word in said]
    if asked and asked[-1] and query[-1:].isalnum():  # it may go on; a stop word or a closed phrase does not
        asked[-1] = tuple(dict.fromkeys((*asked[-1], *index.begun(said[-1]))))
    return [stems for stems in asked if stems]


def _hit(index: Index, case: OpenCase, score: float, stems: frozenset[str]) -> Hit:
    parts = index.parts(case.id)
    looked = [(part.text, _spots(index, part.text[:LOOK], stems)) for part in parts]
    # Where most of the words stand close together; of equals the longest text, which is the story.
    ranked = ((*_densest(spots), text, spots) for text, spots in looked)
    _, start, text, spots = max(ranked, key=lambda one: (one[0], len(one[2])), default=(0, 0, "", []))
    excerpt, begin = _cut(text, start)
    inside = [(at - begin, end - begin) for at, end, _ in spots if begin <= at and end <= begin + len(excerpt)]
    return Hit(case.id, case.record.label, str(case.facts.state), score, excerpt, tuple(inside))


def _spots(index: Index, text: str, stems: frozenset[str]) -> list[_Spot]:
    found = ((start, end, stems.intersection(index.keys(word))) for word, start, end in places(text))
    return [spot for spot in found if spot[2]]


def _densest(spots: Sequence[_Spot]) -> tuple[int, int]:
    """How many different stems stand within one excerpt at most, and where the first of them begins."""
    best = (0, 0)
    for n, (start, _, _) in enumerate(spots):
        near = (stems for _, end, stems in spots[n : n + EXCERPT] if end <= start + EXCERPT - BEFORE)
        count = len(frozenset[str]().union(*near))
        if count > best[0]:
            best = (count, start)
    return best


def _cut(text: str, start: int) -> tuple[str, int]:
    """Whole words around a place, in one line, and where in the text they begin."""
    begin = max(0, start - BEFORE)
    if begin:
        begin = text.find(" ", begin, start) + 1 or start
    end = begin + EXCERPT
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + 1)
    return "".join(" " if one in "\r\n\t" else one for one in text[begin:end]), begin
