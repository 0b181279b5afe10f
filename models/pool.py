"""Pools of connections to Postgres, and which errors say that it does not answer; knows no tenant."""

import json
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from errors import DatabaseUnavailable, NodeUnavailable
from models.shards import is_about_lost_node

# SQLSTATE: the class 08 (connection lost), a server that shuts down (57P01, 57P02) or starts (57P03), and one that has
# no disk space (53100), no memory (53200) or no connection (53300) left.
_UNAVAILABLE = ("08", "57P01", "57P02", "57P03", "53100", "53200", "53300")
# asyncpg's words for a connection that is closed, and for one whose end the server has told of while nothing ran.
_CUT = ("connection is closed", "connection was closed", "another operation (2) is in progress")
# asyncpg's errors have no root of their own.
_DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# What a statement may raise, through SQLAlchemy or without it.
STATEMENT_ERRORS = (DBAPIError, *_DRIVER_ERRORS)
# What asyncpg alone raises when its server does not answer; ValueError and TypeError would be faults of ours.
UNREACHABLE = (OSError, TimeoutError, *_DRIVER_ERRORS)


class TenantConnection(asyncpg.Connection):
    """Sends `opening` with the next BEGIN, or where it `opens_apart` as the next message.

    asyncpg sends BEGIN as a simple query, which may have several statements.
    """

    opening: str = ""
    opens_apart: bool = False

    async def execute(self, query: str, *args: Any, timeout: float | None = None) -> str:  # noqa: ASYNC109 - asyncpg's signature
        if query.startswith("BEGIN"):
            opening, self.opening = self.opening, ""
            return await self._begin(query, opening)
        status: str = await super().execute(query, *args, timeout=timeout)
        return status

    async def _begin(self, query: str, opening: str) -> str:
        try:
            together = query if self.opens_apart else f"{query.rstrip(';')};{opening}"
            status: str = await super().execute(together)
            if self.opens_apart and opening:
                await super().execute(opening)
        except BaseException:
            # A transaction may be open without its settings, and SQLAlchemy takes it for one that never began.
            self.terminate()
            raise
        return status


class _Pool(AsyncAdaptedQueuePool):
    """A pool that closes also what is given back to it after its end.

    SQLAlchemy's own would keep such a connection open until the garbage collector meets it.
    """

    _has_ended = False

    def dispose(self) -> None:
        self._has_ended = True
        super().dispose()

    def _do_return_conn(self, record: Any) -> None:
        super()._do_return_conn(record)
        if self._has_ended:
            super().dispose()


@dataclass(frozen=True, slots=True)
class PoolPatience:
    """How long a session waits for a new connection to be made, and for one of the pool to be free, in seconds."""

    connect_s: float = 5
    pool_s: float = 10


@dataclass(frozen=True, slots=True)
class PoolUse:
    """One pool at this moment: `used` connections are in use, `size` is the most there can be."""

    used: int
    size: int


def engine_of(url: str, pool_size: int, patience: PoolPatience = PoolPatience()) -> AsyncEngine:
    """A pool of connections with which sessions are opened; nothing connects before the first of them."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(_Connecting, url, patience.connect_s),
        poolclass=_Pool,
        pool_size=pool_size,
        # No connection beyond the pool's size: docs/operations.md says how many a process has.
        max_overflow=0,
        pool_timeout=patience.pool_s,
        json_serializer=partial(json.dumps, default=str),
        # Parameters are e-mail addresses, tokens and names: the text of an error, which is logged, must not have them.
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "checkin", _forget_opening)
    event.listen(engine.sync_engine, "checkout", _refuse_dead_connection)
    return engine


@dataclass(frozen=True, slots=True)
class _Connecting:
    """A connection that is made when it is awaited: a pool that is asked in no greenlet gives up before it awaits."""

    url: str
    timeout_s: float

    def __await__(self) -> Generator[Any, Any, Any]:
        return _connect(self.url, self.timeout_s).__await__()


async def _connect(url: str, timeout_s: float) -> Any:
    """`url` is any libpq URL, e.g. postgresql://role@/database?host=/socket/directory."""
    try:
        return await asyncpg.connect(
            url,
            timeout=timeout_s,
            connection_class=TenantConnection,
            server_settings={"application_name": "adgraph"},
            # As SQLAlchemy keeps them: statements about insights are long, and are needed as often after a quiet hour.
            max_cacheable_statement_size=0,
            max_cached_statement_lifetime=0,
        )
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise DatabaseUnavailable("The database does not accept a connection; try again.") from error


def _forget_opening(adapted: Any, *_: Any) -> None:
    # A session that ran no statement sent no BEGIN, so its settings still wait on the connection: the next user of the
    # connection must not get them.
    if adapted is not None:
        adapted.driver_connection.opening = ""


def _refuse_dead_connection(adapted: Any, *_: Any) -> None:
    # Costs no round trip, unlike SQLAlchemy's pre-ping: asyncpg notices when the server closes the connection.
    if adapted.driver_connection.is_closed():
        raise DisconnectionError


def use_of(engine: AsyncEngine) -> PoolUse:
    """The use of a pool that `engine_of` has made."""
    pool: Any = engine.pool
    return PoolUse(pool.checkedout(), pool.size())


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Turns a lost connection, or a server without room, into DatabaseUnavailable; other errors pass unchanged.

    A node that the coordinator of shards has lost becomes NodeUnavailable.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseUnavailable("Too many requests wait for the database; try again.") from error
    except STATEMENT_ERRORS as error:
        outage = outage_of(error)
        if outage is None:
            raise
        raise outage from error


def outage_of(error: Exception) -> DatabaseUnavailable | None:
    """What an error is to callers if it says that the server does not answer, or has no room."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = sqlstate_of(error)
    if is_about_lost_node(state, str(cause)):
        return NodeUnavailable("A node of the database does not answer; try again.")
    is_cut = any(words in str(cause) for words in _CUT)
    is_unavailable = state.startswith(_UNAVAILABLE) if state else is_cut
    if is_unavailable or (isinstance(error, DBAPIError) and error.connection_invalidated):
        return DatabaseUnavailable("The database does not answer; try again.")
    return None


def sqlstate_of(error: Exception) -> str:
    """Postgres' code of an error; empty for what went wrong elsewhere."""
    return str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None) or "")
