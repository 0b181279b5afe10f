"""The vocabulary as it is saved and deleted: own values and shared ones, parents, mappings, and what needs a value."""

import asyncio
import dataclasses
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from auth.viewer import Viewer
from errors import Forbidden, Refused, UserErrorCode
from models.audit.entry import INSTALLATION
from models.channels.channel import ChannelKind
from models.ids import new_id
from models.products.attribute import AttributeKind, OwnAttribute
from models.products.vocabulary import Attribute
from models.tenants.membership import Role
from services.products import vocabulary
from services.products.attribute_wishes import AttributeWish, MappingWish
from services.products.vocabulary import delete_attribute, save_attribute
from services.toolbox import Toolbox
from tests.worlds.products import Catalogue, catalogue, refusal

EBAY, ETSY = ChannelKind.EBAY, ChannelKind.ETSY
BRAND, COLOUR = AttributeKind.BRAND, AttributeKind.COLOUR


@pytest.fixture
async def world(tools: Toolbox) -> Catalogue:
    return await catalogue(tools)


def staff(world: Catalogue) -> Viewer:
    return dataclasses.replace(world.team.as_role(Role.VIEWER), is_staff=True)


async def save(
    world: Catalogue, key: str, *, changed: Attribute | None = None, viewer: Viewer | None = None, **values: Any
) -> Attribute:
    wish = AttributeWish(
        **{"kind": BRAND, "key": key, "label": key.title(), **values},
        attribute_id=None if changed is None else changed.id,
        is_new=changed is None,
    )
    return await save_attribute(world.tools.db, world.clock, viewer or world.team.viewer, wish)


async def delete(world: Catalogue, attribute: Attribute, viewer: Viewer | None = None) -> UUID:
    return await delete_attribute(world.tools.db, viewer or world.team.viewer, attribute.id)


def told(error: Refused) -> tuple[UserErrorCode, str | None]:
    return error.user_code, error.field


async def test_each_change_is_in_the_log_and_what_changes_nothing_is_not(world: Catalogue) -> None:
    made = await save(world, "acme", mappings=[MappingWish(EBAY, "EBAY_DE", "12")])
    assert (made.label, made.is_active, made.shared) == ("Acme", True, False)
    await save(world, "acme", changed=made)
    changed = await save(world, "acme", changed=made, label=" Acme  Ltd ", is_active=False)
    assert (changed.id, changed.label) == (made.id, "Acme Ltd")
    assert changed.mappings == made.mappings, "they stay where none are named"
    cleared = await save(world, "acme", changed=made, mappings=[])
    assert (cleared.mappings, cleared.is_active) == ([], True)
    await delete(world, made)
    log = await world.log()
    assert [each[0] for each in log] == ["attribute.saved"] * 3 + ["attribute.deleted"]
    assert {each[1] for each in log} == {made.id}
    assert (log[1][2]["label"], log[1][3]["label"]) == ("Acme", "Acme Ltd")


async def test_one_key_is_one_value_of_a_kind_be_it_shared_or_own(world: Catalogue) -> None:
    first = await save(world, "acme")
    await save(world, "acme", kind=COLOUR)
    for key in ("acme", "nike"):
        assert told(await refusal(save(world, key))) == (UserErrorCode.ALREADY_EXISTS, "key")
    assert told(await refusal(save(world, "other", changed=first))) == (UserErrorCode.INVALID, "key")
    assert told(await refusal(save(world, "acme", changed=first, kind=COLOUR))) == (UserErrorCode.INVALID, "kind")
    nothing = OwnAttribute(tenant_id=new_id(), kind=BRAND, key="acme", label="x")
    assert told(await refusal(save(world, "acme", changed=nothing))) == (UserErrorCode.NOT_FOUND, "attribute_id")
    both = await asyncio.gather(save(world, "twice"), save(world, "twice"), return_exceptions=True)
    [error] = [each for each in both if isinstance(each, Refused)]
    assert told(error) == (UserErrorCode.ALREADY_EXISTS, "key")


async def test_no_value_is_above_itself(world: Catalogue) -> None:
    top = await save(world, "top")
    middle = await save(world, "middle", parent_id=top.id)
    low = await save(world, "low", parent_id=middle.id)
    for wrong in (top.id, middle.id, low.id):
        error = await refusal(save(world, "top", changed=top, parent_id=wrong))
        assert told(error) == (UserErrorCode.INVALID, "parent_id")
    red = await save(world, "red-ish", kind=COLOUR)
    for wrong in (red.id, uuid4()):
        assert told(await refusal(save(world, "new", parent_id=wrong))) == (UserErrorCode.INVALID, "parent_id")
    assert told(await refusal(delete(world, middle))) == (UserErrorCode.CONFLICT, "attribute_id")
    freed = await save(world, "low", changed=low)
    assert freed.parent_id is None
    await delete(world, middle)


async def test_values_are_not_without_end_deep(world: Catalogue) -> None:
    above = await save(world, "level-1")
    for level in range(2, 11):
        above = await save(world, f"level-{level}", parent_id=above.id)
    assert told(await refusal(save(world, "level-11", parent_id=above.id))) == (UserErrorCode.INVALID, "parent_id")


