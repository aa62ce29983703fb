"""The site as files: every page, every link, the data and the log, without a name, whole or not at all."""

from __future__ import annotations

import http.client
import json
import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from app.cli import main
from app.domain.cooperative_id import cooperative_id
from app.domain.entry import Entry, parse_signed
from app.errors import UserError
from app.registry import static
from app.registry.static import Written, write_site
from tests.fakes.issuer import Issuer, forget_keys
from tests.unit.domain.samples import REGC_ID, raw_entry
from tests.web.registry_site import COOPERATIVE, NAME, NAMED, OTHER_ID, RICH, THIRD_ID, Page, Site, tombstone

pytestmark = pytest.mark.slow

FOURTH_ID = "REGC-2026-DDDDDDDDDDDDDDDD"


@pytest.fixture(scope="module", autouse=True)
def _keys() -> Iterator[None]:
    yield
    forget_keys()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path, nominative=True)
    made.load(RICH, raw_entry(regc_id=OTHER_ID), raw_entry(regc_id=FOURTH_ID))
    made.load(NAMED, name=NAME)
    made.day("2026-12-03")
    made.load(tombstone(OTHER_ID, "replaced", replaced_by=(REGC_ID,)), tombstone(FOURTH_ID, "withdrawn"))
    yield made
    made.close()


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """A test is quiet."""


@pytest.fixture
def served(site: Site, tmp_path: Path) -> Iterator[tuple[Path, int]]:
    write_site(site.settings, tmp_path / "out")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(tmp_path / "out")))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield tmp_path / "out", server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(port: int, path: str) -> tuple[int, str, bytes]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        link.request("GET", path)
        answer = link.getresponse()
        data = answer.read()
        if answer.status == 301:  # a plain server adds the slash of a folder
            return fetch(port, answer.headers["Location"])
        return answer.status, answer.headers.get_content_type(), data
    finally:
        link.close()


def test_every_link_leads_to_a_file_of_the_copy(served: tuple[Path, int]) -> None:
    port = served[1]
    waiting, seen = ["/", "/fr/", "/en/"], set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        status, kind, data = fetch(port, path)
        assert status == 200, path
        if kind == "text/html":
            for link in Page.of(data).links:
                parts = urlsplit(urljoin(path, link))
                if not parts.scheme and not parts.netloc:
                    waiting.append(parts.path)
    assert {f"/entry/{REGC_ID}", f"/en/entry/{THIRD_ID}", f"/cooperative/{COOPERATIVE}", "/policy"} <= seen
    assert {"/export/entries.json", "/export/delta/2026-12-03.json", "/openapi.json", "/feed.atom"} <= seen


def test_every_name_ever_published_resolves(served: tuple[Path, int], site: Site) -> None:
    folder, port = served
    for prefix in ("", "/fr", "/en"):
        for name in (REGC_ID, OTHER_ID, THIRD_ID, FOURTH_ID):
            assert fetch(port, f"{prefix}/entry/{name}")[0] == 200
        moved = fetch(port, f"{prefix}/entry/{OTHER_ID}")[2].decode()
        assert f'/entry/{REGC_ID}"' in moved
        assert "http-equiv" not in moved
    gone = (folder / f"entry/{FOURTH_ID}/index.html").read_text("utf-8")
    assert "Trois Rivières" not in gone
    assert gone == site.get(f"/entry/{FOURTH_ID}").get_data(as_text=True)
    assert (folder / "_redirects").read_text("utf-8").splitlines() == [
        f"/entry/{OTHER_ID} /entry/{REGC_ID} 301",
        f"/fr/entry/{OTHER_ID} /entry/{REGC_ID} 301",
        f"/en/entry/{OTHER_ID} /en/entry/{REGC_ID} 301",
    ]


