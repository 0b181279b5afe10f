"""Creative tests over stored days: verdicts and numbers to the printed digits, and which days and arms count."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics.creative_tests.contrasts import ArmDays, Numbers
from analytics.creative_tests.rates import outlook_of, prior_of
from models.insights.tables import GapKind
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.analytics.creative_tests.golden import CLICKS, PURCHASES, VALUE
from tests.worlds.ads import NOON, statements
from tests.worlds.creative_tests import FIRST, ComparedAds, Days, bought, clicks, compared_ads
from tests.worlds.custom_metrics import own


@pytest.fixture(scope="module")
async def ads(tools: Toolbox) -> ComparedAds:
    """Two ads with the golden clicks; only read from."""
    made = await compared_ads(tools)
    await made.store(*map(clicks, CLICKS))
    return made


def six(*numbers: float) -> list[str]:
    return [f"{each:.6f}" for each in numbers]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_winner_is_named_with_the_numbers_to_the_digit(ads: ComparedAds, order: tuple[int, int]) -> None:
    found = await ads.found(adIds=[ads.id_of(place) for place in order])
    best, other = found["arms"]
    assert (found["verdict"], found["goal"], found["design"]) == ("WINNER", "CTR_LINK", "OBSERVATIONAL")
    assert found["winner"] == best["entity"] == {"__typename": "Ad", "id": ads.id_of(0), "name": "Hook 0"}
    assert six(best["liftLow"], best["liftHigh"], best["adjustedPValue"]) == ["0.174416", "0.222705", "0.000100"]
    assert six(other["liftLow"], other["liftHigh"]) == ["-0.182141", "-0.148513"]
    assert [each["isCompared"] for each in found["arms"]] == [True, True]
    assert [each["days"] for each in found["arms"]] == [14, 14]
    for each in found["arms"]:
        assert each["estimate"] == pytest.approx(each["metrics"]["ctrLink"])
        assert each["intervalLow"] < each["estimate"] < each["intervalHigh"]
    assert (found["moreDays"], found["daysLeftOut"]) == (None, 0)


async def test_a_week_is_open_and_less_is_not_enough(ads: ComparedAds) -> None:
    week = await ads.found(days=7)
    best = week["arms"][0]
    assert (week["verdict"], week["winner"], week["moreDays"]) == ("KEEP_TESTING", None, 1)
    assert (best["liftLow"], best["liftHigh"]) == (-1, None)
    assert six(best["adjustedPValue"]) == ["0.055212"]
    short = await ads.found(days=6)
    assert (short["verdict"], short["moreDays"]) == ("NOT_ENOUGH_DATA", None)
    assert [each["isCompared"] for each in short["arms"]] == [False, False]
    assert [each["liftLow"] for each in short["arms"]] == [None, None]
    assert short["arms"][0]["estimate"] is not None


async def test_costs_are_compared_as_results_for_the_same_money_and_told_as_costs(tools: Toolbox) -> None:
    made = await compared_ads(tools)
    await made.store(*map(bought, PURCHASES))
    found = await made.found("CPA_PURCHASE", days=10)
    best, other = found["arms"]
    assert best["entity"]["id"] == made.id_of(0)
    assert six(best["liftLow"], best["liftHigh"], best["adjustedPValue"]) == ["-0.194993", "0.496941", "0.768197"]
    for each in found["arms"]:
        assert each["estimate"] == pytest.approx(float(each["metrics"]["cpaPurchase"]), abs=1e-6)
        assert each["intervalLow"] < each["estimate"] < each["intervalHigh"]
    assert best["estimate"] < other["estimate"]
    assert found["verdict"] == "KEEP_TESTING"
    assert best["shrunken"] is None, "two ads say nothing of what ads are like"


async def test_arms_are_pulled_toward_the_ads_of_the_account_of_90_days(tools: Toolbox) -> None:
    made = await compared_ads(tools)
    others = [bought(ArmDays(np.array([rate] * 9) + np.arange(9) % 3, np.full(9, 100.0))) for rate in (4, 6, 9)]
    early = bought(ArmDays(np.array([50.0] * 9), np.full(9, 100.0)))
    await made.store({}, {}, *others, first=FIRST - timedelta(days=60))
    # A day too early to count, whatever it says.
    await made.store({}, {}, {}, {}, {}, early, first=FIRST - timedelta(days=120))
    await made.store(*map(bought, PURCHASES))
    found = await made.found("CPA_PURCHASE", days=10)
    known = [np.array([4.0, 5, 6] * 3), np.array([6.0, 7, 8] * 3), np.array([9.0, 10, 11] * 3)]
    rates, errors = [], []
    for each in (*known, *(arm.outcomes for arm in PURCHASES)):
        rate, days = each.sum() / (100 * len(each)), len(each)
        rates.append(math.log(rate))
        errors.append(days / (days - 1) * float((((each - rate * 100) / each.sum()) ** 2).sum()))
    together = ArmDays(*(np.array([getattr(arm, name) for arm in PURCHASES]) for name in ("outcomes", "exposures")))
    expected = outlook_of(together, prior_of(rates, errors), seed=20_261_128)
    assert expected.shrunken is not None
    arms = found["arms"]
    assert [each["shrunken"] for each in arms] == pytest.approx([1 / each for each in expected.shrunken])
    assert [each["chanceToBeBest"] for each in arms] == pytest.approx(list(expected.chance))
    assert [each["expectedLoss"] for each in arms] == pytest.approx(list(expected.loss))


async def test_value_for_money_counts_purchases_as_events(tools: Toolbox) -> None:
    made = await compared_ads(tools)

    def arm(of: ArmDays, purchases: float) -> Days:
        spent, value = of.exposures.tolist(), of.outcomes.tolist()
        return {"spend": spent, "purchase_value": value, "purchases": [purchases] * len(spent)}

    await made.store(*(arm(each, 2) for each in VALUE), first=FIRST - timedelta(days=10))
    range_ = {"between": {"from": str(FIRST - timedelta(days=10)), "to": str(FIRST + timedelta(days=10))}}
    found = await made.found("ROAS", range=range_)
    best = found["arms"][0]
    assert six(best["liftLow"], best["liftHigh"], best["adjustedPValue"]) == ["-0.025311", "1.238303", "0.064911"]
    assert best["estimate"] == pytest.approx(best["metrics"]["roas"])
    await made.store(*(arm(each, 1) for each in VALUE), first=FIRST - timedelta(days=10))
    assert (await made.found("ROAS", range=range_))["verdict"] == "NOT_ENOUGH_DATA"


async def test_today_and_gaps_are_left_out(tools: Toolbox) -> None:
    """The 8th could not be read in full, the 15th is today: both would spoil everything."""
    made = await compared_ads(tools)
    spoiled = [dict(clicks(each)) for each in CLICKS]
    for arm, clicked in zip(spoiled, (0.0, 9_000.0), strict=True):
        for name, number in (("impressions", 10_000.0), ("link_clicks", clicked), ("spend", 10.0)):
            numbers = [*arm[name]]
            arm[name] = [*numbers[:7], number, *numbers[7:13], number]
    made.now = datetime(2026, 11, 15, 12, tzinfo=UTC)
    await made.store(*spoiled, gaps={FIRST + timedelta(days=7): GapKind.FIELD}, refreshed_at=made.now)
    found = await made.found(days=15)
    assert [each["days"] for each in found["arms"]] == [13, 13]
    assert found["daysLeftOut"] == 2
    assert found["winner"]["id"] == made.id_of(0)
    told = " ".join(found["notes"])
    assert "Today is left out" in told
    assert "1 day that could not be read in full" in told
    # Days to come are neither counted nor left out, and a range without a day that is over has no days.
    assert (await made.found(days=25))["daysLeftOut"] == 2
    today = {"between": {"from": "2026-11-15", "to": "2026-11-15"}}
    only = await made.found(range=today)
    assert (only["verdict"], only["daysLeftOut"], only["arms"][0]["days"]) == ("NOT_ENOUGH_DATA", 1, 0)
    assert only["arms"][0]["metrics"]["linkClicks"] in (0, 9_000)


async def test_a_day_is_over_when_it_is_in_each_accounts_zone(tools: Toolbox) -> None:
    """At 2:00 UTC on the 15th it is still the 14th in Los Angeles."""
    made = await compared_ads(tools, time_zone="America/Los_Angeles")
    await made.store(*map(clicks, CLICKS))
    made.now = datetime(2026, 11, 15, 2, tzinfo=UTC)
    found = await made.found(days=14)
    assert (found["daysLeftOut"], found["arms"][0]["days"]) == (1, 13)
    other = await compared_ads(tools, made.world.entities, time_zone="Europe/Berlin")
    await other.store(clicks(CLICKS[1]))
    both = await made.found(adIds=[made.id_of(0), other.id_of(0)], days=15)
    assert (both["daysLeftOut"], [each["days"] for each in both["arms"]]) == (2, [13, 13])
    assert both["winner"]["id"] == made.id_of(0)


async def test_without_names_all_that_were_shown_are_compared(ads: ComparedAds) -> None:
    found = await ads.found(adIds=None)
    assert [each["entity"]["id"] for each in found["arms"]] == [ads.id_of(0), ads.id_of(1)]
    same = await ads.found(adIds=None, adAccountIds=[encode_id("AdAccount", ads.world.account.id)])
    assert same == found
    before = {"between": {"from": "2026-09-01", "to": "2026-09-14"}}
    nothing = await ads.found(adIds=None, range=before)
    assert (nothing["verdict"], nothing["arms"]) == ("NOT_ENOUGH_DATA", [])


async def test_an_arm_that_was_not_shown_is_an_arm_without_numbers(ads: ComparedAds) -> None:
    found = await ads.found(adIds=[ads.id_of(0), ads.id_of(5), ads.id_of(1)])
    silent = found["arms"][2]
    assert found["verdict"] == "WINNER"
    assert silent["entity"]["id"] == ads.id_of(5)
    assert (silent["days"], silent["isCompared"], silent["estimate"]) == (0, False, None)
    assert (silent["metrics"]["impressions"], silent["metrics"]["ctrLink"]) == (None, None)
    assert any(note.startswith("1 arm is shown and not compared: each needs 7 days") for note in found["notes"])


def _smaller(of: ArmDays) -> Numbers:
    return np.asarray(np.floor(of.outcomes * 0.4))


async def test_creatives_are_compared_over_their_ads(tools: Toolbox) -> None:
    """Ads 0, 2, 4 and 6 show the first creative, 1, 3 and 5 the second one; the last has none that is known."""
    made = await compared_ads(tools)
    halves = [
        ArmDays(counted(each), each.exposures * part)
        for part, counted in ((0.4, _smaller), (0.6, lambda each: each.outcomes - _smaller(each)))
        for each in CLICKS
    ]
    unknown = ArmDays(np.full(14, 5_000.0), np.full(14, 10_000.0))
    await made.store(*map(clicks, halves), {}, {}, {}, clicks(unknown))
    creatives = [encode_id("Creative", each.id) for each in made.world.creatives]
    for named in (creatives, None):
        found = await made.found(level="CREATIVE", adIds=None, creativeIds=named)
        best = found["arms"][0]
        assert found["winner"] == {"__typename": "Creative", "id": creatives[0], "name": "Video A"}
        assert six(best["liftLow"], best["liftHigh"]) == ["0.174416", "0.222705"]
        assert best["metrics"]["linkClicks"] == sum(CLICKS[0].outcomes)
    narrowed = await made.found(level="CREATIVE", adIds=[made.id_of(place) for place in (0, 1)], creativeIds=creatives)
    assert [each["metrics"]["linkClicks"] for each in narrowed["arms"]] == [_smaller(each).sum() for each in CLICKS]
    of_creative = await made.found(adIds=None, creativeIds=[creatives[0]])
    assert {each["entity"]["id"] for each in of_creative["arms"]} == {made.id_of(0), made.id_of(2)}


async def test_arms_with_too_little_stand_behind_however_good_they_look(tools: Toolbox) -> None:
    made = await compared_ads(tools)
    late = {"impressions": [10_000.0] * 5, "link_clicks": [900.0] * 5, "spend": [10.0] * 5}
    await made.store(*map(clicks, reversed(CLICKS)))
    await made.store({}, {}, late, first=FIRST - timedelta(days=20))
    range_ = {"between": {"from": str(FIRST - timedelta(days=20)), "to": str(FIRST + timedelta(days=13))}}
    found = await made.found(adIds=[made.id_of(place) for place in (2, 0, 1)], range=range_, randomised=True)
    assert [each["entity"]["id"] for each in found["arms"]] == [made.id_of(place) for place in (1, 0, 2)]
    assert [each["isCompared"] for each in found["arms"]] == [True, True, False]
    assert found["arms"][2]["estimate"] == pytest.approx(0.09)
    assert (found["verdict"], found["design"]) == ("WINNER", "RANDOMISED")


async def test_an_arm_that_spent_too_little_is_not_compared(ads: ComparedAds) -> None:
    assert (await ads.found(minSpend=140))["verdict"] == "WINNER"
    poor = await ads.found(minSpend=140.01)
    assert (poor["verdict"], [each["isCompared"] for each in poor["arms"]]) == ("NOT_ENOUGH_DATA", [False, False])


async def test_days_on_which_a_number_is_not_known_are_no_days(tools: Toolbox) -> None:
    made = await compared_ads(tools)
    one, other = (dict(clicks(each)) for each in CLICKS)
    one["link_clicks"] = [*one["link_clicks"][:5], None, *one["link_clicks"][6:]]
    await made.store(one, other)
    found = await made.found()
    assert sorted(each["days"] for each in found["arms"]) == [13, 14]
    assert found["winner"]["id"] == made.id_of(0)


async def test_an_account_that_is_disconnected_is_tested_by_name_alone(tools: Toolbox) -> None:
    made = await compared_ads(tools, disconnected_at=NOON)
    await made.store(*map(clicks, CLICKS))
    assert (await made.found())["verdict"] == "WINNER"
    assert (await made.found(adIds=None))["arms"] == []


async def test_more_arms_are_no_more_statements(tools: Toolbox, ads: ComparedAds) -> None:
    eight = await compared_ads(tools)
    await eight.store(clicks(CLICKS[0]), *[clicks(CLICKS[1])] * 7)
    with statements(ads.world.db) as of_two:
        await ads.found()
    with statements(ads.world.db) as of_eight:
        found = await eight.found(adIds=[eight.id_of(place) for place in range(8)])
    assert (len(found["arms"]), found["verdict"]) == (8, "WINNER")
    assert len(of_two) == len(of_eight)


async def test_metrics_of_arms_are_what_is_selected_with_custom_ones(ads: ComparedAds) -> None:
    await own(ads.world, {"tenfold": ("linkClicks * 10", "COUNT")})
    query = """query ($input: CreativeTestInput!) { creativeTest(input: $input) { arms { entity { id } metrics {
      custom(key: "tenfold") { value } values(of: [{metric: CPC_LINK}]) { value nullReason }
      action(type: "like") { count }
    } } } }"""
    range_ = {"between": {"from": str(FIRST), "to": str(FIRST + timedelta(days=13))}}
    asked = {"goal": "CTR_LINK", "range": range_, "adIds": [ads.id_of(place) for place in (0, 1, 5)]}
    answer = await ads.door.ask(query, input=asked)
    assert answer.codes == []
    best, other, silent = (each["metrics"] for each in answer.data["creativeTest"]["arms"])
    assert best["custom"]["value"] == 10 * sum(CLICKS[0].outcomes)
    assert other["values"][0]["nullReason"] is None
    assert silent["custom"]["value"] is None
    assert silent["values"] == [{"value": None, "nullReason": "NOT_REPORTED"}]
    assert silent["action"] == {"count": None}
