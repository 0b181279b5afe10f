"""The lines of files say what the rows of an answer say: the same rows in the same order, each value of its type."""

import csv
import io
import itertools
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from analytics.comparison import Comparison
from analytics.enums import Breakdown, EntityLevel, Metric, SortOrder, TimeGrain
from analytics.metrics.catalogue import MEASURES
from analytics.periods import DateRange
from models.ads.ad import Ad
from models.exports.lines import copy_lines, lines_of
from models.insights.groups_shown import InsightsRow
from models.insights.metric_values import AskedMetrics, MetricSet
from models.insights.question import AccountDays, InsightsQuestion, RowKey, SortKey
from models.insights.rows import PageAsked, ShownMetrics, load_rows
from models.insights.statements.lines import ColumnKind, LineColumn, LineForm
from models.keyset import Window
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.insights import FIRST, WHOLE
from tests.worlds.parts import PartsWorld
from tests.worlds.tags import KINDS, TagWorld, tag_world

EVERYTHING = AskedMetrics(frozenset(Metric), shows_currency=True)
BOTH = ShownMetrics(EVERYTHING, EVERYTHING)
DAYS = DateRange(WHOLE.start.replace(day=14), WHOLE.end.replace(day=10))
ODD = [
    "=cmd|' /C calc'!A0",
    'a "b", c\nd\r\ne',
    "-1",
    "\t@",
    "\U0001f600" * 400,
    "\u202eright to left",
    "x\x01y\x02z\\.",
    "",
]
BY_SPEND = SortKey(MEASURES[Metric.SPEND], SortOrder.DESC)
BY_NAME = SortKey(RowKey.NAME, SortOrder.ASC)


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> TagWorld:
    """Ads with odd names in two accounts, the second of which has days of its own."""
    made = await tag_world(tools)
    async with tools.db.write(made.accounts[0].entities.viewer) as session:
        for ad, name in zip(made.accounts[0].ads, ODD, strict=True):
            (await session.get_one(Ad, (ad.tenant_id, ad.id))).name = name
    parts = PartsWorld(made.accounts[0])
    await parts.read(WHOLE, Breakdown.COUNTRY, Breakdown.REGION)
    return made


def asked(world: TagWorld, **about: Any) -> InsightsQuestion:
    first, second = (each.account.id for each in world.accounts)
    spans: tuple[AccountDays, ...] = (AccountDays((first,), DAYS), AccountDays((second,), DateRange(FIRST, DAYS.end)))
    if about.get("breakdowns"):
        spans = (AccountDays((first,), DAYS, None, "COUNTRY,REGION", None),)
    if "comparison" in about:
        spans = (AccountDays((first,), DAYS, DateRange(FIRST, FIRST.replace(day=13))),)
    return InsightsQuestion(spans, "EUR", **about)


async def lines(world: TagWorld, question: InsightsQuestion, form: LineForm, sort: Sequence[SortKey] = ()) -> Any:
    """The columns, and the whole text."""
    written: list[bytes] = []

    async def sink(piece: bytes) -> None:
        written.append(piece)

    made = lines_of(question, BOTH, tuple(sort), form, called=lambda columns: [each.name for each in columns])
    kind = KINDS.get(question.level.value, "Tenant")
    async with world.tools.db.read(world.accounts[0].entities.viewer, is_snapshot=True) as session:
        count = await copy_lines(session, made, id_kind=f"{kind}:", sink=sink)
    return made.columns, b"".join(written).decode(), count


async def rows(world: TagWorld, question: InsightsQuestion, sort: Sequence[SortKey] = ()) -> Sequence[InsightsRow]:
    async with world.tools.db.read(world.accounts[0].entities.viewer, is_snapshot=True) as session:
        return (await load_rows(session, question, BOTH, PageAsked(Window(1_000), tuple(sort)))).rows


def expected(world: TagWorld, question: InsightsQuestion, row: InsightsRow) -> list[Any]:
    """What a line says of the row, before it is written."""
    entity = named(world).get(row.entity_id) if row.entity_id is not None else None
    dimensions = row.dimensions
    shown: list[Any] = [
        row.key,
        question.level.value,
        None if row.entity_id is None else encode_id(KINDS[question.level.value], row.entity_id),
        *(entity or (None, None)),
        row.period.start.isoformat(),
        row.period.end.isoformat(),
        *(getattr(dimensions, each.value.lower()) for each in question.breakdowns),
        *(tag.value for tag in dimensions.tags),
        row.metrics.currency,
        *numbers(row.metrics),
    ]
    if question.comparison is not None:
        shown += numbers(row.previous) if row.previous is not None else [None] * len(MEASURES)
    return shown


