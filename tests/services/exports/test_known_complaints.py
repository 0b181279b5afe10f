"""What users of other tools complain of in files: rows cut off, numbers turned into texts, sums that fail."""

import asyncio
import io
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.periods import DateRange
from execution.limits.list_sizes import LARGEST_PAGE
from models.ads.ad import Ad
from models.insights.rows import count_groups
from services.toolbox import Toolbox
from tests.worlds.exports import ExportWorld, csv_rows, export_world, json_rows, parquet_rows, total
from tests.worlds.insights import LAST, naive_sums

DAYS = DateRange(LAST - timedelta(days=129), LAST)
LONG: dict[str, Any] = {
    "range": {"between": {"from": str(DAYS.start), "to": str(DAYS.end)}},
    "groupBy": {"level": "AD"},
    "grain": "DAY",
}
COUNT = "query ($input: InsightsInput!) { insights(input: $input) { rows { totalCount } totals { spend } } }"
LIST = "{ exports { totalCount } }"
SAVE = """
mutation { saveCustomMetric(input: { key: "loss", name: "Loss", formula: "-spend", unit: MONEY }) {
  userErrors { message }
} }
"""
LIKE_FORMULAS = ["-1", "=SUM(A1:A9)", "+49 30", "@name", "\tb", "- dash", "=-1", "plain"]
# In a process of its own: at its end the library complains of itself.
SUMS = """
import sys, duckdb
query = 'select sum(spend), sum("previous.spend"), sum(loss) from read_parquet(?)'
print(*duckdb.execute(query, sys.argv[1:]).fetchone())
"""


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> ExportWorld:
    return await export_world(tools, tmp_path)


async def test_a_file_is_not_cut_off_where_a_page_is(world: ExportWorld) -> None:
    await world.insights.store(DAYS, world.insights.random_rows(DAYS))
    counted = (await world.door.ask(COUNT, input=LONG)).data["insights"]["rows"]["totalCount"]
    assert counted == 130 * 8 > LARGEST_PAGE
    for format_, read in (("CSV", csv_rows), ("JSONL", json_rows), ("PARQUET", parquet_rows)):
        shown, content = await world.made(format_, **LONG, metrics=[{"metric": "SPEND"}])
        rows: list[dict[str, Any]] = read(content)
        assert len(rows) == len({row["key"] for row in rows}) == shown["rows"] == counted


async def test_an_answer_that_is_too_long_is_refused_or_fails_and_never_shortened(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = await world.ask(**LONG)
    for module in ("services.insights.questions", "models.insights.rows"):
        monkeypatch.setattr(f"{module}.MOST_GROUPS", 100)
    refused = await world.asked(**LONG)
    assert [(each["code"], each["field"]) for each in refused["userErrors"]] == [("INVALID", ["input"])]
    assert "408 rows, 100 at most" in refused["userErrors"][0]["message"]
    assert (await world.door.ask(LIST)).data["exports"]["totalCount"] == 1
    # Asked for when it was shorter: what has come in since makes it too long.
    await world.write(earlier)
    shown = await world.shown(earlier)
    assert (shown["status"], shown["url"], await world.keys()) == ("FAILED", None, [])
    assert "408 rows, 100 at most" in shown["error"]


async def test_a_file_with_another_number_of_rows_than_the_answer_is_no_file(
    world: ExportWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def more(*given: Any) -> int:
        return await count_groups(*given) + 1

    monkeypatch.setattr("services.exports.running.count_groups", more)
    export_id = await world.ask(**LONG)
    await world.write(export_id)
    shown = await world.shown(export_id)
    assert (shown["status"], shown["rows"], shown["url"], await world.keys()) == ("FAILED", None, None, [])


async def test_a_negative_number_is_no_formula_and_a_text_that_looks_like_one_is_quoted(world: ExportWorld) -> None:
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        for ad, name in zip(world.insights.ads, LIKE_FORMULAS, strict=True):
            (await session.get_one(Ad, (ad.tenant_id, ad.id))).name = name
    assert (await world.door.ask(SAVE)).data["saveCustomMetric"]["userErrors"] == []
    both = [{"metric": "SPEND"}, {"custom": "loss"}]
    _, content = await world.made(groupBy={"level": "AD"}, metrics=both)
    rows = csv_rows(content)
    assert {row["name"] for row in rows} == {name if name == "plain" else f"'{name}" for name in LIKE_FORMULAS}
    assert [row["loss"] for row in rows] == [f"-{row['spend']}" for row in rows]


def spent(world: ExportWorld, first: date) -> Decimal:
    """In ten days, as it was stored."""
    days = DateRange(first, first + timedelta(days=9))
    found: Decimal = naive_sums(row for row in world.insights.rows if row.day in days)["spend"]
    return found


async def test_another_reader_sums_the_money_of_parquet_to_the_last_place(world: ExportWorld, tmp_path: Path) -> None:
    assert (await world.door.ask(SAVE)).data["saveCustomMetric"]["userErrors"] == []
    input_ = {
        "range": {"between": {"from": "2026-11-01", "to": "2026-11-10"}},
        "compareTo": {"preset": "PREVIOUS_PERIOD"},
        "groupBy": {"level": "AD"},
        "grain": "DAY",
    }
    _, content = await world.made("PARQUET", **input_, metrics=[{"metric": "SPEND"}, {"custom": "loss"}])
    types = pq.read_schema(io.BytesIO(content))
    assert {types.field(each).type for each in ("spend", "previous.spend", "loss")} == {pa.decimal128(38, 6)}
    (tmp_path / "file").write_bytes(content)
    command = [sys.executable, "-c", SUMS, str(tmp_path / "file")]
    told = await asyncio.to_thread(subprocess.check_output, command, text=True)
    spend, before, loss = map(Decimal, told.split())
    assert spend == -loss == spent(world, date(2026, 11, 1))
    assert before == spent(world, date(2026, 10, 22))
    assert total(parquet_rows(content), "spend") == spend
