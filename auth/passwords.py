"""Password hashes and the rules for new passwords; it knows no accounts and decides no sign-in.

Argon2id with OWASP's smallest parameters costs about 20 ms and 19 MiB, so hashes run in few threads behind a bounded
queue: more threads would only spend memory.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn_rs_py import zxcvbn

from errors import RateLimited

MIN_CHARACTERS = 12
MAX_CHARACTERS = 256
MAX_BYTES = 1024
# Of zxcvbn's 0 to 4: it takes more than 10^8 guesses.
MIN_SCORE = 3
# A text made for it costs 60 ms at this length and 650 ms at three times as much; ordinary ones half a millisecond.
JUDGED_CHARACTERS = 24

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the password was right; `new_hash` is to replace a stored hash of older parameters."""

    is_right: bool
    new_hash: str | None = None


def argon2id(*, memory_kib: int = 19_456, passes: int = 2) -> PasswordHash:
    """The scheme of new hashes; tests take cheaper parameters."""
    return PasswordHash((Argon2Hasher(time_cost=passes, memory_cost=memory_kib, parallelism=1),))


class PasswordHasher:
    """Hashes off the event loop; each verification costs one hash, whatever is known of the account."""

    def __init__(
        self, scheme: PasswordHash | None = None, *, workers: int | None = None, queue_limit: int = 64
    ) -> None:
        self._scheme = scheme or argon2id()
        self._threads = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="password")
        self._free_places = queue_limit
        self._dummy = self._scheme.hash(os.urandom(32))

    async def hash(self, password: str) -> str:
        return await self._in_thread(lambda: self._scheme.hash(_bytes(password)))

    async def verify(self, password: str, stored: str | None) -> Verification:
        """Compares with the stored hash; without one, the same work against a hash that nothing matches."""
        return await self._in_thread(lambda: self._verify(_bytes(password), stored))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: bytes, stored: str | None) -> Verification:
        if stored is None or len(password) > MAX_BYTES:
            self._scheme.verify(password[:MAX_BYTES], self._dummy)
            return Verification(is_right=False)
        try:
            return Verification(*self._scheme.verify_and_update(password, stored))
        except UnknownHashError:
            return self._verify(password, None)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._free_places <= 0:
            raise RateLimited("Too many sign-ins at this moment; try again in a few seconds.", retry_after_s=2)
        self._free_places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free_places += 1


def weakness(password: str, *, email: str, name: str) -> str | None:
    """What is wrong with a new password, in words for its owner; None when it is acceptable."""
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


def _bytes(password: str) -> bytes:
    # A lone surrogate, which JSON can carry, has no UTF-8 form; it must not end as a fault of ours.
    return password.encode("utf-8", "surrogatepass")
