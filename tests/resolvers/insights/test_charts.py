"""Charts over the API: a picture shows the numbers of its question, and nothing that is not known."""

import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from analytics.enums import Breakdown, Metric
from analytics.periods import DateRange
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.charts import ASK, CTR, ROAS, SPEND, ChartWorld, between, chart_world
from tests.worlds.insights import grouped, naive_metrics
from tests.worlds.parts import PartsWorld

DAYS = DateRange(date(2026, 11, 9), date(2026, 11, 20))
SAVE = """
mutation ($input: CustomMetricInput!) { saveCustomMetric(input: $input) { userErrors { message } } }
"""
RANGE = between(str(DAYS.start), str(DAYS.end))


@pytest.fixture
async def world(tools: Toolbox) -> ChartWorld:
    return await chart_world(tools)


def close(found: float, expected: Decimal | None, largest: Decimal) -> bool:
    """Equal to half a pixel of a picture that is some hundred pixels high."""
    return expected is not None and abs(found - float(expected)) < float(largest) / 300


async def test_a_line_has_the_numbers_of_each_day_and_campaign(world: ChartWorld) -> None:
    picture = await world.picture("LINE", SPEND, range=RANGE, grain="DAY", groupBy={"level": "CAMPAIGN"})
    names = {campaign.id: campaign.name for campaign in world.insights.campaigns}
    rows = [row for row in world.insights.rows if row.day in DAYS]
    sums = {
        (day, names[campaign_id]): naive_metrics(part)[Metric.SPEND]
        for (day, campaign_id), part in grouped(rows, lambda row: (row.day, row.campaign_id)).items()
    }
    expected = {f"{day.day} Nov 2026: {name}": f"{value:,.2f} EUR" for (day, name), value in sums.items()}
    assert picture.told == expected
    largest = max(value for value in sums.values() if value is not None)
    drawn = picture.drawn("circle")
    for (day, name), value in sums.items():
        assert close(drawn[f"{day.day} Nov 2026: {name}"], value, largest)
    assert picture.title == "Amount spent by campaign and day"
    assert picture.subtitle.startswith("9 \u2013 20 Nov 2026 \u00b7 Account ")
    assert {*names.values(), "Amount spent, EUR", "9 Nov 2026", "17 Nov"} <= {*picture.texts}
    assert not picture.says("not shown")
    assert not picture.says("nothing is known")


async def spent(world: ChartWorld, days: DateRange, *, campaign: int = 0, **facts: Any) -> None:
    """Stores one row for each day of a campaign's first ad, with these facts and no others."""
    insights = world.insights
    ads = [next(ad for ad in insights.ads if ad.campaign_id == insights.campaigns[campaign].id)]
    rows = insights.random_rows(days, ads=ads)
    for row in rows:
        row.facts = dict.fromkeys(row.facts) | facts
    await insights.store(days, rows)


async def test_a_day_of_which_nothing_is_known_is_a_gap_and_never_0(tools: Toolbox) -> None:
    world = await chart_world(tools, store=False)
    for day in (9, 10, 12, 14, 15):
        await spent(world, DateRange(date(2026, 11, day), date(2026, 11, day)), spend=Decimal(0), impressions=1)
    picture = await world.picture("LINE", SPEND, range=between("2026-11-09", "2026-11-15"), grain="DAY")
    assert [told.split(" Nov")[0] for told in picture.told] == ["9", "10", "12", "14", "15"]
    assert {*picture.told.values()} == {"0.00 EUR"}
    paths = [each.get("d", "") for each in picture.root.iter() if each.tag.endswith("path")]
    assert [path.count("L") for path in paths] == [1, 0, 1]  # two days, one alone, two days
    assert picture.says("Where nothing is drawn, nothing is known.")
    # A ratio without a denominator is no number either.
    assert (await world.ask("LINE", ROAS, range=RANGE, grain="DAY")).data["insights"]["chart"] is None