def test_pages_and_data_are_those_of_the_site(served: tuple[Path, int], site: Site) -> None:
    folder = served[0]
    same = ("export/entries.json", "export/entries.csv", "export/statements.csv", "export/entries.ftm.json")
    for name in (*same, "export/delta/index.json", "export/delta/2026-12-02.json", "openapi.json", "feed.atom"):
        assert (folder / name).read_bytes() == site.get(f"/{name}").data
    for path in (f"entry/{REGC_ID}", "en/policy", "fr/verify"):
        assert (folder / path / "index.html").read_bytes() == site.get(f"/{path}").data


def test_two_ids_of_one_cooperative_both_lead_to_it(site: Site, tmp_path: Path) -> None:
    site.load(raw_entry(regc_id="REGC-2026-EEEEEEEEEEEEEEEE", cooperative__identifier=None))
    alias = site.store.find("REGC-2026-EEEEEEEEEEEEEEEE")
    assert alias is not None
    assert isinstance(alias.record, Entry)
    name = cooperative_id(alias.record.cooperative)
    site.store.load_directory("desk.example", 1, "0" * 64, {}, {name: COOPERATIVE})
    write_site(site.settings, tmp_path / "out")
    moved = (tmp_path / f"out/en/cooperative/{name}/index.html").read_text("utf-8")
    assert f'href="/en/cooperative/{COOPERATIVE}"' in moved
    assert (tmp_path / f"out/en/cooperative/{COOPERATIVE}/index.html").exists()
    lines = (tmp_path / "out/_redirects").read_text("utf-8").splitlines()
    assert f"/cooperative/{name} /cooperative/{COOPERATIVE} 301" in lines


def test_no_name_of_a_person_is_in_a_copy(served: tuple[Path, int], site: Site) -> None:
    assert NAME in site.text(f"/entry/{THIRD_ID}")
    for path in served[0].rglob("*"):
        assert path.is_dir() or NAME.encode() not in path.read_bytes()


def test_the_search_gives_way_to_a_list(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static, "LISTED", 1)
    write_site(site.settings, tmp_path / "out")
    names = [REGC_ID, THIRD_ID]
    for number, name in enumerate(names, start=1):
        path = "search" if number == 1 else f"search/{number}"
        for prefix in ("", "fr", "en"):
            page = (tmp_path / "out" / prefix / path / "index.html").read_text("utf-8")
            assert f'/entry/{name}"' in page
            Page.of(page.encode())
    assert not (tmp_path / "out/search/3").exists()


def test_an_empty_register_has_a_copy_too(tmp_path: Path) -> None:
    made = Site(tmp_path)
    try:
        done = write_site(made.settings, tmp_path / "out")
    finally:
        made.close()
    assert done.pages > 20
    assert "Rien n'est publié" in (tmp_path / "out/search/index.html").read_text("utf-8").replace("&#39;", "'")


def test_everyone_may_read_a_copy_and_only_whole_files_are_in_it(site: Site, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_site(site.settings, tmp_path / "new/out")
    finally:
        os.umask(before)
    for path in (tmp_path / "new/out").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644) or path.name == "_redirects"
        assert not path.name.endswith(".half")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["out"]


def test_a_copy_takes_the_place_of_an_older_one(site: Site, tmp_path: Path) -> None:
    write_site(site.settings, tmp_path / "out")
    site.load(tombstone(THIRD_ID, "withdrawn"))
    write_site(site.settings, tmp_path / "out")
    gone = (tmp_path / f"out/entry/{THIRD_ID}/index.html").read_text("utf-8")
    assert "Trois Rivières" not in gone
    entries = json.loads((tmp_path / "out/export/entries.json").read_bytes())["entries"]
    assert [parse_signed(one["entry"]).status for one in entries] == ["published", "replaced", "withdrawn", "withdrawn"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("out.")]


@pytest.mark.parametrize(
    "make", [lambda path: path.write_text("x", "utf-8"), lambda path: (path / "sub").mkdir(parents=True)]
)
def test_what_is_no_copy_is_left_alone(site: Site, tmp_path: Path, make: Any) -> None:
    make(tmp_path / "out")
    with pytest.raises(UserError, match="is no copy of a registry"):
        write_site(site.settings, tmp_path / "out")
    assert not (tmp_path / "out.part").exists()


