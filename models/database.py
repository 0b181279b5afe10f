"""Opens sessions on Postgres with tenant, person and access mode set before the first statement; runs no query itself.

The settings ride on BEGIN, in one round trip, as literal `SET LOCAL` statements: they end with the transaction, so a
pooled connection cannot carry a tenant to its next user, and Citus passes them on to its nodes.

Citus passes on the whole message that such a statement stands in. Where tables are on shards, the settings are
therefore a message of their own after BEGIN, which costs a round trip.
"""

import asyncio
import copy
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Protocol, Self, TypeVar
from uuid import UUID

import asyncpg
import sqlmodel
import structlog
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import SessionTransaction
from sqlmodel.ext.asyncio.session import AsyncSession

from errors import DatabaseUnavailable, NodeUnavailable
from models.shards import has_shards, is_about_lost_node, lost_nodes

_log = structlog.get_logger(__name__)

_CONNECT_TIMEOUT_S = 5
_POOL_TIMEOUT_S = 10
# SQLSTATE: the class 08 (connection lost), a server that shuts down (57P01, 57P02) or starts (57P03), and one that has
# no disk space (53100), no memory (53200) or no connection (53300) left.
_UNAVAILABLE = ("08", "57P01", "57P02", "57P03", "53100", "53200", "53300")


_Session = TypeVar("_Session", bound="_TenantSession")


class HasTenant(Protocol):
    """Whoever a session is opened for; without a tenant, or without a person, the id is None."""

    @property
    def tenant_id(self) -> UUID | None: ...

    @property
    def user_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class TenantScope:
    """A HasTenant for code that has no viewer: jobs, and requests before it is known who asks."""

    tenant_id: UUID | None
    user_id: UUID | None = None


class TenantConnection(asyncpg.Connection):
    """Sends `opening` with the next BEGIN, or where it `opens_apart` as the next message.

    asyncpg sends BEGIN as a simple query, which may have several statements.
    """

    opening: str = ""
    opens_apart: bool = False

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's signature
        apart = ""
        if query.startswith("BEGIN"):
            opening, self.opening = self.opening, ""
            if self.opens_apart:
                apart = opening
            else:
                query = f"{query.rstrip(';')};{opening}"
        status: str = await super().execute(query, *args, timeout=timeout)
        if apart:
            await self._send_apart(apart)
        return status

    async def _send_apart(self, opening: str) -> None:
        try:
            await super().execute(opening)
        except BaseException:
            # The transaction is open without its settings, and SQLAlchemy takes it for one that never began.
            self.terminate()
            raise


class _ScopedSession(sqlmodel.Session):
    """The synchronous core of our sessions; `info["opening"]` has the statements that its transactions begin with."""


@event.listens_for(_ScopedSession, "after_begin")
def _open_transaction(session: _ScopedSession, transaction: SessionTransaction, connection: Connection) -> None:
    # A savepoint sends no BEGIN, and the settings of its transaction are still in force.
    if not transaction.nested:
        driver: Any = connection.connection.driver_connection
        driver.opening = session.info["opening"]
        driver.opens_apart = session.info["sharded"]


class _TenantSession(AsyncSession):
    sync_session_class = _ScopedSession
    read_only: ClassVar[bool]

    @property
    def tenant_id(self) -> UUID:
        """The tenant this session works for, for the WHERE of named queries; ValueError when it has none."""
        tenant_id: UUID | None = self.info["scope"].tenant_id
        if tenant_id is None:
            raise ValueError("This session was opened without a tenant.")
        return tenant_id

    @property
    def sharded(self) -> bool:
        """Whether tables of tenants are on shards, for the few statements that need another text there."""
        sharded: bool = self.info["sharded"]
        return sharded


class ReadSession(_TenantSession):
    """A READ ONLY transaction: the database refuses every write in it."""

    read_only = True


class WriteSession(_TenantSession):
    """A transaction that is committed by leaving the block of `Database.write` or `Database.system`."""

    read_only = False

    async def driver(self) -> Any:
        """The asyncpg connection, for COPY, inside this transaction.

        SQLAlchemy sends BEGIN with the first statement that passes through it, so one is sent here. Otherwise no
        transaction would be open, and Postgres would commit each statement on asyncpg's connection by itself.
        """
        connection = await self.connection()
        await connection.execute(text("select 1"))
        return (await connection.get_raw_connection()).driver_connection


@dataclass(frozen=True, slots=True)
class PoolUse:
    """One pool at this moment: `used` connections are in use, `size` is the most there can be."""

    used: int
    size: int


def _opening(scope: HasTenant, *, read_only: bool) -> str:
    """The settings of one transaction as SQL. They are literals: a simple query takes no parameters.

    UUID() refuses anything that could be SQL.
    """
    statements = ["SET TRANSACTION READ ONLY"] if read_only else []
    for name, value in (("tenant_id", scope.tenant_id), ("user_id", scope.user_id)):
        if value is not None:
            statements.append(f"SET LOCAL app.{name} = '{UUID(str(value))}'")
    return "; ".join(statements)


