"""Naming overrides: what they do to tags, what a trial tells, what contradicts, and what they outlive."""

from collections.abc import Sequence

import pytest
from sqlmodel import col, delete, select

from analytics.enums import NamingLevel, OverrideScope, TagSource
from errors import Forbidden, Refused, UserErrorCode
from models.ads.ad import Ad
from models.audit.entry import AuditEntry
from models.ids import new_id
from models.keyset import Window
from models.tenants.membership import Role
from services.naming.overrides import (
    OverrideWish,
    list_naming_overrides,
    number_of_overrides,
    remove_naming_override,
    set_naming_overrides,
)
from services.naming.templates import delete_naming_template
from services.toolbox import Toolbox
from tests.worlds.naming import NamingWorld, naming_world, of, of_name

SCOPES = OverrideScope


@pytest.fixture
async def world(tools: Toolbox) -> NamingWorld:
    world = await naming_world(tools)
    await world.save("angle", "hook")
    return world


def by_pattern(glob: str, key: str, value: str | None) -> OverrideWish:
    return OverrideWish(SCOPES.NAME_PATTERN, glob, key, value)


async def angles(world: NamingWorld) -> list[str | None]:
    return [each.get("angle") for each in await world.tags(*world.ads)]


async def test_each_scope_says_what_it_means_and_a_narrower_one_counts(world: NamingWorld) -> None:
    [film] = await world.entities.creatives(world.account, "film")
    world.ads += await world.entities.ads(world.ad_sets[0], "ugc_film", creative_id=film.id)
    await world.say(OverrideWish(SCOPES.VALUE, "UGC", "angle", "creator"))
    assert await angles(world) == ["creator", "demo", "creator", "creator"]
    await world.say(by_pattern("*_list", "angle", "pattern"))
    assert await angles(world) == ["pattern", "demo", "pattern", "creator"]
    await world.say(of_name("UGC_List", "angle", "name"))
    assert await angles(world) == ["name", "demo", "name", "creator"]
    await world.say(OverrideWish(SCOPES.CREATIVE, film.id, "angle", "creative"))
    assert await angles(world) == ["name", "demo", "name", "creative"]
    said = await world.say(of(world.ads[0], "angle", "mine"), of(world.ads[3], "angle", None))
    assert (said.changed, said.conflicts) == (2, 0)
    assert await angles(world) == ["mine", "demo", "name", None]
    assert (await world.sourced(world.ads[3]))[0]["angle"] == (None, TagSource.OVERRIDE)


async def test_what_is_said_of_a_campaign_is_inherited_and_undone_again(world: NamingWorld) -> None:
    said = await world.say(of(world.campaign, "market", "DACH"), of(world.ad_sets[1], "market", "UK"))
    assert said.changed == 6
    markets = [each.get("market") for each in await world.tags(world.campaign, *world.ad_sets, *world.ads)]
    assert markets == ["DACH", "DACH", "UK", "DACH", "UK", "DACH"]
    await remove_naming_override(world.tools.db, world.entities.viewer, said.overrides[1].id)
    assert {each["market"] for each in await world.tags(*world.ads)} == {"DACH"}
    await remove_naming_override(world.tools.db, world.entities.viewer, said.overrides[0].id)
    assert await world.tags(world.campaign, world.ad_sets[1], world.ads[1]) == [
        {},
        {},
        {"angle": "demo", "hook": "question"},
    ]


async def test_what_is_said_of_a_name_is_inherited_and_concerns_nothing_else(world: NamingWorld) -> None:
    await world.entities.tag(world.ads[1])
    said = await world.say(of_name("Broad", "market", "DACH"), by_pattern("ugc*", "offer", "x"))
    found = await world.tags(world.ad_sets[0], *world.ads)
    # The second ad, whose tags were lost, was not even looked at.
    assert found == [{"market": "DACH"}, found[1], {}, found[1]]
    assert (said.changed, found[1]) == (3, {"angle": "ugc", "hook": "list", "market": "DACH", "offer": "x"})
    both = await world.say(by_pattern("*A*", "market", "all"))
    markets = [each.get("market") for each in await world.tags(world.campaign, *world.ad_sets, *world.ads)]
    assert (both.changed, markets) == (3, ["all", "DACH", "all", "DACH", "all", "DACH"])


