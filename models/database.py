"""Opens sessions on Postgres with tenant, person and access mode set before the first statement; runs no query itself.

The settings ride on BEGIN, in one round trip, as literal `SET LOCAL` statements: they end with the transaction, so a
pooled connection cannot carry a tenant to its next user, and Citus passes them on to its nodes.

Citus passes on the whole message that such a statement stands in. Where tables are on shards, the settings are
therefore a message of their own after BEGIN, which costs a round trip.
"""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from functools import lru_cache
from typing import Any, Self, TypeVar, TypeVarTuple, overload
from uuid import UUID

import sqlmodel
import structlog
from sqlalchemy import Connection, event, text
from sqlalchemy.engine.result import ScalarResult, TupleResult
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import SessionTransaction
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select, SelectOfScalar

from errors import DatabaseUnavailable
from models.acting import Acting, TenantScope
from models.pool import PoolPatience, PoolUse, answering, engine_of, use_of
from models.replicas.reads import QueryReads, ReplicaSet
from models.replicas.replica import Replica
from models.shards import has_shards, lost_nodes
from models.thin.transaction import Transaction

_log = structlog.get_logger(__name__)

_UNBOUND = text("""
    select rolname from pg_roles where (rolsuper or rolbypassrls)
        and rolname in (select coalesce(name, current_user) from unnest(cast(:names as text[])) as given(name))
    order by rolname
""")
# A replica stands in for nobody: what it does not give soon, the primary gives.
_REPLICA_PATIENCE = PoolPatience(connect_s=1, pool_s=2)

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class _ScopedSession(sqlmodel.Session):
    """The synchronous core of our sessions; `info["opening"]` has the statements that its transactions begin with."""


@event.listens_for(_ScopedSession, "after_begin")
def _open_transaction(session: _ScopedSession, transaction: SessionTransaction, connection: Connection) -> None:
    # A savepoint sends no BEGIN, and the settings of its transaction are still in force.
    if not transaction.nested:
        driver: Any = connection.connection.driver_connection
        driver.opening = session.info["opening"]
        driver.opens_apart = session.info["sharded"]


class _Scoped:
    info: dict[Any, Any]

    @property
    def scope(self) -> Acting:
        """Whom this session works for."""
        scope: Acting = self.info["scope"]
        return scope

    @property
    def tenant_id(self) -> UUID:
        """The tenant this session works for, for the WHERE of named queries; ValueError when it has none."""
        tenant_id = self.scope.tenant_id
        if tenant_id is None:
            raise ValueError("This session was opened without a tenant.")
        return tenant_id

    @property
    def sharded(self) -> bool:
        """Whether tables of tenants are on shards, for the few statements that need another text there."""
        sharded: bool = self.info["sharded"]
        return sharded


