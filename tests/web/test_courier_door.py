"""The courier's door, page by page, through Flask's client: who enters, what is taken, what is left."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.courier import accounts, create_app
from app.courier.accounts import STEP_SECONDS, NewAccount, code_at, new_account
from app.courier.session import COOKIE
from app.errors import UserError
from app.stores.couriers import Couriers
from app.stores.intake import IntakeStore
from app.transfer import outbox as outbox_files
from crypto.errors import FormatError, TrustError
from crypto.outbox import Receipt
from crypto.pickup import OpenedPickup
from crypto.signing import SigningKey
from tests.fakes.instance import HOST, TODAY, Instance, add_envelope


class Browser(FlaskClient):
    """Flask's client at this door's address."""

    def open(self, path: str, **more: object) -> TestResponse:
        return super().open(path, base_url=f"http://{HOST}", **more)


@dataclass
class Place:
    """One intake and a browser at its courier door."""

    instance: Instance
    store: IntakeStore
    account: NewAccount
    client: FlaskClient
    now: float

    def post(self, path: str, data: dict[str, object], **more: object) -> TestResponse:
        return self.client.post(path, data=data, **more)

    def log_in(self, **changes: str) -> TestResponse:
        form = {"name": "rivet", "password": self.account.password, "totp": code_at(self.account.totp, self.now)}
        return self.post("/login", form | changes)

    def next_code(self) -> None:
        self.now += STEP_SECONDS

    def push(self, data: bytes, field: str = "file", **fields: object) -> TestResponse:
        form = {**fields, field: (io.BytesIO(data), "outbox")}
        return self.post("/outbox", form, content_type="multipart/form-data")

    def open(self, data: bytes) -> OpenedPickup:
        return OpenedPickup(io.BytesIO(data), self.instance.pickup.public)

    def receipts(self, data: bytes) -> tuple[Receipt, ...]:
        header = self.open(data).header
        return tuple(Receipt(entry.id, entry.sha256, header.number) for entry in header.entries)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(accounts, "MEMORY_KIB", 64)
    instance = Instance.make(tmp_path)
    store = instance.store()
    account = new_account("rivet")
    Couriers(store.engine).add(account.row)
    app = create_app(instance.settings, now=lambda: made.now)
    app.test_client_class = Browser
    made = Place(instance, store, account, app.test_client(), 1_795_000_005.0)
    yield made
    store.close()


@pytest.fixture
def inside(place: Place) -> Place:
    assert place.log_in().status_code == 303
    return place


# -- who enters --------------------------------------------------------------------------------------------------------


def test_without_a_session_only_the_form_shows(place: Place) -> None:
    first = place.client.get("/")
    assert (first.status_code, first.location) == (303, "/login")
    assert place.client.get("/login").status_code == 200
    assert place.client.get("/pickup").status_code == 403
    assert place.push(place.instance.outbox()).status_code == 403
    assert place.post("/logout", {}).status_code == 303
    assert place.store.counts().replies == 0


def test_the_cookie_is_as_strict_as_cookies_get(place: Place) -> None:
    cookie = place.log_in().headers["Set-Cookie"]
    assert cookie.startswith(COOKIE + "=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=3600"):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert "rivet" not in cookie


@pytest.mark.parametrize(
    "wrong", [{"name": "nobody"}, {"password": "x"}, {"totp": "000000"}, {"totp": ""}, {"name": ""}]
)
def test_whatever_is_wrong_the_answer_is_one(place: Place, wrong: dict[str, str]) -> None:
    answer = place.log_in(**wrong)
    reference = place.log_in(password="y")
    assert answer.status_code == 403
    assert answer.data == reference.data
    assert "Set-Cookie" not in answer.headers


def test_after_five_mistakes_the_door_slows_down(place: Place) -> None:
    for _ in range(5):
        assert place.log_in(password="x").status_code == 403
    answer = place.log_in()
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert "Trop d&#39;essais" in answer.text


def test_a_session_ends_with_its_hour_its_logout_or_its_account(inside: Place) -> None:
    assert inside.client.get("/").status_code == 200
    inside.now += 3601
    assert inside.client.get("/").status_code == 303
    inside.log_in()
    cookie = inside.client.get_cookie(COOKIE, domain="127.0.0.1")
    assert cookie is not None
    answer = inside.post("/logout", {})
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    inside.client.set_cookie(COOKIE, cookie.value, domain="127.0.0.1")
    assert inside.client.get("/").status_code == 303
    inside.next_code()
    inside.log_in()
    couriers = Couriers(inside.store.engine)
    couriers.revoke("rivet")
    assert inside.client.get("/pickup").status_code == 403
    couriers.add(new_account("rivet").row)
    assert inside.client.get("/").status_code == 303


def test_a_code_serves_once_for_each_verb(inside: Place) -> None:
    add_envelope(inside.store, b"one")
    assert inside.client.get("/pickup").status_code == 200
    assert inside.client.get("/pickup").status_code == 200  # the same session goes on
    assert inside.log_in().status_code == 303
    refused = inside.client.get("/pickup")
    assert refused.status_code == 409
    assert 'data-key="code_used"' in refused.text
    first = inside.instance.outbox(1)
    assert inside.push(first).status_code == 200  # the other verb of this code
    assert inside.log_in().status_code == 303
    assert inside.push(inside.instance.outbox(2, first)).status_code == 409
    inside.next_code()
    inside.log_in()
    assert inside.client.get("/pickup").status_code == 200
    assert inside.push(inside.instance.outbox(2, first)).status_code == 200


def test_a_form_from_elsewhere_is_refused(place: Place) -> None:
    answer = place.client.post("/login", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert place.client.get("/login", headers={"Host": "evil.example"}).status_code == 421


# -- counts ------------------------------------------------------------------------------------------------------------


def test_counts_are_numbers_only(inside: Place) -> None:
    envelope = add_envelope(inside.store, b"one")
    lost = add_envelope(inside.store, b"lost")
    inside.store.files.path(lost).unlink()
    page = inside.client.get("/").text
    found = dict(re.findall(r'<dd id="(\w+)">([^<]*)', page))
    assert (found["envelopes"], found["size"], found["replies"], found["numbers"]) == ("2", "7", "0", "0 / 0")
    assert "ont perdu leur fichier" in page
    assert envelope not in page
    assert "expir" not in page
    inside.instance.set_day(TODAY + timedelta(days=400))
    assert "expiré" in inside.client.get("/").text


def test_pages_are_french_first_with_english_beside(inside: Place) -> None:
    for path in ("/", "/login"):
        page = inside.client.get(path).text
        assert '<html lang="fr">' in page
        assert 'lang="en"' in page
        assert "Trial" in page
        assert "<script" not in page
        assert "style=" not in page
        assert "http" not in page


# -- pickup ------------------------------------------------------------------------------------------------------------


def test_nothing_waits(inside: Place) -> None:
    answer = inside.client.get("/pickup")
    assert (answer.status_code, answer.data) == (204, b"")


def test_a_pickup_is_taken_whole(inside: Place) -> None:
    add_envelope(inside.store, b"one")
    answer = inside.client.get("/pickup")
    assert answer.status_code == 200
    assert answer.content_type == "application/octet-stream"
    assert answer.content_length == len(answer.data)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "no-store"
    opened = inside.open(answer.data)
    assert answer.headers["ETag"] == f'"{opened.digest}"'
    (entry,) = opened.header.entries
    assert b"".join(opened.chunks(entry)) == b"one"
    head = inside.client.head("/pickup")
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(answer.data))
    assert inside.client.get("/pickup").data == answer.data


def test_an_interrupted_fetch_goes_on(inside: Place) -> None:
    add_envelope(inside.store, b"a" * 5000)
    whole = inside.client.get("/pickup")
    add_envelope(inside.store, b"b")  # another report arrives meanwhile
    headers = {"Range": "bytes=1000-", "If-Range": whole.headers["ETag"]}
    rest = inside.client.get("/pickup", headers=headers)
    assert rest.status_code == 206
    assert rest.headers["Content-Range"] == f"bytes 1000-{len(whole.data) - 1}/{len(whole.data)}"
    assert rest.headers["ETag"] == whole.headers["ETag"]
    assert whole.data[:1000] + rest.data == whole.data
    middle = inside.client.get("/pickup", headers=headers | {"Range": "bytes=10-19"})
    assert middle.data == whole.data[10:20]
    newer = inside.client.get("/pickup")
    assert inside.open(newer.data).header.number == 2


def test_what_cannot_go_on_starts_over(inside: Place) -> None:
    first = add_envelope(inside.store, b"a" * 5000)
    whole = inside.client.get("/pickup")
    inside.store.files.path(first).unlink()
    add_envelope(inside.store, b"b")
    headers = {"Range": "bytes=1000-", "If-Range": whole.headers["ETag"]}
    again = inside.client.get("/pickup", headers=headers)
    assert again.status_code == 200
    assert inside.open(again.data).header.number == 2


def test_ranges_without_if_range(inside: Place) -> None:
    add_envelope(inside.store, b"a" * 50)
    whole = inside.client.get("/pickup").data
    assert inside.client.get("/pickup", headers={"Range": "bytes=5-"}).data == whole[5:]
    assert inside.client.get("/pickup", headers={"Range": "bytes=-7"}).data == whole[-7:]
    beyond = inside.client.get("/pickup", headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(whole)}")
    assert inside.client.get("/pickup", headers={"Range": "bytes=1-2,4-5"}).status_code == 416
    assert inside.client.get("/pickup", headers={"Range": "lines=1-2"}).status_code in {200, 416}


# -- outbox ------------------------------------------------------------------------------------------------------------


def test_a_push_deletes_what_is_confirmed(inside: Place) -> None:
    add_envelope(inside.store, b"one")
    proofs = inside.receipts(inside.client.get("/pickup").data)
    answer = inside.push(inside.instance.outbox(receipts=proofs))
    assert answer.status_code == 200
    assert "Outbox 1 applied: 1 envelope(s) deleted, 8 replies or decoys stored." in answer.text
    assert inside.store.counts().envelopes == 0
    assert inside.client.get("/pickup").status_code == 204


def test_a_gap_and_an_odd_receipt_are_told(inside: Place) -> None:
    add_envelope(inside.store, b"one")
    (proof,) = inside.receipts(inside.client.get("/pickup").data)
    odd = Receipt("0" * 32, proof.sha256, 1)
    page = inside.push(inside.instance.outbox(3, receipts=(odd,))).text
    assert "2 earlier outbox(es) never came" in page
    assert "1 receipt(s) matched nothing" in page


def test_the_same_outbox_twice_has_its_own_sentence(inside: Place) -> None:
    data = inside.instance.outbox()
    assert inside.push(data).status_code == 200
    answer = inside.push(data)
    assert answer.status_code == 409
    assert "outbox 1 was already applied" in answer.text
    assert inside.store.counts().replies == 8


def test_what_is_no_outbox_of_this_desk_is_refused(inside: Place) -> None:
    data = inside.instance.outbox()
    inside.instance.desk = SigningKey.generate()
    for wrong, status in ((b"hello", 400), (data[:-5], 400), (b"", 400), (inside.instance.outbox(), 409)):
        answer = inside.push(wrong)
        assert (answer.status_code, 'id="refusal"' in answer.text) == (status, True)
    assert inside.store.counts().replies == 0


def test_the_form_holds_one_file(inside: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    data = inside.instance.outbox()
    assert inside.push(data, "other").status_code == 400
    assert inside.push(data, extra="field").status_code == 400
    assert inside.post("/outbox", {"file": "text"}, content_type="multipart/form-data").status_code == 400
    assert inside.post("/outbox", {"file": "x"}).status_code == 400
    assert inside.client.post("/outbox", data=data, content_type="application/octet-stream").status_code == 415
    assert inside.client.post("/outbox", data=b"--x--", content_type="multipart/form-data").status_code == 400
    two = {"file": [(io.BytesIO(data), "a"), (io.BytesIO(data), "b")]}
    assert inside.post("/outbox", two, content_type="multipart/form-data").status_code in {400, 413}
    monkeypatch.setattr("app.courier.outbox_form.FILE_LIMIT", 100)
    assert outbox_files.FILE_LIMIT > 100
    assert inside.push(data).status_code == 413
    assert inside.store.counts().replies == 0


def test_replies_wait_their_days(inside: Place) -> None:
    inside.push(inside.instance.outbox())
    inside.instance.set_day(TODAY + timedelta(days=91))
    assert dict(re.findall(r'<dd id="(\w+)">([^<]*)', inside.client.get("/").text))["replies"] == "0"


# -- starting ----------------------------------------------------------------------------------------------------------


def start(instance: Instance) -> None:
    instance.store().close()
    create_app(instance.settings)


def test_it_does_not_start_with_two_processes(tmp_path: Path) -> None:
    """Ended sessions and failed logins live in the memory of one."""
    instance = Instance.make(tmp_path)
    door = dataclasses.replace(instance.settings.courier, workers=2)
    with pytest.raises(UserError, match="one process"):
        create_app(dataclasses.replace(instance.settings, courier=door))


def test_it_does_not_start_without_what_it_needs(tmp_path: Path) -> None:
    instance = Instance.make(tmp_path)
    with pytest.raises(UserError, match="database is missing"):
        create_app(instance.settings)
    start(instance)
    home = instance.settings.home
    manifest = (home / "manifest").read_bytes()
    (home / "manifest").unlink()
    with pytest.raises(UserError, match="manifest"):
        start(instance)
    (home / "manifest").write_bytes(manifest)
    (home / "pickup.key").chmod(0o640)
    with pytest.raises(UserError, match="Others can read"):
        start(instance)


def test_it_does_not_start_with_another_manifest_or_key(tmp_path: Path) -> None:
    instance = Instance.make(tmp_path)
    first = (instance.settings.home / "manifest").read_bytes()
    instance.publish(version=2, previous=instance.manifest.digest)
    start(instance)
    (instance.settings.home / "manifest").write_bytes(first)
    with pytest.raises(TrustError, match="rolled back"):
        start(instance)
    (instance.settings.home / "manifest").write_bytes(b"hello")
    with pytest.raises(FormatError, match="is not a reviewer manifest"):
        start(instance)
    instance.publish()
    (instance.settings.home / "pickup.key").write_text(SigningKey.generate().to_text())
    with pytest.raises(TrustError, match="not the pickup key"):
        start(instance)


def test_leftovers_are_swept_at_start(tmp_path: Path) -> None:
    instance = Instance.make(tmp_path)
    store = instance.store()
    (store.files.folder / ("a" * 32 + ".part")).write_bytes(b"x")
    create_app(instance.settings)
    assert list(store.files.folder.iterdir()) == []
