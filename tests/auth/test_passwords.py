"""Hashing costs the same whatever is known, and new passwords follow the rules."""

import asyncio
import threading
from collections.abc import Iterator

import argon2
import pytest

from auth.passwords import PasswordHasher, Recipe, weakness
from errors import RateLimited
from tests.worlds.sign_in import CountingHasher

RIGHT = "correct horse battery"


class StuckHasher(CountingHasher):
    """Hashes only after it is let go."""

    def __init__(self) -> None:
        super().__init__(workers=1, queue_limit=2)
        self.go = threading.Event()

    def compute(self, secret: bytes, recipe: Recipe) -> str:
        self.go.wait(10)
        return super().compute(secret, recipe)


@pytest.fixture
def hasher() -> Iterator[CountingHasher]:
    made = CountingHasher()
    yield made
    made.close()


def recipe_of(stored: str) -> str:
    """As Postgres tells it: without the digest."""
    return stored[: stored.rindex("$") + 1]


async def test_the_recipe_of_a_hash_makes_it_again_of_the_same_password_alone(hasher: PasswordHasher) -> None:
    stored = await hasher.hash(RIGHT)
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert await hasher.hash_again(RIGHT, recipe_of(stored)) == stored
    assert await hasher.hash_again("correct horse batterz", recipe_of(stored)) != stored
    assert recipe_of(await hasher.hash(RIGHT)) != recipe_of(stored)


async def test_hashes_that_other_programs_made_are_understood(hasher: PasswordHasher) -> None:
    made = argon2.PasswordHasher(time_cost=3, memory_cost=24, parallelism=1).hash(RIGHT)
    assert await hasher.hash_again(RIGHT, recipe_of(made)) == made


async def test_known_unknown_and_foreign_recipes_cost_one_operation_each(hasher: CountingHasher) -> None:
    stored = await hasher.hash(RIGHT)
    for password, recipe in (
        ("wrong", recipe_of(stored)),
        (RIGHT, None),
        (RIGHT + "x" * 5000, recipe_of(stored)),
        (RIGHT, "$2b$12$"),
        ("", ""),
    ):
        before = hasher.operations
        assert await hasher.hash_again(password, recipe) != stored
        assert hasher.operations == before + 1


async def test_other_parameters_are_outdated(hasher: PasswordHasher) -> None:
    other = PasswordHasher(memory_kib=16, passes=1)
    assert other.is_outdated(recipe_of(await hasher.hash(RIGHT)))
    assert not other.is_outdated(recipe_of(await other.hash(RIGHT)))
    other.close()


async def test_a_full_queue_refuses_at_once_and_recovers() -> None:
    stuck = StuckHasher()
    waiting = [asyncio.create_task(stuck.hash_again("password", None)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(RateLimited):
        await stuck.hash_again("password", None)
    stuck.go.set()
    await asyncio.gather(*waiting)
    assert await stuck.hash_again("password", None)
    stuck.close()


async def test_lone_surrogates_are_only_another_wrong_password(hasher: PasswordHasher) -> None:
    stored = await hasher.hash("?" * 12)
    assert await hasher.hash_again("\ud800" * 12, recipe_of(stored)) != stored


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars",
        "x" * 257,
        "€" * 342,
        "\U0001f600" * 257,
        "a" * 12,
        " Somebody@Example.com",
        "somebody long name",
        "123456789012",
        "qwertyuiop12",
        "P@ssw0rd1234",
        "passwordpassword",
        "abcdefghijkl",
        "ü" * 200 + "x",
        "correct horse \ud800",
        "\udfff" + "correct horse battery" * 10,
    ],
)
def test_weak_passwords_are_named(password: str) -> None:
    assert weakness(password, email="somebody@example.com", name="Somebody Long Name")


@pytest.mark.parametrize(
    "password",
    [
        "adgraph-demo",
        "twelve chars",
        "correct horse battery",
        "новый пароль 12",
        "пароль\U0001f600 из слов",
        "correct horse battery staple" * 9,
    ],
)
def test_the_rest_is_accepted(password: str) -> None:
    assert weakness(password, email="somebody@example.com", name="Somebody") is None
