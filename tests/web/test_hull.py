"""The hull on an app of its own: every refusal, and the same headers on every status."""

from __future__ import annotations

import io
import logging

import pytest
from flask import Flask, abort, request

from app.domain.limits import FORM_BYTES, FORM_PAIRS
from app.errors import BusyError, UserError
from app.web.hull import HEADERS, Policy, harden
from app.web.problem import REASONS, SENTENCES, Problem
from crypto.errors import FormatError, TrustError

HOST = "door.test"
CANARY = "canary-5f1e"
STYLE = "body{margin:0}"


def make_app(**policy) -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def home():
        return "<!doctype html><p>home"

    @app.post("/form")
    def form():
        return {name: values for name, values in request.form.lists()}

    @app.post("/upload")
    def upload():
        assert not request.form
        assert not request.files
        return str(len(request.stream.read()))

    errors = {
        "crash": RuntimeError(CANARY),
        "busy": BusyError("Occupé.", "Plus tard."),
        "user": UserError("Mal choisi.", "Choisissez autrement."),
        "format": FormatError(CANARY),
        "trust": TrustError(CANARY),
    }

    @app.get("/fail/<name>")
    def fail(name):
        raise errors[name]

    @app.get("/abort/<int:status>")
    def stop(status):
        abort(status)

    values = {"hosts": (HOST,), "upload_paths": frozenset({"/upload"}), "repeats": frozenset({"many"})}
    harden(app, Policy(**{**values, "style": STYLE, **policy}))
    return app


@pytest.fixture
def client():
    return make_app().test_client()


def call(client, method: str, path: str, **arguments):
    headers = {"Host": HOST, **arguments.pop("headers", {})}
    return client.open(path, method=method, headers=headers, **arguments)


