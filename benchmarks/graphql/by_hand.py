"""Two servers written by hand, without GraphQL: rows made to JSON by msgspec, or JSON made by Postgres.

`python -m benchmarks.graphql.by_hand rows|json URL TENANT` prints its port. Both run under the policies, in a
transaction that reads only, like the API; they have no sign-in, limits or logs, and each answers just the cases.
"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.graphql import statements as sql
from benchmarks.graphql.serving import serve

Fetch = Callable[..., Awaitable[list[asyncpg.Record]]]
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Asked(msgspec.Struct):
    """The variables of a case; `from` is a word of Python."""

    since: date = msgspec.field(name="from")
    until: date = msgspec.field(name="to")
    account: UUID = msgspec.field(name="id")


_decode = msgspec.json.Decoder(Asked).decode


def metrics(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names}


def account(row: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "externalId": row["external_id"],
        "name": row["name"],
        "currency": row["currency"],
        "timeZone": row["time_zone"],
        "status": row["status"],
        "platform": row["platform"],
        "dataFrom": row["data_from"],
        "dataThrough": row["data_through"],
        "lastRefreshedAt": row["last_refreshed_at"],
    }


def entity(row: Any) -> dict[str, Any]:
    return {"id": row["id"], "name": row["name"]}


def chained(row: Any) -> dict[str, Any]:
    owner = {"id": row["account_id"], "name": row["account_name"]}
    return {"id": row["id"], "name": row["name"], "adAccount": owner}


def rows(found: list[asyncpg.Record], names: tuple[str, ...], **more: Callable[[Any], Any]) -> dict[str, Any]:
    nodes = [{**{name: make(row) for name, make in more.items()}, "metrics": metrics(row, names)} for row in found]
    return {"rows": {"nodes": nodes}}


async def small(fetch: Fetch, asked: Asked) -> dict[str, Any]:
    return {"adAccount": account((await fetch(sql.SMALL, asked.account))[0])}


async def plain_list(fetch: Fetch, asked: Asked) -> dict[str, Any]:
    return {"insights": rows(await fetch(sql.LIST, asked.since, asked.until), sql.NINE)}


async def with_entity(fetch: Fetch, asked: Asked) -> dict[str, Any]:
    return {"insights": rows(await fetch(sql.ROWS, asked.since, asked.until), sql.NINE, entity=entity)}


async def with_chain(fetch: Fetch, asked: Asked) -> dict[str, Any]:
    return {"insights": rows(await fetch(sql.CHAIN, asked.since, asked.until), sql.NINE, entity=chained)}


async def nested(fetch: Fetch, asked: Asked) -> dict[str, Any]:
    """Three statements, whatever the number of accounts."""
    accounts = await fetch(sql.ACCOUNTS)
    campaigns = await fetch(sql.CAMPAIGNS, [row["id"] for row in accounts])
    numbers = await fetch(sql.METRICS_OF, asked.since, asked.until, [row["id"] for row in campaigns])
    by_campaign = {row["campaign_id"]: metrics(row, sql.FEW) for row in numbers}
    below: dict[UUID, list[dict[str, Any]]] = {row["id"]: [] for row in accounts}
    for row in campaigns:
        below[row["ad_account_id"]].append({**entity(row), "metrics": by_campaign.get(row["id"])})
    return {"adAccounts": {"nodes": [{**entity(row), "campaigns": {"nodes": below[row["id"]]}} for row in accounts]}}


async def dashboard(fetch: Fetch, asked: Asked) -> dict[str, Any]:
    days = (asked.since, asked.until)
    return {
        "account": account((await fetch(sql.SMALL, asked.account))[0]),
        "accounts": {"nodes": [dict(row) for row in await fetch(sql.ACCOUNTS)]},
        "all": {"totals": metrics((await fetch(sql.TOTALS, *days))[0], sql.NINE)},
        "days": rows(
            await fetch(sql.DAYS, *days), ("spend", "impressions", "roas"), period=lambda row: {"start": row["day"]}
        ),
        "top": rows(await fetch(sql.TOP, *days), ("spend", "purchases", "roas"), entity=entity),
        "byAccount": rows(await fetch(sql.BY_ACCOUNT, *days), ("spend", "impressions", "cpm"), entity=entity),
    }


CASES = {
    "small": small,
    "list": plain_list,
    "entity": with_entity,
    "chain": with_chain,
    "nested": nested,
    "dashboard": dashboard,
}


def application(way: str, url: str, tenant: UUID) -> Starlette:
    pools: list[asyncpg.Pool] = []

    @asynccontextmanager
    async def pool(_app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=10, max_size=10) as made:
            pools.append(made)
            yield

    @asynccontextmanager
    async def session() -> AsyncIterator[Fetch]:
        async with pools[0].acquire() as connection:
            await connection.execute(f"begin read only; set local app.tenant_id = '{tenant}'")
            try:
                yield lambda text, *values: connection.fetch(text, tenant, *values)
            finally:
                await connection.execute("commit")

    async def answer(request: Request) -> Response:
        name, asked = request.path_params["case"], _decode(await request.body())
        async with session() as fetch:
            if way == "json":
                [[body]] = await fetch(sql.WHOLE[name], asked.since, asked.until, asked.account)
            else:
                body = _encode({"data": await CASES[name](fetch, asked)})
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/{case}", answer, methods=["POST"])], lifespan=pool)


if __name__ == "__main__":
    serve(application(sys.argv[1], sys.argv[2], UUID(sys.argv[3])))