async def test_there_is_no_chart_of_nothing(tools: Toolbox) -> None:
    world = await chart_world(tools, store=False)
    for kind in ("LINE", "BAR", "COLUMN"):
        answer = await world.ask(kind, SPEND, range=RANGE, grain="DAY", fillGaps=True)
        assert (answer.codes, answer.data["insights"]["chart"]) == ([], None)
    await spent(world, DAYS, spend=Decimal(5), impressions=1)
    url = await world.link("BAR", SPEND, range=RANGE)
    none: dict[str, Any] = {"having": {"where": {"of": SPEND, "gt": 1000}}}
    assert (await world.ask("BAR", SPEND, range=RANGE, **none)).data["insights"]["chart"] is None
    # People are not known for breakdowns, so that no row has a number of them.
    people: dict[str, Any] = {"groupBy": {"breakdowns": ["COUNTRY"]}}
    assert (await world.ask("BAR", {"metric": "REACH"}, range=RANGE, **people)).data["insights"]["chart"] is None
    # What was there when the link was made may be gone when it is opened.
    levels = ("AD_ACCOUNT", "CAMPAIGN", "AD", "CREATIVE")
    urls = [await world.link("LINE", SPEND, range=RANGE, grain="DAY", groupBy={"level": level}) for level in levels]
    await world.insights.store(DAYS, [])
    for each in (url, *urls):
        assert "There are no numbers for this now." in (await world.opened(each)).texts


async def test_each_unit_has_an_axis_of_its_own_and_the_comparison_is_grey(tools: Toolbox) -> None:
    world = await chart_world(tools, store=False)
    await spent(world, DateRange(date(2026, 11, 1), date(2026, 11, 3)), spend=Decimal(8), purchase_value=Decimal(4))
    await spent(world, DateRange(date(2026, 11, 4), date(2026, 11, 6)), spend=Decimal(10), purchase_value=Decimal(25))
    asked = {"range": between("2026-11-04", "2026-11-06"), "compareTo": {"preset": "PREVIOUS_PERIOD"}}
    both = (SPEND, ROAS, {"metric": "PURCHASE_VALUE"})
    for kind, tag in (("LINE", "circle"), ("COLUMN", "rect")):
        picture = await world.picture(kind, *both, grain="DAY", **asked)
        assert picture.title == "Amount spent, Return on ad spend and Purchase value by day"
        assert "4 \u2013 6 Nov 2026, compared with 1 \u2013 3 Nov 2026 in grey" in picture.subtitle
        assert {"Amount spent and Purchase value, EUR", "Return on ad spend", "1 \u2013 3 Nov 2026"} <= {*picture.texts}
        names = {"Amount spent": 10, "Purchase value": 25, "Return on ad spend": 2.5}
        drawn = picture.drawn(tag)
        for day in (4, 5, 6):
            for name, number in names.items():
                assert abs(drawn[f"{day} Nov 2026: {name}"] - number) < 0.15
        greys = [mark for mark in picture.root.iter() if mark.get("fill") == "#a3a9b0" and len(mark)]
        assert len(greys) == 9  # three metrics of three days
        assert all("1 \u2013 3 Nov 2026" in (mark[0].text or "") for mark in greys)


async def test_a_group_that_only_had_numbers_before_is_in_grey_beside_the_others(tools: Toolbox) -> None:
    world = await chart_world(tools, store=False)
    first, second = world.insights.ads[0], world.insights.ads[-1]
    for day, ad, spend in ((1, second, 8), (2, first, 10)):
        days = DateRange(date(2026, 11, day), date(2026, 11, day))
        rows = world.insights.random_rows(days, ads=[ad])
        for row in rows:
            row.facts = dict.fromkeys(row.facts) | {"spend": Decimal(spend)}
        await world.insights.store(days, rows)
    asked = {"range": between("2026-11-02", "2026-11-02"), "compareTo": {"preset": "PREVIOUS_PERIOD"}}
    for grain in ("DAY", "NONE"):
        picture = await world.picture("COLUMN", SPEND, grain=grain, groupBy={"level": "AD"}, **asked)
        assert sorted(picture.told.values()) == ["10.00 EUR", "8.00 EUR"]


