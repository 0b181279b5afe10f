"""Tags of campaigns, ad sets, ads and creatives through GraphQL text, and lists that are filtered by them."""

import pytest

from analytics.enums import TagSource
from models.ads.entity_tag import Tag
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld, entity_world, statements

TREE = """
{ campaigns { nodes { ...Of adSets { nodes { ...OfSet ads { nodes { tags { field value source } } } } } } }
  creatives { nodes { tags { field value source } } } }
fragment Of on Campaign { tags { field value source } }
fragment OfSet on AdSet { tags { field value source } }
"""
FILTERED = """
query($tag: TagFilterInput!) {
  campaigns(filter: {tag: $tag}) { totalCount nodes { name } }
  adSets(filter: {tag: $tag}) { totalCount nodes { name } }
  ads(filter: {tag: $tag}) { totalCount nodes { name } }
  creatives(filter: {tag: $tag}) { totalCount nodes { name } }
  adAccounts { nodes { ads(filter: {tag: $tag}) { totalCount nodes { name } } } }
}
"""


@pytest.fixture
async def world(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


@pytest.fixture
def door(tools: Toolbox, world: EntityWorld) -> Door:
    return Door(tools, world.viewer)


async def tree(world: EntityWorld, *angles: str) -> None:
    """For each angle a campaign, an ad set and an ad that all have it, and a creative that all the ads show."""
    account = await world.account()
    [film] = await world.creatives(account, "film")
    for angle in angles:
        [campaign] = await world.campaigns(account, angle)
        [ad_set] = await world.ad_sets(campaign, angle)
        [ad] = await world.ads(ad_set, angle, creative_id=film.id)
        for entity in (campaign, ad_set, ad):
            await world.tag(entity, Tag("code", angle[0], TagSource.MAPPED), angle=angle, market="dach", offer=None)


async def test_every_kind_shows_its_tags(world: EntityWorld, door: Door) -> None:
    await tree(world, "ugc", "demo")
    answer = await door.ask(TREE)
    assert answer.codes == []
    missing = {"field": "offer", "value": None, "source": "MISSING"}
    market = {"field": "market", "value": "dach", "source": "PARSED"}
    [demo, _] = answer.data["campaigns"]["nodes"]
    expected = [
        {"field": "angle", "value": "demo", "source": "PARSED"},
        {"field": "code", "value": "d", "source": "MAPPED"},
        market,
        missing,
    ]
    [of_set] = demo["adSets"]["nodes"]
    assert [demo["tags"], of_set["tags"], of_set["ads"]["nodes"][0]["tags"]] == [expected] * 3
    assert answer.data["creatives"]["nodes"] == [{"tags": [market, missing]}]


async def test_tags_cost_one_statement_for_each_list(tools: Toolbox) -> None:
    costs = []
    for number in (1, 30):
        world = await entity_world(tools.db)
        await tree(world, *(f"angle {each}" for each in range(number)))
        with statements(tools.db) as sent:
            answer = await Door(tools, world.viewer).ask(TREE)
        assert len(answer.data["campaigns"]["nodes"]) == number
        costs.append(sum("entity_tag" in statement for statement in sent))
    # of campaigns, of ad sets, of ads, of creatives
    assert costs == [4, 4]


@pytest.mark.parametrize(
    ("value", "found"),
    [({"eq": "UGC"}, ["ugc"]), ({"in": ["demo", "UGC"]}, ["demo", "ugc"]), ({"isNull": True}, [])],
)
async def test_lists_and_their_counts_are_filtered_by_a_tag(
    world: EntityWorld, door: Door, value: dict[str, object], found: list[str]
) -> None:
    await tree(world, "ugc", "demo")
    answer = await door.ask(FILTERED, tag={"field": "angle", "value": value})
    assert answer.codes == []
    listed = {"totalCount": len(found), "nodes": [{"name": name} for name in found]}
    assert [answer.data[kind] for kind in ("campaigns", "adSets", "ads")] == [listed] * 3
    assert answer.data["adAccounts"]["nodes"] == [{"ads": listed}]
    # The two ads of the creative disagree.
    of_creatives = ["film"] if value == {"isNull": True} else []
    assert answer.data["creatives"] == {
        "totalCount": len(of_creatives),
        "nodes": [{"name": name} for name in of_creatives],
    }


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ({"field": "", "value": {"eq": "x"}}, "1 to 50 characters"),
        ({"field": "x" * 51, "value": {"eq": "x"}}, "1 to 50 characters"),
        ({"field": "a\0", "value": {"eq": "x"}}, "NUL"),
        ({"field": "angle", "value": {"in": ["x" * 10_000] * 200}}, "at most 2,000 characters"),
        ({"field": "angle", "value": {"eq": "\0"}}, "NUL"),
        ({"field": "angle", "value": {"in": ["x"] * 1_001}}, "at most 1,000 values"),
    ],
    ids=["no field", "long field", "NUL in the field", "200 values of 10 kB", "NUL in the value", "1,001 values"],
)
async def test_what_no_tag_can_be_is_bad_user_input(door: Door, tag: dict[str, object], message: str) -> None:
    answer = await door.ask("query($tag: TagFilterInput!) { ads(filter: {tag: $tag}) { totalCount } }", tag=tag)
    assert (answer.data, answer.codes) == ({"ads": None}, ["BAD_USER_INPUT"])
    assert message in answer.messages[0]
