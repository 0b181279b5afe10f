"""Fifty campaigns with metrics through the whole engine, against one hand-written statement with the same JSON."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from analytics.periods import DateRange
from auth.viewer import Viewer
from benchmarks.graph_pages import LAST_DAY
from benchmarks.insights.warehouse import ADS_PER_CAMPAIGN, warehouse
from benchmarks.table import Ratio, Reading, percentile, print_table
from benchmarks.world import own_postgres, run, toolbox
from models.database import Database
from models.thin.watching import Ended, watch
from resolvers.context import Context
from schema import build_schema
from services.toolbox import Toolbox

CAMPAIGNS, DAYS, REPEATS = 50, 90, 300
QUERY = """
query ($from: Date!, $to: Date!) { campaigns(first: 50) { nodes {
  name
  metrics(range: { between: { from: $from, to: $to } }) { spend impressions ctrAll cpm roas }
} } }
"""
STATEMENT = """
select json_build_object('campaigns', json_build_object('nodes', json_agg(json_build_object(
  'name', c.name, 'metrics', json_build_object('spend', m.spend, 'impressions', m.impressions,
    'ctrAll', (m.clicks_all / nullif(m.impressions, 0)::numeric)::float8,
    'cpm', round(1000 * m.spend / nullif(m.impressions, 0), 6),
    'roas', (m.purchase_value / nullif(m.spend, 0))::float8)) order by c.name_key, c.id)))
from (select * from campaign where tenant_id = $1 order by name_key, id limit 50) c
left join (
  select campaign_id, sum(spend) as spend, sum(impressions) as impressions, sum(clicks_all) as clicks_all,
    sum(purchase_value) as purchase_value
  from insight_campaign_day where tenant_id = $1 and day between $2 and $3 group by campaign_id
) m on m.campaign_id = c.id
"""


@contextmanager
def counted_statements(db: Database) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(statement: str, _values: Any) -> Ended:
        sent.append(statement)
        return lambda _error: None

    stop = watch(db.engine, note)
    try:
        yield sent
    finally:
        stop()


async def through_engine(tools: Toolbox, viewer: Viewer, days: DateRange) -> bytes:
    """As the HTTP view does it: a context, the engine, JSON."""
    context = Context(viewer, tools, tools.db.bounded(4), viewer.origin)
    variables = {"from": days.start.isoformat(), "to": days.end.isoformat()}
    result = await build_schema().execute(QUERY, variable_values=variables, context_value=context)
    assert not result.errors, result.errors
    return msgspec.json.Encoder(decimal_format="number").encode(result.data)


async def by_hand(connection: asyncpg.Connection, viewer: Viewer, days: DateRange) -> bytes:
    """The same policies, one transaction, one statement; Postgres makes the JSON."""
    async with connection.transaction(readonly=True):
        await connection.execute(f"set local app.tenant_id = '{viewer.tenant_id}'")
        text: str = await connection.fetchval(STATEMENT, viewer.tenant_id, days.start, days.end)
    return text.encode()


def same(one: bytes, other: bytes) -> bool:
    """Equal but for white space and final zeros."""
    return bool(json.loads(one, parse_float=Decimal) == json.loads(other, parse_float=Decimal))


async def main() -> None:
    days = DateRange(LAST_DAY - timedelta(days=DAYS - 1), LAST_DAY)
    times: dict[str, list[float]] = {"one statement by hand": [], "engine": []}
    with own_postgres() as place:
        async with toolbox(place) as tools, warehouse(tools, place) as stock:
            viewer, _ = await stock.fill(sizes=[CAMPAIGNS * ADS_PER_CAMPAIGN], days=DAYS)
            await stock.settle()
            with counted_statements(tools.db) as sent:
                answer = await through_engine(tools, viewer, days)
            assert same(answer, await by_hand(stock.connection, viewer, days)), "not the same JSON"
            for _ in range(REPEATS):
                began = time.perf_counter()
                await by_hand(stock.connection, viewer, days)
                middle = time.perf_counter()
                await through_engine(tools, viewer, days)
                times["one statement by hand"].append((middle - began) * 1000)
                times["engine"].append((time.perf_counter() - middle) * 1000)
    readings = [Reading(name, "ms", found[20:]) for name, found in times.items()]
    by_hand_ms, engine_ms = (percentile(reading.values, 0.5) for reading in readings)
    print_table(
        f"nested_metrics: {CAMPAIGNS} campaigns with metrics of {DAYS} days, {REPEATS} rounds",
        readings,
        [
            Ratio("statements of the engine", len(sent), "constant: at most 3", len(sent) <= 3),
            Ratio("engine of one statement, p50", engine_ms / by_hand_ms, "for comparison", None),
        ],
    )


if __name__ == "__main__":
    run(main())
