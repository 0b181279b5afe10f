"""HTTP for Stripe's own client: aiohttp with bounded bodies, and failures of the network as Stripe's errors."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

import aiohttp
import stripe

BODY_BYTES = 8 * 1024 * 1024
_ATTEMPT = aiohttp.ClientTimeout(total=15, sock_connect=5)


class Transport(stripe.HTTPClient):
    """One pool of connections, open until `close_async`. Stripe's client decides which calls are repeated."""

    name = "adgraph"

    def __init__(self, traces: Sequence[aiohttp.TraceConfig] = ()) -> None:
        super().__init__()
        self._traces = list(traces)
        self._session: aiohttp.ClientSession | None = None

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Body, status and headers of the answer.

        Raises APIConnectionError for every failure of the network, and for a body that is larger than we accept.
        """
        try:
            async with self._opened().request(
                method, url, headers=headers, data=post_data, allow_redirects=False
            ) as response:
                return await _bounded(response), response.status, response.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _failed(type(error).__name__, is_passing=True) from error

    def sleep_async(self, secs: float) -> Awaitable[None]:
        return asyncio.sleep(secs)

    async def close_async(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        # Made at the first call, because aiohttp binds the session to the event loop that is running then.
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=_ATTEMPT, cookie_jar=aiohttp.DummyCookieJar(), trace_configs=self._traces
            )
        return self._session


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > BODY_BYTES:
            raise _failed("The answer is larger than we accept.", is_passing=False)
    return bytes(body)


def _failed(message: str, *, is_passing: bool) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(message, should_retry=is_passing)  # type: ignore[no-untyped-call]  # Stripe's class
