"""Each bad input, sent to the running door: a clear page, the right status, nothing stored, nothing lost."""

from __future__ import annotations

import re
import secrets
import socket
import subprocess
import time

import pytest

from app.cli.visitor import Upload
from tests.journey.house import STORY, House, submit

KEPT = "Le texte que la personne a mis une heure à écrire, et qui ne doit pas se perdre en route."


@pytest.mark.parametrize(
    ("story", "status"), [("", 400), ("x" * 49, 400), ("x" * 50, 200), ("é" * 100_000, 200), ("é" * 100_001, 413)]
)
def test_length_of_the_story(house: House, story: str, status: int) -> None:
    visitor = house.visitor()
    form = visitor.get("/report").form("/report/review") | {"story": story, "topic": "9", "follow_up": "none"}
    page = visitor.post("/report/review", form)
    assert page.status == status
    if story:
        assert story in page.text


def test_twenty_files_and_twenty_one(house: House) -> None:
    files = [Upload(f"{n}.txt", b"x") for n in range(21)]
    before = house.envelopes()
    assert submit(house.visitor(), {"story": KEPT}, files[:20]).status == 200
    assert len(house.envelopes() - before) == 1
    before = house.envelopes()
    page = submit(house.visitor(), {"story": KEPT}, files)
    assert page.status == 413
    assert KEPT in page.text
    assert house.envelopes() == before


@pytest.mark.parametrize("exclude", [["nobody-known"], ["alize", "brume", "cypres"], ["cypres"]])
def test_impossible_recusals(house: House, exclude: list[str]) -> None:
    before = house.envelopes()
    visitor = house.visitor()
    form: dict[str, str | list[str]] = dict(visitor.get("/report").form("/report/review"))
    page = visitor.post("/report/review", form | {"story": KEPT, "exclude": exclude})
    assert page.status == 400
    assert KEPT in page.text
    assert house.envelopes() == before


def test_a_missing_or_forged_attempt_keeps_the_text(house: House) -> None:
    visitor = house.visitor()
    form = visitor.get("/report").form("/report/review")
    forged = form["attempt"][:-2] + ("AA" if form["attempt"][-2:] != "AA" else "BB")
    for attempt in ("", forged, "x"):
        page = visitor.post("/report/review", form | {"story": KEPT, "attempt": attempt})
        assert page.status == 400
        assert KEPT in page.text
        assert page.form("/report/review")["attempt"] not in {"", attempt}


def test_a_repeat_makes_no_second_report_and_shows_the_same_words(house: House) -> None:
    visitor = house.visitor()
    form = visitor.get("/report").form("/report/review") | {"story": KEPT, "follow_up": "codename"}
    fields = list(visitor.post("/report/review", form).form("/report").items())
    before = house.envelopes()
    first = visitor.upload("/report", fields, [Upload("a.txt", b"one")])
    again = visitor.upload("/report", fields, [Upload("a.txt", b"one")])
    other = visitor.upload("/report", fields, [Upload("a.txt", b"two")])
    assert [page.status for page in (first, again, other)] == [200, 200, 200]
    assert first.items("codename") == again.items("codename") == other.items("codename")
    assert len(house.envelopes() - before) == 1
    assert other.text != again.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("abandon " * 7 + "zzzzzz", "8"),
        ("un deux", "2"),
        ("", None),
    ],
)
def test_codename_mistakes_are_named(house: House, typed: str, said: str | None) -> None:
    page = house.visitor().post("/replies", {"codename": typed})
    assert page.status == 400
    if said:
        assert said in page.text


def raw(house: House, request: bytes, *, shut: bool = True, wait: float = 20) -> bytes:
    with socket.create_connection(("127.0.0.1", house.base), timeout=wait) as link:
        link.sendall(request)
        if shut:
            link.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := link.recv(65536):
            answer += chunk
        return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def head(house: House, method: str, path: str, *lines: str, host: str = "") -> bytes:
    first = [f"{method} {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{house.base}'}", "Connection: close", *lines]
    return ("\r\n".join(first) + "\r\n\r\n").encode()


