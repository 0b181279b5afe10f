"""Lists filtered by a tag, beside a plain evaluation in Python: a comparison with a missing value is false."""

from collections.abc import Sequence

import pytest

from analytics.enums import TagSource
from models.ads.ad import Ad
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative
from models.ads.entity_filter import EntityFilter
from models.ads.entity_list import (
    ChildCount,
    Children,
    EntityPage,
    count_entities,
    counts_by_parent,
    list_entities,
    pages_by_parent,
)
from models.ads.entity_tag import Tag
from models.ads.tag_filter import TagMatch
from models.database import Database
from models.keyset import Window
from models.text_match import TextMatch
from tests.worlds.ads import EntityWorld, entity_world

VALUES = (None, "ugc", "UGC talk", "caf\u00e9", "50%", "x" * 700 + "a", "x" * 700 + "b", "", "other")
MATCHES = [
    TextMatch(),
    TextMatch(eq="UGC"),
    TextMatch(eq="x" * 700 + "B"),
    TextMatch(eq=""),
    TextMatch(any_of=("ugc", "CAFE")),
    TextMatch(any_of=()),
    TextMatch(contains="%"),
    TextMatch(contains="C"),
    TextMatch(contains=""),
    TextMatch(starts_with="ug"),
    TextMatch(starts_with="ug", contains="talk"),
    TextMatch(is_null=True),
    TextMatch(is_null=False),
    TextMatch(is_null=True, eq="ugc"),
    TextMatch(is_null=False, eq="ugc"),
]
KINDS = (Campaign, AdSet, Ad, Creative)


def fits(value: str | None, match: TextMatch) -> bool:
    """The rule in plain Python, for the few accents above."""

    def plain(text: str) -> str:
        return text.lower().replace("\u00e9", "e")

    def compared(test: bool | None) -> bool:
        return test is None or (value is not None and test)

    text = plain(value or "")
    return all(
        (
            compared(None if match.eq is None else text == plain(match.eq)),
            compared(None if match.any_of is None else text in map(plain, match.any_of)),
            compared(None if match.contains is None else plain(match.contains) in text),
            compared(None if match.starts_with is None else text.startswith(plain(match.starts_with))),
            match.is_null is None or match.is_null is (value is None),
        )
    )


async def tree(world: EntityWorld) -> dict[str, str | None]:
    """For each value a campaign, ad set, ad and creative of one name that have it; answers the values by name.

    The value "" stands for a person who took the value away. Another field has values that must not count.
    """
    account, values = await world.account(), {}
    for number, value in enumerate(VALUES):
        name = f"name {number}"
        [campaign] = await world.campaigns(account, name)
        [ad_set] = await world.ad_sets(campaign, name)
        [creative] = await world.creatives(account, name)
        ads = await world.ads(ad_set, name, creative_id=creative.id)
        given = {None: [], "": [Tag("angle", None, TagSource.OVERRIDE)]}.get(
            value, [Tag("angle", value, TagSource.PARSED)]
        )
        tagged: list[Campaign | AdSet | Ad] = [campaign, ad_set, *ads]
        for entity in tagged:
            await world.tag(entity, *given, angle2="ugc")
        values[name] = value or None
    return values


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


async def names(world: EntityWorld, kind: type, wanted: EntityFilter) -> Sequence[str]:
    async with world.db.read(world.viewer) as session:
        part = await list_entities(session, kind, EntityPage(Window(100), wanted))
        assert len(part.rows) == await count_entities(session, kind, wanted)
    return [row.name for row in part.rows]


async def test_every_match_on_every_kind_is_what_the_values_say(world: EntityWorld) -> None:
    values = await tree(world)
    for match in MATCHES:
        expected = [name for name, value in values.items() if fits(value, match)]
        for kind in KINDS:
            assert await names(world, kind, EntityFilter(tag=TagMatch("angle", match))) == expected, (kind, match)


async def test_a_field_that_nothing_has_is_missing_everywhere(world: EntityWorld) -> None:
    everything = list(await tree(world))
    for kind in KINDS:
        assert await names(world, kind, EntityFilter(tag=TagMatch("hook", TextMatch(is_null=True)))) == everything
        assert await names(world, kind, EntityFilter(tag=TagMatch("hook", TextMatch(contains="")))) == []


async def test_a_creative_whose_ads_disagree_has_no_value(world: EntityWorld) -> None:
    account = await world.account()
    [campaign] = await world.campaigns(account, "campaign")
    [ad_set] = await world.ad_sets(campaign, "ad set")
    agreed, divided, partly, _ = await world.creatives(account, "agreed", "divided", "partly", "unused")
    for creative, values in ((agreed, ["ugc", "ugc"]), (divided, ["ugc", "demo"]), (partly, ["ugc", None])):
        for ad, value in zip(await world.ads(ad_set, "a", "b", creative_id=creative.id), values, strict=True):
            await world.tag(ad, **({} if value is None else {"angle": value}))
    ugc, none = TagMatch("angle", TextMatch(eq="ugc")), TagMatch("angle", TextMatch(is_null=True))
    assert await names(world, Creative, EntityFilter(tag=ugc)) == ["agreed"]
    assert await names(world, Creative, EntityFilter(tag=none)) == ["divided", "partly", "unused"]
    of_campaign = EntityFilter(tag=none, campaign_ids=(campaign.id,), status=(DeliveryStatus.ACTIVE,))
    assert await names(world, Creative, of_campaign) == ["divided", "partly"]


async def test_lists_below_parents_take_the_filter(world: EntityWorld) -> None:
    account = await world.account()
    [campaign] = await world.campaigns(account, "campaign")
    [one, two] = await world.ad_sets(campaign, "one", "two")
    for ad_set in (one, two):
        for ad, angle in zip(await world.ads(ad_set, "a", "b", "c"), ("ugc", "demo", "ugc"), strict=True):
            await world.tag(ad, angle=angle)
    wanted = EntityFilter(tag=TagMatch("angle", TextMatch(eq="ugc")))
    async with world.db.read(world.viewer) as session:
        keys = [Children(each.id, Window(5), wanted) for each in (one, two)]
        found = await pages_by_parent(Ad, Ad.ad_set_id)(session, keys)
        counts = await counts_by_parent(Ad, Ad.ad_set_id)(session, [ChildCount(one.id, wanted)])
    assert [[row.name for row in part.rows] for part in found] == [["a", "c"]] * 2
    assert counts == [2]


async def test_another_tenant_finds_nothing(world: EntityWorld, db: Database) -> None:
    await tree(world)
    stranger = await entity_world(db)
    for kind in KINDS:
        for match in (TextMatch(eq="ugc"), TextMatch(is_null=True)):
            assert await names(stranger, kind, EntityFilter(tag=TagMatch("angle", match))) == []
