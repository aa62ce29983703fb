"""The desk's page as a browser without scripts sees it."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.desk.page.common import Room
from app.desk.page.sessions import Session

CODE = "1234abcd"
HOST = {"HTTP_HOST": "127.0.0.1:8082"}
JOB_SECONDS = 60


class Browser:
    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.room: Room = app.extensions["sourdine-desk"]

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, environ_overrides=HOST)

    def post(self, path: str, /, **form: str) -> TestResponse:
        return self.client.post(path, data=form, environ_overrides=HOST)

    def done(self, path: str, /, **form: str) -> str:
        """Send a form that succeeds; the text of the page that says so."""
        answer = self.post(path, **form)
        assert answer.status_code == 303, words(answer.text)
        return words(self.follow(answer).text)

    def follow(self, answer: TestResponse) -> TestResponse:
        """The page after a form, and after what it set to work."""
        for _ in range(5):
            if answer.location == "/progress" and (job := self.session.job):
                assert job.wait(JOB_SECONDS)
            answer = self.get(answer.location)
            if answer.status_code != 303:
                break
        return answer

    def refused(self, path: str, /, **form: str) -> TestResponse:
        """Send a form that is refused: the same page again, which says so first."""
        answer = self.post(path, **form)
        assert answer.status_code == 400, words(answer.text)
        assert '<main id="main" tabindex="-1">\n<div class="error" role="alert"' in answer.text
        return answer

    def name_of(self, page: str, action: str) -> str:
        """The random name of the form that goes to this path."""
        form = page.split(f'action="{action}"')[1].split("</form>", maxsplit=1)[0]
        found = re.search(r'name="once" value="([^"]+)"', form)
        assert found, action
        return found[1]

    @property
    def session(self) -> Session:
        (found,) = self.room.sessions._open.values()
        return found

    def enter(self) -> Browser:
        assert self.post("/", code=CODE).location == "/unlock"
        return self

    def unlock(self, name: str) -> Browser:
        answer = self.post("/unlock", reviewer=name, passphrase="")
        assert answer.location == "/progress" or answer.location.startswith("/cases"), words(answer.text)
        assert self.follow(answer).status_code == 200
        return self

    def cases(self) -> list[str]:
        """The ids of the work list, in its order."""
        return list(dict.fromkeys(re.findall(r'href="/cases/([a-z2-7]{12})"', self.get("/cases").text)))


def words(page: str) -> str:
    """What stands on a page, without its tags."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())