def test_a_run_cut_short_goes_on(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = write_site(site.settings, tmp_path / "whole")
    asked: list[str] = []
    get = static._Copy._get

    def counted(self: Any, path: str) -> Any:
        if len(asked) == 30:
            raise KeyboardInterrupt
        asked.append(path)
        return get(self, path)

    monkeypatch.setattr(static._Copy, "_get", counted)
    with pytest.raises(KeyboardInterrupt):
        write_site(site.settings, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    kept = set(asked)
    asked[:] = ["x"] * 31
    assert write_site(site.settings, tmp_path / "out") == done
    again = kept & set(asked)
    assert not [path for path in again if path.startswith("/entry") and not path.endswith(OTHER_ID)]
    for path in (tmp_path / "whole").rglob("*"):
        if path.is_file() and path.name != "_redirects":
            assert (tmp_path / "out" / path.relative_to(tmp_path / "whole")).read_bytes() == path.read_bytes()


def test_a_copy_of_another_state_is_begun_anew(site: Site, tmp_path: Path) -> None:
    (tmp_path / "out.part/entry/old").mkdir(parents=True)
    (tmp_path / "out.part/site.json").write_text('{"format": "sourdine-registry-site/v1"}', "utf-8")
    write_site(site.settings, tmp_path / "out")
    assert not (tmp_path / "out/entry/old").exists()


def test_a_run_that_ended_between_its_last_steps_is_mended(site: Site, tmp_path: Path) -> None:
    write_site(site.settings, tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "out.old")
    write_site(site.settings, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("out")] == ["out"]


def test_a_register_that_changes_meanwhile_gives_no_copy(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = static._Copy.data

    def changed(self: Any) -> None:
        data(self)
        site.load(tombstone(THIRD_ID, "withdrawn"))

    monkeypatch.setattr(static._Copy, "data", changed)
    with pytest.raises(UserError, match="changed while its copy"):
        write_site(site.settings, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_page_that_does_not_answer_stops_the_copy(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static, "_EXPORTS", ("no-such-file",))
    with pytest.raises(UserError, match="answers 404"):
        write_site(site.settings, tmp_path / "out")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issuer = Issuer()
    (tmp_path / "manifest").write_bytes(issuer.manifest_bytes)
    (tmp_path / "export").write_bytes(issuer.export(raw_entry()))
    toml = f"""origin = "regc.example"
[publisher]
name = "OETC"
director = "D"
host = "H"
address = "A"
[[issuers]]
root = "{issuer.root.public.hex()}"
manifest = "manifest"
"""
    (tmp_path / "today").write_text("2026-12-02", "ascii")
    home = tmp_path / "registry"
    home.mkdir()
    (tmp_path / "manifest").rename(home / "manifest")
    (home / "registry.toml").write_text("trial = true\n" + toml, "utf-8")

    def run(*words: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main.main(["registry", *words, "--config", str(home / "registry.toml")])
        return int(ended.value.code or 0)

    assert run("init") == run("import", str(tmp_path / "export")) == 0
    out = str(tmp_path / "out")
    capsys.readouterr()
    assert run("export", "--to", out) == 0
    assert "files of data are in" in capsys.readouterr().out
    assert run("export", "--to", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["folder"] == out
    assert Written(found["pages"], found["files"]).pages > 20
    verify = ["registry", "verify", out, "--root", issuer.root.public.hex(), "--json"]
    with pytest.raises(SystemExit) as ended:
        main.main(verify)
    assert json.loads(capsys.readouterr().out)["holds"]
    assert not ended.value.code
    (home / "registry.toml").write_text("trial = true\n" + toml.replace("regc.example", ""), "utf-8")
    assert run("export", "--to", str(tmp_path / "out")) == 1


def test_a_place_that_cannot_be_written_is_a_sentence(site: Site) -> None:
    with pytest.raises(UserError, match="could not be written"):
        write_site(site.settings, Path("/dev/null/copy"))