@pytest.mark.parametrize("key", ["", "Nike", "a b", "-a", "ä", "a" * 65, "a\n", "a\0"], ids=ascii)
async def test_a_key_that_no_program_would_write_is_refused(world: Catalogue, key: str) -> None:
    assert told(await refusal(save(world, key))) == (UserErrorCode.INVALID, "key")


async def test_labels_and_mappings_are_checked(world: Catalogue) -> None:
    assert told(await refusal(save(world, "acme", label=" \0"))) == (UserErrorCode.INVALID, "label")
    good = MappingWish(EBAY, None, "1")
    for wrong, within in (
        (MappingWish(EBAY, None, "2"), ()),
        (MappingWish(ETSY, None, ""), ("external_id",)),
        (MappingWish(ETSY, None, "x" * 201), ("external_id",)),
        (MappingWish(ETSY, " ", "1"), ("market",)),
        (MappingWish(ETSY, "ETSY_DE", "1"), ("market",)),
    ):
        error = await refusal(save(world, "acme", mappings=[good, wrong]))
        assert (*told(error), error.place, error.within) == (UserErrorCode.INVALID, "mappings", 1, within)
    many = [MappingWish(EBAY, str(market), "1") for market in range(51)]
    assert told(await refusal(save(world, "acme", mappings=many))) == (UserErrorCode.INVALID, "mappings")


async def test_what_a_channel_calls_a_term_is_kept_with_the_term(world: Catalogue) -> None:
    made = await save(world, "acme", mappings=[MappingWish(EBAY, "EBAY_DE", "12"), MappingWish(ETSY, None, "7")])
    known = [{**each, "external_name": f"Name of {each['external_id']}"} for each in made.mappings]
    async with world.tools.db.write(world.team.viewer) as session:
        attribute = await session.get_one(OwnAttribute, (world.team.tenant_id, made.id))
        attribute.mappings = known
    again = await save(
        world, "acme", changed=made, mappings=[MappingWish(EBAY, "EBAY_DE", "12"), MappingWish(ETSY, None, "8")]
    )
    assert [each["external_name"] for each in again.mappings] == ["Name of 12", None]


async def test_what_products_have_is_not_deleted(world: Catalogue) -> None:
    made = await save(world, "acme")
    product = await world.make(attribute_ids=[made.id])
    assert told(await refusal(delete(world, made))) == (UserErrorCode.CONFLICT, "attribute_id")
    gone = await world.delete(product)
    assert told(await refusal(delete(world, made))) == (UserErrorCode.CONFLICT, "attribute_id"), "it can be restored"
    back = await world.restore(gone)
    await world.change(back, attribute_ids=[])
    assert await delete(world, made) == made.id


async def test_only_staff_change_what_is_shared_and_no_tenant_may_need_it(tools: Toolbox, world: Catalogue) -> None:
    other, key = await catalogue(tools), f"shared-{new_id().hex}"
    with pytest.raises(Forbidden):
        await save(world, key, is_shared=True)
    made = await save(world, key, viewer=staff(world), is_shared=True)
    with pytest.raises(Forbidden):
        await delete(world, made)
    assert told(await refusal(save(world, key, changed=made))) == (UserErrorCode.NOT_FOUND, "attribute_id")
    assert told(await refusal(save(world, key, viewer=staff(world), is_shared=True))) == (
        UserErrorCode.ALREADY_EXISTS, "key",
    )  # fmt: skip
    product, below = await other.make(attribute_ids=[made.id]), await save(other, "below", parent_id=made.id)
    assert told(await refusal(delete(world, made, staff(world)))) == (UserErrorCode.CONFLICT, "attribute_id")
    await other.change(product, attribute_ids=[])
    assert told(await refusal(delete(world, made, staff(world)))) == (UserErrorCode.CONFLICT, "attribute_id")
    await delete(other, below)
    await save(world, key, changed=made, viewer=staff(world), is_shared=True, label="Renamed")
    assert await delete(world, made, staff(world)) == made.id
    assert told(await refusal(delete(world, made, staff(world)))) == (UserErrorCode.NOT_FOUND, "attribute_id")
    async with tools.db.system(reason="a test reads the installation's log") as session:
        query = text("select action from audit_log where tenant_id = :log and target_id = :id order by at, id")
        actions = await (await session.connection()).execute(query, {"log": INSTALLATION, "id": made.id})
        assert [*actions.scalars()] == ["attribute.saved", "attribute.saved", "attribute.deleted"]


async def test_a_tenant_has_so_many_values_and_no_more(world: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "MOST_OWN", 1)
    made = await save(world, "first")
    assert (await refusal(save(world, "second"))).user_code is UserErrorCode.QUOTA_EXCEEDED
    await save(world, "first", changed=made, label="It may be changed")


async def test_a_viewer_changes_none(world: Catalogue) -> None:
    viewer = world.team.as_role(Role.VIEWER)
    with pytest.raises(Forbidden):
        await save(world, "acme", viewer=viewer)
    with pytest.raises(Forbidden):
        await delete(world, await save(world, "acme"), viewer)
