"""The streaming reader: every order, size and breakage of an upload, at every place a chunk may end."""

from __future__ import annotations

import io

import pytest

from app.domain.limits import FORM_BYTES
from app.web.multipart import CHUNK, MARGIN_BYTES, Body, BodyError
from app.web.problem import Refusal

BOUNDARY = "frontiere"


def text(name: str, value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data + b"\r\n"


def file(name: str, data: bytes, *, field: str = "files", kind: str = "Content-Type: text/plain; a=b\r\n") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n{kind}\r\n'
    return head.encode() + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


class Dribble(io.BytesIO):
    """A stream that gives a few bytes at a time."""

    step = 7

    def read(self, size=-1):
        return super().read(min(self.step, size))


def body_of(data: bytes | io.BytesIO, *, max_files: int = 3, max_bytes: int = 1000, **environ) -> Body:
    stream = data if isinstance(data, io.BytesIO) else io.BytesIO(data)
    values = {
        "wsgi.input": stream,
        "CONTENT_LENGTH": str(len(stream.getvalue())),
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
        **environ,
    }
    return Body(values, max_files=max_files, max_bytes=max_bytes)


def read(body: Body) -> tuple[list[tuple[str, str]], list[tuple[str, str, bytes]]]:
    fields = list(body.read_fields())
    return fields, [(part.name, part.type, b"".join(part.chunks())) for part in body.files()]


def refused(body: Body) -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        read(body)
    return caught.value.problem.status, caught.value.problem.reason


def test_fields_then_files():
    data = text("story", "é\r\n") + text("exclude", "a") + text("exclude", "b") + file("x.txt", b"1") + file("y", b"22")
    fields, files = read(body_of(data + END))
    assert fields == [("story", "é\r\n"), ("exclude", "a"), ("exclude", "b")]
    assert files == [("x.txt", "text/plain", b"1"), ("y", "text/plain", b"22")]


def test_no_files():
    assert read(body_of(text("story", "x") + END)) == ([("story", "x")], [])


def test_no_parts():
    assert read(body_of(END)) == ([], [])


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64])
def test_any_read_size(step):
    stream = Dribble(text("story", "s" * 100) + file("x", b"\r\n--" * 40) + END)
    stream.step = step
    assert read(body_of(stream)) == ([("story", "s" * 100)], [("x", "text/plain", b"\r\n--" * 40)])


@pytest.mark.parametrize("offset", range(-6, 7))
def test_chunk_edges(offset):
    """The end of the body, and of the file, on every side of a chunk's edge."""
    frame = len(text("story", "s") + file("x", b"") + END)
    for size in (CHUNK - frame + offset, 2 * CHUNK - frame + offset, CHUNK + offset):
        data = text("story", "s") + file("x", b"z" * size) + END
        _, files = read(body_of(data, max_bytes=size))
        assert files == [("x", "text/plain", b"z" * size)]


def test_an_unnamed_empty_part_is_no_file():
    data = file("", b"") + text("story", "after it") + END
    assert read(body_of(data)) == ([("story", "after it")], [])
    assert read(body_of(text("files", b"") + END)) == ([], [])


def test_a_named_empty_file_is_one():
    assert read(body_of(file("empty.txt", b"") + END))[1] == [("empty.txt", "text/plain", b"")]


def test_a_part_without_name_but_with_bytes_is_a_file():
    assert read(body_of(text("files", b"bytes") + END))[1] == [("", "", b"bytes")]
    assert read(body_of(file("", b"bytes", kind="") + END))[1] == [("", "", b"bytes")]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("a%22b.txt", 'a"b.txt'),
        ("été 🐝.pdf", "été 🐝.pdf"),
        ("nul\x00name", "nul\x00name"),
        ("\u202efdp.exe", "\u202efdp.exe"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("x" * 255, "x" * 255),
        ("é" * 1000, "é" * 1000),
    ],
)
def test_names_as_sent(sent, name):
    assert read(body_of(file(sent, b"1") + END))[1][0][0] == name


def test_a_name_in_the_extended_form():
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=files; filename*=UTF-8''caf%C3%A9.pdf\r\n\r\n"
    assert read(body_of(head.encode() + b"1\r\n" + END))[1] == [("café.pdf", "", b"1")]


def test_the_limits_of_size_and_number():
    assert len(read(body_of(file("x", b"z" * 1000) + END))[1]) == 1
    assert refused(body_of(file("x", b"z" * 1001) + END)) == (413, "files_too_large")
    assert refused(body_of(file("x", b"z" * 600) + file("y", b"z" * 401) + END)) == (413, "files_too_large")
    assert len(read(body_of(file("x", b"") * 3 + END))[1]) == 3
    assert refused(body_of(file("x", b"") * 4 + END)) == (413, "too_many_files")


