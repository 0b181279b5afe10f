"""Questions on five million ad-days: ours as the runtime role under its policies, against sorted DuckDB."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
from sqlalchemy import event

from analytics.enums import EntityLevel, Metric, SortOrder, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.periods import AskedDays
from auth.viewer import Viewer
from benchmarks.graph_pages import LAST_DAY
from benchmarks.table import Ratio, Reading, print_table
from benchmarks.warehouse import FACTS, Account, fill_tenant
from benchmarks.world import NOON, Place, own_postgres, run, toolbox
from models.database import Database
from models.insights.metric_values import AskedMetrics
from models.insights.question import SortKey
from models.insights.rows import RowsPage, ShownMetrics
from models.keyset import Window
from services.insights.answers import AskedParts, answer
from services.insights.questions import InsightsRequest
from services.toolbox import Toolbox

TENANTS, DAYS, REPEATS = 50, 365, 40
# Ten accounts, 294 ads: times 50 tenants 14,700 ads, the largest account 109.
SIZES = (109, 60, 40, 25, 18, 14, 10, 8, 6, 4)
SHOWN = AskedMetrics(frozenset({Metric.SPEND, Metric.IMPRESSIONS, Metric.CTR_ALL, Metric.CPM, Metric.ROAS}))
# Durability is not measured, and loading takes half the time without it.
LOADING = {"fsync": "off", "synchronous_commit": "off", "max_wal_size": "8GB"}
METRICS = """sum(spend), sum(impressions), sum(clicks_all)::double / nullif(sum(impressions), 0),
  1000 * sum(spend) / nullif(sum(impressions), 0), sum(purchase_value) / nullif(sum(spend), 0)"""
BY_CAMPAIGN = f"""select campaign_id, {METRICS} from insight where tenant_id = ? and ad_account_id = ?
  and day between ? and ? group by campaign_id order by sum(spend) desc, campaign_id limit 51"""
BY_MONTH = f"""select date_trunc('month', day) as month, {METRICS} from insight where tenant_id = ?
  and day between ? and ? group by month order by month limit 51"""


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    request: InsightsRequest
    sort: tuple[SortKey, ...]
    duck: str
    parameters: list[Any]
    goal: float


def questions(viewer: Viewer, account: Account) -> list[Question]:
    month = AskedDays(LAST_DAY - timedelta(days=29), LAST_DAY)
    year = AskedDays(LAST_DAY - timedelta(days=DAYS - 1), LAST_DAY)
    by_spend = (SortKey(MEASURES[Metric.SPEND], SortOrder.DESC),)
    campaigns = InsightsRequest(
        days=month, shown=SHOWN, ad_account_ids=(account.id,), level=EntityLevel.CAMPAIGN, sort=by_spend
    )
    months = InsightsRequest(days=year, shown=SHOWN, grain=TimeGrain.MONTH)
    tenant = viewer.tenant_id
    return [
        Question(
            "account 30 days by campaign",
            campaigns,
            by_spend,
            BY_CAMPAIGN,
            [tenant, account.id, month.start, month.end],
            1.0,
        ),
        Question("tenant 365 days by month", months, (), BY_MONTH, [tenant, year.start, year.end], 3.0),
    ]


async def ask(tools: Toolbox, viewer: Viewer, question: Question) -> Sequence[Any]:
    """As the API's resolver does: what the question means, and its rows, in one session."""
    page = Window(first=50)
    parts = AskedParts(pages=(page,), rows=ShownMetrics(SHOWN))
    found = (await answer(tools.db, viewer, question.request, parts, now=NOON)).pages[page]
    assert isinstance(found, RowsPage)
    return found.rows


