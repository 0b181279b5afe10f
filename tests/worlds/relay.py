"""What the tests of the browser extension's work share: a channel with an extension, and the extension's hands."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepWish
from models.acting import Origin, TenantScope
from models.channel_jobs.job import ChannelJob
from models.channels.channel import Channel, ChannelKind
from models.relay.agent import RelayAgent
from models.relay.step import RelayStep, steps_of
from services.channel_jobs.relaying import StepsOfRun
from services.channel_jobs.requests import JobWish
from services.channel_jobs.work import ChannelRun
from services.relay.claiming import ClaimedWork, RelayLease, claim
from services.relay.reporting import RelayReport, Reported, ReportedState, report
from services.toolbox import Toolbox
from services.tools import RelayRules
from tests.worlds.channel_jobs import SYNC, ChannelJobWorld, channel_job_world, seller

VERSION, PROTOCOL = "1.0.0", 1
WHO = StepWish(RelayOperation.WHOAMI, {}, "who")
PAGE = StepWish(RelayOperation.LIST_ITEMS, {"page": 1}, "page-1")
MAKE = StepWish(RelayOperation.CREATE_ITEM, {"title": "Coat"}, "create-1")
SEND = StepWish(RelayOperation.SEND_MESSAGE, {"conversationId": "c1", "text": "Hello"}, "send-1")


@dataclass(frozen=True, slots=True)
class Extension:
    """The extension behind a request, as the door makes it out."""

    tenant_id: UUID
    channel_id: UUID
    origin: Origin = field(default_factory=lambda: Origin(ip=None, user_agent=None, request_id=""))
    user_id: None = None
    api_key_id: None = None


@dataclass
class RelayWorld(ChannelJobWorld):
    """`plan` are the batches of steps that the work of every job asks for."""

    plan: Sequence[Sequence[StepWish]] = ([WHO],)

    @property
    def extension(self) -> Extension:
        return Extension(self.team.tenant_id, self.channel.id)

    async def claim(self, version: str = VERSION, protocol: int = PROTOCOL) -> ClaimedWork:
        return await claim(self.tools, self.extension, version=version, protocol=protocol)

    async def leased(self) -> RelayLease:
        found = await self.claim()
        assert found.lease is not None, found
        return found.lease

    async def report(
        self, lease: RelayLease | UUID, state: ReportedState = ReportedState.DONE, *, index: int = 0, **told: Any
    ) -> Reported:
        lease_id = lease if isinstance(lease, UUID) else lease.id
        if state is ReportedState.DONE:
            told.setdefault("result", {"id": "one"})
        if state is ReportedState.FAILED:
            told.setdefault("error", RelayErrorCode.TIMEOUT)
        return await report(self.tools, self.extension, RelayReport(lease_id, index, state, **told))

    async def wanted(self, *plan: Sequence[StepWish], wish: JobWish = SYNC) -> ChannelJob:
        """A job whose first run has asked for the first steps of the plan."""
        self.plan = plan or ([WHO],)
        return await self.rerun(await self.asked(wish))

    async def rerun(self, job: ChannelJob) -> ChannelJob:
        self.deed.steps = [self._ask]
        return await self.run(job)

    async def agent(self) -> RelayAgent:
        async with self.tools.db.read(self.team.viewer) as session:
            return await session.get_one(RelayAgent, (self.team.tenant_id, self.channel.id))

    async def set_agent(self, **values: Any) -> None:
        async with self.tools.db.write(self.team.viewer) as session:
            agent = await session.get_one(RelayAgent, (self.team.tenant_id, self.channel.id))
            agent.sqlmodel_update(values)
            session.add(agent)

    async def steps(self, job: ChannelJob) -> list[RelayStep]:
        async with self.tools.db.read(TenantScope(job.tenant_id)) as session:
            return [*await steps_of(session, job.id)]

    async def due(self, job: ChannelJob) -> datetime | None:
        """When a worker takes the job; None for at once."""
        query = text("select scheduled_at from procrastinate_jobs where queueing_lock = :id and status = 'todo'")
        async with self.tools.db.read(self.team.viewer) as session:
            due: datetime | None = (await (await session.connection()).execute(query, {"id": str(job.id)})).scalar_one()
        return due

    async def _ask(self, run: ChannelRun) -> None:
        for batch in self.plan:
            await StepsOfRun(run).answers(batch)


async def relay_world(tools: Toolbox, **rules: Any) -> RelayWorld:
    base = await channel_job_world(replace(tools, relay=RelayRules(**rules)))
    world = RelayWorld(base.tools, base.clock, base.team, base.channel)
    world.channel = await paired(world)
    return world


async def paired(world: ChannelJobWorld) -> Channel:
    """A channel of Vinted with an extension that was seen just now."""
    channel = await seller(world.team, kind=ChannelKind.VINTED, name="Vinted", market="vinted.fr")
    now = world.clock()
    await world.team.keep(
        RelayAgent(tenant_id=channel.tenant_id, id=channel.id, version=VERSION, paired_at=now, seen_at=now)
    )
    return channel
