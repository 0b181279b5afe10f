"""Password hashes and the rules for new passwords; knows no accounts and decides no sign-in.

Argon2id with the smallest parameters that OWASP recommends costs about 20 ms and 19 MiB. So hashes are computed in a
few threads behind a bounded queue: more threads than processors would only take memory.
"""

import asyncio
import os
import re
from base64 import b64decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2.low_level import Type, hash_secret
from zxcvbn_rs_py import zxcvbn

from errors import RateLimited

MIN_CHARACTERS = 12
MAX_CHARACTERS = 256
MAX_BYTES = 1024
# zxcvbn's scores are 0 to 4; at 3 a password takes more than 10^8 guesses.
MIN_SCORE = 3
# Only so many characters are judged: a text made to be slow costs zxcvbn 60 ms at this length and 650 ms at three times
# the length. An ordinary password costs half a millisecond.
JUDGED_CHARACTERS = 24

_SALT_BYTES, _DIGEST_BYTES = 16, 32
_RECIPE = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9+/]+)\$")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recipe:
    """The parameters and the salt of a hash: with the same recipe a password has the same hash."""

    memory_kib: int
    passes: int
    salt: bytes


class PasswordHasher:
    """Computes Argon2id hashes in threads. Checking a password costs one hash, even if there is no account.

    The parameters are those of new hashes; tests take cheaper ones.
    """

    def __init__(
        self, *, memory_kib: int = 19_456, passes: int = 2, workers: int | None = None, queue_limit: int = 64
    ) -> None:
        self._cost = (memory_kib, passes)
        self._threads = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="password")
        self._free_places = queue_limit

    async def hash(self, password: str) -> str:
        return await self._in_thread(lambda: self.compute(_bytes(password), self._new_recipe()))

    async def hash_again(self, password: str, recipe: str | None) -> str:
        """The hash of the password by the recipe of a stored hash (its text without the digest), to compare with it.

        Without such a recipe, or for a password that is too long, the same work is done for a hash that matches none:
        the time does not tell whether there is a password.
        """
        secret, known = _bytes(password), _read(recipe or "")
        if known is None or len(secret) > MAX_BYTES:
            secret, known = secret[:MAX_BYTES], self._new_recipe()
        return await self._in_thread(lambda: self.compute(secret, known))

    def is_outdated(self, recipe: str) -> bool:
        """Whether the recipe has other parameters than new hashes, so that the password should be hashed again."""
        known = _read(recipe)
        return known is None or (known.memory_kib, known.passes) != self._cost

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def compute(self, secret: bytes, recipe: Recipe) -> str:
        """The hash of a password by a recipe, computed in the calling thread."""
        return hash_secret(
            secret,
            recipe.salt,
            time_cost=recipe.passes,
            memory_cost=recipe.memory_kib,
            parallelism=1,
            hash_len=_DIGEST_BYTES,
            type=Type.ID,
        ).decode()

    def _new_recipe(self) -> Recipe:
        return Recipe(*self._cost, os.urandom(_SALT_BYTES))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._free_places <= 0:
            raise RateLimited("Too many sign-ins at this moment; try again in a few seconds.", retry_after_s=2)
        self._free_places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free_places += 1


def weakness(password: str, *, email: str, name: str) -> str | None:
    """A sentence for the user on what is wrong with a new password; None when it is acceptable."""
    if len(password) < MIN_CHARACTERS:
        return f"Choose a password of at least {MIN_CHARACTERS} characters."
    if len(password) > MAX_CHARACTERS or len(_bytes(password)) > MAX_BYTES:
        return f"Choose a password of at most {MAX_CHARACTERS} characters ({MAX_BYTES} bytes)."
    if len(set(password)) == 1:
        return "Choose a password of more than one repeated character."
    if password.strip().casefold() in {email.casefold(), name.casefold()}:
        return "Choose a password that is not your name or e-mail address."
    return _guessable(password)


def _guessable(password: str) -> str | None:
    if any("\ud800" <= each <= "\udfff" for each in password):
        return "Choose a password of whole characters: half of one (a lone surrogate) is in it."
    if int(zxcvbn(password[:JUDGED_CHARACTERS]).score) < MIN_SCORE:
        return f"Choose a password that is harder to guess, at least in its first {JUDGED_CHARACTERS} characters."
    return None


def _read(recipe: str) -> Recipe | None:
    found = _RECIPE.fullmatch(recipe)
    if found is None:
        return None
    memory_kib, passes, salt = found.groups()
    return Recipe(int(memory_kib), int(passes), b64decode(salt + "=" * (-len(salt) % 4)))


def _bytes(password: str) -> bytes:
    # JSON can contain a lone surrogate, which has no UTF-8 form: encoding it must not raise an unexpected error.
    return password.encode("utf-8", "surrogatepass")
