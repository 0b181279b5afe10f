"""Custom metrics in answers: ratios of sums at every level and grain, nulls with reasons, exact numbers."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from analytics.enums import TimeGrain
from analytics.periods import DateRange, period_of, period_start
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import statements
from tests.worlds.custom_metrics import ROWS, WHOLE, check, door_of, own
from tests.worlds.insights import FIRST, LAST, InsightWorld, grouped, insight_world, same


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> InsightWorld:
    """Only read from."""
    made = await insight_world(tools.db)
    await own(made)
    return made


@pytest.fixture
def door(tools: Toolbox, world: InsightWorld) -> Door:
    return door_of(tools, world)


LEVELS: Mapping[str, Callable[[InsightWorld], Callable[[Any], Any]]] = {
    "TENANT": lambda _: lambda _: None,
    "AD_ACCOUNT": lambda world: lambda _: encode_id("AdAccount", world.account.id),
    "CAMPAIGN": lambda _: lambda row: encode_id("Campaign", row.campaign_id),
    "AD_SET": lambda _: lambda row: encode_id("AdSet", row.ad_set_id),
    "AD": lambda _: lambda row: encode_id("Ad", row.ad_id),
    "CREATIVE": lambda world: (
        lambda row: None if (found := world.creative_of(row.ad_id)) is None else encode_id("Creative", found)
    ),
}


@pytest.mark.parametrize("grain", TimeGrain)
@pytest.mark.parametrize("level", LEVELS)
async def test_a_ratio_is_one_of_sums_at_every_level_and_grain_and_in_totals(
    world: InsightWorld, door: Door, level: str, grain: TimeGrain
) -> None:
    answer = await door.ask(ROWS, input={**WHOLE, "groupBy": {"level": level}, "grain": grain.value})
    assert answer.codes == []
    found, of = answer.data["insights"], LEVELS[level](world)
    days = DateRange(FIRST, LAST)
    groups = grouped(world.rows, lambda row: (of(row), str(period_of(period_start(row.day, grain), grain, days).start)))
    nodes = found["rows"]["nodes"]
    assert len(nodes) == len(groups)
    for node in nodes:
        check(node["metrics"], groups[node["entity"] and node["entity"]["id"], node["period"]["start"]])
    check(found["totals"], world.rows)


async def test_entities_have_them_in_metrics_and_series(world: InsightWorld, door: Door) -> None:
    days = f'range: {{between: {{from: "{FIRST}", to: "{LAST}"}}}}'
    shown = 'roas spend impressions profit: custom(key: "profit") { key unit value nullReason } '
    shown += 'nothing: custom(key: "nothing") { value } values(of: $of) { key unit value nullReason }'
    question = f"""query ($of: [MetricRefInput!]!) {{ campaigns {{ nodes {{ id
      metrics({days}) {{ {shown} }} series({days}, grain: MONTH) {{ period {{ start }} metrics {{ {shown} }} }}
    }} }} }}"""
    asked = [{"custom": "margin"}, {"metric": "ROAS"}, {"custom": "score"}, {"custom": "mine"}]
    with statements(world.db) as sent:
        answer = await door.ask(question, of=asked)
    assert answer.codes == []
    assert len([each for each in sent if "custom_metric" in each]) == 1
    months = grouped(world.rows, lambda row: (encode_id("Campaign", row.campaign_id), row.day.month))
    for node in answer.data["campaigns"]["nodes"]:
        check(node["metrics"], [row for month in (10, 11) for row in months[node["id"], month]])
        for point in node["series"]:
            check(point["metrics"], months[node["id"], int(point["period"]["start"][5:7])])


async def pairs_of(door: Door, level: str, *keys: str, **more: Any) -> list[dict[str, Any]]:
    """The pairs of each row, by key."""
    question = """query ($input: InsightsInput!, $of: [MetricRefInput!]!) { insights(input: $input) {
      rows(first: 1000) { nodes { entity { name } metrics { values(of: $of) { key value nullReason } } } } } }"""
    asked = {**WHOLE, "groupBy": {"level": level}, **more}
    answer = await door.ask(question, input=asked, of=[{"custom": key} for key in keys])
    assert answer.codes == []
    nodes = answer.data["insights"]["rows"]["nodes"]
    return [{each["key"]: each for each in node["metrics"]["values"]} | {"of": node["entity"]} for node in nodes]


async def test_a_null_has_its_reason(door: Door) -> None:
    for row in await pairs_of(door, "AD", "per", "peopled", "watched", "seen"):
        assert (row["per"]["value"], row["per"]["nullReason"]) == (None, "ZERO_DENOMINATOR")
        # The people of an ad are known by day alone.
        assert (row["peopled"]["value"], row["peopled"]["nullReason"]) == (None, "NOT_ADDITIVE")
        is_video = row["of"]["name"].startswith("Hook")
        assert row["watched"]["nullReason"] == (None if is_video else "NOT_APPLICABLE")
        assert (row["watched"]["value"] is not None) is is_video
        assert row["seen"]["nullReason"] is None


async def test_people_are_exactly_those_of_the_day(world: InsightWorld, door: Door) -> None:
    one = {"range": {"between": {"from": str(FIRST), "to": str(FIRST)}}}
    found = await pairs_of(door, "AD", "peopled", **one)
    ads = {ad.id: ad.name for ad in world.ads}
    rows = {ads[row.ad_id]: row.facts for row in world.rows if row.day == FIRST}
    for row in found:
        facts = rows[row["of"]["name"]]
        clicks, reach = (Decimal(facts[name] or 0) for name in ("clicks_all", "reach"))
        wanted = clicks / reach if reach else None
        assert same(row["peopled"]["value"], wanted)
        assert row["peopled"]["nullReason"] == (None if wanted is not None else "ZERO_DENOMINATOR")


async def test_people_in_a_custom_metric_are_warned_of(door: Door) -> None:
    question = """query ($input: InsightsInput!) { insights(input: $input) {
      rows { nodes { metrics { custom(key: "peopled") { value } } } } meta { warnings { code metrics } } } }"""
    answer = await door.ask(question, input={**WHOLE, "groupBy": {"level": "AD_SET"}})
    warnings = answer.data["insights"]["meta"]["warnings"]
    assert [each["metrics"] for each in warnings if each["code"] == "NOT_ADDITIVE"] == [["peopled"]]


async def one_value(tools: Toolbox, formula: str, unit: str = "COUNT", **asked: Any) -> Answer:
    """The totals of a metric of its own, in a new world."""
    world = await insight_world(tools.db)
    await own(world, {"one": (formula, unit)})
    question = """query ($input: InsightsInput!) { insights(input: $input) {
      rows(first: 1000) { nodes { metrics { custom(key: "one") { value nullReason } } } }
      totals { impressions custom(key: "one") { value nullReason } } } }"""
    return await door_of(tools, world).ask(question, input={**WHOLE, **asked})


async def test_numbers_are_exact(tools: Toolbox) -> None:
    answer = await one_value(tools, "0.1 * impressions + 0.2 * impressions - 0.3 * impressions")
    assert answer.data["insights"]["totals"]["custom"] == {"value": 0, "nullReason": None}


@pytest.mark.parametrize("unit", ["COUNT", "FRACTION", "MULTIPLE"])
async def test_a_number_beyond_floats_is_a_number(tools: Toolbox, unit: str) -> None:
    answer = await one_value(tools, "*".join(["impressions"] * 40), unit)
    totals = answer.data["insights"]["totals"]
    assert answer.codes == []
    assert abs(Decimal(totals["custom"]["value"]) / Decimal(totals["impressions"]) ** 40 - 1) < Decimal("1e-13")


async def test_people_are_multiplied_beyond_the_integers(tools: Toolbox) -> None:
    answer = await one_value(tools, "*".join(["reach"] * 12), groupBy={"level": "AD"}, grain="DAY")
    assert answer.codes == []
    values = [node["metrics"]["custom"]["value"] for node in answer.data["insights"]["rows"]["nodes"]]
    assert max(value for value in values if value is not None) > 2**70


async def test_the_longest_and_deepest_formulas_are_answered(tools: Toolbox) -> None:
    """In every place of a question at once: it is shown and compared, sorted by and left out by."""
    steps = {"d0": ("impressions", "COUNT")}
    steps |= {f"d{number}": (f"(d{number - 1} + 1) / linkClicks", "COUNT") for number in range(1, 26)}
    longest = ("+".join(["cpm"] * 60), "MONEY")
    world = await insight_world(tools.db)
    await own(world, {**steps, "long": longest})
    refs = [{"custom": "d25"}, {"custom": "long"}]
    question = """query ($input: InsightsInput!, $of: [MetricRefInput!]!) { insights(input: $input) {
      rows { nodes { metrics { cpm values(of: $of) { value } } change { of(metrics: $of) { absolute } } } }
      totals { impressions linkClicks cpm values(of: $of) { value } } } }"""
    asked = {
        "range": {"between": {"from": "2026-11-01", "to": "2026-11-10"}},
        "compareTo": {"preset": "PREVIOUS_PERIOD"},
        "having": {"all": [{"where": {"of": ref, "isNull": False}} for ref in refs]},
        "sort": [{"metric": {"of": ref}} for ref in refs] + [{"change": {"of": ref}} for ref in refs],
    }
    answer = await door_of(tools, world).ask(question, input=asked, of=refs)
    assert answer.codes == []
    totals = answer.data["insights"]["totals"]
    deep, long = (each["value"] for each in totals["values"])
    expected = Decimal(totals["impressions"])
    for _ in range(25):
        expected = (expected + 1) / totals["linkClicks"]
    assert same(deep, expected)
    assert same(long, 60 * totals["cpm"])
    assert len(answer.data["insights"]["rows"]["nodes"]) == 1