async def test_bars_stand_beside_names_with_the_most_first_and_say_how_many_are_left_out(world: ChartWorld) -> None:
    asked = {"range": RANGE, "groupBy": {"level": "AD"}}
    rows = [row for row in world.insights.rows if row.day in DAYS]
    names = {ad.id: ad.name for ad in world.insights.ads}
    sums = {names[ad_id]: naive_metrics(part)[Metric.SPEND] for ad_id, part in grouped(rows, lambda r: r.ad_id).items()}
    ranked = sorted(sums, key=lambda name: sums[name] or 0, reverse=True)
    picture = await world.picture("BAR", SPEND, CTR, **asked)
    expected = {f"{name}: Amount spent": f"{sums[name]:,.2f} EUR" for name in ranked}
    assert {told: number for told, number in picture.told.items() if "EUR" in number} == expected
    assert [text for text in picture.texts if text in names.values()] == ranked
    assert f"{sums[ranked[0]]:,.2f}" in picture.texts
    low = await world.picture("BAR", SPEND, height=230, **asked)
    assert [text for text in low.texts if text in names.values()] == ranked[:4]
    assert low.says("4 more ads are not shown.")
    up = {"sort": [{"metric": {"of": SPEND, "order": "ASC"}}]}
    last = await world.picture("COLUMN", SPEND, width=320, **asked, **up)
    assert [told.split(":")[0] for told in last.told] == ranked[::-1][:4]


async def test_lines_are_those_of_the_groups_with_the_most_over_the_whole_range(tools: Toolbox) -> None:
    world = await chart_world(tools, store=False)
    entities, account = world.insights.entities, world.insights.account
    campaigns = await entities.campaigns(account, *(f"No. {number}" for number in range(10)))
    ads = []
    for campaign in campaigns:
        [ad_set] = await entities.ad_sets(campaign, "Set")
        ads += await entities.ads(ad_set, "Ad")
    rows = world.insights.random_rows(DAYS, ads=ads)
    place = {campaign.id: number for number, campaign in enumerate(campaigns)}
    for row in rows:
        row.facts = dict.fromkeys(row.facts) | {"spend": Decimal(place[row.campaign_id] + 1), "impressions": 9}
    await world.insights.store(DAYS, rows)
    asked: dict[str, Any] = {"range": RANGE, "grain": "WEEK"}
    picture = await world.picture("LINE", SPEND, **asked, groupBy={"level": "CAMPAIGN"})
    shown = [text for text in picture.texts if text.startswith("No. ")]
    assert shown == [f"No. {number}" for number in range(9, 1, -1)]
    assert picture.says("2 more campaigns are not shown.")
    assert picture.told["9 \u2013 15 Nov 2026: No. 9"] == "70.00 EUR"
    assert picture.says("Not every week is whole: the last one has 5 days.")
    # A condition leaves out single weeks of these groups, and chooses no others for what they are over the whole range.
    few: dict[str, Any] = {"having": {"where": {"of": SPEND, "lte": 35}}}
    picture = await world.picture("LINE", SPEND, **asked, groupBy={"level": "CAMPAIGN"}, **few)
    assert {told.rpartition(" ")[2] for told in picture.told} == {"6", "5", "4", "3", "2"}
    fewest = {"sort": [{"metric": {"of": SPEND, "order": "ASC"}}, {"period": "DESC"}]}
    picture = await world.picture("COLUMN", SPEND, **asked, groupBy={"level": "AD_SET"}, **fewest)
    assert list(picture.told.values())[:2] == ["7.00 EUR", "5.00 EUR"]
    # All ad sets have one name, and no two lines may seem to be the same.
    assert {"(1) Set", "(8) Set"} <= {*picture.texts}


async def test_money_of_several_currencies_has_no_common_axis(world: ChartWorld, tools: Toolbox) -> None:
    from_dollars = await world.insights.entities.account(currency="USD", name="Dollars")
    campaigns = await world.insights.entities.campaigns(from_dollars, "US")
    [ad_set] = await world.insights.entities.ad_sets(campaigns[0], "Set")
    ads = await world.insights.entities.ads(ad_set, "Ad")
    other = ChartWorld(world.tools, world.insights)
    other.insights.account, kept = from_dollars, world.insights.account
    await other.insights.store(DAYS, other.insights.random_rows(DAYS, ads=ads))
    other.insights.account = kept
    by_account = {"range": RANGE, "groupBy": {"level": "AD_ACCOUNT"}}
    code, message = await world.refused("BAR", SPEND, **by_account)
    assert code == "MIXED_CURRENCY"
    assert "EUR, USD" in message
    assert len((await world.picture("BAR", ROAS, **by_account)).told) == 2


