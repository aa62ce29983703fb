"""Who comes and who leaves: cases are handed on, exclusions follow a person, a lost reviewer freezes nothing."""

from __future__ import annotations

import atexit
import random
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from app.desk.carry.takeup import take_up
from app.desk.cases.decisions import move_case
from app.desk.cases.entries import sign_entry
from app.desk.cases.handover import hand_over
from app.desk.cases.merging import merge
from app.desk.cases.reading import list_cases, show_case
from app.desk.cases.search import search
from app.desk.cases.setting import set_values
from app.desk.cases.worklist import Filters, work_list
from app.desk.circle import ceremony, links, people
from app.desk.core.keyring import unlock
from app.desk.duties.alarms import case_alarms
from app.desk.duties.tasks import tasks
from app.desk.replies.replies import send
from app.errors import UserError
from app.stores.desk_carried import OPENED
from crypto.errors import TrustError
from crypto.manifest import Nobody, Reviewer
from crypto.openpgp import certs, gpg, keygen
from tests.unit.desk.house import DAY, INSTANCE, House, Reporter, keys
from tests.unit.desk.test_journey import Typed
from tests.unit.desk.test_merging import heard

NEWCOMERS = (("dune", "jurists"), ("erable", "members"))
COOP = {"cooperative": "les tilleuls (Lyon)"}


@cache
def newcomers() -> dict[str, tuple[Reviewer, Nobody, Path]]:
    folder, made = Path(mkdtemp(prefix="sdn-")), {}
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, college in NEWCOMERS:
        home = folder / name
        fingerprint = keygen.trial_key(home, name, DAY)
        gpg.stop_agent(home)
        reviewer = Reviewer(name, college, "analyst", fingerprint, keygen.public_cert(home, fingerprint))
        made[name] = (reviewer, Nobody(*keygen.nobody_cert(DAY)), home)
    return made


def people_of(*names: str) -> dict[str, object]:
    """Changes of a manifest that name exactly these."""
    known = {one.name: (one, nobody) for one, nobody in zip(keys().reviewers, keys().nobodies, strict=True)}
    known |= {name: (one, nobody) for name, (one, nobody, _) in newcomers().items()}
    return {"reviewers": tuple(known[n][0] for n in names), "nobodies": tuple(known[n][1] for n in names)}


def enrol(house: House, *names: str, by: str = "alize") -> None:
    """The manifest names exactly these from now on; newcomers bring their home and get keys."""
    changes = people_of(*names)
    for name in set(names) & set(newcomers()):
        target = house.home / "gnupg" / name
        if not target.exists():
            shutil.copytree(newcomers()[name][2], target, ignore=shutil.ignore_patterns("S.*", "*.lock"))
    ceremony.enrol(
        house.store,
        house.settings,
        instance=INSTANCE,
        reviewers=changes["reviewers"],
        by=lambda: house.desk(by).keyring,
    )
    house.pin(house.next_manifest(**changes))
    certs.import_public(keys().folder / "public", [one.cert for pair in changes.values() for one in pair])


def ids(house: House, name: str) -> set[str]:
    desk = house.desk(name)
    links.apply(desk)
    return {line.id for line in list_cases(desk)}


def test_a_newcomer_gets_what_each_colleague_may_open(fresh: House) -> None:
    open_case, hidden = fresh.new_case(), fresh.new_case(exclude=["alize"], name="brume")
    closed = fresh.new_case(fields=COOP)
    enrol(fresh, "alize", "brume", "cypres", "dune")
    links.declare(fresh.desk("dune"), "Les Tilleuls")
    assert ids(fresh, "dune") == set()
    done = people.admit(fresh.desk("alize"), "dune")
    assert (done.cases, done.closed) == (1, 1)
    assert ids(fresh, "dune") == {open_case}
    assert people.admit(fresh.desk("alize"), "dune") == people.Admitted("dune", 0, 1)
    assert people.admit(fresh.desk("brume"), "dune").cases == 1
    assert ids(fresh, "dune") == {open_case, hidden}
    with pytest.raises(UserError, match="no case of that number"):
        show_case(fresh.desk("dune"), closed)
    assert show_case(fresh.desk("dune"), open_case).messages
    set_values(fresh.desk(), open_case, ["owner=dune"])
    with fresh.database() as link:
        rows = link.execute("SELECT case_id, reviewer, length(sealed) FROM grants").fetchall()
        told = link.execute("SELECT actor, subject FROM journal WHERE action = 'admit'").fetchall()
    assert len(rows) == 12
    assert len({size for _, _, size in rows}) == 1
    assert told == [("alize", "reviewer dune")] * 2 + [("brume", "reviewer dune")]


