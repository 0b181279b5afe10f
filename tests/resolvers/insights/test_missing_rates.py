"""What is told where a rate of exchange is not known: no value with its reason, a warning, and never a partial sum."""

from typing import Any

import pytest

from tests.doors.in_process import Door
from tests.resolvers.insights.test_conversion import RANGE, asked, no_rate, reasons, spends
from tests.worlds.ads import EntityWorld
from tests.worlds.money import FRIDAY, SUNDAY, Paid, account_that_paid

pytestmark = pytest.mark.usefixtures("money_rates")


async def test_a_currency_without_a_rate_has_no_value_and_makes_no_partial_sum(
    entities: EntityWorld, door: Door
) -> None:
    await account_that_paid(entities, "EUR", Paid(FRIDAY, "10", "70"))
    await account_that_paid(entities, "RUB", Paid(FRIDAY, "10", "20"), Paid(SUNDAY, "10", "20"))
    found = await asked(door, "USD", groupBy={"level": "AD_ACCOUNT"}, sort=[{"metric": {"of": {"metric": "SPEND"}}}])
    euro, rouble = (row["metrics"] for row in found["rows"]["nodes"])
    assert (euro["spend"], euro["roas"]) == (12.5, 7.0)
    # Never 1 to 1; a group of one currency needs no rate for its own ratio.
    assert (rouble["currency"], rouble["spend"], rouble["cpm"], rouble["roas"]) == ("USD", None, None, 2.0)
    assert reasons(rouble) == {"spend": "NO_FX_RATE", "roas": None, "impressions": None}
    assert (found["totals"]["spend"], found["totals"]["roas"], found["totals"]["impressions"]) == (None, None, 3000)
    assert reasons(found["totals"]) == {"spend": "NO_FX_RATE", "roas": "NO_FX_RATE", "impressions": None}
    assert no_rate(found)["metrics"] == ["spend", "cpm", "purchaseValue", "roas"]
    assert no_rate(found)["message"].endswith(f"RUB on 2 days from {FRIDAY} to {SUNDAY}.")


async def test_only_the_days_without_a_rate_are_null(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "SEK", Paid("2026-11-05", "100", "100"), Paid(FRIDAY, "100", "100"))
    found = await asked(door, "USD", grain="DAY")
    assert spends(found) == [None, 12.5]
    assert found["totals"]["spend"] is None
    assert no_rate(found)["message"].endswith("SEK on 2026-11-05, USD on 2026-11-05.")
    assert no_rate(found)["metrics"] == ["spend", "cpm", "purchaseValue"], "roas has one currency and needs no rate"


NARROW = """query($input: InsightsInput!, $roas: Boolean!) { insights(input: $input) {
  rows { nodes { metrics { impressions roas @include(if: $roas) } } } meta { warnings { code metrics } } } }"""


async def test_only_an_answer_that_depends_on_a_rate_is_warned_of_it(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "RUB", Paid(FRIDAY, "10", "20"))

    async def warned(*, roas: bool, **more: Any) -> list[list[str]]:
        answer = await door.ask(NARROW, input={**RANGE, "currency": "USD", **more}, roas=roas)
        found = answer.data["insights"]["meta"]["warnings"]
        return [each["metrics"] for each in found if each["code"] == "NO_FX_RATE"]

    assert await warned(roas=True) == []
    assert await warned(roas=False) == []
    assert await warned(roas=False, sort=[{"metric": {"of": {"metric": "CPM"}}}]) == [["cpm"]]
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "10", "20"))
    assert await warned(roas=True) == [["roas"]]


async def test_an_amount_that_was_not_reported_needs_no_rate(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "RUB", Paid(FRIDAY, None, "20"))
    totals = (await asked(door, "USD"))["totals"]
    assert (totals["spend"], totals["purchaseValue"], totals["roas"]) == (None, None, None)
    assert reasons(totals) == {"spend": "NOT_REPORTED", "roas": "NOT_REPORTED", "impressions": None}


async def test_a_ratio_over_nothing_says_so_also_without_a_rate(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "RUB", Paid(FRIDAY, "0", "20"))
    assert reasons((await asked(door, "USD"))["totals"])["roas"] == "ZERO_DENOMINATOR"


async def test_money_in_the_asked_currency_needs_no_rate_at_all(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "KES", Paid(FRIDAY, "10", "20"))
    found = await asked(door, "KES")
    assert (found["totals"]["spend"], found["totals"]["roas"]) == (10, 2)
    assert "NO_FX_RATE" not in str(found["meta"])
    await account_that_paid(entities, "SEK", Paid(FRIDAY, "10", "20"))
    both = await asked(door, "KES", groupBy={"level": "AD_ACCOUNT"})
    assert sorted(map(str, spends(both))) == ["10.0", "None"]
    assert no_rate(both)["message"].endswith(f"KES on {FRIDAY}.")


async def test_a_number_without_a_rate_is_kept_by_is_null_alone(entities: EntityWorld, door: Door) -> None:
    await account_that_paid(entities, "RUB", Paid(FRIDAY, "500"))
    for having, kept in (
        ({"where": {"of": {"metric": "SPEND"}, "gt": 0}}, 0),
        ({"where": {"of": {"metric": "SPEND"}, "lt": 0}}, 0),
        ({"not": {"where": {"of": {"metric": "SPEND"}, "gt": 0}}}, 1),
        ({"where": {"of": {"metric": "SPEND"}, "isNull": True}}, 1),
    ):
        assert (await asked(door, "EUR", having=having))["rows"]["totalCount"] == kept