def numbers(metrics: MetricSet) -> list[Any]:
    return [metrics.numbers[each.key] for each in EVERYTHING.measures]


def named(world: TagWorld) -> dict[Any, tuple[str, str]]:
    found: dict[Any, tuple[str, str]] = {}
    for account in world.accounts:
        entities: list[Any] = [account.account, *account.campaigns, *account.ad_sets, *account.ads, *account.creatives]
        found |= {each.id: (each.external_id, each.name) for each in entities}
    for ad, name in zip(world.accounts[0].ads, ODD, strict=True):
        found[ad.id] = (ad.external_id, name)
    return found


def read_json(text: str, columns: Sequence[LineColumn]) -> list[list[Any]]:
    found = [json.loads(line, parse_float=Decimal) for line in text.split("\n")[:-1]]
    assert all(list(each) == [column.name for column in columns] for each in found)
    return [list(each.values()) for each in found]


def same_value(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, float):
        return found is not None and float(found) == wanted
    return bool(found == wanted)


def told(about: dict[str, Any]) -> str:
    return "-".join("+".join(value) if isinstance(value, tuple) else str(value) for value in about.values())


QUESTIONS = [
    *(
        {"level": level, "grain": grain}
        for level, grain in itertools.product(EntityLevel, (TimeGrain.NONE, TimeGrain.DAY, TimeGrain.MONTH))
    ),
    {"level": EntityLevel.AD, "grain": TimeGrain.WEEK, "tags": ("market", "angle")},
    {"level": EntityLevel.TENANT, "tags": ("hook", "angle"), "grain": TimeGrain.MONTH},
    {"level": EntityLevel.AD, "breakdowns": (Breakdown.COUNTRY, Breakdown.REGION)},
    {"level": EntityLevel.TENANT, "breakdowns": (Breakdown.REGION,), "grain": TimeGrain.MONTH},
    {"level": EntityLevel.CAMPAIGN, "grain": TimeGrain.WEEK, "fills_gaps": True},
    {"level": EntityLevel.CREATIVE, "comparison": Comparison.DAYS},
]


@pytest.mark.parametrize("about", QUESTIONS, ids=told)
async def test_each_line_says_what_its_row_says(world: TagWorld, about: dict[str, Any]) -> None:
    question = asked(world, **about)
    sort = [BY_SPEND] if question.level is EntityLevel.TENANT else [BY_NAME, BY_SPEND]
    columns, text, count = await lines(world, question, LineForm.JSON, sort)
    wanted = [expected(world, question, row) for row in await rows(world, question, sort)]
    found = read_json(text, columns)
    assert count == len(found) == len(wanted) > 0
    for line, row in zip(found, wanted, strict=True):
        different = [
            (column.name, value, other)
            for column, value, other in zip(columns, line, row, strict=True)
            if not same_value(value, other)
        ]
        assert different == []


async def test_texts_that_a_spreadsheet_would_run_get_an_apostrophe_and_numbers_never(world: TagWorld) -> None:
    question = asked(world, level=EntityLevel.AD, tags=("angle",))
    columns, text, _ = await lines(world, question, LineForm.CSV)
    _, plain, _ = await lines(world, question, LineForm.JSON)
    found, wanted = list(csv.reader(io.StringIO(text, newline=""))), read_json(plain, columns)
    assert len(found) == len(wanted)
    names = {row[4] for row in found}
    assert {f"'{ODD[0]}", f"'{ODD[2]}", f"'{ODD[3]}", *ODD[4:], ODD[1]} <= names
    for line, row in zip(found, wanted, strict=True):
        for column, value, other in zip(columns, line, row, strict=True):
            if column.kind is ColumnKind.TEXT:
                assert value in (other or "", f"'{other}")
            elif other is not None and column.kind is not ColumnKind.DATE:
                assert Decimal(value) == Decimal(str(other)), column
            else:
                assert value == (other or "")


async def test_numbers_with_a_type_have_six_places_at_most(world: TagWorld) -> None:
    columns, text, _ = await lines(world, asked(world, level=EntityLevel.AD), LineForm.TYPED)
    for row in csv.reader(io.StringIO(text, newline="")):
        for column, value in zip(columns, row, strict=True):
            if column.kind is ColumnKind.DECIMAL and value:
                assert -int(Decimal(value).as_tuple().exponent) <= 6
            if column.kind is ColumnKind.WHOLE and value:
                assert value.lstrip("-").isdigit()