def test_exclusions_and_links_follow_a_person_under_a_new_name(fresh: House) -> None:
    links.declare(fresh.desk("brume"), "Les Tilleuls")
    reporter = Reporter.new()
    excluded = fresh.new_case(exclude=["brume"], reporter=reporter)
    linked, named, free = fresh.new_case(fields=COOP), fresh.new_case(), fresh.new_case()
    set_values(fresh.desk("alize"), named, ["conflict=brume"], "associée")
    enrol(fresh, "alize", "cypres", "erable")
    assert people.admit(fresh.desk("alize"), "erable", "brume") == people.Admitted("erable", 1, 3)
    # Whoever admits next need not say it again, and cannot say otherwise.
    assert people.admit(fresh.desk("cypres"), "erable").cases == 0
    with pytest.raises(UserError, match="instead of brume before"):
        people.admit(fresh.desk("cypres"), "erable", "alize")
    with pytest.raises(UserError, match="cypres was here from the start"):
        people.admit(fresh.desk("alize"), "cypres", "brume")
    assert ids(fresh, "erable") == {free}
    with fresh.store.reading() as tx:
        desk = fresh.desk()
        assert desk.case(tx, excluded).record.excluded == ("brume", "erable")
        assert desk.case(tx, named).record.linked == ("brume", "erable")
        assert desk.case(tx, linked).record.linked == ("brume", "erable")
        assert {link.reviewer for link in links.all_links(desk, tx)} == {"brume", "erable"}
    later = fresh.new_case(fields=COOP)
    assert later not in ids(fresh, "erable")
    assert ids(fresh, "alize") == {excluded, linked, named, free, later}


def test_a_new_person_is_told_apart_once(fresh: House) -> None:
    enrol(fresh, "alize", "brume", "cypres", "dune")
    people.admit(fresh.desk("alize"), "dune")
    with pytest.raises(UserError, match="as a new person before"):
        people.admit(fresh.desk("brume"), "dune", "cypres")


def test_nobody_comes_instead_of_somebody_who_is_here(fresh: House) -> None:
    case_id = fresh.new_case(exclude=["brume"])
    enrol(fresh, "alize", "brume", "cypres", "dune")
    with pytest.raises(UserError, match="brume is a reviewer of the manifest in use"):
        people.admit(fresh.desk(), "dune", "brume")
    assert people.admit(fresh.desk(), "dune").cases == 1
    assert people.admit(fresh.desk(), "cypres") == people.Admitted("cypres", 0, 0)
    assert ids(fresh, "dune") == ids(fresh, "cypres") == {case_id}


def test_who_comes_back_is_counted_once_admitted(fresh: House) -> None:
    case_id = fresh.new_case()
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    people.release(fresh.desk(), "brume", "congé")
    enrol(fresh, "alize", "brume", "cypres")
    for name in ("alize", "cypres"):  # nobody else is left: the key is kept, not counted on brume
        set_values(fresh.desk(name), case_id, [f"conflict={name}"])
    assert ids(fresh, "brume") == set()
    assert people.admit(fresh.desk("alize"), "brume").cases == 1
    assert ids(fresh, "brume") == {case_id}


