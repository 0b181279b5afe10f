"""Tells subscribers that something of a tenant changed: one LISTEN connection per process; no row is read here.

A subscriber waits for a change, then reads the row itself and ignores versions that it has seen. Each watch reports a
change when it begins and after each reconnect, because a notification may have been sent while nobody listened.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import text

from models.database import WriteSession
from models.pool import UNREACHABLE

_log = structlog.get_logger(__name__)

CHANNEL = "refresh_job"
# Of their own, so that whoever watches all refreshes of a tenant is not woken by a file that is written.
EXPORTS = "export"
# Of everything that the stream of a tenant's changes tells: the kind of a node, and ids of those that changed.
CHANGES = "change"
# Of channels whose jobs have steps for the browser extension: heard by nobody but the extension.
RELAY = "relay"
# Postgres takes 8,000 bytes at once, and an id has 37 with its comma.
_IDS_AT_ONCE = 200
# Of more than so many nodes at once nobody hears one by one: anything of the kind may have changed.
_MOST_TOLD = 1_000
# A connection that was cut without a word is noticed at most _PING_EVERY_S + _TIMEOUT_S later.
_PING_EVERY_S = 5
_TIMEOUT_S = 5
# The pause before each try to connect again; the last one is repeated.
_RETRY_AFTER_S = (0.05, 0.2, 0.5, 1.0, 2.0)
# A watch of a tenant that nobody looks at remembers so many changes by their ids.
_MOST_CHANGES = 1_000

# What a watch is told that changed: an id, or in the stream of all of a tenant's changes a kind and an id.
C = TypeVar("C")


class Changed(NamedTuple):
    """A node of the tenant that changed, by the kind's name."""

    kind: str
    id: UUID


async def notify_refresh_job(session: WriteSession, *, tenant_id: UUID, job_id: UUID, version: int) -> None:
    """Wakes the job's subscribers when the caller's transaction commits.

    Postgres commits transactions that notify one at a time, over the whole server. So call this at most twice a second
    per job, and in a transaction that does little else.
    """
    statement = text("select pg_notify(:channel, :payload)")
    payload = f"{tenant_id},{job_id},{version}"
    await (await session.connection()).execute(statement, {"channel": CHANNEL, "payload": payload})


async def notify_export(session: WriteSession, *, export_id: UUID, version: int) -> None:
    """Wakes the export's subscribers when the caller's transaction commits; as often as `notify_refresh_job` may."""
    payload = f"{export_id},{version}"
    statement = text("select pg_notify(:channel, :payload)")
    await (await session.connection()).execute(statement, {"channel": EXPORTS, "payload": payload})


async def notify_changes(session: WriteSession, kind: str, ids: Sequence[UUID]) -> None:
    """Tells that these nodes of the session's tenant changed, when the caller's transaction commits.

    Call it once for all that a transaction changes: Postgres commits transactions that notify one at a time.
    """
    told = [str(each) for each in dict.fromkeys(ids)]
    if not told:
        return
    parts = [told[at : at + _IDS_AT_ONCE] for at in range(0, len(told), _IDS_AT_ONCE)]
    statement = text("select pg_notify(:channel, :payload)")
    for part in parts if len(told) <= _MOST_TOLD else [[]]:
        payload = ",".join([str(session.tenant_id), kind, *part])
        await (await session.connection()).execute(statement, {"channel": CHANGES, "payload": payload})


async def ring_relay(session: WriteSession, channel_id: UUID) -> None:
    """Tells the channel's browser extension that other jobs wait for it, when the caller's transaction commits.

    It is a hint, as often as `notify_refresh_job` may be given.
    """
    statement = text("select pg_notify(:channel, :payload)")
    await (await session.connection()).execute(statement, {"channel": RELAY, "payload": str(channel_id)})


class Topic:
    """What all watches on one job or one tenant have in common."""

    __slots__ = ("heard", "is_connected", "shelf", "watches")

    def __init__(self, is_connected: Callable[[], bool]) -> None:
        self.is_connected = is_connected
        self.heard = 0
        self.shelf: dict[Any, Any] = {}
        self.watches: set[Watch[Any]] = set()

    def ring(self, *changed: UUID | Changed) -> None:
        self.heard += 1
        for watch in self.watches:
            watch.ring(*changed)


class Watch(Generic[C]):
    """What one subscriber waits on: an event, and what changed since it last looked.

    `shelf` is a place for what those who watch the same keep together; it is gone with the last of them.
    """

    __slots__ = ("_changed", "_everything", "_is_rung", "_topic", "_waiter")

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._changed: set[C] = set()
        self._everything = True
        self._is_rung = True
        # Not an Event, whose list of waiters takes most of the memory of a watch: one subscriber waits on it.
        self._waiter: asyncio.Future[None] | None = None

    def ring(self, *changed: C) -> None:
        """Wakes the subscriber; where nothing is named anything may have changed."""
        # A subscriber that does not look holds no more than this: it then reads everything.
        if not changed or len(self._changed) >= _MOST_CHANGES:
            self._everything = True
            self._changed.clear()
        else:
            self._changed.update(changed)
        self._is_rung = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def shelf(self) -> dict[Any, Any]:
        return self._topic.shelf

    @property
    def heard(self) -> int:
        """How often there was news of what is watched."""
        return self._topic.heard

    def is_abreast(self, heard: int) -> bool:
        """Whether there was no news since so many; while the connection is lost, nobody knows."""
        return self._topic.is_connected() and self._topic.heard == heard

    async def changed(self) -> frozenset[C]:
        """Waits for a change; answers what changed. An empty set means: anything may have."""
        if not self._is_rung:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        self._is_rung = False
        changed = frozenset() if self._everything else frozenset(self._changed)
        self._changed.clear()
        self._everything = False
        return changed


