"""What is in data sets: every ad-day of their periods with all that is known of it, and what they say of themselves."""

import asyncio
import dataclasses
import hashlib
import io
import json
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from structlog.testing import capture_logs

from analytics.metrics.facts import BASE_FACTS, FactKind
from analytics.periods import DateRange
from models.ads.ad import Ad
from models.datasets.dataset import DatasetPeriod
from models.ids import new_id
from models.insights.day_marks import mark_gaps
from models.insights.day_swap import StoredInsight
from models.insights.tables import GapKind
from resolvers.node_id import encode_id
from services.datasets import writing
from services.exports.columns import in_camel_case
from services.toolbox import Toolbox
from tests.worlds.datasets import DatasetWorld, dataset_world
from tests.worlds.insights import FIRST, LAST, WHOLE, more_insights

LENGTHS = {
    DatasetPeriod.LAST_7_DAYS: 7,
    DatasetPeriod.LAST_30_DAYS: 30,
    DatasetPeriod.LAST_90_DAYS: 90,
    DatasetPeriod.LAST_365_DAYS: 365,
}
# In a process of its own: at its end the library complains of itself.
DUCKDB = """
import sys, duckdb
query = "select count(*), sum(spend), typeof(sum(spend)), sum(impressions)::bigint, max(day)::text from read_parquet(?)"
print(duckdb.execute(query, [sys.argv[1]]).fetchone())
"""


@pytest.fixture
async def world(tools: Toolbox, tmp_path: Path) -> DatasetWorld:
    return await dataset_world(tools, tmp_path)


def begin_of(period: DatasetPeriod) -> date:
    return LAST - timedelta(days=LENGTHS[period] - 1)


def expected(world: DatasetWorld, row: StoredInsight) -> dict[str, Any]:
    """By plain loops: what a file has to say of an ad-day without tags."""
    insights = world.insights
    creative_id = next((each.creative_id for each in insights.ads if each.id == row.ad_id), None)
    places: list[tuple[str, str, Any, Any]] = [
        ("campaign", "Campaign", row.campaign_id, insights.campaigns),
        ("adSet", "AdSet", row.ad_set_id, insights.ad_sets),
        ("ad", "Ad", row.ad_id, insights.ads),
        ("creative", "Creative", creative_id, insights.creatives),
    ]
    told: dict[str, Any] = {"day": row.day, "currency": row.currency}
    for name, kind, row_id, known in places:
        found = next((each for each in known if each.id == row_id), None)
        told[f"{name}Id"] = encode_id(kind, row_id) if row_id else None
        told[f"{name}ExternalId"] = found.external_id if found else None
        told[f"{name}Name"] = found.name if found else None
    return told | {in_camel_case(column): row.facts[column] for fact in BASE_FACTS for column in fact.columns}