@pytest.mark.parametrize(
    ("kind", "metrics", "asked", "words"),
    [
        pytest.param("LINE", [SPEND], {}, "choose a grain", id="a line without time"),
        pytest.param("BAR", [], {}, "1 to 4 metrics", id="no metric"),
        pytest.param("BAR", [SPEND, SPEND], {}, "each of them once", id="a metric twice"),
        pytest.param("BAR", [{"custom": "none"}], {}, "no custom metric `none`", id="a metric that is none"),
        pytest.param("BAR", [SPEND], {"width": 319}, "320 to 2,000", id="too narrow"),
        pytest.param("BAR", [SPEND], {"height": 2**31 - 1}, "2,147,483,647", id="too high"),
        pytest.param("BAR", [SPEND, ROAS, CTR, {"metric": "CLICKS_ALL"}], {"width": 400}, "760 pixels wide", id="axes"),
        pytest.param(
            "COLUMN", [SPEND], {"range": between("2025-11-01", "2026-11-20"), "grain": "DAY"}, "choose LINE", id="thin"
        ),
        pytest.param(
            "LINE", [SPEND], {"range": between("2025-01-01", "2026-11-20"), "grain": "DAY"}, "400 points", id="points"
        ),
    ],
)
async def test_what_no_picture_can_show_is_refused(
    world: ChartWorld, kind: str, metrics: list[Any], asked: dict[str, Any], words: str
) -> None:
    given = {"range": RANGE} | asked
    size = {name: given.pop(name) for name in ("width", "height") if name in given}
    answer = await world.door.ask(ASK, input=given, kind=kind, metrics=metrics, **{"width": 960, "height": 420} | size)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert words in answer.messages[0]
    assert answer.data["insights"]["chart"] is None


async def test_a_link_holds_a_question_of_6_000_characters_and_no_more(world: ChartWorld) -> None:
    ids = [encode_id("Campaign", uuid4()) for _ in range(400)]
    own = world.campaign_id(world.insights.campaigns[0])
    url = await world.link("BAR", SPEND, range=RANGE, filter={"campaignIds": [own, *ids[:150]]})
    assert len(url.partition("?")[2]) < 6_000
    assert len((await world.opened(url)).told) == 1
    code, message = await world.refused("BAR", SPEND, range=RANGE, filter={"campaignIds": [own, *ids]})
    assert code == "BAD_USER_INPUT"
    assert "at most 6,000" in message


async def test_every_part_of_a_question_is_in_its_picture(tools: Toolbox) -> None:
    """A filter, a condition, tags, breakdowns, an attribution window and a custom metric."""
    world = await chart_world(tools)
    own = {"key": "double", "name": "Twice <the> spend", "formula": "spend * 2", "unit": "MONEY"}
    saved = await world.door.ask(SAVE, input=own)
    assert saved.codes == [], saved.messages
    assert saved.data["saveCustomMetric"]["userErrors"] == []
    one = world.insights.campaigns[0]
    picture = await world.picture(
        "BAR",
        {"custom": "double"},
        range=RANGE,
        groupBy={"level": "CAMPAIGN"},
        filter={"campaignIds": [world.campaign_id(one)]},
        having={"where": {"of": {"custom": "double"}, "gt": 1}},
        attribution="CLICK_7D",
    )
    rows = [row for row in world.insights.rows if row.day in DAYS and row.campaign_id == one.id]
    spends: list[Any] = [row.facts["spend"] for row in rows]
    total = sum(spends) * 2
    assert picture.told == {f"{one.name}: Twice <the> spend": f"{total:,.2f} EUR"}
    assert picture.title == "Twice <the> spend by campaign"
    assert picture.subtitle.endswith("filtered \u00b7 conversions within 7 days of a click")


async def test_a_person_without_the_right_to_read_gets_no_link(world: ChartWorld) -> None:
    door = Door(world.tools, world.insights.entities.as_role(None))
    answer = await door.ask(ASK, input={"range": RANGE}, kind="BAR", metrics=[SPEND])
    assert answer.codes == ["FORBIDDEN"]