async def load(tools: Toolbox, place: Place, duck: duckdb.DuckDBPyConnection) -> tuple[Viewer, Account]:
    """The same rows in both; answers whom to ask for, one tenant in the middle of the table."""
    columns = ("tenant_id", "ad_account_id", "day", "ad_id", "campaign_id", *FACTS)
    kinds = ("uuid", "uuid", "date", "uuid", "uuid", "decimal(18,6)", *["bigint"] * 3, *["decimal(18,6)"] * 2)
    duck.execute(f"create table insight ({', '.join(map(' '.join, zip(columns, kinds, strict=True)))})")
    connection = await asyncpg.connect(place.urls.runtime)
    asked = None
    for number in range(TENANTS):
        viewer, accounts = await fill_tenant(tools, connection, sizes=SIZES, days=DAYS)
        rows = place.data_dir / "rows.csv"
        async with connection.transaction():
            await connection.execute(f"set local app.tenant_id = '{viewer.tenant_id}'")
            query = f"select {', '.join(columns)} from insight order by tenant_id, ad_account_id, day, ad_id"
            await connection.copy_from_query(query, output=rows, format="csv")
        duck.execute(f"insert into insight select * from read_csv('{rows}', header = false)")
        if number == TENANTS // 2:
            asked = viewer, accounts[0]
    await connection.close()
    owner = await asyncpg.connect(place.urls.migration)
    await owner.execute("vacuum analyze")
    await owner.close()
    assert asked is not None
    return asked


@contextmanager
def last_statement(db: Database) -> Iterator[list[Any]]:
    """What the runtime role sent last: the statement and its values."""
    sent: list[Any] = [None, None]

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        sent[:] = [statement, values]

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)


@asynccontextmanager
async def plain_session(place: Place, viewer: Viewer) -> AsyncIterator[asyncpg.Connection]:
    """Asyncpg alone, with the policies on."""
    connection = await asyncpg.connect(place.urls.runtime)
    async with connection.transaction(readonly=True):
        await connection.execute(f"set local app.tenant_id = '{viewer.tenant_id}'")
        yield connection
    await connection.close()


async def timed(step: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await step()
    return (time.perf_counter() - began) * 1000


async def compare(
    tools: Toolbox, place: Place, viewer: Viewer, *, question: Question, duck: duckdb.DuckDBPyConnection
) -> tuple[list[Reading], list[Ratio]]:
    with last_statement(tools.db) as sent:
        rows = await ask(tools, viewer, question)
        statement, values = sent
    expected = duck.execute(question.duck, question.parameters).fetchall()
    assert [float(row.metrics.spend) for row in rows] == [float(row[1]) for row in expected], "not the same question"

    async def in_duckdb() -> None:
        duck.execute(question.duck, question.parameters).fetchall()

    times: dict[str, list[float]] = {"DuckDB": [], "our SQL": [], "our service": []}
    async with plain_session(place, viewer) as plain:
        prepared = await plain.prepare(statement)
        for _ in range(REPEATS):
            times["DuckDB"].append(await timed(in_duckdb))
            times["our SQL"].append(await timed(lambda: prepared.fetch(*values)))
            times["our service"].append(await timed(lambda: ask(tools, viewer, question)))
    readings = [Reading(f"{question.name}: {name}", "ms", found[5:]) for name, found in times.items()]
    medians = {name: statistics.median(found[5:]) for name, found in times.items()}
    share = medians["our SQL"] / medians["DuckDB"]
    service = medians["our service"] / medians["DuckDB"]
    return readings, [
        Ratio(f"{question.name}: our SQL of DuckDB", share, f"at most {question.goal:g}x", share <= question.goal),
        Ratio(f"{question.name}: our service of DuckDB", service, "for comparison", is_met=None),
    ]


async def main() -> None:
    with own_postgres(LOADING) as place:
        async with toolbox(place) as tools:
            duck = duckdb.connect(str(Path(place.data_dir) / "rows.duckdb"))
            began = time.perf_counter()
            viewer, account = await load(tools, place, duck)
            count = duck.execute("select count(*) from insight").fetchall()[0][0]
            loaded_s = time.perf_counter() - began
            found = [
                await compare(tools, place, viewer, question=question, duck=duck)
                for question in questions(viewer, account)
            ]
            duck.close()
    readings = [reading for part, _ in found for reading in part]
    ratios = [ratio for _, part in found for ratio in part]
    print_table(f"insights_sql: {count:,} ad-days, loaded in {loaded_s:.0f} s, {REPEATS} rounds", readings, ratios)


if __name__ == "__main__":
    run(main())
