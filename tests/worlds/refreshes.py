"""What the tests of refreshes share: a tenant with an account of a sandbox of its own, and ways to interrupt a run."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp
from sqlalchemy import text

from analytics.enums import Breakdown, EntityLevel
from analytics.periods import AskedDays, AskedRange, DateRange
from integrations.ads.questions import Asking
from integrations.ads.records import PeopleRecord
from integrations.http import HttpClient, Patience
from integrations.meta.client import MetaPlatform, MetaSession
from integrations.meta.graph import MetaApp
from integrations.meta.records import InsightRecord
from models.acting import TenantScope
from models.ads.ad_account import AdAccount
from models.connections.access_grant import AccessGrant
from models.ids import new_id
from models.platform import Platform
from models.refreshes.job import RefreshJob
from models.refreshes.job_queries import refresh_job_by_id
from sandbox.meta.config import SandboxConfig
from sandbox.server import SandboxServer, run_sandbox
from services.account_access import token_context
from services.ingestion.lifecycle import run_refresh
from services.ingestion.throttling import forget_old_limits
from services.refreshes.requests import request_refresh
from services.toolbox import Toolbox
from tests.sandbox.graph_client import APP_ID, SECRET, SYSTEM_USER, TODAY, Graph
from tests.worlds.ads import EntityWorld, entity_world
from tests.worlds.vendors import meta_of, with_meta

NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
ACCOUNT = "act_1001"
ZONES = {
    "act_1001": "Europe/Berlin",
    "act_1002": "America/Los_Angeles",
    "act_1003": "Asia/Tokyo",
    "act_9000": "UTC",
}
# The vendor's pauses are not what is tested here.
HASTY = Patience(total_s=10, attempt_s=5, attempts=2, first_pause_s=0.001, longest_pause_s=0.001)
WEEK = AskedDays(TODAY - timedelta(days=6), TODAY)
MONTH = AskedDays(TODAY - timedelta(days=27), TODAY)

Totals = dict[date, tuple[Decimal, int]]


class Killed(BaseException):
    """The process ends here: nothing of ours catches it, nothing is tidied up."""


@dataclass
class RefreshWorld:
    """`tools` has the sandbox behind it and a clock that stands at noon unless a test moves it."""

    tools: Toolbox
    server: SandboxServer
    graph: Graph
    entities: EntityWorld
    moved_by: timedelta = field(default_factory=timedelta)

    @property
    def viewer(self) -> Any:
        return self.entities.viewer

    async def another_tenant(self) -> "RefreshWorld":
        """The same sandbox and database, with a clock of its own."""
        world = RefreshWorld(self.tools, self.server, self.graph, await entity_world(self.tools.db))
        world.tools = replace(self.tools, clock=lambda: NOON + world.moved_by)
        return world

    async def connected(self, external_id: str = ACCOUNT, **overrides: Any) -> AdAccount:
        """An account as it is after it was connected, and refreshed before unless overridden."""
        world, grant_id = self.entities, new_id()
        grant = AccessGrant(
            tenant_id=world.tenant_id,
            id=grant_id,
            platform=Platform.META,
            external_user_id=str(grant_id),
            token_enc=self.tools.cipher.encrypt(token_context(world.tenant_id, grant_id), SYSTEM_USER),
            connected_by=world.user_id,
        )
        await world.keep(grant)
        known = {
            "external_id": external_id,
            "time_zone": ZONES[external_id],
            "last_refreshed_at": NOON - timedelta(days=1),
        }
        return await world.account(grant_id=grant_id, **known | overrides)

    async def requested(self, account: AdAccount, days: AskedRange | None = WEEK, *breakdowns: Breakdown) -> RefreshJob:
        return await request_refresh(
            self.tools.db,
            self.tools.clock,
            self.tools.vendors.billing,
            self.viewer,
            ad_account_id=account.id,
            days=days,
            breakdowns=breakdowns,
        )

    async def run(self, job: RefreshJob, platform: MetaPlatform | None = None, **options: Any) -> RefreshJob:
        """One run as the worker would do it, on another platform if given; the row afterwards."""
        tools = with_meta(self.tools, platform) if platform else self.tools
        await run_refresh(tools, tenant_id=job.tenant_id, job_id=job.id, **options)
        return await self.row(job)

    async def refreshed(self, account: AdAccount, days: AskedRange | None = WEEK, *breakdowns: Breakdown) -> RefreshJob:
        return await self.run(await self.requested(account, days, *breakdowns))

    async def row(self, job: RefreshJob) -> RefreshJob:
        async with self.tools.db.read(self.viewer) as session:
            found = await refresh_job_by_id(session, job.id)
        assert found is not None
        return found

    async def account(self, job: RefreshJob) -> AdAccount:
        async with self.tools.db.read(self.viewer) as session:
            return await session.get_one(AdAccount, (job.tenant_id, job.ad_account_id))

    async def select(self, statement: str, **values: Any) -> list[Any]:
        """`:tenant` is this world's; a statement on a distributed table names it."""
        bound = {"tenant": self.entities.tenant_id} | values
        async with self.tools.db.read(self.viewer) as session:
            return list((await (await session.connection()).execute(text(statement), bound)).all())

    async def change(self, statement: str, **values: Any) -> None:
        """As `select`, for an UPDATE or DELETE."""
        bound = {"tenant": self.entities.tenant_id} | values
        async with self.tools.db.write(TenantScope(self.entities.tenant_id)) as session:
            await (await session.connection()).execute(text(statement), bound)

    async def lose_listener(self) -> None:
        """Ends the connection on which this process hears of changes; it makes a new one."""
        async with self.tools.db.write(None) as session:
            ending = (
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user"
                " and datname = current_database() and application_name = ''"
            )
            await (await session.connection()).execute(text(ending))

    async def stored(self, account: AdAccount, table: str = "insight") -> Totals:
        """Spend and impressions per day; of a roll-up as well."""
        statement = (
            f"select day, sum(spend), sum(impressions) from {table}"
            " where tenant_id = :tenant and ad_account_id = :id group by day"
        )
        return {row[0]: (row[1], int(row[2])) for row in await self.select(statement, id=account.id)}

    async def stored_rows(self, account: AdAccount) -> int:
        rows = await self.select(
            "select count(*) from insight where tenant_id = :tenant and ad_account_id = :id", id=account.id
        )
        return int(rows[0][0])

    async def reported(self, account: AdAccount, days: AskedDays = WEEK) -> Totals:
        """The account's own totals, deleted ads included, read by a client that shares nothing with ours."""
        rows = await self.graph.insights(
            account.external_id,
            days.start,
            days.end or TODAY,
            level="account",
            time_increment="1",
            fields="spend,impressions",
        )
        return {
            date.fromisoformat(row["date_start"]): (Decimal(row.get("spend", "0")), int(row["impressions"]))
            for row in rows
        }

    async def queue_jobs(self, job: RefreshJob) -> list[str]:
        """The states of the queue's jobs for this refresh, oldest first."""
        rows = await self.select(
            "select status::text from procrastinate_jobs where queueing_lock = :id order by id", id=str(job.id)
        )
        return [row[0] for row in rows]


