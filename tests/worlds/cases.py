"""What the tests of order cases share: a team, its channel at eBay's stand-in, and jobs that really talk to it."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlmodel import col, select

from integrations.selling.marketplace import SellerSession
from integrations.selling.records import CasePage, CaseStep, RemoteCase
from jobs.channels import WORKSHOP
from models.cases.case import OrderCase
from models.channel_jobs.job import ChannelJob, ChannelJobKind
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.channel_jobs.requests import JobWish
from services.channel_jobs.work import ChannelRun, Workshop
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.integrations.ebay.conftest import NOW, EbayWorld
from tests.integrations.ebay.test_fulfilment import an_order
from tests.worlds.channel_jobs import ChannelJobWorld, channel_job_world

SYNC_CASES = JobWish(ChannelJobKind.SYNC_CASES)


@dataclass
class CaseWorld(ChannelJobWorld):
    """`open` gives the seller's session; the jobs are the product's own."""

    open: Callable[[], Any] = field(default=lambda: None)
    role: Role = Role.ADMIN

    @property
    def workshop(self) -> Workshop:
        async def opened(_run: ChannelRun) -> SellerSession:
            return cast("SellerSession", self.open())

        return Workshop(WORKSHOP.by_kind, opened)

    async def ask(self, query: str, **given: Any) -> Answer:
        return await Door(self.tools, self.team.as_role(self.role)).ask(query, **given)

    async def synced(self, **payload: Any) -> ChannelJob:
        return await self.run(await self.asked(JobWish(ChannelJobKind.SYNC_CASES, payload=payload)))

    async def cases(self) -> dict[str, OrderCase]:
        """All that the tenant has, by the channel's ids."""
        async with self.tools.db.read(self.team.viewer) as session:
            mine = select(OrderCase).where(OrderCase.tenant_id == self.team.tenant_id)
            found = (await session.exec(mine.order_by(col(OrderCase.id)))).all()
        return {case.external_id: case for case in found}

    async def case(self, **given: Any) -> OrderCase:
        values: dict[str, Any] = {
            "channel_id": self.channel.id,
            "kind": "RETURN",
            "status": "AWAITING_SELLER",
            "external_id": f"case-{len(await self.cases())}",
            "opened_at": self.clock(),
        }
        [kept] = await self.team.keep(OrderCase(tenant_id=self.team.tenant_id, **values | given))
        assert isinstance(kept, OrderCase)
        return kept

    @property
    def channel_id(self) -> str:
        return encode_id("Channel", self.channel.id)


@dataclass
class Told:
    """A seller's session that tells these pages, and each case by its id; `asked_since` are the instants asked for."""

    pages: list[CasePage | Exception] = field(default_factory=list)
    alone: dict[str, RemoteCase | Exception] = field(default_factory=dict)
    asked_since: list[datetime] = field(default_factory=list)
    asked_alone: list[str] = field(default_factory=list)
    steps: list[CaseStep] = field(default_factory=list)

    async def cases(self, since: datetime) -> AsyncGenerator[CasePage, None]:
        self.asked_since.append(since)
        for page in self.pages:
            if isinstance(page, Exception):
                raise page
            yield page

    async def case(self, _kind: str, external_id: str) -> RemoteCase:
        self.asked_alone.append(external_id)
        found = self.alone[external_id]
        if isinstance(found, Exception):
            raise found
        return found

    async def act(self, _case: RemoteCase, step: CaseStep) -> None:
        self.steps.append(step)


async def case_world(tools: Toolbox) -> CaseWorld:
    made = await channel_job_world(tools)
    made.clock.now = NOW
    return CaseWorld(made.tools, made.clock, made.team, made.channel)


def at_ebay(world: CaseWorld, ebay: EbayWorld) -> CaseWorld:
    """The same with the seller of eBay's stand-in behind it."""
    session = ebay.session()
    world.open = lambda: session
    return world


def a_case(ebay: EbayWorld, kind: str = "RETURN", **more: object) -> str:
    order_id = more.pop("order_id", None) or an_order(ebay)["orderId"]
    opened = ebay.control("cases", {"seller": "EBAY_DE", "kind": kind, "order_id": order_id, **more})
    assert isinstance(opened, dict)
    return str(opened["caseId"])


def a_dispute(ebay: EbayWorld) -> str:
    opened = ebay.control("disputes", {"seller": "EBAY_DE", "order_id": an_order(ebay)["orderId"]})
    assert isinstance(opened, dict)
    return str(opened["disputeId"])


def move(ebay: EbayWorld, case_id: str, state: str) -> None:
    ebay.control("cases/move", {"seller": "EBAY_DE", "case_id": case_id, "state": state})
