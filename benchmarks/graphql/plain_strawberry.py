"""Plain Strawberry over asyncpg: each resolver asks Postgres for what it resolves, as tutorials do it.

`python -m benchmarks.graphql.plain_strawberry URL TENANT` prints its port. Without loaders, limits, sign-in and logs,
under the same policies.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import strawberry
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.types import Info

from benchmarks.graphql import statements as sql
from benchmarks.graphql.serving import serve


@dataclass
class Database:
    """One transaction for each statement, in which the policies know the tenant."""

    tenant: UUID
    pool: Any = None

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        async with self.pool.acquire() as connection:
            await connection.execute(f"begin read only; set local app.tenant_id = '{self.tenant}'")
            try:
                found: list[asyncpg.Record] = await connection.fetch(statement, self.tenant, *values)
            finally:
                await connection.execute("commit")
        return found


@strawberry.type
class Metrics:
    spend: Decimal | None = None
    impressions: int | None = None
    link_clicks: int | None = None
    ctr_all: float | None = None
    cpm: Decimal | None = None
    cpc_link: Decimal | None = None
    purchases: Decimal | None = None
    purchase_value: Decimal | None = None
    roas: float | None = None


_FIELDS = dict(zip(sql.NINE, Metrics.__annotations__, strict=True))


def metrics(row: Any) -> Metrics:
    return Metrics(**{_FIELDS[name]: value for name, value in row.items() if name in _FIELDS})


@strawberry.type
class Campaign:
    id: strawberry.ID
    name: str
    account_id: strawberry.Private[UUID]

    @strawberry.field
    async def metrics(self, info: Info, since: date, until: date) -> Metrics | None:
        found = await info.context["db"].fetch(sql.METRICS_OF, since, until, [UUID(str(self.id))])
        return metrics(found[0]) if found else None

    @strawberry.field
    async def ad_account(self, info: Info) -> "AdAccount | None":
        return account(await info.context["db"].fetch(sql.SMALL, self.account_id))


@strawberry.type
class CampaignConnection:
    nodes: list[Campaign]


@strawberry.type
class AdAccount:
    id: strawberry.ID
    external_id: str
    name: str
    currency: str
    time_zone: str
    status: str
    platform: str
    data_from: date | None
    data_through: date | None
    last_refreshed_at: datetime | None

    @strawberry.field
    async def campaigns(self, info: Info) -> CampaignConnection:
        found = await info.context["db"].fetch(sql.CAMPAIGNS, [UUID(str(self.id))])
        return CampaignConnection(nodes=[campaign(row) for row in found])


def account(found: list[asyncpg.Record]) -> AdAccount | None:
    return AdAccount(**dict(found[0])) if found else None


def campaign(row: Any) -> Campaign:
    return Campaign(id=row["id"], name=row["name"], account_id=row["ad_account_id"])


@strawberry.type
class AdAccountConnection:
    nodes: list[AdAccount]


@strawberry.type
class Period:
    start: date


@strawberry.type
class Row:
    metrics: Metrics
    period: Period | None = None
    campaign_id: strawberry.Private[UUID | None] = None
    account_id: strawberry.Private[UUID | None] = None

    @strawberry.field
    async def entity(self, info: Info) -> Campaign | None:
        [found] = await info.context["db"].fetch(
            "select id, name, ad_account_id from campaign where tenant_id = $1 and id = $2", self.campaign_id
        )
        return campaign(found)

    @strawberry.field
    async def account(self, info: Info) -> AdAccount | None:
        return account(await info.context["db"].fetch(sql.SMALL, self.account_id))


@strawberry.type
class Rows:
    nodes: list[Row]


async def rows(info: Info, statement: str, since: date, until: date) -> Rows:
    found = await info.context["db"].fetch(statement, since, until)
    nodes = [
        Row(
            metrics=metrics(row),
            period=Period(start=row["day"]) if "day" in row else None,
            campaign_id=row.get("campaign_id"),
            account_id=row.get("ad_account_id"),
        )
        for row in found
    ]
    return Rows(nodes=nodes)


@strawberry.type
class Query:
    @strawberry.field
    async def ad_account(self, info: Info, id: strawberry.ID) -> AdAccount | None:  # noqa: A002 - the argument's name
        return account(await info.context["db"].fetch(sql.SMALL, UUID(id)))

    @strawberry.field
    async def ad_accounts(self, info: Info) -> AdAccountConnection:
        found = await info.context["db"].fetch(sql.WHOLE_ACCOUNTS)
        return AdAccountConnection(nodes=[AdAccount(**dict(row)) for row in found])

    @strawberry.field
    async def by_campaign(self, info: Info, since: date, until: date) -> Rows:
        return await rows(info, sql.LIST, since, until)

    @strawberry.field
    async def by_day(self, info: Info, since: date, until: date) -> Rows:
        return await rows(info, sql.DAYS, since, until)

    @strawberry.field
    async def top(self, info: Info, since: date, until: date) -> Rows:
        return await rows(info, sql.TOP, since, until)

    @strawberry.field
    async def by_account(self, info: Info, since: date, until: date) -> Rows:
        return await rows(info, sql.BY_ACCOUNT, since, until)

    @strawberry.field
    async def totals(self, info: Info, since: date, until: date) -> Metrics:
        return metrics((await info.context["db"].fetch(sql.TOTALS, since, until))[0])


class View(GraphQL[Any, Any]):
    def __init__(self, db: Database) -> None:
        super().__init__(strawberry.Schema(Query))
        self.db = db

    async def get_context(self, *_request: Any, **_response: Any) -> Any:
        return {"db": self.db}


def application(url: str, tenant: UUID) -> Starlette:
    db = Database(tenant)

    @asynccontextmanager
    async def pool(_app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=10, max_size=10) as db.pool:
            yield

    app = Starlette(lifespan=pool)
    app.mount("/graphql", View(db))
    return app


if __name__ == "__main__":
    serve(application(sys.argv[1], UUID(sys.argv[2])))
