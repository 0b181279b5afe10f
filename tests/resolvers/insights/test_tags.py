"""Questions parted, filtered and sorted by tags through GraphQL text, beside plain loops over what is stored."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from analytics.enums import Breakdown, Metric, TagSource
from models.ads.entity_tag import Tag
from models.insights.day_swap import StoredInsight
from resolvers.node_id import decode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import entity_world
from tests.worlds.insights import WHOLE, grouped, naive_metrics, same
from tests.worlds.parts import PartsWorld
from tests.worlds.tags import (
    ASKED,
    KINDS,
    LEVELS,
    RANGE,
    TagWorld,
    Values,
    assert_metrics,
    found_groups,
    month_of,
    tag_world,
)


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> TagWorld:
    """For tests that only read it: the others have one of their own."""
    return await tag_world(tools)


@pytest.fixture
async def own_world(tools: Toolbox) -> TagWorld:
    return await tag_world(tools)


@pytest.mark.parametrize("grain", ["NONE", "MONTH"])
@pytest.mark.parametrize("level", list(LEVELS))
async def test_rows_of_every_level_are_parted_by_the_tags_of_their_ads(world: TagWorld, level: str, grain: str) -> None:
    answer = await world.ask(groupBy={"level": level, "tags": ["hook", "angle"]}, grain=grain)
    expected = grouped(
        world.rows,
        lambda row: (
            LEVELS[level](world, row),
            month_of(row.day) if grain == "MONTH" else None,
            (world.value(row, "hook"), world.value(row, "angle")),
        ),
    )
    found = found_groups(answer["rows"]["nodes"], grain, KINDS.get(level, ""))
    assert found.keys() == expected.keys()
    for group, rows in expected.items():
        assert_metrics(found[group], rows)
    assert answer["rows"]["totalCount"] == len(expected)
    assert_metrics(answer["totals"], world.rows)


async def test_people_are_known_of_whole_groups_alone(world: TagWorld) -> None:
    by_ad = await world.ask(groupBy={"level": "AD", "tags": ["angle"]}, grain="DAY", first=5)
    assert all(row["metrics"]["reach"] is not None for row in by_ad["rows"]["nodes"])
    by_campaign = await world.ask(groupBy={"level": "CAMPAIGN", "tags": ["angle"]}, grain="DAY", first=5)
    assert [row["metrics"]["reach"] for row in by_campaign["rows"]["nodes"]] == [None] * 5
    assert "NOT_ADDITIVE" in [each["code"] for each in by_campaign["meta"]["warnings"]]


async def test_a_tag_tells_where_its_value_comes_from(own_world: TagWorld) -> None:
    first, second = own_world.accounts[1].ads[1:3]
    await own_world.accounts[0].entities.tag(first, Tag("angle", "demo", TagSource.OVERRIDE))
    await own_world.accounts[0].entities.tag(second, Tag("angle", "new", TagSource.MAPPED))
    rows = (await own_world.ask(groupBy={"tags": ["angle"]}))["rows"]["nodes"]
    sources = {row["dimensions"]["tags"][0]["value"]: row["dimensions"]["tags"][0]["source"] for row in rows}
    # A person has said "demo" of one ad of several, and taken a value away.
    parsed = dict.fromkeys(("ugc", "UGC", "a/b=c%", "caf\u00e9"), "PARSED")
    assert sources == parsed | {"demo": "OVERRIDE", "new": "MAPPED", None: "OVERRIDE"}


@pytest.mark.parametrize("size", [1, 2, 50])
@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_rows_are_in_order_of_a_tag_on_pages_of_any_size(world: TagWorld, order: str, size: int) -> None:
    found, after = [], None
    while True:
        asked = {"groupBy": {"tags": ["angle"]}, "sort": [{"tag": {"field": "angle", "order": order}}]}
        page = (await world.ask(first=size, after=after, **asked))["rows"]
        assert page["dataChanged"] is False
        found += [row["dimensions"]["tags"][0]["value"] for row in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    # As names are: neither case nor accents count, equal ones go by their letters, and what is missing comes last.
    expected = ["a/b=c%", "caf\u00e9", "demo", "UGC", "ugc", None]
    assert found == (expected if order == "ASC" else ["UGC", "ugc", "demo", "caf\u00e9", "a/b=c%", None])


FILTERS: list[tuple[dict[str, Any], Callable[[TagWorld, StoredInsight], bool]]] = [
    (
        {"tag": {"field": "angle", "value": {"eq": "Ugc"}}},
        lambda world, row: (world.value(row, "angle") or "").lower() == "ugc",
    ),
    (
        {"not": {"tag": {"field": "angle", "value": {"eq": "ugc"}}}},
        lambda world, row: (world.value(row, "angle") or "").lower() != "ugc",
    ),
    ({"tag": {"field": "angle", "value": {"isNull": True}}}, lambda world, row: world.value(row, "angle") is None),
    (
        {"not": {"tag": {"field": "angle", "value": {"isNull": True}}}},
        lambda world, row: world.value(row, "angle") is not None,
    ),
    (
        {
            "any": [
                {"tag": {"field": "angle", "value": {"in": ["CAFE", "demo"]}}},
                {
                    "all": [
                        {"tag": {"field": "hook", "value": {"startsWith": "q"}}},
                        {"tag": {"field": "market", "value": {"isNull": False}}},
                    ]
                },
            ]
        },
        lambda world, row: (
            world.value(row, "angle") in ("caf\u00e9", "demo")
            or (world.value(row, "hook") == "question" and world.value(row, "market") is not None)
        ),
    ),
    ({"tag": {"field": "nothing", "value": {"eq": "x"}}}, lambda _world, _row: False),
    ({"tag": {"field": "nothing", "value": {"isNull": True}}}, lambda _world, _row: True),
]


@pytest.mark.parametrize("level", ["TENANT", "CAMPAIGN", "AD"])
@pytest.mark.parametrize("number", range(len(FILTERS)))
async def test_a_filter_by_tags_has_two_truth_values(world: TagWorld, level: str, number: int) -> None:
    wanted, holds = FILTERS[number]
    kept = [row for row in world.rows if holds(world, row)]
    answer = await world.ask(groupBy={"level": level}, filter=wanted)
    expected = grouped(kept, lambda row: (LEVELS[level](world, row), None, ()))
    found = found_groups(answer["rows"]["nodes"], "NONE", KINDS.get(level, ""))
    assert found.keys() == expected.keys()
    for group, rows in expected.items():
        assert_metrics(found[group], rows)
    assert_metrics(answer["totals"], kept)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            {"groupBy": {"tags": ["angle", "nothing", "nor this"]}},
            "nothing, nor this. Fields that there are: angle, hook",
        ),
        ({"groupBy": {"tags": ["angle", "hook", "market", "more"]}}, "at most 3"),
        ({"groupBy": {"tags": ["angle", "angle"]}}, "each of them once"),
        ({"groupBy": {"tags": [""]}}, "1 to 50 characters"),
        ({"groupBy": {"tags": ["a\0"]}}, "NUL"),
        ({"groupBy": {"tags": ["angle"]}, "sort": [{"tag": {"field": "hook"}}]}, "`groupBy.tags`"),
        ({"sort": [{"tag": {"field": "angle"}}]}, "`groupBy.tags`"),
        ({"filter": {"tag": {"field": "angle", "value": {"in": ["x" * 10_000] * 200}}}}, "at most 2,000 characters"),
        ({"filter": {"any": [{"tag": {"field": "angle", "value": {"in": ["x"] * 1_000}}}] * 6}}, "5,000 values"),
    ],
)
async def test_what_cannot_be_answered_is_refused(world: TagWorld, asked: dict[str, Any], message: str) -> None:
    answer = await world.answer(**asked)
    assert (answer.data, answer.codes) == ({"insights": None}, ["BAD_USER_INPUT"])
    assert message in answer.messages[0]


async def test_fields_of_another_tenant_are_unknown(world: TagWorld) -> None:
    stranger = await entity_world(world.tools.db)
    [campaign] = await stranger.campaigns(await stranger.account(), "theirs")
    await stranger.tag(campaign, secret="theirs")
    answer = await world.answer(groupBy={"tags": ["secret"]})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.messages[0].endswith("Fields that there are: angle, hook, market.")
    theirs = await Door(world.tools, stranger.viewer).ask(ASKED, input={"range": RANGE, "groupBy": {"tags": ["angle"]}})
    assert theirs.messages[0].endswith("Fields that there are: secret.")


async def test_a_comparison_pairs_groups_of_equal_tags(world: TagWorld) -> None:
    first, last = date(2026, 11, 1), date(2026, 11, 10)
    asked: dict[str, Any] = {
        "range": {"between": {"from": str(first), "to": str(last)}},
        "compareTo": {"preset": "PREVIOUS_PERIOD"},
    }
    rows = (await world.ask(groupBy={"tags": ["angle", "market"]}, **asked))["rows"]["nodes"]

    def by_tags(start: date, end: date) -> dict[Values, list[StoredInsight]]:
        within = [row for row in world.rows if start <= row.day <= end]
        return grouped(within, lambda row: (world.value(row, "angle"), world.value(row, "market")))

    now, then = by_tags(first, last), by_tags(date(2026, 10, 22), date(2026, 10, 31))
    assert {tuple(tag["value"] for tag in row["dimensions"]["tags"]) for row in rows} == now.keys()
    for row in rows:
        group = tuple(tag["value"] for tag in row["dimensions"]["tags"])
        assert_metrics(row["metrics"], now[group])
        assert same(Decimal(str(row["previous"]["spend"])), naive_metrics(then[group])[Metric.SPEND])


@pytest.mark.parametrize("level", ["TENANT", "CAMPAIGN", "CREATIVE"])
async def test_tags_part_the_parts_of_a_breakdown(own_world: TagWorld, level: str) -> None:
    parts = [
        part for account in own_world.accounts for part in await PartsWorld(account).read(WHOLE, Breakdown.COUNTRY)
    ]
    of_ugc = {"tag": {"field": "angle", "value": {"startsWith": "ugc"}}}
    asked = {"level": level, "breakdowns": ["COUNTRY"], "tags": ["hook"]}
    rows = (await own_world.ask(groupBy=asked, filter=of_ugc))["rows"]["nodes"]
    kept = [part for part in parts if (own_world.value(part, "angle") or "").lower().startswith("ugc")]
    groups = Counter(
        (
            LEVELS[level](own_world, part),
            part.values[0] or None,
            own_world.value(part, "hook"),
            part.facts["impressions"],
        )
        for part in kept
    )
    impressions: Counter[Any] = Counter()
    for (*group, seen), times in groups.items():
        impressions[tuple(group)] += int(seen or 0) * times
    found = {
        (
            row["entity"] and decode_id(row["entity"]["id"], KINDS[level]),
            row["dimensions"]["country"],
            row["dimensions"]["tags"][0]["value"],
        ): int(row["metrics"]["impressions"] or 0)
        for row in rows
    }
    assert found == dict(impressions)
    assert len(found) == len(rows) == len({row["key"] for row in rows})


async def test_filled_periods_have_the_tags_of_their_group(world: TagWorld) -> None:
    late = {"between": {"from": "2026-11-19", "to": "2026-11-22"}}
    answer = await world.ask(range=late, groupBy={"tags": ["angle"]}, grain="DAY", fillGaps=True)
    rows = answer["rows"]["nodes"]
    groups = Counter(str(row["dimensions"]["tags"]) for row in rows)
    assert set(groups.values()) == {4}
    assert len(groups) == len({world.value(row, "angle") for row in world.rows})
    assert sum(row["metrics"]["spend"] is None for row in rows) == 2 * len(groups)
    # Also on a page that has none of the rows from which they are known.
    asked: dict[str, Any] = {"range": late, "groupBy": {"tags": ["angle"]}, "grain": "DAY", "fillGaps": True}
    asked["sort"] = [{"period": "ASC"}]
    page = await world.ask(first=2 * len(groups), **asked)
    rest = await world.ask(after=page["rows"]["pageInfo"]["endCursor"], **asked)
    assert Counter(str(row["dimensions"]["tags"]) for row in rest["rows"]["nodes"]) == dict.fromkeys(groups, 2)


async def test_a_change_of_tags_is_another_version_of_the_data(own_world: TagWorld) -> None:
    asked: dict[str, Any] = {"groupBy": {"tags": ["angle"]}, "sort": [{"tag": {"field": "angle"}}]}
    before = await own_world.ask(first=1, **asked)
    after = before["rows"]["pageInfo"]["endCursor"]
    await own_world.tag(own_world.accounts[1].ads[5], angle="zzz")
    now = await own_world.ask(first=50, after=after, **asked)
    assert now["rows"]["dataChanged"] is True
    assert now["meta"]["dataVersion"] != before["meta"]["dataVersion"]
    assert [row["dimensions"]["tags"][0]["value"] for row in now["rows"]["nodes"]][-2:] == ["zzz", None]


async def test_keys_differ_whatever_characters_values_have(own_world: TagWorld) -> None:
    ads = own_world.accounts[0].ads
    pairs = [("a", "b/tag.y=c"), ("a/tag.y=b", "c"), ("a%2F", "b"), ("a/", "b"), ("%", None), (None, "%"), ("=", "/")]
    for ad, (one, two) in zip(ads, pairs, strict=False):
        await own_world.tag(ad, x=one, y=two)
    rows = (await own_world.ask(groupBy={"tags": ["x", "y"]}))["rows"]["nodes"]
    other_order = (await own_world.ask(groupBy={"tags": ["y", "x"]}))["rows"]["nodes"]
    assert len({row["key"] for row in rows}) == len(rows) == len(pairs) + 1
    assert {row["key"] for row in rows} == {row["key"] for row in other_order}