async def test_a_trial_counts_what_the_call_changes_and_changes_nothing(world: NamingWorld) -> None:
    wishes = [
        of(world.campaign, "market", "DACH"),
        of(world.ad_sets[0], "market", "DACH"),
        of_name("demo_question", "angle", "demo"),
        of_name("nobody", "angle", "x"),
    ]
    before, version = await world.tags(*world.ads), await world.version()
    trial = await world.say(*wishes, is_trial=True)
    assert (await world.tags(*world.ads), await world.version()) == (before, version)
    assert await number_of_overrides(world.tools.db, world.entities.viewer) == 0
    done = await world.say(*wishes)
    assert list(trial.overrides) == []
    # A source is a part of a tag: `demo` comes from a person now.
    assert trial.changed == done.changed == 6
    assert [each.value for each in done.overrides] == ["DACH", "DACH", "demo", "x"]


async def test_pairs_that_say_different_things_are_conflicts(world: NamingWorld) -> None:
    name = "ugc_list"
    one = await world.say(of_name(name, "angle", "a"), of_name(" UGC_list ", "angle", "b"), of_name(name, "hook", "b"))
    assert (one.conflicts, await angles(world)) == (1, ["b", "demo", "b"])
    two = await world.say(of_name(name, "angle", "c"), of_name(name, "angle", "b"), of_name(name, "angle", "c"))
    # Three pairs of the call, of which one says the same, and two with the stored `b`.
    assert (two.conflicts, await angles(world)) == (4, ["c", "demo", "c"])
    assert (await world.say(by_pattern("ugc*", "angle", "z"))).conflicts == 0


async def test_what_is_said_already_is_not_stored_again(world: NamingWorld) -> None:
    wishes = [of_name("ugc_list", "angle", "a"), by_pattern("ugc*", "hook", "one"), by_pattern("*_list", "hook", "two")]
    first = await world.say(*wishes)
    again = await world.say(*wishes)
    assert again.overrides[0].id == first.overrides[0].id
    assert (again.changed, again.conflicts) == (0, 0)
    assert await number_of_overrides(world.tools.db, world.entities.viewer) == 3
    # Of two patterns the latest counts, also where it was said before.
    assert (await world.tags(world.ads[0]))[0]["hook"] == "two"
    assert (await world.say(wishes[1])).changed == 2
    assert (await world.tags(world.ads[0]))[0]["hook"] == "one"


async def test_they_outlive_the_template_and_the_ad(world: NamingWorld) -> None:
    [template] = [await world.save("angle", "hook")]
    said = await world.say(of(world.ads[0], "angle", "kept"), of(world.ads[1], "angle", "too"))
    await delete_naming_template(world.tools.db, world.entities.viewer, template.id)
    async with world.tools.db.write(world.entities.viewer) as session:
        is_it = (col(Ad.tenant_id) == world.entities.tenant_id, col(Ad.id) == world.ads[1].id)
        await (await session.connection()).execute(delete(Ad).where(*is_it))
    assert (await world.tags(world.ads[0]))[0]["angle"] == "kept"
    page = await list_naming_overrides(world.tools.db, world.entities.viewer, Window(1))
    assert ([each.id for each in page.rows], page.has_next) == ([said.overrides[1].id], True)
    await remove_naming_override(world.tools.db, world.entities.viewer, said.overrides[1].id)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (OverrideWish(SCOPES.EXACT_NAME, "x", "_copy", "1"), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.EXACT_NAME, "x", "a b", "1"), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.EXACT_NAME, " \u200b ", "a", "1"), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.EXACT_NAME, "x\0", "a", "1"), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.EXACT_NAME, "x", "a", ""), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.EXACT_NAME, "x", "a", "\ud800"), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.EXACT_NAME, "x", "a", "1" * 2_001), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.EXACT_NAME, "x", "a", "1", "why" * 200), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.NAME_PATTERN, "*" * 401, "a", "1"), UserErrorCode.INVALID),
        (OverrideWish(SCOPES.ENTITY, new_id(), "a", "1", level=NamingLevel.AD), UserErrorCode.NOT_FOUND),
        (OverrideWish(SCOPES.CREATIVE, new_id(), "a", "1"), UserErrorCode.NOT_FOUND),
        (OverrideWish(SCOPES.ENTITY, None, "a", "1"), UserErrorCode.NOT_FOUND),
    ],
    ids=[
        "number of copies", "spaces in a field", "nothing to see", "nul", "empty value", "half of a pair",
        "long value", "long reason", "long pattern", "no ad", "no creative", "no id",
    ],
)  # fmt: skip
async def test_what_cannot_be_said_is_refused_with_its_place(
    world: NamingWorld, wish: OverrideWish, code: UserErrorCode
) -> None:
    with pytest.raises(Refused) as refused:
        await world.say(of_name("ugc_list", "angle", "a"), wish)
    assert (refused.value.user_code, refused.value.field, refused.value.place) == (code, "wishes", 1)
    assert await angles(world) == ["ugc", "demo", "ugc"]