def test_nobody_is_released_with_the_last_key(fresh: House) -> None:
    case_id = fresh.new_case(exclude=["brume"])
    for name in ("alize", "cypres"):
        set_values(fresh.desk(name), case_id, [f"conflict={name}"])
    fresh.pin(fresh.next_manifest(**fresh.without("alize")))
    assert ids(fresh, "cypres") == set()  # cypres comes by, and keeps it alone from here on
    people.release(fresh.desk("cypres"), "alize", "partie")
    enrol(fresh, "brume", "dune", by="brume")
    with pytest.raises(UserError, match="cypres alone keeps the key") as told:
        people.release(fresh.desk("brume"), "cypres", "partie")
    assert case_id not in str(told.value) + told.value.hint
    enrol(fresh, "brume", "cypres", "dune", by="brume")
    assert people.admit(fresh.desk("cypres"), "dune").cases == 1
    fresh.pin(fresh.next_manifest(**people_of("brume", "dune")))
    people.release(fresh.desk("brume"), "cypres", "partie")
    assert ids(fresh, "dune") == {case_id}


def test_admission_refuses(fresh: House) -> None:
    desk = fresh.desk()
    for name, former, sentence in (
        ("alize", "", "Nobody admits themselves"),
        ("dune", "", "no reviewer named dune"),
        ("brume", "zephyr", "No manifest of this desk ever named zephyr"),
    ):
        with pytest.raises(UserError, match=sentence):
            people.admit(desk, name, former)
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    with pytest.raises(UserError, match="brume is no reviewer of the manifest"):
        people.admit(fresh.desk(), "brume")


def test_release_takes_every_key_away(fresh: House) -> None:
    case_id = fresh.new_case()
    set_values(fresh.desk(), case_id, ["owner=brume"])
    with pytest.raises(UserError, match="still a reviewer"):
        people.release(fresh.desk(), "brume", "partie")
    fresh.pin(fresh.next_manifest(**fresh.without("brume")))
    with pytest.raises(UserError, match="reason is empty"):
        people.release(fresh.desk(), "brume", "")
    done = people.release(fresh.desk(), "brume", "partie le 1er décembre")
    assert (done.staffed, done.home) == ((case_id,), str(fresh.home / "gnupg" / "brume"))
    with fresh.database() as link:
        for table, column in (("grants", "reviewer"), ("reviewers", "name")):
            assert link.execute(f"SELECT count(*) FROM {table} WHERE {column} = 'brume'").fetchone() == (0,)
    with pytest.raises(UserError, match="no reviewer named brume"):
        unlock(fresh.store, fresh.settings, "brume")
    with pytest.raises(UserError, match="no reviewer named brume"):
        people.release(fresh.desk(), "brume", "encore")
    with pytest.raises(UserError, match="owner is one of alize, cypres"):
        set_values(fresh.desk(), case_id, ["owner=brume"])
    assert ids(fresh, "cypres") == {case_id}


def test_when_everybody_is_linked_a_newcomer_gets_the_case(fresh: House) -> None:
    reporter = Reporter.new()
    case_id = fresh.new_case(fields=COOP, reporter=reporter)
    for name in ("alize", "brume", "cypres"):
        links.declare(fresh.desk(name), "Les Tilleuls")
    enrol(fresh, "alize", "brume", "cypres", "dune", "erable")
    assert people.admit(fresh.desk("alize"), "dune").cases == 1
    assert people.admit(fresh.desk("cypres"), "dune").cases == 0
    assert people.admit(fresh.desk("dune"), "erable").cases == 1
    assert ids(fresh, "dune") == ids(fresh, "erable") == {case_id}
    assert people.alarms(fresh.desk("cypres")) == []
    for name in ("alize", "brume", "cypres"):
        assert ids(fresh, name) == set()
    # What was sealed to the old set alone still joins, unread by whoever decrypts it.
    old = ("alize", "brume", "cypres")
    prints = [one.fingerprint for one in people_of(*old)["reviewers"]]
    first = fresh.desk("cypres").keyring.manifests[0]
    late = {"manifest_version": 1, "manifest_digest": first.digest, "recipients": first.recipients()}
    fresh.receive(fresh.seal("Une date.", reporter=reporter, kind="message", sealed_to=tuple(prints), **late))
    assert take_up(fresh.desk("alize")).joined == []
    assert take_up(fresh.desk("cypres")).joined == []  # it joins, and the custodian is told of no case
    assert list_cases(fresh.desk("cypres")) == []
    assert len(show_case(fresh.desk("dune"), case_id).messages) == 2
    links.let_in(fresh.desk("dune"), case_id, "alize", "une autre coopérative")
    assert ids(fresh, "alize") == {case_id}


