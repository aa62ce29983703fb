"""A machine without a network: a namespace in which only `lo` is up, and a person at the desk's page inside it.

unshare -rn python tests/fakes/alone.py DESK_FOLDER OUTBOX
"""

from __future__ import annotations

import fcntl
import http.client
import json
import re
import socket
import struct
import sys
import time
import urllib.parse
from pathlib import Path

from app.settings import DeskSettings, load
from tests.browser.sockets import Socket, sockets_of
from tests.fakes.desk_door import ServedDesk, served

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
WAIT_SECONDS = 60
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def only_lo() -> list[str]:
    """Bring `lo` up; the names of every interface there is."""
    with socket.socket() as any_socket:
        name = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(any_socket, SIOCGIFFLAGS, name))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | IFF_UP, b""))
    return [name for _, name in socket.if_nameindex()]


class Person:
    """Somebody with a browser that keeps one cookie and follows where a form leads."""

    def __init__(self, desk: ServedDesk) -> None:
        self.desk = desk
        self.cookie = ""

    def ask(self, path: str, /, **form: str) -> str:
        """GET, or POST when there are fields; the page at the end of the redirects."""
        method, body = ("POST", urllib.parse.urlencode(form)) if form else ("GET", None)
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            status, where, page = self._once(method, path, body)
            if status == 303:
                method, path, body = "GET", where, None
            elif 'http-equiv="refresh"' in page:
                time.sleep(0.2)
            else:
                assert status == 200, f"{path}: {status}\n{page}"
                return page
        raise AssertionError(f"{path} did not end")

    def _once(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        headers = {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        link = http.client.HTTPConnection("127.0.0.1", self.desk.port, timeout=WAIT_SECONDS)
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            if cookie := answer.getheader("Set-Cookie"):
                self.cookie = cookie.partition(";")[0]
            return answer.status, answer.getheader("Location") or "", answer.read().decode()
        finally:
            link.close()


def family(pid: int) -> list[int]:
    """A process and everything it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def day(person: Person, outbox: str) -> set[Socket]:
    """Unlock, list, read, reply, write an outbox, lock; the sockets that the desk had meanwhile."""
    person.ask("/", code=person.desk.code)
    listed = person.ask("/unlock", reviewer="alize", passphrase="")
    (case_id,) = set(re.findall(r'href="/cases/([a-z2-7]{12})"', listed))
    assert "Le conseil a décidé seul" in person.ask(f"/cases/{case_id}")
    asked = person.ask(f"/cases/{case_id}/reply", kind="acknowledgement", text="Nous vous lisons.")
    assert "Scellé" in person.ask(f"/cases/{case_id}/reply/confirm", **dict(HIDDEN.findall(asked)))
    assert "1 re" in person.ask("/carry/outbox", path=outbox)
    seen = {one for pid in family(person.desk.pid) for one in sockets_of(pid)}
    assert "Déverrouiller" in person.ask("/lock", x="")
    return seen


def main(folder: str, outbox: str) -> None:
    interfaces = only_lo()
    settings = load(DeskSettings, Path(folder) / "desk.toml")
    with served(settings, port=int(settings.door.listen.rpartition(":")[2])) as desk:
        seen = day(Person(desk), outbox)
    outside = [vars(one) for one in seen if not one.is_inside]
    print(json.dumps({"interfaces": interfaces, "sockets": len(seen), "outside": outside}))


if __name__ == "__main__":
    main(*sys.argv[1:])