class Interrupted(MetaPlatform):
    """The sandbox, but before the page of insights, or of `people`, after `pages` more, `act` happens once."""

    def __init__(
        self, platform: MetaPlatform, act: Callable[[], Awaitable[object]], *, pages: int, of: str = "insights"
    ) -> None:
        super().__init__(platform.app, platform.http)
        self.act = act
        self.pages = pages
        self.of = of

    async def turn_page(self, of: str) -> None:
        if of == self.of:
            if self.pages == 0:
                await self.act()
            self.pages -= 1

    def account_session(self, token: str) -> MetaSession:
        return _InterruptedSession(self, token)


def dying(world: RefreshWorld, *, pages: int, error: BaseException | None = None) -> Interrupted:
    """Raises within the run, by default as if the process had been killed."""

    async def die() -> None:
        raise error or Killed

    return Interrupted(meta_of(world.tools), die, pages=pages)


class _InterruptedSession(MetaSession):
    def __init__(self, owner: Interrupted, token: str) -> None:
        super().__init__(owner, token)
        self._owner = owner

    async def insights(
        self, external_id: str, since: date, until: date, *, asking: Asking | None = None
    ) -> AsyncGenerator[Sequence[InsightRecord], None]:
        async for page in super().insights(external_id, since, until, asking=asking):
            await self._owner.turn_page("insights")
            yield page

    async def broken_down(
        self,
        external_id: str,
        since: date,
        until: date,
        breakdowns: Sequence[Breakdown],
        *,
        asking: Asking | None = None,
    ) -> AsyncGenerator[Sequence[InsightRecord], None]:
        async for page in super().broken_down(external_id, since, until, breakdowns, asking=asking):
            await self._owner.turn_page("insights")
            yield page

    async def people(
        self,
        external_id: str,
        level: EntityLevel,
        periods: Sequence[DateRange],
        *,
        daily: bool,
        asking: Asking | None = None,
    ) -> AsyncGenerator[list[PeopleRecord], None]:
        async for page in super().people(external_id, level, periods, daily=daily, asking=asking):
            await self._owner.turn_page("people")
            yield page


async def forget_limits(tools: Toolbox) -> None:
    """What is known of a platform's limits is shared by all tenants, so by the tests before this one too."""
    later = replace(tools, clock=lambda: datetime.max.replace(tzinfo=UTC))
    await forget_old_limits(later.db, later.clock)


async def _no_pause(_seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def refresh_world(tools: Toolbox, *, extra_ads: int = 0) -> AsyncIterator[RefreshWorld]:
    """A new tenant and a sandbox that nobody else changes."""
    await forget_limits(tools)
    http = HttpClient(HASTY, sleep=_no_pause)
    config = SandboxConfig(APP_ID, SECRET, "admin-token", today=TODAY, extra_ads=extra_ads)
    async with run_sandbox(config) as server, aiohttp.ClientSession() as client:
        app = MetaApp(APP_ID, SECRET, "v26.0", server.url, server.url, "http://127.0.0.1:9/callback")
        graph = Graph(server, client)
        world = RefreshWorld(tools, server, graph, await entity_world(tools.db))
        world.tools = replace(with_meta(tools, MetaPlatform(app, http)), clock=lambda: NOON + world.moved_by)
        yield world
        await http.close()
