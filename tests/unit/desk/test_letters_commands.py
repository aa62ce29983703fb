"""`sourdine desk reply` with templates and `sourdine desk acknowledge`, as they are typed."""

from __future__ import annotations

import pytest

from app.cli import main
from app.errors import UsageError, UserError
from tests.unit.desk.house import CLOSING_TEXT, STORY, House, Reporter
from tests.unit.desk.test_journey import Typed

FORM = """\
# Décision
Nous arrêtons là.

# Pourquoi
Les pièces ne suffisent pas à conclure.

# La suite
Vous pouvez compléter ici.

# Contester
Écrivez ici : une autre personne relira.
"""


@pytest.fixture(scope="module")
def typed(house: House) -> Typed:
    return Typed(house)


def case_of(typed: Typed, state: str = "received", **options: object) -> str:
    from tests.unit.desk.test_echo import in_state

    case_id = typed.house.new_case(reporter=Reporter.new(), **options)
    in_state(typed.house, case_id, state)
    return case_id


def aloud(typed: Typed, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    """What a person sees: results and notes."""
    args = main.parse(["desk", *words, "--config", str(typed.config), "--as", "alize"])
    args.run(args)
    said = capsys.readouterr()
    return said.out, said.err


def test_the_case_and_the_first_words_are_echoed_before_sealing(
    typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    case_id = case_of(typed, "assessment", story=f"\x1b[2J{STORY}")
    label = typed.json("case", "show", case_id)["label"]
    text = typed.file("r.txt", "Nous étudions. Écrivez à a@b.fr si besoin, merci beaucoup.")
    out, err = aloud(typed, capsys, "reply", case_id, "--text-file", text)
    assert out == f"{case_id} ({label}): reply 1 is sealed and waits for the next outbox.\n"
    lines = err.splitlines()
    assert lines[0].startswith(f"For {label}: « ")
    assert "Le conseil a décidé" in lines[0]
    assert lines[1] == "Reply (reply): « Nous étudions. Écrivez à a@b.fr si besoin, merci … »"
    assert lines[2].startswith("Look twice: ")
    assert "e-mail" in lines[2]
    assert "\x1b" not in err


def test_an_unopened_report_is_not_shown(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    case_id = case_of(typed)
    _, err = aloud(typed, capsys, "reply", case_id, "--template", "acknowledgement")
    assert "nobody has opened its report yet" in err
    assert STORY[:12] not in err


def test_a_reply_that_names_another_case_needs_a_yes(typed: Typed) -> None:
    mine, other = case_of(typed), case_of(typed)
    text = typed.file("wrong.txt", f"Pour {typed.json('case', 'show', other)['label']} : bonjour.")
    with pytest.raises(UserError, match="names another case") as refused:
        typed("reply", mine, "--text-file", text)
    assert "--yes" in refused.value.hint
    assert typed.json("case", "show", mine)["replies"] == []
    assert "acknowledgement 1" in typed("reply", mine, "--text-file", text, "--yes")[0]


def test_a_form_is_printed_filled_in_and_sealed(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    case_id = case_of(typed, "unfounded")
    out, err = aloud(typed, capsys, "reply", case_id, "--template", "unfounded", "--print")
    assert [line for line in out.splitlines() if line.startswith("#")] == [
        line for line in FORM.splitlines() if line.startswith("#")
    ]
    assert f"reply {case_id} --template unfounded --text-file FILE" in err
    with pytest.raises(UserError, match="is not filled in"):
        typed("reply", case_id, "--template", "unfounded", "--text-file", typed.file("empty.txt", out))
    with pytest.raises(UserError, match="is not filled in"):
        typed("reply", case_id, "--template", "unfounded")
    assert (
        "closing 1" in typed("reply", case_id, "--template", "unfounded", "--text-file", typed.file("f.txt", FORM))[0]
    )
    (sent,) = typed.json("case", "show", case_id)["replies"]
    assert sent["kind"] == "closing"
    assert "Décision\nNous arrêtons là." in sent["text"]


def test_a_text_that_closes_nothing_is_told_so(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    case_id = case_of(typed, "unfounded")
    text = typed.file("short.txt", "Nous arrêtons là.")
    out, err = aloud(typed, capsys, "reply", case_id, "--text-file", text)
    assert "reply 1 is sealed" in out
    assert "does not count as the closing reply, and the case cannot close yet. The form of a closing reply: " in err
    assert f"sourdine desk reply {case_id} --template closing --print" in err
    with pytest.raises(UserError, match="four parts"):
        typed("reply", case_id, "--text-file", text, "--kind", "closing")
    out, err = aloud(typed, capsys, "reply", case_id, "--text-file", typed.file("whole.txt", CLOSING_TEXT))
    assert "closing 2 is sealed" in out
    assert "does not count" not in err


def test_the_form_speaks_the_language_of_the_report(typed: Typed) -> None:
    case_id = case_of(typed, "unfounded", language="en")
    assert typed("reply", case_id, "--template", "closing", "--print")[0].startswith("# Decision\n(")
    assert typed("reply", case_id, "--template", "closing", "--print", "--language", "fr")[0].startswith(
        "# Décision\n("
    )
    other = case_of(typed, "unfounded", language="es")
    assert typed("reply", other, "--template", "closing", "--print")[0].startswith("# Décision\n(")


def test_what_cannot_be_typed(typed: Typed) -> None:
    case_id = case_of(typed)
    for words, why in (
        ((), "nothing to send"),
        (("--print",), "Which form"),
        (("--template", "question", "--kind", "reply"), "which kind"),
        (("--template", "nothing"), "no template nothing"),
    ):
        with pytest.raises(UsageError, match=why):
            typed("reply", case_id, *words)


def test_acknowledging_all_that_wait(fresh: House) -> None:
    typed = Typed(fresh)
    case_id, other = case_of(typed), case_of(typed)
    assert "acknowledged, unread" in typed("acknowledge", case_id)[0]
    assert [one["id"] for one in typed.json("acknowledge")["acknowledged"]] == [other]
    assert typed("acknowledge") == ["No case waits for an acknowledgement."]
    assert all(line["state"] == "received" for line in typed.json("case", "list"))


@pytest.mark.parametrize("action", ["reply", "acknowledge"])
def test_every_action_has_an_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.parse(["desk", *action.split(), "--help"])
    assert ended.value.code == 0
    assert f"example:\n  sourdine desk {action}" in capsys.readouterr().out