def assert_headers(response) -> None:
    for name, value in HEADERS.items():
        assert response.headers.getlist(name) == [value], name
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for part in ("form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert "Server" not in response.headers
    assert "Set-Cookie" not in response.headers


STATUSES = [
    ("GET", "/", {}, 200),
    ("HEAD", "/", {}, 200),
    ("OPTIONS", "/", {}, 200),
    ("POST", "/form", {"data": {"a": "1"}}, 200),
    ("POST", "/form", {}, 200),
    ("GET", "/nowhere", {}, 404),
    ("GET", "//nowhere", {}, 404),
    ("GET", "/form", {}, 405),
    ("POST", "/", {"data": {"a": "1"}}, 405),
    ("TRACE", "/", {}, 405),
    ("BREW", "/", {}, 405),
    ("POST", "/form", {"data": {"a": ["1", "2"]}}, 400),
    ("POST", "/form", {"data": b"a=%FF", "content_type": "application/x-www-form-urlencoded"}, 400),
    ("POST", "/form", {"data": b"a=\xff", "content_type": "application/x-www-form-urlencoded"}, 400),
    ("POST", "/form", {"data": {"f": (io.BytesIO(b"x"), "x.txt")}}, 415),
    ("POST", "/form", {"data": b"{}", "content_type": "application/json"}, 415),
    ("POST", "/form", {"data": {"a": "x" * FORM_BYTES}}, 413),
    ("POST", "/form", {"data": {"a": "1"}, "headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
    ("POST", "/form", {"data": {"a": "1"}, "headers": {"Sec-Fetch-Site": "same-site"}}, 403),
    ("POST", "/form", {"data": {"a": "1"}, "headers": {"Origin": "http://other.test"}}, 403),
    ("POST", "/form", {"data": {"a": "1"}, "headers": {"Origin": "null"}}, 403),
    ("POST", "/upload", {"data": b"1", "headers": {"Origin": "null"}}, 403),
    ("POST", "/form", {"data": {"a": "1"}, "headers": {"Sec-Fetch-Site": "same-origin", "Origin": "null"}}, 200),
    ("POST", "/form", {"data": {"a": "1"}, "headers": {"Sec-Fetch-Site": "none"}}, 200),
    ("POST", "/form", {"data": {"a": "1"}, "headers": {"Origin": f"http://{HOST}"}}, 200),
    ("GET", "/", {"headers": {"Host": "other.test"}}, 421),
    ("GET", "/", {"headers": {"Host": f"{HOST}:81"}}, 421),
    ("GET", "/", {"headers": {"Host": "bad host/"}}, 421),
    ("GET", "/", {"headers": {"Host": ""}}, 421),
    ("GET", "/nowhere", {"headers": {"Host": "other.test"}}, 421),
    ("GET", "/", {"headers": {"X-Tor2web": "1"}}, 403),
    ("GET", "/", {"headers": {"X-Tor2Web-Mode": "encrypted"}}, 403),
    ("GET", "/fail/crash", {}, 500),
    ("GET", "/fail/busy", {}, 503),
    ("GET", "/fail/user", {}, 400),
    ("GET", "/fail/format", {}, 400),
    ("GET", "/fail/trust", {}, 503),
    ("GET", "/abort/429", {}, 429),
    ("GET", "/abort/418", {}, 418),
]


@pytest.mark.parametrize(("method", "path", "arguments", "status"), STATUSES)
def test_status_and_headers(client, method, path, arguments, status):
    response = call(client, method, path, **arguments)
    assert response.status_code == status
    assert_headers(response)
    assert CANARY not in response.text
    assert "Traceback" not in response.text


def test_multipart_is_never_parsed_nor_spooled(client):
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + b"x" * 600_000
    body = part + b"\r\n--b--\r\n"
    response = call(client, "POST", "/upload", data=body, content_type="multipart/form-data; boundary=b")
    assert response.text == str(len(body))


def test_a_field_that_may_repeat(client):
    assert call(client, "POST", "/form", data={"many": ["1", "2"]}).json == {"many": ["1", "2"]}


def test_too_many_pairs(client):
    body = "&".join(f"f{n}=1" for n in range(FORM_PAIRS + 1))
    kind = "application/x-www-form-urlencoded"
    assert call(client, "POST", "/form", data=body, content_type=kind).status_code == 400


def test_a_body_without_a_length(client):
    """Chunked: the server ends the stream, the hull counts it."""
    for size, status in ((100, 200), (FORM_BYTES + 1, 413)):
        response = client.post(
            "/form",
            headers={"Host": HOST, "Transfer-Encoding": "chunked"},
            content_type="application/x-www-form-urlencoded",
            environ_overrides={
                "wsgi.input_terminated": True,
                "wsgi.input": io.BytesIO(b"a=" + b"x" * size),
                "CONTENT_LENGTH": "",
            },
        )
        assert response.status_code == status


def test_a_413_drains_what_the_client_still_sends(client):
    stream = io.BytesIO(b"a=" + b"x" * (FORM_BYTES + 10))
    size = len(stream.getvalue())
    kind = "application/x-www-form-urlencoded"
    response = call(client, "POST", "/form", input_stream=stream, content_type=kind, content_length=size)
    assert response.status_code == 413
    assert stream.tell() == size


def test_draining_a_client_that_left(client):
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError

    stream = {"wsgi.input": Broken(), "CONTENT_LENGTH": "9"}
    response = call(client, "POST", "/form", content_type="text/plain", environ_overrides=stream)
    assert response.status_code == 415


def test_allow_is_named_on_405(client):
    allow = ",".join(call(client, "GET", "/form").headers.getlist("Allow"))
    assert set(allow.replace(" ", "").split(",")) == {"OPTIONS", "POST"}


def test_a_user_error_brings_its_own_sentences(client):
    text = call(client, "GET", "/fail/user").text
    assert "Mal choisi." in text
    assert "Choisissez autrement." in text
    assert call(client, "GET", "/fail/busy").headers["Retry-After"] == "300"


def test_nothing_is_logged(caplog, capfd):
    with caplog.at_level(logging.DEBUG):
        client = make_app().test_client()
        call(client, "GET", "/fail/crash")
        call(client, "GET", "/nowhere")
    out, err = capfd.readouterr()
    assert CANARY not in caplog.text + out + err
    assert not [record for record in caplog.records if record.name != "asyncio"]


def test_an_error_page_that_cannot_be_drawn_is_still_an_answer():
    def page(_problem: Problem) -> str:
        raise RuntimeError(CANARY)

    for testing in (False, True):
        app = make_app(page=page)
        app.testing = testing
        response = call(app.test_client(), "GET", "/fail/crash")
        assert response.status_code == 500
        assert CANARY not in response.text
        assert_headers(response)


def test_pages_in_buckets():
    client = make_app(page_bucket=1024).test_client()
    for path in ("/", "/nowhere", "/fail/crash"):
        assert len(call(client, "GET", path).data) == 1024
    assert len(call(client, "POST", "/form", data={"a": "1"}).data) < 1024


def test_a_door_may_replace_a_header():
    client = make_app(headers={"Cache-Control": "public"}, style="").test_client()
    response = call(client, "GET", "/")
    assert response.headers["Cache-Control"] == "public"
    assert "style-src" not in response.headers["Content-Security-Policy"]


def test_the_idle_limit_reaches_the_socket_of_gunicorn(client):
    class Socket:
        def settimeout(self, seconds):
            self.seconds = seconds

    socket = Socket()
    call(client, "GET", "/", environ_overrides={"gunicorn.socket": socket})
    assert socket.seconds == 120


def test_the_trial_banner_and_style_reach_templates():
    app = make_app(trial=True)
    assert app.jinja_env.globals["trial"] is True
    assert app.jinja_env.globals["style"] == STYLE


def test_every_reason_has_its_sentences():
    assert set(REASONS.values()) <= set(SENTENCES)
    for reason in SENTENCES:
        problem = Problem(400, reason)
        assert all(problem.french)
        assert all(problem.english)
    assert Problem(400, "busy", "A", "B").english == ("", "")