class ReadSession(_Scoped):
    """A READ ONLY transaction: the database refuses every write in it.

    `fetch` goes to asyncpg. A session of SQLAlchemy is made where one of its methods is called; both share the
    transaction.
    """

    def __init__(self, engine: AsyncEngine, info: dict[Any, Any]) -> None:
        self.info = info
        self._transaction = Transaction(engine, info["opening"], opens_apart=info["sharded"])
        self._mapped: AsyncSession | None = None

    async def fetch(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        """The rows of a statement with parameters $1, $2 and so on, as records of asyncpg."""
        return await self._transaction.fetch(statement, values)

    async def connection(self) -> AsyncConnection:
        return await (await self._session()).connection()

    async def driver(self) -> Any:
        """The asyncpg connection, for COPY, inside this transaction."""
        return (await (await self.connection()).get_raw_connection()).driver_connection

    @overload
    async def exec(self, statement: Select[*_Ts]) -> TupleResult[tuple[*_Ts]]: ...
    @overload
    async def exec(self, statement: SelectOfScalar[_T]) -> ScalarResult[_T]: ...
    async def exec(self, statement: Any) -> Any:
        return await (await self._session()).exec(statement)

    async def get(self, kind: type[_T], key: Any) -> _T | None:
        return await (await self._session()).get(kind, key)

    async def get_one(self, kind: type[_T], key: Any) -> _T:
        return await (await self._session()).get_one(kind, key)

    async def aclose(self) -> None:
        """Ends the transaction, also when it is cancelled meanwhile."""
        if self._mapped is None:
            await self._transaction.end()
        else:  # one task for both: who is cancelled in between would keep the connection
            await asyncio.shield(asyncio.create_task(self._close(self._mapped), name="end of a session"))

    async def _close(self, mapped: AsyncSession) -> None:
        await self._transaction.give_up_if_closed()
        await mapped.close()
        await self._transaction.end()

    async def _session(self) -> AsyncSession:
        if self._mapped is None:
            self._mapped = AsyncSession(await self._transaction.connection(), expire_on_commit=False)
        return self._mapped


class WriteSession(_Scoped, AsyncSession):
    """A transaction that is committed by leaving the block of `Database.write` or `Database.system`."""

    sync_session_class = _ScopedSession

    async def fetch(self, statement: str, values: Sequence[Any]) -> Sequence[Any]:
        """As that of a ReadSession."""
        return (await (await self.connection()).exec_driver_sql(statement, tuple(values))).all()

    async def driver(self) -> Any:
        """The asyncpg connection, for COPY, inside this transaction.

        SQLAlchemy sends BEGIN with the first statement that passes through it, so one is sent here. Otherwise no
        transaction would be open, and Postgres would commit each statement on asyncpg's connection by itself.
        """
        connection = await self.connection()
        await connection.execute(text("select 1"))
        return (await connection.get_raw_connection()).driver_connection


@lru_cache(maxsize=4096)
def _opening(tenant_id: UUID | None, user_id: UUID | None, *, read_only: bool, is_snapshot: bool) -> str:
    """The settings of one transaction as SQL. They are literals: a simple query takes no parameters.

    UUID() refuses anything that could be SQL.
    """
    statements = ["SET TRANSACTION READ ONLY"] if read_only else []
    if read_only:
        # Postgres writes floats into JSON (models/splicing), with fewer digits where a role or a database says so.
        statements.append("SET LOCAL extra_float_digits = 1")
    if is_snapshot:
        statements.append("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # Questions about insights: the same statement reads a day of one account or years of all, so that a plan for
        # any values, which Postgres would make after five of them, may take a hundred times as long as one for these.
        statements.append("SET LOCAL plan_cache_mode = force_custom_plan")
    for name, value in (("tenant_id", tenant_id), ("user_id", user_id)):
        if value is not None:
            statements.append(f"SET LOCAL app.{name} = '{UUID(str(value))}'")
    return "; ".join(statements)


class Database:
    """Two pools: the runtime role's, bound by policies, and a small one of the system role, which bypasses them.

    Read replicas have a pool each, from which queries read; everything else is done on the primary.

    `sharded` is False until `find_shards` has looked, which each process does once at its start: nobody moves tables
    to shards, or back, while processes serve.
    """

    def __init__(self, runtime_url: str, *, system_url: str, pool_size: int = 10) -> None:
        self.engine = engine_of(runtime_url, pool_size)
        # Few callers need it: chores, sign-in and administration. The number stands in docs/operations.md.
        self.system_engine = engine_of(system_url, 3)
        self.sharded = False
        self._gate: AbstractAsyncContextManager[Any] = nullcontext()
        self._told_reasons: set[str] = set()
        self.replicas: ReplicaSet | None = None
        self._reads: QueryReads | None = None
        self._runtime_url, self._pool_size = runtime_url, pool_size

    def use_replicas(self, urls: Sequence[str], *, max_lag_s: float) -> ReplicaSet:
        """Lets queries read from these servers while they are watched; each has a pool as large as the runtime role's.

        A replica that is more than `max_lag_s` behind is left out.
        """
        found = [
            Replica(str(number), url, engine_of(url, self._pool_size, _REPLICA_PATIENCE), max_lag_s=max_lag_s)
            for number, url in enumerate(urls, 1)
        ]
        self.replicas = ReplicaSet(self._runtime_url, found)
        return self.replicas

    def for_query(self) -> Self:
        """A view for one query, whose read sessions may be on a replica; without replicas this Database itself."""
        if self.replicas is None:
            return self
        view = copy.copy(self)
        view._reads = QueryReads(self.replicas)  # noqa: SLF001 - a copy of ourselves
        return view

    def begin_again(self) -> bool:
        """Whether a replica failed the query of this view, which then reads from the primary from now on."""
        again = self._reads.begun_again() if self._reads is not None else None
        self._reads = again or self._reads
        return again is not None

    def bounded(self, limit: int) -> Self:
        """A Database on the same pools that has at most `limit` sessions of the runtime role open at once."""
        view = copy.copy(self)
        view._gate = asyncio.Semaphore(limit)  # noqa: SLF001 - a copy of ourselves
        return view

    @asynccontextmanager
    async def read(self, viewer: Acting | None, *, is_snapshot: bool = False) -> AsyncIterator[ReadSession]:
        """A READ ONLY session; without a viewer, tables of tenants show no row.

        All statements of a snapshot see the same moment, and not each what was committed before it.
        """
        info = self._info(viewer or TenantScope(None), read_only=True, is_snapshot=is_snapshot)
        async with self._gate:
            source = await self._reads.source() if self._reads is not None else None
            if self._reads is None or source is None:
                async with answering(), aclosing(ReadSession(self.engine, info)) as session:
                    yield session
            else:
                info["opening"] += source.condition
                async with self._reads.guarded(), aclosing(ReadSession(source.engine, info)) as session:
                    yield session

    @asynccontextmanager
    async def write(self, viewer: Acting | None) -> AsyncIterator[WriteSession]:
        """A session that is committed when the block is left without an exception."""
        async with self._gate, answering(), self._writing(self.engine, viewer or TenantScope(None)) as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def system(self, *, reason: str) -> AsyncIterator[WriteSession]:
        """A session over all tenants, on the few tables that the system role is granted; `reason` is logged.

        The first use of a reason in a process is logged at level info, later ones at debug.
        """
        tell = _log.debug if reason in self._told_reasons else _log.info
        self._told_reasons.add(reason)
        async with self._over_all_tenants(reason, tell) as session:
            yield session

    @asynccontextmanager
    async def sweep(self, *, reason: str) -> AsyncIterator[WriteSession]:
        """As `system`, for what the installation does by itself again and again: logged at level debug alone.

        At level info these lines would follow every start and tell an operator nothing.
        """
        async with self._over_all_tenants(reason, _log.debug) as session:
            yield session

    @asynccontextmanager
    async def _over_all_tenants(self, reason: str, tell: Callable[..., Any]) -> AsyncIterator[WriteSession]:
        tell("system_session_opened", reason=reason)
        async with answering(), self._writing(self.system_engine, TenantScope(None)) as session:
            yield session
            await session.commit()

    async def ping(self, timeout_s: float = 1.0) -> None:
        """Returns when Postgres answers in time; raises DatabaseUnavailable."""
        try:
            async with asyncio.timeout(timeout_s), answering(), self.engine.connect() as connection:
                await connection.execute(text("select 1"))
        except TimeoutError as error:
            raise DatabaseUnavailable("The database does not answer in time; try again.") from error

    async def find_shards(self) -> None:
        """Sets `sharded` by what this database is; raises DatabaseUnavailable."""
        async with answering(), self.engine.connect() as connection:
            self.sharded = await has_shards(connection)

    async def unbound_roles(self, names: Sequence[str | None]) -> Sequence[str]:
        """Which of these roles row-level security does not bind: superusers, and those with BYPASSRLS.

        None stands for the runtime pool's own role. Raises DatabaseUnavailable.
        """
        async with answering(), self.engine.connect() as connection:
            found = await connection.execute(_UNBOUND, {"names": list(names)})
            return [*found.scalars()]

    async def lost_nodes(self) -> Sequence[str]:
        """The nodes with shards that do not answer, as `host:port`; raises DatabaseUnavailable."""
        async with answering(), self.engine.connect() as connection:
            return await lost_nodes(connection)

    @property
    def pools(self) -> dict[str, PoolUse]:
        """The use of each pool, by the name of its role."""
        engines = {"runtime": self.engine, "system": self.system_engine}
        for replica in self.replicas.all if self.replicas is not None else ():
            engines[f"replica {replica.name}"] = replica.engine
        return {role: use_of(engine) for role, engine in engines.items()}

    async def close(self) -> None:
        """Closes every pooled connection."""
        await self.engine.dispose()
        await self.system_engine.dispose()

    def _writing(self, engine: AsyncEngine, scope: Acting) -> WriteSession:
        # Rows are read after their session has ended, so a commit must not expire them.
        return WriteSession(engine, expire_on_commit=False, info=self._info(scope, read_only=False))

    def _info(self, scope: Acting, *, read_only: bool, is_snapshot: bool = False) -> dict[Any, Any]:
        opening = _opening(scope.tenant_id, scope.user_id, read_only=read_only, is_snapshot=is_snapshot)
        return {"scope": scope, "opening": opening, "sharded": self.sharded}
