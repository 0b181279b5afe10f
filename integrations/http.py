"""The HTTP client for calls to other companies: deadlines, bounded bodies, retries, masked logs; knows no vendor.

Retries are our own code because the reader of a reply decides about them: a vendor's error may come with status 200.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
import structlog

from integrations.errors import IntegrationError, TimedOut, TooLarge, Unavailable, VendorError
from integrations.telemetry import counted
from telemetry.redaction import redact_text

_log = structlog.get_logger(__name__)
T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `query`, `form` and `headers` may have credentials: none of them is ever logged or shown."""

    vendor: str
    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    # Sent as it is, in place of a form; its content type is one of the headers.
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    # True: making the call twice has the same effect as making it once, so it may be repeated after a lost answer.
    is_idempotent: bool = True

    @property
    def place(self) -> str:
        """The address without its query, for logs."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}{parts.path}"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class TryAgain(Exception):
    """Raised by the reader of a reply: the call is made again, and fails with `outcome` when no try is left."""

    def __init__(self, outcome: IntegrationError) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often a call is tried, in seconds, and how large a body may be, in bytes."""

    # Over all tries and the pauses between them.
    total_s: float = 90.0
    attempt_s: float = 45.0
    connect_s: float = 5.0
    attempts: int = 4
    first_pause_s: float = 0.5
    longest_pause_s: float = 8.0
    body_bytes: int = 32 * 1024 * 1024

    def pause_s(self, attempt: int, dice: float) -> float:
        """The pause before the next try, with full jitter: a random part of a ceiling that doubles each time.

        `dice` is a random number from 0 to 1. Without jitter, clients that failed together would retry together.
        """
        return dice * min(self.longest_pause_s, self.first_pause_s * 2.0**attempt)


class HttpClient:
    """One pool of connections for the process; open until `close`."""

    def __init__(
        self,
        patience: Patience = Patience(),
        *,
        sleep: Sleep = asyncio.sleep,
        dice: Callable[[], float] = random.random,
        traces: Sequence[aiohttp.TraceConfig] = (),
    ) -> None:
        self._patience = patience
        self._sleep = sleep
        self._dice = dice
        self._traces = list(traces)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def rest(self, seconds: float) -> None:
        """Waits between two calls; a test passes a `sleep` that does not wait."""
        await self._sleep(seconds)

    async def call(self, request: Request, read: Callable[[Reply], T]) -> T:
        """What `read` makes of the reply; raises an IntegrationError, with no credential in any text.

        `read` raises TryAgain for a reply after which the call may be repeated, and an IntegrationError for any other
        failure.
        """
        try:
            async with asyncio.timeout(self._patience.total_s):
                return await self._attempts(request, read)
        except TimeoutError:
            pass
        raise TimedOut(f"{request.vendor} did not answer within {self._patience.total_s:.0f} seconds.")

    async def _attempts(self, request: Request, read: Callable[[Reply], T]) -> T:
        for attempt in range(self._patience.attempts):
            try:
                return read(await self._send(request))
            except TryAgain as again:
                outcome = again.outcome
            if not request.is_idempotent or attempt + 1 == self._patience.attempts:
                break
            _log.info("vendor_call_repeated", vendor=request.vendor, place=request.place, attempt=attempt + 1)
            await self._sleep(self._patience.pause_s(attempt, self._dice()))
        raise outcome

    async def _send(self, request: Request) -> Reply:
        """Raises TryAgain for every failure of the network; the library's exception is not passed on."""
        try:
            return await self._exchange(request)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            text = redact_text(f"{type(error).__name__}: {error}")
            kind = TimedOut if isinstance(error, TimeoutError) else Unavailable
        # Raised outside of the handler: there the library's exception, whose text may have the URL with its query,
        # would become the context of ours.
        said = VendorError(http_status=0, text=text)
        raise TryAgain(kind(f"{request.vendor} cannot be reached at the moment.", said=said))

    async def _exchange(self, request: Request) -> Reply:
        asking = self._opened().request(
            request.method,
            request.url,
            params=request.query,
            data=request.form if request.body is None else request.body,
            headers=request.headers,
            # Following a redirect would send our credentials to another address.
            allow_redirects=False,
        )
        with counted(request.vendor) as call:
            async with asking as response:
                body = await self._bounded_body(request, response)
            call.status = response.status
        return Reply(response.status, response.headers, body)

    async def _bounded_body(self, request: Request, response: aiohttp.ClientResponse) -> bytes:
        # Content-Length is not relied on: it may be absent, and that of a compressed body is smaller than the body.
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._patience.body_bytes:
                raise TooLarge(f"{request.vendor} sent an answer that is larger than we accept.")
            chunks.append(chunk)
        return b"".join(chunks)

    def _opened(self) -> aiohttp.ClientSession:
        # Made at the first call, because aiohttp binds the session to the event loop that is running then.
        if self._session is None:
            patience = self._patience
            timeout = aiohttp.ClientTimeout(total=patience.attempt_s, sock_connect=patience.connect_s)
            # By itself aiohttp would also ask for what the libraries that compress our own answers can read.
            self._session = aiohttp.ClientSession(
                headers={"accept-encoding": "gzip, deflate"},
                timeout=timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                trace_configs=self._traces,
            )
        return self._session