async def test_each_file_has_every_ad_day_of_its_period_and_nothing_else(world: DatasetWorld) -> None:
    await more_insights(world.insights.entities)
    await world.write()
    for period in DatasetPeriod:
        stored = sorted((row for row in world.insights.rows if row.day >= begin_of(period)), key=_place)
        assert await world.rows(period) == [expected(world, row) for row in stored]
        shown = await world.shown(period)
        assert shown is not None
        content = await world.content(period)
        assert (shown["rows"], shown["format"]) == (len(stored), "PARQUET")
        assert (shown["bytes"], shown["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert list(world.tools.workspace.iterdir()) == []


async def test_another_reader_adds_money_up_to_the_digit(world: DatasetWorld, tmp_path: Path) -> None:
    """Complaints 15 and 17: no row is cut off, and money is no text."""
    await world.write()
    (tmp_path / "file").write_bytes(await world.content())
    command = [sys.executable, "-c", DUCKDB, str(tmp_path / "file")]
    read = (await asyncio.to_thread(subprocess.check_output, command)).decode()
    rows = world.insights.rows
    spend = sum((Decimal(str(row.facts["spend"])) for row in rows), Decimal(0))
    impressions = sum(int(row.facts["impressions"] or 0) for row in rows)
    assert read.strip() == f"({len(rows)}, Decimal('{spend:.6f}'), 'DECIMAL(38,6)', {impressions}, '{LAST}')"


async def test_columns_have_types_and_a_file_says_of_what_it_is(world: DatasetWorld) -> None:
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        gaps = {LAST: GapKind.FIELD, LAST + timedelta(days=1): GapKind.AGAIN}
        await mark_gaps(session, world.account.id, gaps, refreshed_at=world.clock())
    await world.write()
    schema = pq.read_schema(io.BytesIO(await world.content(DatasetPeriod.LAST_7_DAYS)))
    kinds = {"day": pa.date32(), "currency": pa.string()}
    for fact in BASE_FACTS:
        kind = pa.int64() if fact.kind is FactKind.COUNT else pa.decimal128(38, 6)
        kinds |= {in_camel_case(column): kind for column in fact.columns}
    assert {name: schema.field(name).type for name in kinds} == kinds
    # A day of which nothing was read moves no period; one that was read in part is named.
    assert {name.decode(): value.decode() for name, value in schema.metadata.items()} == {
        "adgraph.ad_account": world.account.external_id,
        "adgraph.period": "LAST_7_DAYS",
        "adgraph.first_day": str(LAST - timedelta(days=6)),
        "adgraph.last_day": str(LAST),
        "adgraph.missing_days": json.dumps([str(LAST)]),
        "adgraph.time_zone": "Europe/Berlin",
        "adgraph.schema_version": "1",
    }
    whole = pq.read_schema(io.BytesIO(await world.content())).metadata
    missing = json.loads(whole[b"adgraph.missing_days"])
    assert len(missing) == 365 - WHOLE.days + 1
    assert str(FIRST - timedelta(days=1)) in missing
    assert str(FIRST) not in missing


async def test_tags_are_columns_and_odd_texts_stay_what_they_are(world: DatasetWorld) -> None:
    first, second, *_ = world.insights.ads
    odd = "=cmd|' /C calc'!A0\n\"quoted\", \U0001f600 \u202eabc \\N"
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        (await session.get_one(Ad, (first.tenant_id, first.id))).name = odd
    await world.insights.entities.tag(first, angle='Pain, "told"', Größe="L", hook=None)
    await world.insights.entities.tag(second, angle="NULL")
    await world.write()
    rows = await world.rows()
    assert list(rows[0])[13:17] == ["tag.Größe", "tag.angle", "tag.hook", "currency"]
    names = ("adName", "tag.angle", "tag.Größe", "tag.hook")
    of_ads = {row["adId"]: tuple(row[name] for name in names) for row in rows}
    assert of_ads[encode_id("Ad", first.id)] == (odd, 'Pain, "told"', "L", None)
    assert of_ads[encode_id("Ad", second.id)] == (second.name, "NULL", None, None)
    assert {values[1:] for values in of_ads.values()} == {
        ('Pain, "told"', "L", None),
        ("NULL", None, None),
        (None,) * 3,
    }


async def test_rows_whose_ad_is_not_known_and_odd_numbers_stay(world: DatasetWorld) -> None:
    """Complaint 3: no join drops spend. The largest numbers that are stored, nulls and negative ones are as stored."""
    [row] = world.insights.random_rows(DateRange(LAST, LAST), ads=world.insights.ads[:1])
    lost = dataclasses.replace(row, ad_id=new_id(), ad_set_id=new_id(), campaign_id=new_id())
    facts = dict.fromkeys(lost.facts) | {
        "spend": Decimal("9999999999999999999999999999999.999999"),
        "impressions": 2**62,
        "purchase_value": Decimal("-0.000001"),
    }
    lost.facts = facts
    await world.insights.store(DateRange(LAST, LAST), [row, lost])
    await world.write()
    rows = {each["adId"]: each for each in await world.rows(DatasetPeriod.LAST_7_DAYS) if each["day"] == LAST}
    assert rows == {encode_id("Ad", each.ad_id): expected(world, each) for each in (row, lost)}
    assert rows[encode_id("Ad", lost.ad_id)]["adName"] is None


async def test_days_without_delivery_make_files_without_rows(tools: Toolbox, tmp_path: Path) -> None:
    world = await dataset_world(tools, tmp_path, store=False)
    await world.write()
    assert (await world.shown(), await world.keys()) == (None, [])  # before the first refresh
    await world.insights.store(DateRange(LAST, LAST), [])
    await world.write()
    for period in DatasetPeriod:
        shown = await world.shown(period)
        assert shown is not None
        assert (shown["rows"], await world.rows(period)) == (0, [])
    assert pq.read_schema(io.BytesIO(await world.content())).names[:2] == ["day", "campaignId"]


async def test_more_tags_than_columns_change_nothing_and_are_told(
    world: DatasetWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.write()
    before = await world.shown()
    await world.insights.entities.tag(world.insights.ads[0], a="1", b="2")
    monkeypatch.setattr(writing, "MOST_TAG_FIELDS", 1)
    with capture_logs() as told:
        await world.write()
    after = await world.shown()
    assert before is not None
    assert after is not None
    assert after["sha256"] == before["sha256"]
    assert [each["event"] for each in told if each["log_level"] == "error"] == ["datasets_failed"]


def _place(row: StoredInsight) -> tuple[date, Any]:
    return row.day, row.ad_id
