"""What the tests of channel jobs share: a team with a channel, a marketplace of the test's own, and a queue by hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import text

from errors import NotFound
from integrations.selling.marketplace import SellerSession
from models.acting import TenantScope
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.channels.access import ChannelAccess
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.database import Database, WriteSession
from services.channel_jobs.by_people import cancel_channel_job, retry_channel_job
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.running import run_channel_job
from services.channel_jobs.throttling import forget_old_channel_limits
from services.channel_jobs.work import ChannelRun, Workshop
from services.toolbox import Toolbox
from tests.worlds.ads import NOON, EntityWorld, entity_world

SYNC = JobWish(ChannelJobKind.SYNC_ORDERS)
SHIP = JobWish(ChannelJobKind.SHIP, sameness="parcel")


class MovingClock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Deed:
    """Work whose marketplace does what the test says: each call takes the next of `steps`, or succeeds."""

    steps: list[Callable[[ChannelRun], Awaitable[None]] | Exception] = field(default_factory=list)
    calls: int = 0
    stored: int = 0

    async def load(self, _session: WriteSession, _run: ChannelRun) -> None:
        return None

    async def do(self, run: ChannelRun, _loaded: None) -> None:
        self.calls += 1
        step = self.steps.pop(0) if self.steps else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            await step(run)

    async def store(self, _session: WriteSession, _run: ChannelRun, _done: None) -> None:
        self.stored += 1


@dataclass
class ChannelJobWorld:
    tools: Toolbox
    clock: MovingClock
    team: EntityWorld
    channel: Channel
    deed: Deed = field(default_factory=Deed)

    @property
    def workshop(self) -> Workshop:
        return Workshop(dict.fromkeys(ChannelJobKind, self.deed), opened)

    async def asked(self, wish: JobWish = SYNC, channel: Channel | None = None, **more: Any) -> ChannelJob:
        async with self.tools.db.write(self.team.viewer) as session:
            return await request_job(session, self.team.viewer, channel or self.channel, wish, now=self.clock(), **more)

    async def run(self, job: ChannelJob, *, is_last_try: bool = False) -> ChannelJob:
        """What a worker does."""
        await run_channel_job(
            self.tools, self.workshop, tenant_id=job.tenant_id, job_id=job.id, is_last_try=is_last_try
        )
        return await self.row(job)

    async def row(self, job: ChannelJob) -> ChannelJob:
        async with self.tools.db.read(TenantScope(job.tenant_id)) as session:
            found = await session.get(ChannelJob, (job.tenant_id, job.id))
        if found is None:
            raise NotFound("the job is gone")
        return found

    async def seen_channel(self) -> Channel:
        async with self.tools.db.read(self.team.viewer) as session:
            return await session.get_one(Channel, (self.team.tenant_id, self.channel.id))

    async def set_channel(self, **values: Any) -> None:
        async with self.tools.db.write(self.team.viewer) as session:
            channel = await session.get_one(Channel, (self.team.tenant_id, self.channel.id))
            for name, value in values.items():
                setattr(channel, name, value)

    async def disconnect(self) -> None:
        await self.set_channel(status=ChannelStatus.DISCONNECTED, disconnected_at=self.clock())

    async def change(self, statement: str, **values: Any) -> None:
        async with self.tools.db.write(self.team.viewer) as session:
            values |= {"tenant": self.team.tenant_id} if ":tenant" in statement else {}
            await (await session.connection()).execute(text(statement), values)

    async def queue(self, job: ChannelJob) -> list[str]:
        """The states of the job's jobs of the queue, oldest first."""
        query = text("select status::text from procrastinate_jobs where queueing_lock = :id order by id")
        async with self.tools.db.read(self.team.viewer) as session:
            rows = await (await session.connection()).execute(query, {"id": str(job.id)})
        return [row[0] for row in rows]

    async def token(self, stored_at: datetime) -> None:
        """The seller consents, again."""
        async with self.tools.db.write(self.team.viewer) as session:
            access = await session.get(ChannelAccess, (self.team.tenant_id, self.channel.id))
            if access is None:
                access = ChannelAccess(
                    tenant_id=self.team.tenant_id, id=self.channel.id, access_enc="", refresh_enc="",
                    access_ends_at=stored_at, stored_at=stored_at,
                )  # fmt: skip
            access.stored_at = stored_at
            session.add(access)


async def audited(world: ChannelJobWorld) -> list[str]:
    async with world.tools.db.read(world.team.viewer) as session:
        query = text(
            "select action from audit_log where tenant_id = :tenant and action like 'channel_job.%' order by at, id"
        )
        return list((await (await session.connection()).execute(query, {"tenant": world.team.tenant_id})).scalars())


async def cancel(world: ChannelJobWorld, job: ChannelJob) -> ChannelJob:
    return await cancel_channel_job(world.tools.db, world.tools.clock, world.team.viewer, job_id=job.id)


async def retry(world: ChannelJobWorld, job: ChannelJob) -> ChannelJob:
    return await retry_channel_job(world.tools.db, world.tools.clock, world.team.viewer, job_id=job.id)


async def opened(_run: ChannelRun) -> SellerSession:
    # These tests' work calls no marketplace.
    return cast("SellerSession", None)


async def forget_limits(db: Database) -> None:
    """What is known of a marketplace's limits is shared by all tenants, so by the tests before this one too."""
    await forget_old_channel_limits(db, lambda: datetime.max.replace(tzinfo=UTC))


async def channel_job_world(tools: Toolbox) -> ChannelJobWorld:
    clock = MovingClock()
    timed = replace(tools, clock=clock)
    await forget_limits(timed.db)
    team = await entity_world(timed.db)
    channel = await seller(team)
    return ChannelJobWorld(timed, clock, team, channel)


async def seller(team: EntityWorld, **given: Any) -> Channel:
    values: dict[str, Any] = {"kind": ChannelKind.EBAY, "name": "eBay", "status": ChannelStatus.CONNECTED}
    [kept] = await team.keep(Channel(tenant_id=team.tenant_id, **values | given))
    assert isinstance(kept, Channel)
    return kept
