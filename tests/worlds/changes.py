"""What the tests of changes on the platform share: a campaign, an ad set, an ad, and a Graph that takes writes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from errors import Refused
from integrations.http import HttpClient, Patience
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.connections.access_grant import AccessGrant
from models.ids import new_id
from models.platform import Platform
from services.account_access import token_context
from services.ads.changes import SwitchStatus, Wanted, set_daily_budget, set_status
from services.toolbox import Toolbox
from tests.stand_ins.writable_graph import WritableGraph, writable_graph
from tests.worlds.ads import NOON, EntityWorld, entity_world
from tests.worlds.vendors import with_meta

HASTY = Patience(total_s=5, attempt_s=0.5, attempts=2, first_pause_s=0.001, longest_pause_s=0.001)
PAUSED, ACTIVE = SwitchStatus.PAUSED, SwitchStatus.ACTIVE


@dataclass
class ChangeWorld:
    tools: Toolbox
    graph: WritableGraph
    entities: EntityWorld
    campaign: Campaign = field(init=False)
    ad_set: AdSet = field(init=False)
    ad: Ad = field(init=False)
    moved_by: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return NOON + self.moved_by

    async def furnish(self, currency: str = "EUR", **grant: Any) -> None:
        """An account with a campaign that holds a daily budget, and what is below it."""
        tenant_id, grant_id = self.entities.tenant_id, new_id()
        given = {"scopes": ["ads_read", "ads_management"]} | grant
        await self.entities.keep(
            AccessGrant(
                tenant_id=tenant_id,
                id=grant_id,
                platform=Platform.META,
                external_user_id=str(grant_id),
                token_enc=self.tools.cipher.encrypt(token_context(tenant_id, grant_id), "a-token"),
                connected_by=self.entities.user_id,
                **given,
            )
        )
        account = await self.entities.account(grant_id=grant_id, currency=currency)
        [self.campaign] = await self.entities.campaigns(account, "Spring", daily_budget=Decimal(50))
        [self.ad_set] = await self.entities.ad_sets(self.campaign, "Women")
        [self.ad] = await self.entities.ads(self.ad_set, "Red")
        self.graph.add(self.campaign.external_id, daily_budget="5000")
        for each in (self.ad_set, self.ad):
            self.graph.add(each.external_id)

    async def switch(self, to: SwitchStatus = PAUSED, key: str = "k", row: Any = None, viewer: Any = None) -> Any:
        thing = row or self.campaign
        wanted = Wanted(type(thing), thing.id)
        return await set_status(self.tools, viewer or self.entities.viewer, wanted, to, idempotency_key=key)

    async def budget(self, amount: str, key: str = "k", row: Any = None) -> Any:
        thing = row or self.campaign
        wanted = Wanted(type(thing), thing.id)
        viewer = self.entities.viewer
        return await set_daily_budget(self.tools, viewer, wanted, Decimal(amount), idempotency_key=key)

    async def refused(self, call: Any) -> Refused:
        with pytest.raises(Refused) as caught:
            await call
        return caught.value

    async def stored(self) -> Campaign:
        async with self.tools.db.read(self.entities.viewer) as session:
            return await session.get_one(Campaign, (self.entities.tenant_id, self.campaign.id))

    async def audit(self) -> list[tuple[Any, ...]]:
        columns, tenant = "action, target_type, before, after", {"tenant": self.entities.tenant_id}
        statement = text(f"select {columns} from audit_log where tenant_id = :tenant order by id")
        async with self.tools.db.read(self.entities.viewer) as session:
            return [tuple(row) for row in await (await session.connection()).execute(statement, tenant)]

    async def change(self, statement: str, **values: Any) -> None:
        """`:tenant` is this world's; a statement on a distributed table names it."""
        bound = {"tenant": self.entities.tenant_id} | values
        async with self.tools.db.write(self.entities.viewer) as session:
            await (await session.connection()).execute(text(statement), bound)


@asynccontextmanager
async def change_world(tools: Toolbox) -> AsyncIterator[ChangeWorld]:
    http = HttpClient(HASTY)
    async with writable_graph() as graph:
        app = MetaApp("1", "secret", "v26.0", graph.url, graph.url, "http://127.0.0.1:9/callback")
        made = ChangeWorld(tools, graph, await entity_world(tools.db))
        made.tools = replace(with_meta(tools, MetaPlatform(app, http)), clock=made.now)
        await made.furnish()
        yield made
        await http.close()
