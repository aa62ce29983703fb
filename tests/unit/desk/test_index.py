"""The index in memory: which texts answer, in which order, and that nothing of a text that left is found."""

from __future__ import annotations

from app.desk.core import index as index_module
from app.desk.core.index import Index, Part


def plain(word: str) -> tuple[str, ...]:
    return () if word == "the" else (word.removesuffix("s"),)


def index_of(**texts: str) -> Index:
    index = Index(plain)
    for text_id, text in texts.items():
        index.put(text_id, [Part(text)])
    return index


def asked(index: Index, *words: str) -> list[str]:
    scores = index.scores([index.keys(word) for word in words])
    return sorted(scores, key=lambda key: (-scores[key], key))


def test_finds_every_form_and_ranks_by_rarity_and_length() -> None:
    index = index_of(a="vote votes vote", b="vote and many other words that say something", c="accounts")
    assert asked(index, "vote") == ["a", "b"]
    assert asked(index, "account") == ["c"]
    assert asked(index, "nothing") == []
    assert index.scores([]) == {}


def test_texts_with_every_word_come_alone() -> None:
    index = index_of(a="vote accounts", b="vote", c="accounts")
    assert asked(index, "vote", "account") == ["a"]
    assert asked(index, "vote", "elsewhere") == ["a", "b"] or asked(index, "vote", "elsewhere") == ["b", "a"]


def test_a_weight_counts() -> None:
    index = Index(plain)
    index.put("story", [Part("lime tree")])
    index.put("label", [Part("lime tree", 3)])
    assert asked(index, "lime") == ["label", "story"]


def test_a_text_that_is_put_again_replaces_the_first() -> None:
    index, first, second = index_of(), object(), object()
    index.put("a", [Part("vote"), Part("")], first)
    assert index.holds("a", first)
    index.put("a", [Part("accounts")], second)
    assert not index.holds("a", first)
    assert index.holds("a", second)
    assert asked(index, "vote") == []
    assert asked(index, "accounts") == ["a"]
    assert [part.text for part in index.parts("a")] == ["accounts"]
    assert len(index) == 1
    index.drop("a")
    index.drop("a")
    assert (len(index), index.ids(), index.parts("a"), index.holds("a", second)) == (0, set(), (), False)
    assert asked(index, "accounts") == []


def test_beginnings_of_words() -> None:
    index = index_of(a="Élection élections", b="electric")
    assert set(index.begun("elec")) == {"élection", "electric"}
    assert index.begun("él") == index.begun("el")
    assert index.begun("zz") == ()
    index.put("c", [Part("elevator")])
    assert "elevator" in index.begun("ele")


def test_what_was_replaced_many_times_takes_no_room() -> None:
    index = index_of(a="kept words")
    for turn in range(3 * index_module.SLACK):
        index.put("b", [Part(f"word{turn} again")])
    assert len(index._entries) <= 2 * len(index) + index_module.SLACK + 1
    assert asked(index, "kept") == ["a"]
    assert asked(index, "again") == ["b"]
    assert asked(index, "word1") == []
    index._tidy()
    assert "word1" not in index._keys
    assert asked(index, "kept", "word") == ["a"]