def test_out_of_a_part_is_out_of_the_whole(fresh: House) -> None:
    source, target = fresh.new_case(), fresh.new_case()
    merge(fresh.desk(), heard(fresh, source), target, "la même histoire")
    set_values(fresh.desk(), target, ["cooperative=Les Tilleuls"])
    with fresh.store.writing() as tx:  # a name that only the first report gives
        desk = fresh.desk()
        case = desk.case(tx, source)
        desk.save(tx, case, case.with_facts(cooperative="Le Grand Parc"))
    links.declare(fresh.desk("brume"), "Le Grand Parc")
    assert ids(fresh, "brume") == set()
    enrol(fresh, "alize", "brume", "cypres", "dune", "erable")
    links.declare(fresh.desk("dune"), "Le Grand Parc")
    assert people.admit(fresh.desk(), "dune").cases == 0
    assert people.admit(fresh.desk(), "erable").cases == 2


def two_reviewers(house: House) -> None:
    house.pin(house.next_manifest(**house.without("brume")))


def test_a_lost_second_reviewer_freezes_nothing(fresh: House) -> None:
    two_reviewers(fresh)
    reporter = Reporter.new()
    case_id, excluded = fresh.new_case(reporter=reporter), fresh.new_case()
    set_values(fresh.desk(), case_id, ["category=ELE", "severity=3", "owner=cypres"])
    set_values(fresh.desk("cypres"), case_id, ["severity=2"], "moins grave")
    told = people.lost(fresh.desk("alize"), "cypres")
    assert (told.waiting, set(told.alone), told.staffed) == ((case_id,), {case_id, excluded}, (case_id,))
    assert any("retire cypres" in step for step in told.steps)
    assert "2 of your cases" in people.alarms(fresh.desk())[0].message
    waiting = fresh.seal("Envoyé avant le nouveau manifeste.", reporter=reporter, kind="message")
    with pytest.raises(UserError, match="no keys yet for: dune"):
        fresh.pin(fresh.next_manifest(**people_of("alize", "dune")))
    enrol(fresh, "alize", "dune")
    assert people.admit(fresh.desk("alize"), "dune", "cypres").cases == 2
    people.release(fresh.desk("alize"), "cypres", "clé perdue")
    assert people.alarms(fresh.desk()) == []
    # What was sealed to the old set still decrypts for the one who remained; the newcomer reads it in the case.
    fresh.receive(waiting)
    assert take_up(fresh.desk("dune")).joined == []
    assert take_up(fresh.desk("alize")).joined == [case_id]
    assert len(show_case(fresh.desk("dune"), case_id).messages) == 2
    # The lost signature waits no more: both sign anew, and the decision is taken.
    links.apply(fresh.desk("alize"))
    assert set_values(fresh.desk("alize"), case_id, ["severity=2"], "moins grave").waiting_for == "other college"
    assert set_values(fresh.desk("dune"), case_id, ["severity=2"], "moins grave").record.facts.severity == 2
    assert set(take_up(fresh.desk("dune")).cases) == set()
    fresh.receive(fresh.seal("Un signalement d'après.", sealed_to=None))
    assert len(take_up(fresh.desk("dune")).cases) == 1


