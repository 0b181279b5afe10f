"""Thousands of documents that differ in their names, and hundreds that differ in their fields, leave nothing behind."""

import gc
from datetime import date
from itertools import combinations, islice

import pytest

from analytics.periods import DateRange
from models.insights.statements.answers import KEPT_STATEMENTS
from models.insights.statements.row_texts import texts_statement
from services.toolbox import Toolbox
from tests.resolvers.insights.test_comparisons import Days, between
from tests.worlds.insights import insight_world
from tests.worlds.row_texts import written

pytestmark = pytest.mark.drill

DAY = DateRange(date(2026, 3, 2), date(2026, 3, 2))
CAMPAIGNS = {"range": between(DAY.start, DAY.end), "groupBy": {"level": "CAMPAIGN"}}
ROWS = "query($input: InsightsInput!) {{ insights(input: $input) {{ rows {{ nodes {{ {} }} }} }} }}"
FIELDS = ("spend", "impressions", "roas", "cpm", "ctrAll", "currency", "clicksAll", "purchases", "linkClicks", "cpcAll")
# More than are kept as newcomers, each with its own names; and what one of them may leave, in objects.
DOCUMENTS, LEFT = 1_500, 5
# asyncpg keeps 100 of a connection. SQLAlchemy on top of it keeps 100 too, and clears up at half as many more.
MOST_PREPARED = 250


@pytest.fixture
async def days(tools: Toolbox) -> Days:
    found = Days(tools, await insight_world(tools.db, store=False))
    await found.world.store(DAY, found.world.random_rows(DAY))
    return found


async def test_other_names_take_no_memory(days: Days) -> None:
    made, numbers, part = texts_statement.cache_info().currsize, list[int](), DOCUMENTS // 5
    for number in range(DOCUMENTS):
        with written() as noted:
            selected = f"a{number}: key e{number}: entity {{ id }} metrics {{ m{number}: spend }}"
            await days.door.ask(ROWS.format(selected), input=CAMPAIGNS)
        assert noted == [True]
        if number % part == part - 1:
            gc.collect()
            numbers.append(len(gc.get_objects()))
    assert texts_statement.cache_info().currsize <= made + 1
    # Documents are kept up to a number of bytes: before that was reached, each left its own.
    assert numbers[-1] - numbers[-2] < part * LEFT, numbers


async def test_other_fields_are_kept_up_to_a_number(days: Days) -> None:
    every = (combination for size in range(1, len(FIELDS)) for combination in combinations(FIELDS, size))
    for fields in islice(every, KEPT_STATEMENTS + 50):
        assert (await days.door.ask(ROWS.format(f"metrics {{ {' '.join(fields)} }}"), input=CAMPAIGNS)).codes == []
    assert texts_statement.cache_info().currsize == KEPT_STATEMENTS
    async with days.world.db.read(days.world.entities.viewer) as session:
        [row] = await session.fetch("select count(*) from pg_prepared_statements", [])
    assert row[0] <= MOST_PREPARED
