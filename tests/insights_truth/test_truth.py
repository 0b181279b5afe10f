"""Random questions about random worlds: the API answers what plain loops over exact fractions answer."""

import dataclasses
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.insights_truth.asked import GRAINS, LEVELS, Asked, questions
from tests.insights_truth.compared import Told, told, wrong_in
from tests.insights_truth.made import STORED, world_of
from tests.insights_truth.metrics import METRICS, PEOPLE
from tests.insights_truth.stored import door_to

WORLDS = tuple(world_of(seed) for seed in range(4))
# Of some of its rows the costs are the same to the millionth and different behind it.
SHOWN_ALIKE = Asked(
    WORLDS[3],
    {
        "range": {"between": {"from": "2025-06-06", "to": "2025-06-28"}},
        "groupBy": {"level": "AD", "breakdowns": ["GENDER", "AGE"]},
        "sort": [{"metric": {"of": {"metric": "COST_PER_ADD_TO_CART"}, "order": "ASC"}}],
        "currency": "XTA",
    },
    ("impressions", "costPerAddToCart"),
    7,
)
ADDED_UP = sorted(key for key, metric in METRICS.items() if metric.formula == key and key not in PEOPLE)


@pytest.fixture(scope="module")
async def doors(tools: Toolbox) -> dict[int, Door]:
    """A door to each world, by its seed."""
    return {world.seed: await door_to(tools, world) for world in WORLDS}


@settings(max_examples=60)
@given(asked=questions(WORLDS))
@example(asked=SHOWN_ALIKE)
async def test_random_questions_are_answered_as_plain_loops_answer_them(doors: dict[int, Door], asked: Asked) -> None:
    assert await wrong_in(doors[asked.world.seed], asked) == []


@settings(max_examples=20)
@given(asked=questions(WORLDS))
async def test_roll_ups_answer_what_ad_days_answer(doors: dict[int, Door], asked: Asked) -> None:
    """By campaign, by account and by month; what only ad-days have makes the answer one of ad-days."""
    door = doors[asked.world.seed]
    rolled_up = await told(door, asked)
    from_ad_days = await told(door, asked, 'action(type: "nobody") { count }')
    assert _without_actions(from_ad_days) == _without_actions(rolled_up)


def _without_actions(found: Any) -> Any:
    """What was told of everything else."""
    if isinstance(found, Told):
        return _without_actions(dataclasses.asdict(found))
    if isinstance(found, dict):
        return {name: _without_actions(value) for name, value in found.items() if name != "action"}
    return [_without_actions(each) for each in found] if isinstance(found, list) else found


GROUPINGS = some.tuples(some.sampled_from(LEVELS), some.sampled_from(GRAINS))
ADDED = "rows(first: 1000) { nodes { metrics { ...Added } } } totals { ...Added }"
GROUPED = f"""
query($one: InsightsInput!, $other: InsightsInput!) {{
  one: insights(input: $one) {{ {ADDED} }} other: insights(input: $other) {{ {ADDED} }}
}}
fragment Added on Metrics {{ {" ".join(ADDED_UP)} }}
"""


@settings(max_examples=15)
@given(asked=questions(WORLDS, ("TENANT",)), groupings=some.tuples(GROUPINGS, GROUPINGS))
async def test_rows_add_up_to_the_same_totals_however_they_are_grouped(
    doors: dict[int, Door], asked: Asked, groupings: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    about = {
        name: asked.input[name] for name in ("range", "adAccountIds", "attribution", "filter") if name in asked.input
    }
    inputs = {
        name: {**about, "groupBy": {"level": level}, "grain": grain}
        for name, (level, grain) in zip(("one", "other"), groupings, strict=True)
    }
    answer = await doors[asked.world.seed].ask(GROUPED, **inputs)
    assert answer.codes == []
    totals = answer.data["one"]["totals"]
    assert answer.data["other"]["totals"] == totals
    for name in inputs:
        rows = [row["metrics"] for row in answer.data[name]["rows"]["nodes"]]
        for key in ADDED_UP:
            assert _is_sum(totals[key], rows, key), (name, key)


def _is_sum(total: Any, rows: Iterable[Mapping[str, Any]], key: str) -> bool:
    """Whether the total is the sum of the rows, as far as 15 printed digits of each tell."""
    found = [Decimal(str(row[key])) for row in rows if row[key] is not None]
    if total is None:  # money of several currencies, of which rows may have one each
        return not found or METRICS[key].kind == "MONEY"
    return abs(sum(found) - Decimal(str(total))) <= Decimal(str(total)) * len(found) * Decimal("1e-14")


async def test_money_is_exact_to_the_cent_up_to_ten_million_millions(tools: Toolbox) -> None:
    world = world_of(0)
    [first, second, *_] = (row for row in world.rows if row.account_id == world.accounts[0].id)
    most = (Decimal("4999999999999.98"), Decimal("5000000000000.01"))
    world.rows = [
        dataclasses.replace(row, facts=dict.fromkeys(STORED) | {"spend": amount})
        for row, amount in zip((first, second), most, strict=True)
    ]
    days = {"from": str(min(first.day, second.day)), "to": str(max(first.day, second.day))}
    asked = Asked(world, {"range": {"between": days}, "groupBy": {"level": "AD"}, "grain": "DAY"}, ("spend",), 1)
    found = await told(await door_to(tools, world), asked)
    assert isinstance(found, Told)
    assert sorted(row["metrics"]["spend"] for row in found.rows) == [*most]
    assert found.totals["spend"] == Decimal("9999999999999.99")
