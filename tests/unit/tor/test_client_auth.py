"""Client keys: made by code, read again strictly, because tor opens the onion when it cannot read them."""

from __future__ import annotations

import base64
import itertools
import os
import re
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tor.address import onion_address
from tor.client_auth import ClientKey, Clients
from tor.errors import TorError

ADDRESS = onion_address(bytes(32))
LINE = "descriptor:x25519:" + "A" * 52 + "\n"


@pytest.fixture
def clients(tmp_path: Path) -> Clients:
    return Clients(tmp_path / "courier" / "authorized_clients")


def put(clients: Clients, name: str, text: str, mode: int = 0o600) -> None:
    clients.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (clients.folder / name).write_bytes(text.encode())
    (clients.folder / name).chmod(mode)


def test_a_pair_belongs_together_and_hides_itself() -> None:
    key = ClientKey.generate("anne")
    private = base64.b32decode(key.private_base32 + "====")
    assert X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw() == key.public
    assert re.fullmatch("[A-Z2-7]{52}", key.private_base32)
    assert key.auth_file() == f"descriptor:x25519:{key.public_base32}\n"
    assert key.private_line(ADDRESS) == f"{ADDRESS[:56]}:descriptor:x25519:{key.private_base32}\n"
    assert repr(key) == "ClientKey(name='anne')"


def test_the_line_for_a_mistyped_address_is_refused() -> None:
    with pytest.raises(TorError, match="not an onion address"):
        ClientKey.generate("anne").private_line("a" * 56 + ".onion")


def test_keys_come_and_go(clients: Clients) -> None:
    assert clients.names() == ()
    anne, bob = clients.add("anne"), clients.add("bob-2")
    assert clients.names() == ("anne", "bob-2")
    assert clients.publics() == (anne.public_base32, bob.public_base32)
    assert stat.S_IMODE((clients.folder / "anne.auth").stat().st_mode) == 0o600
    assert {stat.S_IMODE(p.stat().st_mode) for p in (clients.folder, clients.folder.parent)} == {0o700}
    clients.remove("anne")
    assert clients.check() == {"bob-2": bob.public_base32}


def test_the_folder_is_never_empty_for_tor(clients: Clients) -> None:
    clients.add("anne")
    clients.remove("anne")
    kept = clients.folder / "nobody.auth"
    assert list(clients.folder.iterdir()) == [kept]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert clients.check() == {}, "nobody is no client"
    before = kept.read_text()
    clients.keep_closed()
    clients.add("bob")
    assert kept.read_text() == before
    assert clients.names() == ("bob",)
    kept.write_text("garbage\n")
    with pytest.raises(TorError, match="malformed"):
        clients.check()


def test_the_private_half_is_on_no_disk(clients: Clients) -> None:
    key = clients.add("anne")
    assert key.private_base32 not in "".join(path.read_text() for path in clients.folder.iterdir())


def test_a_name_is_given_once(clients: Clients) -> None:
    first = clients.add("anne")
    with pytest.raises(TorError, match="named anne already"):
        clients.add("anne")
    assert clients.publics() == (first.public_base32,)


@pytest.mark.parametrize("name", ["", "Anne", "a b", "../x", "a/b", "-a", "a-", "x" * 33, "é", "a.auth", "nobody"])
def test_a_name_is_a_plain_word(clients: Clients, name: str) -> None:
    for refused in (clients.add, clients.remove, ClientKey.generate):
        with pytest.raises(TorError, match="not a name"):
            refused(name)


def test_an_unknown_name_cannot_be_revoked(clients: Clients) -> None:
    with pytest.raises(TorError, match="no client key named bob"):
        clients.remove("bob")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.auth", ""),
        ("a.auth", "garbage\n"),
        ("a.auth", LINE.rstrip()),
        ("a.auth", LINE + "\n"),
        ("a.auth", LINE + LINE.replace("A", "B", 3)),
        ("a.auth", LINE.replace("\n", "\r\n")),
        ("a.auth", LINE.replace("\n", "====\n")),
        ("a.auth", LINE.lower()),
        ("a.auth", LINE.replace("AAAA\n", "AAAB\n")),
        ("a.auth", LINE.replace("A\n", "\n")),
        ("a.auth", LINE.replace("x25519", "rsa")),
        ("a.auth", LINE.replace("A" * 52, "é" * 26)),
        ("a.auth~", LINE),
        ("a.auth.bak", LINE),
        ("a", LINE),
        ("A.auth", LINE),
        (".auth", LINE),
        (".a.auth.swp", LINE),
    ],
)
def test_one_wrong_file_stops_everything(clients: Clients, name: str, text: str) -> None:
    clients.add("good")
    put(clients, name, text)
    for read in (clients.check, clients.names, clients.publics):
        with pytest.raises(TorError, match=r"malformed|not the name") as refused:
            read()
    assert "not published" in refused.value.hint
    assert "A" * 20 not in refused.value.message


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_of_others_is_refused(clients: Clients, mode: int) -> None:
    put(clients, "a.auth", LINE, mode)
    with pytest.raises(TorError, match="Others can read"):
        clients.check()


def test_a_loose_folder_is_refused(clients: Clients) -> None:
    clients.add("anne")
    clients.folder.chmod(0o755)
    with pytest.raises(TorError, match="Others can read the folder"):
        clients.check()
    with pytest.raises(TorError, match="Others can read the folder"):
        clients.add("bob")


def test_a_link_or_a_folder_is_no_key(clients: Clients, tmp_path: Path) -> None:
    clients.add("anne")
    (clients.folder / "bob.auth").symlink_to(clients.folder / "anne.auth")
    with pytest.raises(TorError, match="not a plain file"):
        clients.check()
    (clients.folder / "bob.auth").unlink()
    (clients.folder / "bob.auth").mkdir()
    with pytest.raises(TorError, match="not a plain file"):
        clients.check()


def test_one_key_under_two_names_is_refused(clients: Clients) -> None:
    put(clients, "a.auth", LINE)
    put(clients, "b.auth", LINE)
    with pytest.raises(TorError, match="are the same"):
        clients.check()


def test_a_key_that_goes_while_we_read(clients: Clients) -> None:
    """One thread revokes and makes keys, another one looks: it never stumbles."""
    clients.add("anne")
    ended = threading.Event()

    def come_and_go() -> None:
        for number in itertools.count():
            if ended.is_set():
                return
            clients.add(f"bob-{number}")
            clients.remove(f"bob-{number}")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        seen = [tuple(clients.check()) for _ in range(2000)]
    finally:
        ended.set()
        thread.join()
    assert {names[0] for names in seen} == {"anne"}


def test_what_a_crash_left_behind_is_passed_over(clients: Clients) -> None:
    clients.add("anne")
    for number in (123, os.getpid()):
        put(clients, f".bob.auth.{number}.part", "descr")
    assert clients.names() == ("anne",)
    clients.add("bob")
    assert clients.names() == ("anne", "bob")