class Hub:
    """Owns the LISTEN connection and the watches.

    `dsn` must reach Postgres directly: LISTEN does not work through a pooler in transaction mode.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._topics: dict[UUID | tuple[str, UUID], Topic] = {}
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    @property
    def is_healthy(self) -> bool:
        return self._connected.is_set()

    @property
    def watchers(self) -> int:
        """How many watches are open."""
        return sum(len(topic.watches) for topic in self._topics.values())

    async def start(self) -> None:
        """Begins to listen. Returns once it listens, or after 5 seconds; it then goes on trying in the background.

        RuntimeError where it was started and not stopped: two connections would ring twice for each change, and the end
        of one of them would be taken for the end of both.
        """
        if self._task is not None:
            raise RuntimeError("the hub listens already")
        self._task = asyncio.create_task(self._listen_forever(), name="refresh_job_listener")
        with suppress(TimeoutError):
            await asyncio.wait_for(self._connected.wait(), _TIMEOUT_S)

    async def stop(self) -> None:
        """Closes the connection. Watches that are still open would wait for ever, so close subscriptions first."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def watch(self, row_id: UUID) -> AbstractAsyncContextManager[Watch[UUID]]:
        """A watch on one row, such as a job or an export."""
        return self._registered(row_id)

    def watch_tenant(self, tenant_id: UUID) -> AbstractAsyncContextManager[Watch[UUID]]:
        """A watch on all refreshes of a tenant."""
        return self._registered(tenant_id)

    def watch_activity(self, tenant_id: UUID) -> AbstractAsyncContextManager[Watch[Changed]]:
        """A watch on everything of a tenant whose changes are told."""
        return self._registered((CHANGES, tenant_id))

    def watch_relay(self, channel_id: UUID) -> AbstractAsyncContextManager[Watch[UUID]]:
        """A watch on the jobs of a channel that wait for its browser extension."""
        return self._registered((RELAY, channel_id))

    @asynccontextmanager
    async def _registered(self, key: UUID | tuple[str, UUID]) -> AsyncIterator[Watch[Any]]:
        topic = self._topics.setdefault(key, Topic(self._connected.is_set))
        watch: Watch[Any] = Watch(topic)
        topic.watches.add(watch)
        try:
            yield watch
        finally:
            topic.watches.discard(watch)
            if not topic.watches:
                del self._topics[key]

    async def _listen_forever(self) -> None:
        failures = 0
        while True:
            try:
                await self._listen()
                failures = 0
            except UNREACHABLE as error:
                _log.warning("listener_lost", reason=type(error).__name__)
            finally:
                # A try that got as far as listening was no failure, even if it ended with an error.
                was_connected = self._connected.is_set()
                self._connected.clear()
            failures = 0 if was_connected else failures + 1
            await asyncio.sleep(_RETRY_AFTER_S[min(failures, len(_RETRY_AFTER_S) - 1)])

    async def _listen(self) -> None:
        """Connects and listens until the connection is lost; returns then, or raises one of UNREACHABLE."""
        connection = await asyncpg.connect(self._dsn, timeout=_TIMEOUT_S)
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        try:
            await connection.add_listener(CHANNEL, self._heard)
            await connection.add_listener(EXPORTS, self._heard_of_export)
            await connection.add_listener(CHANGES, self._heard_of_changes)
            await connection.add_listener(RELAY, self._heard_of_relay)
            self._connected.set()
            # Whatever was notified between two connections was heard by nobody.
            self._wake_everyone()
            while not gone.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(gone.wait(), _PING_EVERY_S)
                # A half-open connection raises no event in asyncpg: only a query that gets no answer shows it.
                await connection.execute("select 1", timeout=_TIMEOUT_S)
        finally:
            # Not `close`, which would wait for an answer of a server that may be gone.
            connection.terminate()

    def _wake_everyone(self) -> None:
        for topic in self._topics.values():
            topic.ring()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        tenant_id, job_id, _version = str(payload).split(",")
        tenant, job = UUID(tenant_id), UUID(job_id)
        self._ring(tenant, job)
        self._ring(job, job)
        self._ring((CHANGES, tenant), Changed("REFRESH_JOB", job))

    def _heard_of_export(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        export_id = UUID(str(payload).partition(",")[0])
        self._ring(export_id, export_id)

    def _heard_of_changes(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        tenant_id, kind, *ids = str(payload).split(",")
        changed = [Changed(kind, UUID(each)) for each in ids]
        for each in changed:
            self._ring(each.id, each.id)
        self._ring((CHANGES, UUID(tenant_id)), *changed)

    def _heard_of_relay(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        channel_id = UUID(str(payload))
        self._ring((RELAY, channel_id), channel_id)

    def _ring(self, key: UUID | tuple[str, UUID], *changed: UUID | Changed) -> None:
        if (topic := self._topics.get(key)) is not None:
            topic.ring(*changed)