def test_a_lost_key_may_be_found_again(fresh: House) -> None:
    fresh.new_case()
    people.lost(fresh.desk(), "cypres")
    assert people.alarms(fresh.desk())
    people.found(fresh.desk(), "cypres")
    assert people.alarms(fresh.desk()) == []
    with pytest.raises(UserError, match="was not told lost"):
        people.found(fresh.desk(), "cypres")
    with pytest.raises(UserError, match="You are here with that key"):
        people.lost(fresh.desk(), "alize")
    with pytest.raises(UserError, match="no reviewer named zephyr"):
        people.lost(fresh.desk(), "zephyr")


def test_who_waits_for_a_lost_colleague_alone_takes_the_report_in(fresh: House) -> None:
    people.lost(fresh.desk("alize"), "cypres")
    for name in ("alize", "brume"):
        links.declare(fresh.desk(name), "Les Tilleuls")
    fresh.receive(fresh.seal("Un signalement que personne d'autre n'ouvrirait.", fields=COOP))
    assert take_up(fresh.desk("alize")).cases == []
    with fresh.store.reading() as tx:
        assert len(tx.envelopes(OPENED)) == 1
    assert list_cases(fresh.desk("alize")) == []
    assert "without a link" in people.alarms(fresh.desk("alize"))[0].message


def test_as_it_is_typed(fresh: House) -> None:
    typed = Typed(fresh)
    case_id = fresh.new_case()
    set_values(fresh.desk(), case_id, ["owner=cypres"])
    said = typed("lost", "cypres")
    assert said[0] == "Noted: nobody waits for cypres from now on."
    assert f"{case_id}: cypres is its owner or deputy: name another one" in said
    assert any(line.startswith("1. offline machine: sourdine reviewers retire cypres") for line in said)
    assert typed.json("lost", "cypres")["staffed"] == [case_id]
    assert any("one college only" in line for line in typed("tick"))
    typed("lost", "cypres", "--found")
    enrol(fresh, "alize", "brume", "cypres", "dune")
    assert typed("admit", "dune")[0] == "dune may open 1 more cases; 0 of yours stay closed to them."
    enrol(fresh, "alize", "brume", "dune")
    said = typed("release", "cypres", "--reason", "partie")
    assert said == [
        "The keys of cypres are gone from this desk.",
        f"{case_id}: cypres was its owner or deputy. Name another one.",
    ]


ROLES = ("mediator", "editor")


@pytest.mark.parametrize("role", ROLES)
def test_only_analysts_decide(fresh: House, role: str) -> None:
    """DOMAIN S1.15: whoever is no analyst moves nothing, sets nothing, admits and releases nobody."""
    case_id, other = fresh.new_case(reporter=Reporter.new()), fresh.new_case()
    changed = tuple(replace(one, role=role) if one.name == "cypres" else one for one in keys().reviewers)
    fresh.pin(fresh.next_manifest(reviewers=changed))
    desk = fresh.desk("cypres")
    tries = [
        lambda: move_case(desk, case_id, "acknowledged", "lu"),
        lambda: set_values(desk, case_id, ["severity=4"]),
        lambda: set_values(desk, case_id, ["severity=1"], "moins"),
        lambda: people.admit(desk, "brume"),
        lambda: people.lost(desk, "brume"),
        lambda: people.found(desk, "brume"),
        lambda: people.release(desk, "brume", "partie"),
        lambda: sign_entry(desk, case_id),
        lambda: show_case(desk, case_id),
        lambda: send(desk, case_id, "bonjour"),
        lambda: hand_over(desk, case_id, "brume", reason="congé"),
        lambda: merge(desk, case_id, other, "la même"),
        lambda: links.end(desk, "brume", "x", "y"),
        lambda: links.let_in(desk, case_id, "brume", "y"),
    ]
    with fresh.store.reading() as tx:
        before = len(tx.journal())
    for attempt in tries:
        with pytest.raises(UserError, match="Your role does not"):
            attempt()
    with fresh.store.reading() as tx:
        assert len(tx.journal()) == before


