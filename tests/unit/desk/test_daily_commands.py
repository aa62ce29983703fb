"""The daily work as it is typed."""

from __future__ import annotations

import pytest

from app.errors import UsageError
from tests.unit.desk.house import House, Reporter
from tests.unit.desk.test_journey import Typed


@pytest.fixture(scope="module")
def typed(house: House) -> Typed:
    return Typed(house)


def test_merge_and_back(typed: Typed) -> None:
    source, target = typed.house.new_case(), typed.house.new_case()
    typed("case", "merge", source, target, "--reason", "la même chose")
    assert typed("case", "merge", "--undo", source, "--reason", "non")[-1].endswith("by itself again.")
    for words in ([source], [source, target, "--undo"]):
        with pytest.raises(UsageError, match="--undo"):
            typed("case", "merge", *words, "--reason", "oui")


def test_split_and_back(typed: Typed) -> None:
    source = typed.house.new_case(reporter=Reporter.new())
    (new,) = typed("case", "split", source, "--messages", "1", "--reason", "à part")
    assert typed("case", "split", "--undo", new, "--reason", "non")[-1].startswith(new)
    with pytest.raises(UsageError, match="--undo"):
        typed("case", "split", source, "--reason", "oui")
    with pytest.raises(UsageError):
        typed("case", "split", source, "--messages", "un", "--reason", "oui")
