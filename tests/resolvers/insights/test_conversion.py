"""Money of several currencies told in one: by the rate of each row's day, both sides of a ratio alike, never partly."""

import json
from decimal import Decimal
from typing import Any

import pytest

from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld, statements
from tests.worlds.money import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    Paid,
    account_that_paid,
    store_paid,
)
from tests.worlds.rates import rate, stored

pytestmark = pytest.mark.usefixtures("money_rates")
RANGE = {"range": {"between": {"from": "2026-11-01", "to": "2026-11-10"}}}
ASK = """
query($input: InsightsInput!, $first: Int, $after: String) { insights(input: $input) {
  rows(first: $first, after: $after) {
    nodes { key entity { name } period { start } metrics { ...Shown } previous { ...Shown }
      change { of(metrics: [{metric: SPEND}, {metric: ROAS}]) { absolute relative nullReason } } }
    pageInfo { endCursor hasNextPage } totalCount dataChanged
  }
  totals { ...Shown } comparisonTotals { ...Shown }
  meta { currency dataVersion warnings { code message metrics } }
} }
fragment Shown on Metrics { currency spend purchaseValue roas cpm impressions
  values(of: [{metric: SPEND}, {metric: ROAS}, {metric: IMPRESSIONS}]) { key value nullReason } }
"""


async def asked(door: Door, currency: str | None, /, first: int = 50, after: str | None = None, **more: Any) -> Any:
    answer = await door.ask(ASK, input={**RANGE, "currency": currency, **more}, first=first, after=after)
    assert answer.codes == []
    return plain(answer.data["insights"])