@pytest.mark.parametrize(
    ("method", "path", "host", "status"),
    [
        ("GET", "/nowhere", "", 404),
        ("DELETE", "/report", "", 405),
        ("GET", "/report/review", "", 405),
        ("GET", "/", "evil.example", 421),
        ("GET", "/fr/", "", 200),
        ("GET", "/en/", "", 200),
    ],
)
def test_wrong_method_host_and_route(house: House, method: str, path: str, host: str, status: int) -> None:
    answer = raw(house, head(house, method, path, host=host))
    assert status_of(answer) == status
    assert b"Server:" not in answer
    assert b"default-src 'none'" in answer


def test_a_post_from_another_site_is_refused(house: House) -> None:
    lines = ("Sec-Fetch-Site: cross-site", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 10")
    assert status_of(raw(house, head(house, "POST", "/replies", *lines) + b"codename=x")) == 403


def multipart(house: House, boundary: str, *, tail: bytes, length: int | None = None) -> bytes:
    form = house.visitor().get("/report").form("/report/review") | {"story": KEPT, "follow_up": "none"}
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in form.items()
    )
    body += tail
    lines = (
        f"Content-Type: multipart/form-data; boundary={boundary}",
        f"Content-Length: {len(body) if length is None else length}",
    )
    return head(house, "POST", "/report", *lines) + body


def file_part(boundary: str, name: bytes, data: bytes) -> bytes:
    return (
        f"--{boundary}\r\n".encode()
        + b'Content-Disposition: form-data; name="files"; filename="'
        + name
        + b'"\r\nContent-Type: application/octet-stream\r\n\r\n'
        + data
        + b"\r\n"
    )


def test_truncated_and_malformed_bodies(house: House) -> None:
    before = house.envelopes()
    truncated = multipart(house, "B1", tail=file_part("B1", b"a.bin", b"x" * 5000))
    answer = raw(house, truncated)
    assert status_of(answer) == 400
    assert KEPT.encode() in answer
    assert (
        status_of(raw(house, multipart(house, "B1", tail=b"--B1--\r\n").replace(b"boundary=B1", b"boundary=ZZ"))) == 400
    )
    late = file_part("B1", b"a", b"x") + b'--B1\r\nContent-Disposition: form-data; name="topic"\r\n\r\n1\r\n--B1--\r\n'
    assert status_of(raw(house, multipart(house, "B1", tail=late))) == 400
    twice = b'--B1\r\nContent-Disposition: form-data; name="story"\r\n\r\nagain\r\n--B1--\r\n'
    assert status_of(raw(house, multipart(house, "B1", tail=twice))) == 400
    assert house.envelopes() == before


@pytest.mark.parametrize("name", [b"a\x00b.txt", "\u202etxt.exe".encode(), b"\xff\xfe.bin", b"a" * 5000])
def test_hostile_file_names_never_break_the_door(house: House, name: bytes) -> None:
    answer = raw(house, multipart(house, "B1", tail=file_part("B1", name, b"x") + b"--B1--\r\n"))
    assert status_of(answer) in {200, 400}
    assert status_of(answer) == 200 or KEPT.encode() in answer


def gpg_processes(house: House) -> list[str]:
    found = subprocess.run(["pgrep", "-af", "gpg.*--encrypt|gpg.* -e"], capture_output=True, text=True, check=False)
    return [line for line in found.stdout.splitlines() if str(house.data) in line]


def test_a_client_that_leaves_midway_leaves_nothing(house: House) -> None:
    """gpg must be killed: closing its input would seal half a report as if it were whole."""
    before = house.envelopes()
    request = multipart(
        house, "B1", tail=file_part("B1", b"big.bin", b"")[:-2] + secrets.token_bytes(3_000_000), length=9_000_000
    )
    with socket.create_connection(("127.0.0.1", house.base), timeout=20) as link:
        link.sendall(request)
        deadline = time.monotonic() + 10
        while not gpg_processes(house) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert gpg_processes(house)
    deadline = time.monotonic() + 15
    while (gpg_processes(house) or house.envelopes() != before) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert gpg_processes(house) == []
    assert house.envelopes() == before


@pytest.mark.slow
def test_over_five_hundred_megabytes_is_a_readable_page(house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    source = tmp_path_factory.mktemp("big") / "zeros"
    with source.open("wb") as stream:
        stream.truncate(500_000_001)
    before = house.envelopes()
    page = submit(house.visitor(), {"story": KEPT}, [Upload("trop.bin", source)])
    assert page.status == 413
    assert KEPT in page.text
    assert re.search(r"500", page.text)
    assert house.envelopes() == before
    assert STORY not in page.text