def test_too_much_announced():
    body = body_of(text("story", "x") + END, CONTENT_LENGTH=str(1000 + MARGIN_BYTES + 1))
    with pytest.raises(BodyError, match="files_too_large"):
        body.check_announced()
    body_of(END).check_announced()
    body_of(END, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked").check_announced()


def test_too_much_text():
    value = "x" * FORM_BYTES
    assert read(body_of(text("story", value) + END))[0] == [("story", value)]
    body = body_of(text("story", value + "x") + END)
    assert refused(body) == (413, "too_large")
    assert len(body.fields[0][1]) <= FORM_BYTES


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (file("x", b"1") + text("story", "late") + END, "late_field"),
        (file("x", b"1", field="other") + END, "bad_body"),
        (text("story", "x"), "bad_body"),
        (text("story", "x") + file("x", b"1"), "bad_body"),
        (text("story", "x")[:-9], "bad_body"),
        (file("x", b"1")[:-9], "bad_body"),
        (b"", "bad_body"),
        (b"no boundary at all, and long enough to see that", "bad_body"),
        (f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n".encode() + END, "bad_body"),
        (f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() + END, "bad_body"),
        (file("x" * 5000, b"1") + END, "bad_body"),
        (file("x", b"1") + END + b"more" * 3 * CHUNK, "bad_body"),
        (text("a", "") * 300 + END, "bad_body"),
        (text("story", b"caf\xe9") + END, "bad_body"),
    ],
)
def test_malformed(data, reason):
    assert refused(body_of(data)) == (400, reason)


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=other", "; boundary=é"])
def test_wrong_boundary(boundary):
    body = body_of(text("story", "x") + END, CONTENT_TYPE="multipart/form-data" + boundary)
    assert refused(body) == (400, "bad_body")


def test_what_came_before_the_breakage_is_kept():
    body = body_of(text("story", "whole") + text("period", "cut here")[:-4])
    refused(body)
    assert body.fields[0] == ("story", "whole")
    assert body.fields[1][0] == "period"
    body = body_of(text("story", b"caf\xe9") + END)
    refused(body)
    assert body.fields == [("story", "caf\ufffd")]


def test_urlencoded_fields_are_taken_too():
    kind = {"CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8"}
    assert read(body_of(b"story=a+b&exclude=x&exclude=y", **kind)) == (
        [("story", "a b"), ("exclude", "x"), ("exclude", "y")],
        [],
    )
    assert refused(body_of(b"a=" + b"x" * FORM_BYTES, **kind)) == (413, "too_large")
    assert refused(body_of(b"a=\xff", **kind)) == (400, "bad_request")


@pytest.mark.parametrize("terminated", [True, False])
def test_urlencoded_bodies_that_break_off(terminated):
    """A server gives a body that was cut like one that ended; what came of it is kept."""
    kind = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "wsgi.input_terminated": terminated}
    body = body_of(b"exclude=x&story=caf%C3%A9+et+th%C", CONTENT_LENGTH="34", **kind)
    assert refused(body) == (400, "cut")
    assert body.fields == [("exclude", "x"), ("story", "café et th")]
    body = body_of(Gone(b"story=x"), CONTENT_LENGTH="8", **kind)
    assert refused(body) == (400, "cut")
    body = body_of(b"story=" + b"x" * FORM_BYTES, **kind)
    assert refused(body) == (413, "too_large")
    assert len(body.fields[0][1]) == FORM_BYTES - 6
    body = body_of(b"a=x&" * 300, **kind)
    assert refused(body) == (400, "bad_request")
    assert len(body.fields) == 200


@pytest.mark.parametrize("kind", ["", "text/plain", "application/octet-stream", "multipart/mixed; boundary=x"])
def test_other_types(kind):
    assert refused(body_of(b"x", CONTENT_TYPE=kind)) == (415, "media_type")


class Gone(io.BytesIO):
    def read(self, size=-1):
        data = super().read(size)
        if not data:
            raise ConnectionResetError
        return data


def test_a_client_that_left():
    body = body_of(Gone(text("story", "x") + file("x", b"1")), CONTENT_LENGTH="10000")
    assert refused(body) == (400, "bad_body")
    body.drain()


def test_draining_is_bounded():
    stream = io.BytesIO(b"x" * (1000 + MARGIN_BYTES + 50))
    body_of(stream).drain()
    assert stream.tell() == 1000 + MARGIN_BYTES
    stream = io.BytesIO(b"x" * 10)
    body_of(stream).drain()
    assert stream.tell() == 10


def test_draining_ends_in_time(monkeypatch):
    stream = Dribble(b"x" * 100)
    monkeypatch.setattr("app.web.forms.DRAIN_SECONDS", 0.0)
    body_of(stream).drain()
    assert stream.tell() == 0


def test_chunked_bodies():
    environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    data = text("story", "x") + file("x", b"1") + END
    assert read(body_of(data, **environ)) == ([("story", "x")], [("x", "text/plain", b"1")])