def plain(data: Any) -> Any:
    """The answer with its decimals as the floats that a client reads."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(each) for each in data]
    return float(data) if isinstance(data, Decimal) else data


def reasons(metrics: Any) -> dict[str, str | None]:
    return {each["key"]: each["nullReason"] for each in metrics["values"]}


def no_rate(found: Any) -> Any:
    [warning] = [each for each in found["meta"]["warnings"] if each["code"] == "NO_FX_RATE"]
    return warning


def spends(found: Any) -> list[Any]:
    return [row["metrics"]["spend"] for row in found["rows"]["nodes"]]


@pytest.mark.parametrize("currency", ["SEK", "EUR", "USD", "JPY", "KES", "RUB"])
@pytest.mark.parametrize("level", ["TENANT", "AD"])
async def test_five_crowns_for_one_are_five_in_every_currency(
    entities: EntityWorld, door: Door, currency: str, level: str
) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "600", "3800"), Paid(MONDAY, "400", "1200"))
    found = await asked(door, currency, groupBy={"level": level})
    [row] = found["rows"]["nodes"]
    spend = {"SEK": 1000, "EUR": 60 + 32, "USD": 60 * 1.25 + 32 * 1.2, "JPY": 60 * 160 + 32 * 150}.get(currency)
    for metrics in (row["metrics"], found["totals"]):
        assert (metrics["currency"], metrics["roas"], metrics["impressions"]) == (currency, 5.0, 2000)
        assert metrics["spend"] == (None if spend is None else pytest.approx(spend))
        assert metrics["cpm"] == (None if spend is None else pytest.approx(spend / 2))
    assert found["meta"]["currency"] == currency


async def test_sunday_is_converted_by_the_rate_of_friday(entities: EntityWorld, door: Door) -> None:
    days = (Paid(day, "100") for day in (FRIDAY, SATURDAY, SUNDAY, MONDAY))
    await account_that_paid(entities, "SEK", *days)
    assert spends(await asked(door, "USD", grain="DAY")) == [12.5, 12.5, 12.5, 9.6]


async def test_an_account_whose_currency_changed_is_converted_row_by_row(entities: EntityWorld, door: Door) -> None:
    world = await account_that_paid(entities, "SEK", Paid(FRIDAY, "100", "200"))
    await store_paid(world, Paid(MONDAY, "30", "180", currency="JPY"))
    found = await asked(door, "EUR", groupBy={"level": "CAMPAIGN"}, grain="DAY")
    assert spends(found) == [10, 0.2]
    assert [row["metrics"]["roas"] for row in found["rows"]["nodes"]] == [2, 6]
    totals = found["totals"]
    assert (totals["spend"], totals["purchaseValue"]) == (10.2, 21.2)
    assert totals["roas"] == pytest.approx(21.2 / 10.2)


async def test_both_sides_of_a_ratio_over_several_currencies_are_converted(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "1000", "5000"))
    await account_that_paid(entities, "USD", Paid(FRIDAY, "125", "625"))
    totals = (await asked(door, "JPY"))["totals"]
    assert (totals["spend"], totals["roas"], totals["currency"]) == (200 * 160, 5, "JPY")


async def test_sums_of_groups_that_are_left_are_the_totals(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "500", "100"))
    await account_that_paid(entities, "USD", Paid(FRIDAY, "75", "600"))
    # In their own currencies 500 is more than 75: converted it is 50 against 60 euros.
    above = {"where": {"of": {"metric": "SPEND"}, "gt": 55}}
    found = await asked(door, "EUR", groupBy={"level": "AD_ACCOUNT"}, having=above)
    assert (spends(found), found["totals"]["spend"], found["totals"]["roas"]) == ([60], 60, 8)
    by_spend = [{"metric": {"of": {"metric": "SPEND"}}}]
    assert spends(await asked(door, "EUR", groupBy={"level": "AD_ACCOUNT"}, sort=by_spend)) == [60, 50]
    by_ratio = {
        "any": [{"where": {"of": {"metric": "ROAS"}, "gt": 1}}, {"where": {"of": {"metric": "SPEND"}, "lt": 1}}]
    }
    found = await asked(door, "EUR", groupBy={"level": "AD_ACCOUNT"}, having=by_ratio)
    assert (spends(found), found["totals"]["roas"]) == ([60], 8)


async def test_each_side_of_a_comparison_has_the_rates_of_its_own_days(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "100", "100"), Paid(MONDAY, "250", "500"))
    between = {"between": {"from": MONDAY, "to": MONDAY}}
    found = await asked(door, "EUR", range=between, compareTo={"between": {"from": FRIDAY, "to": FRIDAY}})
    [row] = found["rows"]["nodes"]
    assert (row["metrics"]["spend"], row["previous"]["spend"]) == (20, 10)
    spend, roas = row["change"]["of"]
    assert (spend["absolute"], spend["relative"], roas["absolute"]) == (10, 1, 1)
    assert (found["totals"]["spend"], found["comparisonTotals"]["spend"]) == (20, 10)
    before = {"between": {"from": "2026-11-05", "to": "2026-11-05"}}
    await account_that_paid(entities, "SEK", Paid("2026-11-05", "100"))
    found = await asked(door, "EUR", range=between, compareTo=before)
    [row] = found["rows"]["nodes"]
    assert row["change"]["of"][0]["nullReason"] == "NO_FX_RATE"
    assert "SEK on 2026-11-05" in no_rate(found)["message"]


async def test_what_was_added_for_empty_periods_has_the_asked_currency(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "100"))
    between = {"between": {"from": FRIDAY, "to": SATURDAY}}
    found = await asked(door, "EUR", range=between, grain="DAY", fillGaps=True, groupBy={"level": "AD_ACCOUNT"})
    assert [(row["metrics"]["currency"], row["metrics"]["spend"]) for row in found["rows"]["nodes"]] == [
        ("EUR", 10),
        ("EUR", None),
    ]
    assert reasons(found["rows"]["nodes"][1]["metrics"])["spend"] == "NOT_REPORTED"


async def test_groups_of_tags_add_converted_money_of_all_accounts(entities: EntityWorld, door: Door) -> None:
    crowns = await account_that_paid(entities, "SEK", Paid(FRIDAY, "100", "300", ad=0), Paid(FRIDAY, "50", "50", ad=1))
    dollars = await account_that_paid(entities, "USD", Paid(FRIDAY, "25", "25", ad=0))
    for ad, angle in ((crowns.ads[0], "ugc"), (dollars.ads[0], "ugc"), (crowns.ads[1], "demo")):
        await entities.tag(ad, angle=angle)
    found = await asked(door, "EUR", groupBy={"tags": ["angle"]}, sort=[{"metric": {"of": {"metric": "SPEND"}}}])
    assert [(row["metrics"]["spend"], row["metrics"]["roas"]) for row in found["rows"]["nodes"]] == [
        (30, pytest.approx(50 / 30)),
        (5, 1),
    ]


ACTIONS = """query($input: InsightsInput!) { insights(input: $input) {
  totals { action(type: "buy") { count value costPer } }
} }"""


async def test_values_and_costs_of_actions_are_converted(entities: EntityWorld, door: Door) -> None:
    def bought(day: str, value: str) -> Paid:
        counted, worth = ([{"action_type": "buy", "value": each}] for each in ("2", value))
        return Paid(day, "100", actions=json.dumps(counted), action_values=json.dumps(worth))

    await account_that_paid(entities, "SEK", bought(FRIDAY, "50"), bought(MONDAY, "25"))
    await account_that_paid(entities, "EUR", bought(FRIDAY, "1"))
    found = plain((await door.ask(ACTIONS, input={**RANGE, "currency": "EUR"})).data["insights"])
    action = found["totals"]["action"]
    assert (action["count"], action["value"]) == (6, 5 + 2 + 1)
    assert action["costPer"] == pytest.approx((10 + 8 + 100) / 6, abs=1e-6)
    await account_that_paid(entities, "RUB", bought(FRIDAY, "1"))
    found = plain((await door.ask(ACTIONS, input={**RANGE, "currency": "EUR"})).data["insights"])
    assert found["totals"]["action"] == {"count": 8, "value": None, "costPer": None}


async def test_new_rates_change_the_data_version_of_converted_answers(
    tools: Toolbox, entities: EntityWorld, door: Door
) -> None:
    await account_that_paid(entities, "SEK", *(Paid(FRIDAY, "100", ad=number) for number in range(3)))

    async def versions() -> list[str]:
        return [(await asked(door, currency))["meta"]["dataVersion"] for currency in ("USD", "SEK", None)]

    by_ad: dict[str, Any] = {"groupBy": {"level": "AD"}}
    before, page = await versions(), await asked(door, "USD", first=1, **by_ad)
    await stored(tools.db, [rate("GBP", FRIDAY, "0.8"), rate("SEK", "2026-11-20", "11")])
    assert await versions() == before, "neither this currency nor these days are used"
    after = page["rows"]["pageInfo"]["endCursor"]
    assert not (await asked(door, "USD", first=1, after=after, **by_ad))["rows"]["dataChanged"]
    await stored(tools.db, [rate("SEK", FRIDAY, "11")])
    changed = await versions()
    assert [one == other for one, other in zip(before, changed, strict=True)] == [False, True, True]
    assert (await asked(door, "USD", first=1, after=after, **by_ad))["rows"]["dataChanged"]


async def test_a_cursor_of_another_currency_is_bad_input(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", *(Paid(FRIDAY, "100", ad=number) for number in range(3)))
    by_ad: dict[str, Any] = {"groupBy": {"level": "AD"}}
    after = (await asked(door, "USD", first=1, **by_ad))["rows"]["pageInfo"]["endCursor"]
    answer = await door.ask(ASK, input={**RANGE, "currency": "EUR", **by_ad}, after=after)
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_pages_sorted_by_converted_money_have_every_row_once(entities: EntityWorld, door: Door) -> None:
    for currency in ("SEK", "USD", "JPY", "EUR", "RUB"):
        days = (Paid(day, f"{7 * number + 1}", ad=number) for number in range(4) for day in (FRIDAY,))
        await account_that_paid(entities, currency, *days)
    by: dict[str, Any] = {"groupBy": {"level": "AD"}, "sort": [{"metric": {"of": {"metric": "SPEND"}}}]}
    whole = await asked(door, "USD", **by)
    assert [each is None for each in spends(whole)] == [False] * 16 + [True] * 4
    assert spends(whole)[:16] == sorted(spends(whole)[:16], reverse=True)
    keys, after = list[str](), None
    while True:
        rows = (await asked(door, "USD", first=3, after=after, **by))["rows"]
        keys += [row["key"] for row in rows["nodes"]]
        if not rows["pageInfo"]["hasNextPage"]:
            break
        after = rows["pageInfo"]["endCursor"]
    assert keys == [row["key"] for row in whole["rows"]["nodes"]]


async def test_without_a_currency_money_of_several_is_not_added(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "100"))
    await account_that_paid(entities, "USD", Paid(FRIDAY, "100"))
    query = "query($input: InsightsInput!) { insights(input: $input) { totals { spend } } }"
    answer = await door.ask(query, input=RANGE)
    assert (answer.codes, "`currency`" in answer.messages[0]) == (["MIXED_CURRENCY"], True)
    assert (await door.ask(query, input={**RANGE, "currency": "SEK"})).data["insights"]["totals"]["spend"] == 900


async def test_a_cursor_goes_on_whatever_the_next_page_selects(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "100"), Paid(FRIDAY, "200", ad=1))
    query = "query($input: InsightsInput!, $after: String) { insights(input: $input) { rows(first: 1, after: $after) {"
    asking = {"input": {**RANGE, "currency": "EUR", "groupBy": {"level": "AD"}}}
    page = await door.ask(query + " nodes { metrics { spend } } pageInfo { endCursor } } } }", **asking)
    after = page.data["insights"]["rows"]["pageInfo"]["endCursor"]
    rest = await door.ask(query + " nodes { key metrics { currency } } } } }", **asking, after=after)
    assert [row["metrics"]["currency"] for row in rest.data["insights"]["rows"]["nodes"]] == ["EUR"]


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "E1R"])
async def test_what_is_no_currency_is_bad_input(door: Door, currency: str) -> None:
    assert (await door.ask(ASK, input={**RANGE, "currency": currency})).codes == ["BAD_USER_INPUT"]


async def test_a_tenant_without_rows_answers_in_the_asked_currency(door: Door) -> None:
    found = await asked(door, "JPY")
    assert (found["meta"]["currency"], found["totals"]["currency"], found["totals"]["spend"]) == ("JPY", "JPY", None)


async def test_one_account_of_several_is_converted_alone(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "RUB", Paid(FRIDAY, "100"))
    mine = await account_that_paid(entities, "SEK", Paid(FRIDAY, "100"))
    found = await asked(door, "EUR", adAccountIds=[encode_id("AdAccount", mine.account.id)])
    assert (found["totals"]["spend"], "NO_FX_RATE" in str(found["meta"])) == (10, False)


async def test_money_is_exact_to_the_cent_up_to_ten_to_the_thirteen(entities: EntityWorld, door: Door) -> None:
    amounts = ["9876543210987.65", "0.01", "123456789.11"]
    await account_that_paid(entities, "JPY", *(Paid(FRIDAY, each, ad=number) for number, each in enumerate(amounts)))
    # Over many rows and a quotient without an end: 1.25 / 160 times the sum.
    exact = sum(map(Decimal, amounts)) * Decimal("1.25") / 160
    assert (await asked(door, "USD"))["totals"]["spend"] == pytest.approx(float(exact), abs=0.005)


async def test_a_converted_answer_takes_one_statement_more(tools: Toolbox, entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "100"))
    days = {"between": {"from": FRIDAY, "to": MONDAY}}
    sent = [await number_of_statements(tools, door, {"range": days, "currency": each}) for each in (None, "USD")]
    assert sent == [4, 5]


async def number_of_statements(tools: Toolbox, door: Door, input_: dict[str, Any]) -> int:
    with statements(tools.db) as sent:
        assert (await door.ask(ASK, input=input_)).codes == []
    return len(sent)


async def test_totals_and_count_of_filled_periods_are_converted_together(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "600", "3800"))
    await account_that_paid(entities, "USD", Paid(MONDAY, "400", "1200"))
    having = {"where": {"of": {"metric": "SPEND"}, "gt": 0}}
    found = await asked(door, "EUR", groupBy={"level": "AD"}, grain="MONTH", fillGaps=True, having=having)
    assert found["rows"]["totalCount"] == len(found["rows"]["nodes"]) == 2
    assert found["totals"]["spend"] == pytest.approx(sum(spends(found)))
