"""Owns how messages travel to an endpoint, and how an endpoint is challenged; must not know what a message says."""

import asyncio
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

import aiohttp
import msgspec

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_OK = (200, 201, 202, 204)
# Of the attempt's number: the body and its signature.
WriteNotice = Callable[[int], tuple[bytes, str]]


@dataclass
class NoticeCourier:
    """Three attempts for each message, as with eBay, `pauses_s` apart."""

    pauses_s: tuple[float, ...] = (0.5, 2.0)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def deliver(self, endpoint: str, write: WriteNotice, statuses: list[int]) -> None:
        """Adds the status of each attempt to `statuses`, 0 where nobody answered."""
        for pause_s in (*self.pauses_s, None):
            body, signature = write(len(statuses) + 1)
            statuses.append(await _post(endpoint, body, signature))
            if statuses[-1] in _OK or pause_s is None:
                return
            await asyncio.sleep(pause_s)

    def start(self, endpoint: str, write: WriteNotice, statuses: list[int]) -> None:
        task = asyncio.get_running_loop().create_task(self.deliver(endpoint, write, statuses))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def settle(self) -> None:
        """Until nothing is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def stop(self) -> None:
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)


async def answers_challenge(endpoint: str, verification_token: str, code: str) -> bool:
    """Whether the endpoint knows the token: it hashes code, token and its own address, byte for byte as registered."""
    expected = sha256(f"{code}{verification_token}{endpoint}".encode()).hexdigest()
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as http,
            http.get(endpoint, params={"challenge_code": code}, allow_redirects=False) as answer,
        ):
            found = msgspec.json.decode(await answer.read())
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False
    given = found.get("challengeResponse") if isinstance(found, dict) else None
    return answer.status in _OK and isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())


async def _post(endpoint: str, body: bytes, signature: str) -> int:
    headers = {"Content-Type": "application/json", "X-EBAY-SIGNATURE": signature}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as http,
            http.post(endpoint, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            await answer.read()
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0
