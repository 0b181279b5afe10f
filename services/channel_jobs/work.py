"""What does one kind of job: the protocol of it, and what a run offers it. A new kind is a class and a registry line.

The registry is in `jobs/channels.py`, which also says how a session with the marketplace is opened.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from errors import DatabaseUnavailable, UserErrorCode
from integrations.errors import AccessRevoked, PermissionMissing, Rejected, Throttled
from integrations.selling.marketplace import SellerSession
from models.acting import TenantScope
from models.billing.usage_counter import lock_quotas
from models.channel_jobs.fenced_writes import ChannelFence, advance_channel_job, owns_channel_job
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.channels.channel import Channel, channel_for_update
from models.database import WriteSession
from services.channel_jobs.states import STEP, UNSAFE
from services.patience import patiently
from services.tools import HasAddresses, HasCipher, HasClock, HasDb, HasFiles, HasVendors

# Commits that notify run one at a time over the whole server, so progress is coalesced.
_REPORT_EVERY_S = 0.5
# A run whose counts stay the same reports all the same: services/queued/orphans.py takes a silent one for lost.
_HEARTBEAT_EVERY_S = 10.0
MOST_PROBLEMS = 100
# After these the marketplace has surely not done what it was asked for.
_NOT_DONE = (Throttled, Rejected, AccessRevoked, PermissionMissing)


class ChannelJobTools(HasDb, HasClock, HasCipher, HasVendors, HasAddresses, HasFiles, Protocol):
    """What jobs with marketplaces work with."""


class JobLost(Exception):
    """The job was claimed again or finished: this run stops and writes nothing more."""


class JobCancelled(Exception):
    """Somebody asked to cancel the job."""


@dataclass
class ChannelRun:
    """One run of a job. `job` and `channel` are as they were when it was claimed; `market` is the seller's session.

    `looks_first`: an earlier run broke off within a step that the marketplace may have done.
    """

    tools: ChannelJobTools
    fence: ChannelFence
    job: ChannelJob
    channel: Channel
    looks_first: bool
    problems: list[dict[str, Any]] = field(default_factory=list)
    memo: dict[str, Any] = field(default_factory=dict)
    done: int = 0
    total: int | None = None
    is_stopped: type[Exception] | None = None
    # Whether the work tells how much of it is done.
    has_told: bool = False
    # When the tokens that this run uses were stored: later ones mean that somebody has connected the channel again.
    token_of: datetime | None = None
    _market: SellerSession | None = None
    _reported: tuple[int, int | None, int] | None = None
    _reported_at: float = field(default_factory=time.monotonic)
    _task: asyncio.Task[None] | None = None

    @property
    def scope(self) -> TenantScope:
        return TenantScope(self.fence.tenant_id)

    @property
    def market(self) -> SellerSession:
        if self._market is None:
            raise RuntimeError("the session is opened after `load`")
        return self._market

    @market.setter
    def market(self, market: SellerSession) -> None:
        self._market = market

    @property
    def is_unsafe(self) -> bool:
        return UNSAFE in self.memo

    def progress(self, done: int, total: int | None = None) -> None:
        """Tells how much of it is done, to be called between two steps; raises JobLost and JobCancelled."""
        self.check()
        self.has_told = True
        self.done, self.total = done, total if total is not None else self.total

    def problem(self, message: str, *, path: Sequence[str] = (), code: UserErrorCode = UserErrorCode.INVALID) -> None:
        """Keeps a record, or a part of one, that was left out; the first 100 of a job.

        `path` leads to the record in the answer's words, e.g. `["orders", "12-34"]`.
        """
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append({"code": code.value, "message": message, "field": [*path] or None})

    def check(self) -> None:
        """Raises JobLost when the last report found so; JobCancelled too, but not within an unsafe step."""
        if self.is_stopped is JobLost or (self.is_stopped is not None and not self.is_unsafe):
            raise self.is_stopped

    async def tell(self, step: str) -> None:
        """Stores in words which step begins, before it begins; raises JobLost and JobCancelled."""
        await self.remember({STEP: step})

    async def remember(self, more: Mapping[str, Any]) -> None:
        """Stores what a later run of the same attempt has to know, as JSON; raises JobLost and JobCancelled."""
        self.memo |= more
        await patiently(self.report)
        self.check()

    @asynccontextmanager
    async def unsafe(self, step: str) -> AsyncIterator[None]:
        """Around a step that the marketplace must not do twice. Where it breaks off, the job is UNCERTAIN."""
        await self.tell(step)
        self.memo[UNSAFE] = step
        await patiently(self.report)
        if self.is_stopped is not None:
            del self.memo[UNSAFE]
            raise self.is_stopped
        try:
            yield
        except _NOT_DONE:
            self.memo.pop(UNSAFE, None)
            raise
        self.memo.pop(UNSAFE, None)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[WriteSession]:
        """A transaction that holds the channel and the job: nobody takes it over meanwhile. Raises JobLost."""
        async with self.tools.db.write(self.scope) as session:
            # The channel first, in the order in which claiming and disconnecting lock them.
            await channel_for_update(session, self.channel.id)
            if not await owns_channel_job(session, self.fence):
                raise JobLost
            yield session

    @asynccontextmanager
    async def writing_as_tenant(self) -> AsyncIterator[WriteSession]:
        """As `writing`, with the tenant locked too: nobody stores orders or makes products meanwhile."""
        async with self.tools.db.write(self.scope) as session:
            # The tenant before the channel, as whoever connects or disconnects channels does.
            if not await lock_quotas(session):
                raise JobLost
            await channel_for_update(session, self.channel.id)
            if not await owns_channel_job(session, self.fence):
                raise JobLost
            yield session

    async def report(self) -> None:
        """Writes what the run has to tell into its row."""
        now = (self.done, self.total, len(self.problems))
        told = {"done": self.done, "total": self.total, "problems": self.problems, "memo": self.memo}
        async with self.tools.db.write(self.scope) as session:
            is_cancelled = await advance_channel_job(session, self.fence, told)
        self._reported, self._reported_at = now, time.monotonic()
        if is_cancelled is None:
            self.is_stopped = JobLost
        else:
            # Whoever asks for the same again withdraws it.
            self.is_stopped = JobCancelled if is_cancelled else None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_reporting())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep_reporting(self) -> None:
        while self.is_stopped is not JobLost:
            await asyncio.sleep(_REPORT_EVERY_S)
            is_news = (self.done, self.total, len(self.problems)) != self._reported
            if is_news or time.monotonic() - self._reported_at >= _HEARTBEAT_EVERY_S:
                # Where Postgres is away, the next round reports.
                with contextlib.suppress(DatabaseUnavailable):
                    await self.report()


Loaded = TypeVar("Loaded")
Done = TypeVar("Done")


class Work(Protocol[Loaded, Done]):
    """Does one kind of job. Whatever it raises ends the run; `Refused` fails the job with its message."""

    async def load(self, session: WriteSession, run: ChannelRun) -> Loaded:
        """Reads what is to be done from our rows, which may have changed since the job was asked for."""
        ...

    async def do(self, run: ChannelRun, loaded: Loaded) -> Done:
        """Calls the marketplace by `run.market`, with no transaction open over a call.

        It may be called again after any break. Long readings store their pages by `run.writing()`.
        """
        ...

    async def store(self, session: WriteSession, run: ChannelRun, done: Done) -> None:
        """Stores what came of it, in the transaction in which the job succeeds."""
        ...


# Opens the session of a run with its channel's marketplace, with an access that lives; raises AccessRevoked.
OpenMarket = Callable[[ChannelRun], Awaitable[SellerSession]]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What does which kind of job, and how a session with a marketplace is opened."""

    by_kind: Mapping[ChannelJobKind, Work[Any, Any]]
    open_market: OpenMarket
