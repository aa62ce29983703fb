"""The size model against the real gpg, and against itself."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import padding
from crypto.openpgp import encrypt, gpg, sizes
from tests.unit.crypto.openpgp.conftest import DAY, House

MODELS = {"2.2": sizes.GPG_2_2, "2.4": sizes.GPG_2_4}
# (plaintext, recipients, message) as measured with gpg 2.2.40 (Debian 12) and gpg 2.4.7 (Debian 13).
MEASURED = {
    "2.2": [(0, 3, 339), (3, 3, 342), (600, 3, 941), (5000, 3, 5345), (65536, 3, 65891), (1_000_000, 3, 1_000_586)],
    "2.4": [(0, 3, 339), (3, 3, 342), (600, 3, 941), (5000, 3, 5350), (65536, 3, 65904), (1_000_000, 3, 1_000_793)],
}
EDGES = (0, 185, 192, 512, 1024, 2048, 4096, 8192, 8384, 16_384, 65_536, 131_072, 1 << 20)


def sample() -> list[int]:
    """Lengths where framing changes, and some in between."""
    found = {max(0, edge + delta) for edge in EDGES for delta in (*range(-70, 0, 7), *range(-4, 4))}
    draw = random.Random(20261121)
    found |= {draw.randrange(300_000) for _ in range(120)}
    return sorted(found)


@pytest.mark.parametrize("name", MODELS)
def test_the_models_give_what_was_measured(name: str) -> None:
    for plaintext, recipients, message in MEASURED[name]:
        assert MODELS[name].ciphertext_size(plaintext, recipients) == message


def test_the_model_equals_the_installed_gpg(house: House) -> None:
    model = sizes.framing_of(gpg.version())

    def differs(length: int) -> bool:
        recipients = house.recipients[: 1 + length % 3]
        sealed = encrypt.encrypt_bytes(house.public, recipients, bytes(length), DAY)
        return len(sealed) != model.ciphertext_size(length, len(recipients))

    lengths = sample()
    assert len(lengths) > 200
    with ThreadPoolExecutor(2) as pool:
        wrong = [length for length, bad in zip(lengths, pool.map(differs, lengths), strict=True) if bad]
    assert wrong == []


@pytest.mark.slow
def test_the_model_equals_the_installed_gpg_at_large_sizes(house: House) -> None:
    model = sizes.framing_of(gpg.version())
    for length in (16 << 20, (16 << 20) - 33, 50_000_001, 200_000_003):
        sealed = encrypt.encrypt_bytes(house.public, house.recipients, bytes(length), DAY)
        assert len(sealed) == model.ciphertext_size(length, 3), length


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("start", [0, 60_000, 1 << 20, 8192 * 4000])
def test_the_inverse_finds_the_largest_plaintext_and_every_one(name: str, start: int) -> None:
    model = MODELS[name]
    by_size: dict[int, int] = {}
    for length in range(start, start + 2_500):
        by_size[model.ciphertext_size(length, 2)] = length
    low, high = min(by_size), max(by_size)
    for message in range(low + 200, high - 200, 5):
        assert model.plaintext_size(message, 2) == by_size.get(message), message


@given(st.integers(0, 1 << 31), st.integers(1, 64), st.sampled_from(sorted(MODELS)))
def test_a_message_size_has_a_plaintext_of_that_size(length: int, recipients: int, name: str) -> None:
    model = MODELS[name]
    message = model.ciphertext_size(length, recipients)
    found = model.plaintext_size(message, recipients)
    assert found is not None
    assert found >= length
    assert model.ciphertext_size(found, recipients) == message


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_smaller_than_an_empty_message(name: str) -> None:
    smallest = MODELS[name].ciphertext_size(0, 1)
    assert MODELS[name].plaintext_size(smallest, 1) == 0
    assert MODELS[name].plaintext_size(smallest - 1, 1) is None
    assert MODELS[name].plaintext_size(0, 1) is None


def buckets() -> list[int]:
    found = [padding.FLOOR]
    while found[-1] < 1 << 31:
        found.append(padding.bucket(found[-1] + 1))
    return found


@pytest.mark.parametrize("name", MODELS)
def test_few_buckets_are_out_of_reach_for_a_few_reviewers(name: str) -> None:
    for recipients in (2, 3, 5, 9):
        reached = [MODELS[name].plaintext_size(size, recipients) is not None for size in buckets()]
        assert reached[0]
        missing = [at for at, ok in enumerate(reached) if not ok]
        assert len(missing) <= 4


@pytest.mark.parametrize("name", MODELS)
def test_the_smallest_bucket_is_always_possible(name: str) -> None:
    assert all(MODELS[name].plaintext_size(padding.FLOOR, recipients) for recipients in range(1, 65))


def test_the_figures_of_the_specification_are_true() -> None:
    spec = (Path(__file__).parents[4] / "docs" / "spec" / "envelope.md").read_text()
    for name, full in (("2.2", "2.2.40"), ("2.4", "2.4.7")):
        row = [MODELS[name].ciphertext_size(length, 3) for length in (0, 600, 5_000, 65_536, 1_000_000)]
        assert f"| {full} | " + " | ".join(f"{size:,}" for size in row) + " |" in spec
    missing = {
        name: [f"{n:,}" for n in buckets() if model.plaintext_size(n, 3) is None] for name, model in MODELS.items()
    }
    assert (
        f"{', '.join(missing['2.2'][:2])} and {missing['2.2'][2]} for gpg 2.2; {missing['2.4'][0]} for gpg 2.4" in spec
    )


def test_each_version_has_its_model() -> None:
    assert sizes.framing_of((2, 2)) is sizes.GPG_2_2
    assert sizes.framing_of((2, 3)) is sizes.framing_of((2, 4)) is sizes.framing_of((3, 0)) is sizes.GPG_2_4
