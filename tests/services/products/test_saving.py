"""Products as they are made and changed: SKUs, versions, the quota, calls that are repeated, and the audit log."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from errors import Forbidden, Refused, UserErrorCode
from models.tenants.membership import Role
from services.products.saving import create_product
from services.products.wishes import ProductWish
from services.toolbox import Toolbox
from tests.worlds.products import Catalogue, catalogue, refusal

FULL: dict[str, Any] = {
    "description": "Brass",
    "cost": Decimal("4.50"),
    "quantity": 3,
    "page_urls": ["https://shop.test/lamp"],
}


@pytest.fixture
async def world(tools: Toolbox) -> Catalogue:
    return await catalogue(tools)


async def test_a_product_without_a_sku_gets_one_and_each_change_is_in_the_log(world: Catalogue) -> None:
    made = await world.make()
    assert len(made.sku) == 8
    assert (made.status, made.quantity, made.cost, made.description, made.page_urls) == ("DRAFT", 1, None, "", [])
    changed = await world.change(made, title=" Lamp ", price=Decimal("12.50"), **FULL)
    assert (changed.title, changed.price, changed.sku, changed.version) == ("Lamp", Decimal("12.50"), made.sku, 2)
    again = await world.change(changed, title="Lamp", cost=Decimal("4.5"))
    assert again.version == 2, "nothing was changed"
    (first, _, no_before, after), (second, target, before, then) = await world.log()
    assert (first, no_before, after["sku"]) == ("product.created", None, made.sku)
    assert (second, target) == ("product.changed", made.id)
    assert before == {
        "title": "A lamp", "price": "10.0000", "description": "", "cost": None, "quantity": 1, "page_urls": [],
    }  # fmt: skip
    assert then["price"] == "12.50"
    assert then.keys() == before.keys()


async def test_what_is_absent_stays_and_an_empty_list_is_a_value(world: Catalogue) -> None:
    made = await world.make(**FULL)
    changed = await world.change(made, description="", page_urls=[])
    assert (changed.description, changed.page_urls) == ("", [])
    assert (changed.cost, changed.quantity, changed.title) == (FULL["cost"], 3, "A lamp")


async def test_one_sku_is_one_product_unless_it_is_deleted(world: Catalogue) -> None:
    first, other = await world.make(sku=" S-1 "), await world.make(sku="s-1")
    assert (first.sku, other.sku) == ("S-1", "s-1"), "case counts"
    for call in (world.make(sku="S-1"), world.change(other, sku="S-1")):
        error = await refusal(call)
        assert (error.user_code, error.field) == (UserErrorCode.ALREADY_EXISTS, "sku")
    await world.change(first, sku="S-1", title="Its own SKU")
    await world.delete(first)
    assert (await world.make(sku="S-1")).id != first.id


async def test_a_version_that_was_overtaken_is_a_conflict(world: Catalogue) -> None:
    made = await world.make()
    both = await asyncio.gather(
        world.change(made, title="One"), world.change(made, title="Two"), return_exceptions=True
    )
    [error] = [each for each in both if isinstance(each, Refused)]
    assert (error.user_code, error.field) == (UserErrorCode.CONFLICT, "expected_version")
    assert "version 2" in error.message


async def test_a_repeated_call_makes_one_product(world: Catalogue) -> None:
    first, second = await world.make(idempotency_key="k"), await world.make(idempotency_key="k")
    assert first.id == second.id
    assert (await refusal(world.make("Another", idempotency_key="k"))).user_code is UserErrorCode.CONFLICT
    await world.change(first, title="Renamed")
    assert (await world.make(idempotency_key="k")).title == "Renamed", "it is answered as it is now"


async def test_of_many_at_the_limit_exactly_one_is_made(world: Catalogue) -> None:
    await world.fill(99)
    answers = await asyncio.gather(*(world.make() for _ in range(20)), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, Refused)]
    assert len(refused) == 19
    assert {each.user_code for each in refused} == {UserErrorCode.QUOTA_EXCEEDED}


@pytest.mark.drill
async def test_of_a_hundred_at_the_limit_exactly_one_is_made(world: Catalogue) -> None:
    await world.fill(99)
    answers = await asyncio.gather(
        *(world.make(idempotency_key=str(each)) for each in range(100)), return_exceptions=True
    )
    refused = [each for each in answers if isinstance(each, Refused)]
    assert len(refused) == 99
    assert {each.user_code for each in refused} == {UserErrorCode.QUOTA_EXCEEDED}


async def test_a_frozen_or_deleted_product_is_not_changed(world: Catalogue) -> None:
    made = await world.make()
    await world.set_columns(made, frozen_at=world.clock())
    assert (await refusal(world.change(made, title="No"))).user_code is UserErrorCode.QUOTA_EXCEEDED
    gone = await world.delete(made)
    assert gone.frozen_at is None
    error = await refusal(world.change(gone, title="No"))
    assert (error.user_code, error.field) == (UserErrorCode.CONFLICT, "product_id")


async def test_amounts_are_compared_with_the_currency_that_the_product_will_have(world: Catalogue) -> None:
    made = await world.make(price=Decimal("10.50"))
    error = await refusal(world.change(made, currency="JPY"))
    assert (error.user_code, error.field, error.others) == (UserErrorCode.INVALID, "price", [])
    assert (await world.change(made, currency="JPY", price=Decimal(1050))).currency == "JPY"


async def test_a_viewer_makes_none(world: Catalogue) -> None:
    wish = ProductWish(title="A", currency="EUR", price=Decimal(1))
    with pytest.raises(Forbidden):
        await create_product(world.tools, world.team.as_role(Role.VIEWER), wish)
