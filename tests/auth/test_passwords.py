"""Hashing costs the same whatever is known, and new passwords follow the rules."""

import asyncio
import threading

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from auth.passwords import PasswordHasher, argon2id, weakness
from errors import RateLimited

CHEAP = argon2id(memory_kib=8, passes=1)


class CountingHasher(Argon2Hasher):
    """The real thing, cheap, counting its work."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.operations = 0

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002 - pwdlib's name
        self.operations += 1
        return super().verify(password, hash)


class StuckHasher(CountingHasher):
    """Verifies only after it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002 - pwdlib's name
        self.go.wait(10)
        return super().verify(password, hash)


async def test_the_right_password_verifies_and_another_does_not() -> None:
    hasher = PasswordHasher(CHEAP)
    stored = await hasher.hash("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert (await hasher.verify("correct horse battery", stored)).is_right
    assert not (await hasher.verify("correct horse batterz", stored)).is_right
    hasher.close()


async def test_known_unknown_and_foreign_hashes_cost_one_operation_each() -> None:
    counting = CountingHasher()
    hasher = PasswordHasher(PasswordHash((counting,)))
    stored = await hasher.hash("correct horse battery")
    for password, known in (
        ("wrong", stored),
        ("wrong", None),
        ("x" * 5000, stored),
        ("wrong", "$2b$12$bcrypt"),
        ("", ""),
    ):
        before = counting.operations
        assert not (await hasher.verify(password, known)).is_right
        assert counting.operations == before + 1
    hasher.close()


async def test_a_hash_of_weaker_parameters_is_renewed() -> None:
    hasher = PasswordHasher(argon2id(memory_kib=16, passes=1))
    old = CHEAP.hash("correct horse battery")
    answer = await hasher.verify("correct horse battery", old)
    assert answer.new_hash is not None
    assert "m=16" in answer.new_hash
    assert (await hasher.verify("correct horse battery", answer.new_hash)).new_hash is None
    hasher.close()


async def test_a_full_queue_refuses_at_once_and_recovers() -> None:
    stuck = StuckHasher()
    hasher = PasswordHasher(PasswordHash((stuck,)), workers=1, queue_limit=2)
    waiting = [asyncio.create_task(hasher.verify("password", None)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(RateLimited):
        await hasher.verify("password", None)
    stuck.go.set()
    await asyncio.gather(*waiting)
    assert not (await hasher.verify("password", None)).is_right
    hasher.close()


async def test_lone_surrogates_are_only_another_wrong_password() -> None:
    hasher = PasswordHasher(CHEAP)
    assert not (await hasher.verify("\ud800" * 12, await hasher.hash("?" * 12))).is_right
    hasher.close()


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
