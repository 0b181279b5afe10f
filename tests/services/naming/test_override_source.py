"""Of many overrides only those are read that can concern what is derived, and none of these is missed."""

import pytest
from sqlalchemy import text

from analytics.enums import NamingLevel, OverrideScope
from analytics.naming.derived import NamedEntity
from models.ads.ad import Ad
from services.naming.override_source import OverrideSource
from services.naming.overrides import OverrideWish, number_of_overrides
from services.toolbox import Toolbox
from tests.worlds.naming import NamingWorld, naming_world, of, of_name


@pytest.fixture
async def world(tools: Toolbox) -> NamingWorld:
    return await naming_world(tools)


def named(ad: Ad, name: str) -> NamedEntity:
    return NamedEntity(ad.id, NamingLevel.AD, ad.ad_account_id, name)


async def test_what_is_about_others_is_not_read(world: NamingWorld) -> None:
    one, other, _ = world.ads
    await world.say(
        of(one, "angle", "own"),
        of(other, "angle", "other"),
        of_name("Ugc  LIST", "angle", "name"),
        of_name("ugc_list - Copy", "angle", "copy"),
        OverrideWish(OverrideScope.NAME_PATTERN, "ugc*", "angle", "pattern"),
        OverrideWish(OverrideScope.VALUE, "ugc", "angle", "mistake"),
    )
    async with world.tools.db.write(world.entities.viewer) as session:
        source = OverrideSource(session)
        about = [each.value for each in await source.about([named(one, " ugc\u200b list")])]
        anything = [each.value for each in await source.about_anything()]
    assert (about, anything) == (["own", "name"], ["pattern", "mistake"])


async def test_what_the_release_before_stores_is_found_for_everything(world: NamingWorld) -> None:
    """Its processes know no digests and leave the column to its default."""
    await world.save("angle", "hook")
    await world.say(of_name("ugc_list", "angle", "name"), of(world.ads[1], "angle", "own"))
    async with world.tools.db.write(world.entities.viewer) as session:
        forget = text("update naming_override set about = default where tenant_id = :tenant")
        await (await session.connection()).execute(forget, {"tenant": world.entities.tenant_id})
    assert (await world.say(of_name("UGC_list", "angle", "name"))).changed == 0
    await world.say(of_name("ugc_list", "hook", "new"), of(world.ads[1], "hook", "new"))
    assert await world.tags(*world.ads) == [{"angle": each, "hook": "new"} for each in ("name", "own", "name")]
    assert await number_of_overrides(world.tools.db, world.entities.viewer) == 4
