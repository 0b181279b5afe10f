"""What the tests of a channel that a browser extension works share: the product's own jobs, the extension in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from integrations.vinted.marketplace import VintedMarketplace
from integrations.vinted.relay import RelayOperation, StepAnswer, StepWish
from models.acting import TenantScope
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channel_jobs.job_queries import channel_job_for_update
from models.channels.channel import Channel, ChannelKind, channel_for_update
from models.channels.policy import ChannelPolicy, PolicyKind
from models.database import WriteSession
from models.ids import new_id
from models.products.attribute import AttributeKind
from models.products.image import ProductImage
from models.products.product import Product
from models.relay.step import RelayStep, RelayStepState, steps_of
from services.channel_jobs.relaying import has_doubt, to_worker
from services.channel_jobs.requests import JobWish, request_job
from services.channel_jobs.states import UNSAFE, doubt
from services.toolbox import Toolbox
from tests.stand_ins.relay import SITE, ScriptedRelay, WardrobeSite
from tests.worlds.channel_jobs import MovingClock
from tests.worlds.listings import listing_world
from tests.worlds.offering import OfferingWorld

S = ChannelJobStatus
_MAPPED = ((AttributeKind.CATEGORY, "1904"), (AttributeKind.CONDITION, "2"), (AttributeKind.COLOUR, "12"))
_MOST_ROUNDS = 80


@dataclass
class RelayedWorld(OfferingWorld):
    """The extension does what is wanted between two runs of the worker; `most` steps at once, where that is said."""

    relay: ScriptedRelay = field(default_factory=ScriptedRelay)
    most: int | None = None
    rounds: int = 0
    # Called after each run and each round of the extension.
    between: Callable[[], None] = lambda: None

    @property
    def site(self) -> WardrobeSite:
        return self.relay.site

    def move(self, **time: float) -> None:
        assert self.clock is not None
        self.clock.move(**time)
        self.site.now = self.clock()

    async def goods(self, sku: str = "DRESS-1", *, without: tuple[AttributeKind, ...] = (), **given: Any) -> Product:
        """A product with a picture and values that are mapped for Vinted."""
        values = {"title": "Red dress", "price": Decimal("12.50"), "quantity": 1, **given}
        # Sales of before a product was known take nothing of it.
        values["created_at"] = self.tools.clock() - timedelta(days=400)
        product = await self.product(sku, **values)
        for kind, term in _MAPPED:
            if kind not in without:
                await self.value(product, kind, [{"channel_kind": "VINTED", "market": None, "external_id": term}])
        picture = ProductImage(
            tenant_id=self.team.tenant_id,
            id=new_id(),
            product_id=product.id,
            position=1,
            sha256=sku.encode().hex().ljust(64, "0")[:64],
            object_key=f"{self.team.tenant_id}/products/{product.id}/picture.jpg",
            width=800,
            height=600,
            bytes=1000,
        )
        await self.team.keep(picture)
        return product

    async def asked(self, kind: ChannelJobKind, **payload: Any) -> ChannelJob:
        async with self.tools.db.write(self.team.viewer) as session:
            channel = await self.seen_channel()
            wish = JobWish(kind, payload=payload)
            return await request_job(session, self.team.viewer, channel, wish, now=self.tools.clock())

    async def worked(self, job: ChannelJob) -> ChannelJob:
        """Worker and extension in turns, until the job has ended or waits for time or for somebody."""
        for _ in range(_MOST_ROUNDS):
            job = await self.run(job)
            self.between()
            if job.status is not S.QUEUED:
                return job
            await self.extension_works(job)
            self.between()
            if (await self.job(job.id)).status is S.UNCERTAIN:
                self.move(minutes=3)
        raise AssertionError(f"no end after {_MOST_ROUNDS} rounds")

    async def extension_works(self, job: ChannelJob) -> None:
        """Does what the job wants, and hands it to a worker, as reports of the extension do."""
        self.rounds += 1
        async with self.tools.db.write(TenantScope(job.tenant_id)) as session:
            await channel_for_update(session, job.channel_id)
            locked = await channel_job_for_update(session, job.id)
            steps = [each for each in await steps_of(session, job.id) if each.state is RelayStepState.WANTED]
            assert locked is not None
            assert steps, "a job that is queued for nobody"
            self.relay.do([_wish(each) for each in steps], most=self.most)
            for step in steps:
                answer = self.relay.kept.pop(step.key, None)
                if answer is not None:
                    step.sqlmodel_update(_told(answer))
                    session.add(step)
            await session.flush()
            if locked.status is not S.QUEUED:
                return
            locked.status = S.RUNNING
            await (self._doubts(session, locked) if has_doubt(steps) else to_worker(session, locked))

    async def _doubts(self, session: WriteSession, job: ChannelJob) -> None:
        """Nobody looks before what was made can be seen."""
        job.memo = {**job.memo, UNSAFE: "Making"}
        await doubt(session, job, until=self.tools.clock() + timedelta(minutes=3))

    async def synced(self, kind: ChannelJobKind, **payload: Any) -> ChannelJob:
        return await self.worked(await self.asked(kind, **payload))

    async def seen_channel(self) -> Channel:
        async with self.tools.db.read(self.team.viewer) as session:
            return await session.get_one(Channel, (self.team.tenant_id, self.channel.id))

    async def kept_steps(self, job: ChannelJob) -> list[RelayStep]:
        async with self.tools.db.read(TenantScope(job.tenant_id)) as session:
            return [*await steps_of(session, job.id)]


def _wish(step: RelayStep) -> StepWish:
    return StepWish(RelayOperation(step.operation), step.arguments, step.key)


def _told(answer: StepAnswer) -> dict[str, Any]:
    state = RelayStepState.FAILED if answer.error else RelayStepState.DONE
    return {
        "state": RelayStepState.UNKNOWN if answer.is_unknown else state,
        "result": answer.result,
        "error": answer.error,
        "message": answer.message,
        "retry_after_s": answer.retry_after_s,
        "started_at": answer.started_at,
    }


async def relayed_world(tools: Toolbox, **channel: Any) -> RelayedWorld:
    """A connected member of Vinted with one size of parcels."""
    clock = MovingClock()
    vendors = replace(tools.vendors, relayed={ChannelKind.VINTED: VintedMarketplace()})
    base = await listing_world(replace(tools, clock=clock, vendors=vendors))
    world = RelayedWorld(base.tools, base.team, base.channel, clock=clock)
    values: dict[str, Any] = {
        "kind": ChannelKind.VINTED,
        "name": "Vinted",
        "market": SITE,
        "external_id": "501",
        "account_name": "lou",
    }
    # Sales of before a channel was known take nothing of products.
    values["created_at"] = clock() - timedelta(days=400)
    world.channel = await base.another_channel(**values | channel)
    parcel = {"channel_id": world.channel.id, "kind": PolicyKind.SHIPPING, "market": SITE, "external_id": "1"}
    await world.team.keep(
        ChannelPolicy(tenant_id=world.team.tenant_id, name="Small", is_default=True, **parcel)  # type: ignore[arg-type]
    )
    world.move(hours=0)
    return world
