"""Products that are deleted, restored and erased: the room that they take, their SKUs, and the 30 days."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from errors import UserErrorCode
from models.products.product import Product
from services.products.removal import RESTORABLE, erase_deleted_products
from services.toolbox import Toolbox
from tests.worlds.products import Catalogue, catalogue, refusal


@pytest.fixture
async def world(tools: Toolbox) -> Catalogue:
    return await catalogue(tools)


async def test_a_deleted_product_comes_back_as_it_was(world: Catalogue) -> None:
    made = await world.make(sku="S-1")
    gone = await world.delete(made)
    assert gone.deleted_at == world.clock()
    assert (await refusal(world.delete(made))).user_code is UserErrorCode.NOT_FOUND
    back = await world.restore(made)
    assert (back.deleted_at, back.sku, back.version) == (None, "S-1", 3)
    assert (await refusal(world.restore(made))).user_code is UserErrorCode.CONFLICT
    assert [each[0] for each in await world.log()] == ["product.created", "product.deleted", "product.restored"]


async def test_a_sku_that_another_one_has_by_now_is_a_conflict(world: Catalogue) -> None:
    made = await world.make(sku="S-1")
    await world.delete(made)
    other = await world.make(sku="S-1")
    error = await refusal(world.restore(made))
    assert (error.user_code, error.field) == (UserErrorCode.CONFLICT, "product_id")
    assert "S-1" in error.message
    await world.change(other, sku="S-2")
    assert (await world.restore(made)).sku == "S-1"


async def test_room_is_made_and_taken_again(world: Catalogue) -> None:
    await world.fill(99)
    last = await world.make()
    assert (await refusal(world.make())).user_code is UserErrorCode.QUOTA_EXCEEDED
    await world.delete(last)
    await world.make()
    assert (await refusal(world.restore(last))).user_code is UserErrorCode.QUOTA_EXCEEDED


async def test_deleting_one_thaws_the_next(world: Catalogue) -> None:
    await world.fill(99)
    first, now = await world.make(), world.clock()
    later = now + timedelta(hours=1)
    values: dict[str, Any] = {
        "currency": "EUR",
        "price": Decimal(1),
        "frozen_at": now,
        "created_at": later,
        "updated_at": later,
    }
    frozen = Product(tenant_id=world.team.tenant_id, sku="late", title="Late", **values)
    await world.team.keep(frozen)
    await world.delete(first)
    thawed = await world.stored(frozen)
    assert thawed is not None
    assert thawed.frozen_at is None


async def test_after_30_days_it_is_erased_and_nothing_else_is(world: Catalogue) -> None:
    old, young, kept = [await world.make(title) for title in ("Old", "Young", "Kept")]
    await world.delete(old)
    world.clock.now += timedelta(seconds=1)
    await world.delete(young)
    world.clock.now += RESTORABLE
    assert (await refusal(world.restore(old))).user_code is UserErrorCode.CONFLICT
    assert await erase_deleted_products(world.tools) >= 1
    assert await world.stored(old) is None
    assert await world.stored(young) is not None
    assert await world.stored(kept) is not None
    action, target, before, _ = (await world.log())[-1]
    assert (action, target, before) == ("product.erased", old.id, {"sku": old.sku, "title": "Old"})
    assert (await refusal(world.restore(old))).user_code is UserErrorCode.NOT_FOUND
    assert (await world.restore(young)).deleted_at is None