@pytest.mark.parametrize("count", [0, 10_001], ids=["none", "too many"])
async def test_a_call_has_one_to_ten_thousand(world: NamingWorld, count: int) -> None:
    with pytest.raises(Refused) as refused:
        await world.say(*[of_name("ugc_list", "angle", "a")] * count)
    assert (refused.value.user_code, refused.value.place) == (UserErrorCode.INVALID, None)


@pytest.mark.parametrize(
    ("limit", "more"), [("MOST_PATTERNS", "ugc_*"), ("MOST_LOOSE_PATTERNS", "*u?c*")], ids=["any", "loose"]
)
async def test_there_are_only_so_many_patterns(
    world: NamingWorld, monkeypatch: pytest.MonkeyPatch, limit: str, more: str
) -> None:
    monkeypatch.setattr(f"services.naming.overrides.{limit}", 1)
    await world.say(by_pattern("*gc*", "angle", "a"), of_name("demo_question", "angle", "b"))
    with pytest.raises(Refused, match="at most 1 pattern") as refused:
        await world.say(by_pattern(more, "angle", "c"))
    assert refused.value.user_code is UserErrorCode.QUOTA_EXCEEDED
    await world.say(of_name("demo_question", "angle", "c"))
    assert await angles(world) == ["a", "c", "a"]


async def test_another_tenants_ad_is_nobodys(world: NamingWorld, tools: Toolbox) -> None:
    stranger = await naming_world(tools)
    with pytest.raises(Refused, match="no such"):
        await world.say(of(stranger.ads[0], "angle", "a"))
    said = await stranger.say(of_name("ugc_list", "angle", "theirs"))
    with pytest.raises(Refused, match="no such"):
        await remove_naming_override(world.tools.db, world.entities.viewer, said.overrides[0].id)
    assert await angles(world) == ["ugc", "demo", "ugc"]


async def test_who_may_not_name_says_nothing(world: NamingWorld) -> None:
    viewer = world.entities.as_role(Role.VIEWER)
    said = await world.say(of_name("ugc_list", "angle", "a"))
    for is_trial in (True, False):
        wishes: Sequence[OverrideWish] = [of_name("ugc_list", "angle", "b")]
        with pytest.raises(Forbidden):
            await set_naming_overrides(world.tools.db, world.tools.clock, viewer, wishes, is_trial=is_trial)
    with pytest.raises(Forbidden):
        await remove_naming_override(world.tools.db, viewer, said.overrides[0].id)


async def test_the_log_tells_what_was_said_and_what_it_changed(world: NamingWorld) -> None:
    said = await world.say(of_name("ugc_list", "angle", "a"))
    await remove_naming_override(world.tools.db, world.entities.viewer, said.overrides[0].id)
    async with world.tools.db.read(world.entities.viewer) as session:
        of_tenant = AuditEntry.tenant_id == world.entities.tenant_id
        entries = (await session.exec(select(AuditEntry).where(of_tenant).order_by(col(AuditEntry.id)))).all()
    told = {"scope": "EXACT_NAME", "level": None, "target": "ugc_list", "field": "angle", "value": "a", "reason": None}
    assert [(each.action, each.before, each.after) for each in entries[-2:]] == [
        ("naming_overrides.set", None, {"count": 1, "changed": 2, "overrides": [told]}),
        ("naming_override.removed", told, None),
    ]