def test_whoever_is_kept_out_sees_nothing_at_all(fresh: House) -> None:
    """Random exclusions and links among four: each sees exactly what they may, and not a trace of the rest."""
    draw = random.Random(20261122)
    enrol(fresh, "alize", "brume", "cypres", "dune")
    names = ("alize", "brume", "cypres", "dune")
    linked_to = {name: draw.choice(["", "Les Tilleuls", "Le Grand Parc"]) for name in names}
    for name, cooperative in linked_to.items():
        if cooperative and draw.random() < 0.7:
            links.declare(fresh.desk(name), cooperative)
        else:
            linked_to[name] = ""
    expected: dict[str, set[str]] = {name: set() for name in names}
    for number in range(14):
        cooperative = draw.choice(["Les Tilleuls, Lyon", "le grand parc", "Autre"])
        exclude = draw.choice([[], [draw.choice(names)], ["alize", "cypres"], ["brume", "dune"]])
        met = {name for name in names if linked_to[name] and linked_to[name].lower() in cooperative.lower()}
        may = [name for name in names if name not in {*exclude, *met}]
        fresh.receive(fresh.seal(f"Histoire numéro {number}.", exclude=exclude, fields={"cooperative": cooperative}))
        order = draw.sample(names, len(names))
        taken = [(name, case_id) for name in order for case_id in take_up(fresh.desk(name)).cases]
        # Nobody without a link: whoever comes first keeps the key in custody, reads nothing and is told of no case.
        assert [name for name, _ in taken] == [name for name in order if name in may][:1]
        for name in may:
            expected[name] |= {case_id for _, case_id in taken}
        if number == 6:  # four sessions stay open from here on, their cases in memory
            sessions = {name: fresh.desk(name) for name in names}
            told = {name: {hit.case_id for hit in search(sessions[name], "histoire")} for name in names}
            assert told == expected
    # A link that is declared while the sessions are open closes cases in them as well.
    late = next(name for name in names if not linked_to[name])
    links.declare(fresh.desk(late), "Autre")
    for name in names:
        links.apply(fresh.desk(name))
    with fresh.store.reading() as tx:
        closed = {case.id for one in names for case in fresh.desk(one).cases(tx) if late in case.record.linked}
    assert closed
    expected[late] -= closed
    assert {hit.case_id for hit in search(sessions[late], "histoire")} == expected[late]
    assert {line.id for line in list_cases(sessions[late])} == expected[late]
    fresh.forward(40)
    everything = set().union(*expected.values())
    assert len(everything) >= 10
    for name in names:
        desk = fresh.desk(name)
        links.apply(desk)
        assert {line.id for line in list_cases(desk)} == expected[name]
        assert {hit.case_id for hit in search(desk, "histoire")} == expected[name]
        assert {line.id for line in work_list(desk, Filters(query="histoire"))} == expected[name]
        assert {line.id for line in work_list(desk, Filters(overdue=True))} <= expected[name]
        assert {task.case_id for task in tasks(desk)} <= expected[name]
        assert {alarm.subject for alarm in case_alarms(desk)} <= expected[name]
        assert all(case_id not in str(people.alarms(desk)) for case_id in everything - expected[name])
        with fresh.store.reading() as tx:
            told = {case.subject for case in desk.cases(tx)}
            lines = tx.journal()
            assert desk.changed_reasons(tx) == []
            readable = [line for case in desk.cases(tx) for line, _ in desk.history(tx, case)]
            assert {line.subject for line in readable} <= told
            assert all(case_id not in row.line.subject for row in lines for case_id in everything)
        for case_id in everything - expected[name]:
            for attempt in (show_case, lambda d, i: set_values(d, i, ["severity=4"])):
                with pytest.raises(UserError, match="You have no case of that number"):
                    attempt(desk, case_id)


def test_a_forged_row_of_a_newcomer_is_refused(fresh: House) -> None:
    enrol(fresh, "alize", "brume", "cypres", "dune")
    with fresh.database() as link:
        link.execute("UPDATE reviewers SET college = 'members' WHERE name = 'dune'")
    with pytest.raises(TrustError):
        fresh.desk()