async def test_names_are_text_whatever_they_hold(tools: Toolbox) -> None:
    world = await chart_world(tools, store=False)
    names = [
        "\U0001f600" * 400,
        "<script>alert('1')</script>",
        "\u202e\u0645\u0631\u062d\u0628\u0627 & \u0001\u000b",
        "]]>",
        "e\u0301" * 300,
    ]
    campaigns = await world.insights.entities.campaigns(world.insights.account, *names)
    ads = []
    for campaign in campaigns:
        [ad_set] = await world.insights.entities.ad_sets(campaign, "Set")
        ads += await world.insights.entities.ads(ad_set, "Ad")
    await world.insights.store(DAYS, world.insights.random_rows(DAYS, ads=ads))
    for kind, grain in (("BAR", "NONE"), ("LINE", "DAY"), ("COLUMN", "NONE")):
        picture = await world.picture(kind, SPEND, range=RANGE, grain=grain, groupBy={"level": "CAMPAIGN"})
        assert {each.tag.rpartition("}")[2] for each in picture.root.iter()} <= {
            "svg", "g", "rect", "path", "circle", "line", "text", "title", "desc",
        }  # fmt: skip
        assert any("<script>" in text for text in picture.texts)
        assert any("\U0001f600\u2026" in text for text in picture.texts)
        assert "\u0001" not in picture.svg


async def test_groups_are_parted_by_breakdowns_and_tags_as_the_rows_are(tools: Toolbox) -> None:
    """What a filter cannot leave out, such as a value that the platform left out, is still its own group alone."""
    world = await chart_world(tools)
    parts = await PartsWorld(world.insights).read(DAYS, Breakdown.COUNTRY)
    by_country = {"range": RANGE, "groupBy": {"breakdowns": ["COUNTRY"]}}
    sums = {
        value or "unknown": naive_metrics(rows)[Metric.SPEND]
        for (value,), rows in grouped(parts, lambda row: row.values).items()
    }
    bars = await world.picture("BAR", SPEND, **by_country)
    assert bars.told == {f"{name}: Amount spent": f"{value:,.2f} EUR" for name, value in sums.items()}
    assert bars.title == "Amount spent by country"
    months = await world.picture("COLUMN", SPEND, **by_country, grain="MONTH")
    assert {told.partition(": ")[2]: number for told, number in months.told.items()} == {
        name: f"{value:,.2f} EUR" for name, value in sums.items()
    }
    for number, ad in enumerate(world.insights.ads):
        await world.insights.entities.tag(ad, hook="question" if number % 2 else None)
    tagged = {ad.id: "question" if number % 2 else "no hook" for number, ad in enumerate(world.insights.ads)}
    rows = [row for row in world.insights.rows if row.day in DAYS]
    hooks = grouped(rows, lambda row: tagged[row.ad_id])
    for kind, grain in (("BAR", "NONE"), ("LINE", "YEAR")):
        picture = await world.picture(kind, SPEND, range=RANGE, grain=grain, groupBy={"tags": ["hook"]})
        found = {re.sub("^9 .* 2026: |: Amount spent$", "", told): number for told, number in picture.told.items()}
        assert found == {name: f"{naive_metrics(own)[Metric.SPEND]:,.2f} EUR" for name, own in hooks.items()}


async def test_only_periods_of_the_values_that_are_shown_are_read(
    world: ChartWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, ad in enumerate(world.insights.ads[1:]):
        await world.insights.entities.tag(ad, hook=f"Hook {number}")
    asked: Any = {"range": RANGE, "grain": "DAY", "groupBy": {"tags": ["hook"]}}
    both = (SPEND, {"metric": "PURCHASE_VALUE"})
    whole = await world.picture("LINE", *both, **asked)
    assert whole.says("4 more groups are not shown.")
    monkeypatch.setattr("services.insights.charts.numbers._MOST_ROWS", len(whole.told) // 2 + 1)
    assert (await world.picture("LINE", *both, **asked)).told == whole.told


async def test_ads_of_a_creative_that_is_not_known_are_told_among_the_others(world: ChartWorld) -> None:
    """Nothing filters by it, so that its periods would be all rows; without periods it has a place like others."""
    by_creative = {"range": RANGE, "groupBy": {"level": "CREATIVE"}}
    assert "unknown: Amount spent" in (await world.picture("BAR", SPEND, **by_creative)).told
    lines = await world.picture("LINE", SPEND, **by_creative, grain="DAY")
    assert {told.partition(": ")[2] for told in lines.told} == {"Video A", "Video B"}
    assert lines.says("1 more creative is not shown.")
