"""The example settings load, show every setting there is, and say the defaults."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from app.settings import CourierSettings, Door, IntakeSettings, ReviewersSettings, load

CONFIG = Path(__file__).resolve().parents[2] / "config"
# What has no default that anyone could use.
OWN = {"root", "url", "socks"}


@pytest.mark.parametrize(
    ("name", "kind"), [("intake", IntakeSettings), ("courier", CourierSettings), ("reviewers", ReviewersSettings)]
)
def test_an_example_is_complete_and_true(name: str, kind: type) -> None:
    path = CONFIG / f"{name}.example.toml"
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {field.name for field in dataclasses.fields(kind)} - {"home"}
    assert set(written) == known
    settings, defaults = load(kind, path), kind(home=path.parent)
    for field in known - OWN:
        assert getattr(settings, field) == getattr(defaults, field), field


def test_every_setting_of_a_door_is_shown() -> None:
    written = tomllib.loads((CONFIG / "intake.example.toml").read_text(encoding="utf-8"))
    for door in ("reporter", "courier"):
        assert set(written[door]) == {field.name for field in dataclasses.fields(Door)}