class Database:
    """Two pools: the runtime role's, bound by policies, and a small one of the system role, which bypasses them.

    `sharded` is False until `find_shards` has looked, which each process does once at its start: nobody moves tables
    to shards, or back, while processes serve.
    """

    def __init__(self, runtime_url: str, *, system_url: str, pool_size: int = 10) -> None:
        self.engine = _engine(runtime_url, pool_size)
        # Few callers need it: chores, sign-in and administration. The number stands in docs/operations.md.
        self.system_engine = _engine(system_url, 3)
        self.sharded = False
        self._gate: AbstractAsyncContextManager[Any] = nullcontext()
        self._told_reasons: set[str] = set()

    def bounded(self, limit: int) -> Self:
        """A Database on the same pools that has at most `limit` sessions of the runtime role open at once."""
        view = copy.copy(self)
        view._gate = asyncio.Semaphore(limit)  # noqa: SLF001 - a copy of ourselves
        return view

    @asynccontextmanager
    async def read(self, viewer: HasTenant | None) -> AsyncIterator[ReadSession]:
        """A READ ONLY session; without a viewer, tables of tenants show no row."""
        scope = viewer or TenantScope(None)
        async with self._gate, _answering(), self._session(ReadSession, self.engine, scope) as session:
            yield session

    @asynccontextmanager
    async def write(self, viewer: HasTenant | None) -> AsyncIterator[WriteSession]:
        """A session that is committed when the block is left without an exception."""
        scope = viewer or TenantScope(None)
        async with self._gate, _answering(), self._session(WriteSession, self.engine, scope) as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def system(self, *, reason: str) -> AsyncIterator[WriteSession]:
        """A session over all tenants, on the few tables that the system role is granted; `reason` is logged.

        The first use of a reason in a process is logged at level info, later ones at debug: sweeps repeat theirs all
        day.
        """
        tell = _log.debug if reason in self._told_reasons else _log.info
        tell("system_session_opened", reason=reason)
        self._told_reasons.add(reason)
        async with _answering(), self._session(WriteSession, self.system_engine, TenantScope(None)) as session:
            yield session
            await session.commit()

    async def ping(self, timeout_s: float = 1.0) -> None:
        """Returns when Postgres answers in time; raises DatabaseUnavailable."""
        try:
            async with asyncio.timeout(timeout_s), _answering(), self.engine.connect() as connection:
                await connection.execute(text("select 1"))
        except TimeoutError as error:
            raise DatabaseUnavailable("The database does not answer in time; try again.") from error

    async def find_shards(self) -> None:
        """Sets `sharded` by what this database is; raises DatabaseUnavailable."""
        async with _answering(), self.engine.connect() as connection:
            self.sharded = await has_shards(connection)

    async def lost_nodes(self) -> Sequence[str]:
        """The nodes with shards that do not answer, as `host:port`; raises DatabaseUnavailable."""
        async with _answering(), self.engine.connect() as connection:
            return await lost_nodes(connection)

    @property
    def pools(self) -> dict[str, PoolUse]:
        """The use of each pool, by the name of its role."""
        engines = {"runtime": self.engine, "system": self.system_engine}
        return {role: _use(engine) for role, engine in engines.items()}

    async def close(self) -> None:
        """Closes every pooled connection."""
        await self.engine.dispose()
        await self.system_engine.dispose()

    def _session(self, kind: type[_Session], engine: AsyncEngine, scope: HasTenant) -> _Session:
        opening = _opening(scope, read_only=kind.read_only)
        info = {"scope": scope, "opening": opening, "sharded": self.sharded}
        # Rows are read after their session has ended, so a commit must not expire them.
        return kind(engine, expire_on_commit=False, info=info)


@asynccontextmanager
async def _answering() -> AsyncIterator[None]:
    """Turns a lost connection, or a server without room, into DatabaseUnavailable; other errors pass unchanged.

    A node that the coordinator of shards has lost becomes NodeUnavailable.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseUnavailable("Too many requests wait for the database; try again.") from error
    except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        outage = _outage_of(error)
        if outage is None:
            raise
        raise outage from error


def _outage_of(error: Exception) -> DatabaseUnavailable | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = str(getattr(cause, "sqlstate", None) or "")
    if is_about_lost_node(state, str(cause)):
        return NodeUnavailable("A node of the database does not answer; try again.")
    is_cut = "connection is closed" in str(cause) or "connection was closed" in str(cause)
    is_unavailable = state.startswith(_UNAVAILABLE) if state else is_cut
    if is_unavailable or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return DatabaseUnavailable("The database does not answer; try again.")
    return None


def _engine(url: str, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(_connect, url),
        pool_size=pool_size,
        # No connection beyond the pool's size: docs/operations.md says how many a process has.
        max_overflow=0,
        pool_timeout=_POOL_TIMEOUT_S,
        json_serializer=partial(json.dumps, default=str),
        # Parameters are e-mail addresses, tokens and names: the text of an error, which is logged, must not have them.
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "checkin", _forget_opening)
    event.listen(engine.sync_engine, "checkout", _refuse_dead_connection)
    return engine


async def _connect(url: str) -> Any:
    """`url` is any libpq URL, e.g. postgresql://role@/database?host=/socket/directory."""
    try:
        return await asyncpg.connect(
            url,
            timeout=_CONNECT_TIMEOUT_S,
            connection_class=TenantConnection,
            server_settings={"application_name": "adgraph"},
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DatabaseUnavailable("The database does not accept a connection; try again.") from error


def _use(engine: AsyncEngine) -> PoolUse:
    pool: Any = engine.pool
    return PoolUse(pool.checkedout(), pool.size())


def _forget_opening(adapted: Any, *_: Any) -> None:
    # A session that ran no statement sent no BEGIN, so its settings still wait on the connection: the next user of the
    # connection must not get them.
    if adapted is not None:
        adapted.driver_connection.opening = ""


def _refuse_dead_connection(adapted: Any, *_: Any) -> None:
    # Costs no round trip, unlike SQLAlchemy's pre-ping: asyncpg notices when the server closes the connection.
    if adapted.driver_connection.is_closed():
        raise DisconnectionError
