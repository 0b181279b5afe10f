"""Owns how messages travel to an endpoint, and how often they are tried; must not know what a message says."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp

_TIMEOUT = aiohttp.ClientTimeout(total=10)
OK_STATUSES = (200, 201, 202, 204)
# Of the attempt's number: the body and its headers.
WriteNotice = Callable[[int], tuple[bytes, Mapping[str, str]]]


@dataclass
class NoticeCourier:
    """One attempt more than `pauses_s` has for each message, that far apart."""

    pauses_s: tuple[float, ...]
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def deliver(self, endpoint: str, write: WriteNotice, statuses: list[int]) -> None:
        """Adds the status of each attempt to `statuses`, 0 where nobody answered."""
        for pause_s in (*self.pauses_s, None):
            body, headers = write(len(statuses) + 1)
            statuses.append(await _post(endpoint, body, headers))
            if statuses[-1] in OK_STATUSES or pause_s is None:
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


async def _post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> int:
    sent = {"Content-Type": "application/json", **headers}
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as http,
            http.post(endpoint, data=body, headers=sent, allow_redirects=False) as answer,
        ):
            await answer.read()
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return 0
