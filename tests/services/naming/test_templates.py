"""Naming templates: what saving and deleting one does to tags, and when either is refused."""

import asyncio

import pytest

from analytics.enums import NamingLevel, TagSource
from analytics.naming.template import NamingField
from errors import Forbidden, Refused, UserErrorCode
from models.ids import new_id
from models.tenants.membership import Role
from services.naming.templates import (
    TemplateWish,
    all_naming_templates,
    delete_naming_template,
    save_naming_template,
)
from services.toolbox import Toolbox
from tests.worlds.naming import NamingWorld, naming_world, position


@pytest.fixture
async def world(tools: Toolbox) -> NamingWorld:
    return await naming_world(tools)


async def test_a_template_tags_what_is_there_and_its_end_takes_the_tags_away(world: NamingWorld) -> None:
    template = await world.save("angle", "hook")
    ugc = {"angle": ("ugc", TagSource.PARSED), "hook": ("list", TagSource.PARSED)}
    demo = {"angle": ("demo", TagSource.PARSED), "hook": ("question", TagSource.PARSED)}
    assert await world.sourced(*world.ads) == [ugc, demo, ugc]
    market = await world.save("market", "offer", level=NamingLevel.CAMPAIGN)
    assert await world.tags(world.ad_sets[0], world.ads[1]) == [
        {"market": "DACH", "offer": "sale"},
        {"angle": "demo", "hook": "question", "market": "DACH", "offer": "sale"},
    ]
    await delete_naming_template(world.tools.db, world.entities.viewer, template.id)
    assert await world.tags(world.campaign, world.ads[0]) == [{"market": "DACH", "offer": "sale"}] * 2
    await delete_naming_template(world.tools.db, world.entities.viewer, market.id)
    assert await world.tags(world.campaign, *world.ad_sets, *world.ads) == [{}] * 6


async def test_a_template_of_another_account_concerns_none_of_these(world: NamingWorld) -> None:
    other = await world.entities.account()
    template = await world.save("angle", "hook", ad_account_ids=frozenset([other.id]))
    assert await world.tags(*world.ads) == [{}] * 3
    changed = await world.save("angle", "hook", template=template, ad_account_ids=frozenset([world.account.id]))
    assert (changed.version, changed.ad_account_ids) == (2, [world.account.id])
    assert (await world.tags(world.ads[0]))[0]["angle"] == "ugc"


async def test_saving_it_unchanged_is_no_new_version(world: NamingWorld) -> None:
    template = await world.save("angle", "hook")
    before = await world.version()
    assert (await world.save("angle", "hook", template=template)).version == 1
    assert await world.version() == before
    assert (await world.save("angle", "offer", template=template)).version == 2
    assert await world.version() > before
    assert (await world.tags(world.ads[0]))[0] == {"angle": "ugc", "offer": "list"}


async def test_of_two_who_save_what_they_have_read_one_is_told_of_the_other(world: NamingWorld) -> None:
    template = await world.save("angle", "hook")

    async def saved(key: str) -> str:
        wish = TemplateWish(position("angle", key), template.id, is_new=False, expected_version=1)
        try:
            await save_naming_template(world.tools.db, world.tools.clock, world.entities.viewer, wish)
        except Refused as refused:
            return refused.user_code
        return "saved"

    assert sorted(await asyncio.gather(saved("one"), saved("two"))) == [UserErrorCode.CONFLICT, "saved"]
    [stored] = await all_naming_templates(world.tools.db, world.entities.viewer)
    assert stored.version == 2
    assert (await world.tags(world.ads[0]))[0].keys() == {each["key"] for each in stored.fields}


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        (TemplateWish(position("angle", name=" ")), UserErrorCode.INVALID, "name"),
        (TemplateWish(position("angle", "angle")), UserErrorCode.TEMPLATE_INVALID, "fields"),
        (TemplateWish(position("angle", delimiter=None)), UserErrorCode.TEMPLATE_INVALID, "delimiter"),
        (TemplateWish(position("angle"), new_id(), is_new=False), UserErrorCode.NOT_FOUND, "template_id"),
        (TemplateWish(position("angle"), None, is_new=False), UserErrorCode.NOT_FOUND, "template_id"),
        (TemplateWish(position("angle"), expected_version=1), UserErrorCode.INVALID, "expected_version"),
        (
            TemplateWish(position("angle", ad_account_ids=frozenset([new_id()]))),
            UserErrorCode.NOT_FOUND,
            "ad_account_ids",
        ),
    ],
    ids=["no name", "a key twice", "no delimiter", "gone", "no id", "version of a new one", "no account"],
)
async def test_what_cannot_be_saved_is_refused(
    world: NamingWorld, wish: TemplateWish, code: UserErrorCode, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await save_naming_template(world.tools.db, world.tools.clock, world.entities.viewer, wish)
    assert (refused.value.user_code, refused.value.field) == (code, field)
    assert await all_naming_templates(world.tools.db, world.entities.viewer) == []


async def test_all_faults_are_told_at_once_with_their_places(world: NamingWorld) -> None:
    wish = TemplateWish(position("angle", fields=(NamingField("9"), NamingField("angle", default=" "))))
    with pytest.raises(Refused) as refused:
        await save_naming_template(world.tools.db, world.tools.clock, world.entities.viewer, wish)
    told = [(each.field, list(each.within)) for each in (refused.value, *refused.value.others)]
    assert told == [("fields", [0, "key"]), ("fields", [1, "default"])]


async def test_who_may_not_name_changes_nothing(world: NamingWorld) -> None:
    viewer, template = world.entities.as_role(Role.VIEWER), await world.save("angle", "hook")
    with pytest.raises(Forbidden):
        await save_naming_template(world.tools.db, world.tools.clock, viewer, TemplateWish(position("angle")))
    with pytest.raises(Forbidden):
        await delete_naming_template(world.tools.db, viewer, template.id)
    assert [each.id for each in await all_naming_templates(world.tools.db, viewer)] == [template.id]
