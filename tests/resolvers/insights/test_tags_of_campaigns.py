"""Where tags of campaigns stand for those of their ads: which tables are read, and that the answer is the same."""

import re
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest

from models.ads.tag_fields import tag_fields
from models.insights.day_swap import StoredInsight
from services.toolbox import Toolbox
from tests.worlds.ads import statements
from tests.worlds.insights import grouped
from tests.worlds.tags import KINDS, LEVELS, TagWorld, Values, assert_metrics, found_groups, tag_world


@pytest.fixture
async def world(tools: Toolbox) -> TagWorld:
    return await tag_world(tools)


async def reads_ad_days(world: TagWorld, **asked: Any) -> bool:
    """Whether the answer adds up ad-days; otherwise it is read from roll-ups."""
    with statements(world.tools.db) as sent:
        await world.ask(**asked)
    tables = {name for text in sent for name in re.findall(r"FROM (insight|insight_campaign_day)\b", text)}
    assert tables
    return "insight" in tables


@pytest.mark.parametrize("level", ["TENANT", "AD_ACCOUNT", "CAMPAIGN"])
async def test_a_field_that_ads_have_of_their_campaigns_is_read_from_the_roll_up(world: TagWorld, level: str) -> None:
    by_market = {"level": level, "tags": ["market"]}
    of_dach = {"tag": {"field": "market", "value": {"eq": "dach"}}}
    assert not await reads_ad_days(world, groupBy=by_market)
    assert not await reads_ad_days(world, groupBy={"level": level}, filter=of_dach)
    assert await reads_ad_days(world, groupBy={"level": level, "tags": ["market", "angle"]})
    assert await reads_ad_days(world, groupBy=by_market, filter={"adIds": []})
    # One ad that differs from its campaign is enough.
    ad = world.accounts[1].ads[2]
    await world.tag(ad, **world.values[ad.id] | {"market": "usa"})
    assert await reads_ad_days(world, groupBy=by_market)
    assert await reads_ad_days(world, groupBy={"level": level}, filter=of_dach)


def own_group(world: TagWorld, level: str, name: str, row: StoredInsight) -> tuple[UUID | None, None, Values]:
    return LEVELS[level](world, row), None, (world.value(row, name),)


@pytest.mark.parametrize("seed", range(6))
async def test_the_roll_up_is_read_only_where_it_gives_the_same_answer(world: TagWorld, seed: int) -> None:
    """Fields that ads inherit always, mostly and never, with moved ads: the rule holds, and so do the numbers."""
    random, entities = Random(seed), world.accounts[0].entities
    fields, of_campaigns = ("always", "mostly", "never"), {"always", "mostly", "never"}
    above = {campaign.id: {name: random.choice(("a", "b", None)) for name in fields} for account in world.accounts
             for campaign in account.campaigns}  # fmt: skip
    for account in world.accounts:
        for campaign in account.campaigns:
            given = above[campaign.id]
            # A value that is missing has a row, or none: both are the same.
            await entities.tag(
                campaign, **{name: value for name, value in given.items() if value or random.random() < 0.5}
            )
        for ad in account.ads:
            own = dict(above[ad.campaign_id])
            if random.random() < 0.1:
                own["mostly"] = random.choice(("a", "b", None))
            own["never"] = random.choice(("a", "b", None))
            of_campaigns -= {name for name, value in own.items() if value != above[ad.campaign_id][name]}
            await world.tag(ad, **own)
    ids = [account.account.id for account in world.accounts]
    async with world.tools.db.read(entities.viewer) as session:
        found = await tag_fields(session, fields, ids, with_campaigns=True)
    assert {each.field for each in found if each.is_of_campaigns} == of_campaigns
    for name in fields:
        for level in ("TENANT", "CAMPAIGN"):
            answer = await world.ask(groupBy={"level": level, "tags": [name]})
            expected = grouped(world.rows, partial(own_group, world, level, name))
            rows = found_groups(answer["rows"]["nodes"], "NONE", KINDS.get(level, ""))
            assert rows.keys() == expected.keys()
            for group, stored in expected.items():
                assert_metrics(rows[group], stored)
