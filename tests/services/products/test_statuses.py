"""Which status may follow which, and many products at once of which some may not."""

from decimal import Decimal
from itertools import product as pairs
from typing import Any

import pytest

from errors import Refused, UserErrorCode
from models.ids import new_id
from models.products.product import Product, ProductStatus
from services.products.statuses import StatusesSet, set_product_status, why_not
from services.toolbox import Toolbox
from tests.worlds.products import Catalogue, catalogue, refusal

DRAFT, PUBLISHED, SOLD, ARCHIVED = ProductStatus
ALLOWED = {DRAFT: {PUBLISHED, ARCHIVED}, PUBLISHED: {SOLD, ARCHIVED}, SOLD: {PUBLISHED, ARCHIVED}, ARCHIVED: set()}


def plain(**values: Any) -> Product:
    return Product(tenant_id=new_id(), sku="S", title="T", currency="EUR", price=Decimal(1), **values)


@pytest.fixture
async def world(tools: Toolbox) -> Catalogue:
    return await catalogue(tools)


async def give(world: Catalogue, status: ProductStatus, *products: Product | None) -> StatusesSet:
    ids = [None if each is None else each.id for each in products]
    return await set_product_status(world.tools.db, world.clock, world.team.viewer, ids, status)


def told(refusals: list[Refused]) -> list[tuple[UserErrorCode, int | None]]:
    return [(each.user_code, each.place) for each in refusals]


@pytest.mark.parametrize(("before", "after"), [*pairs(ProductStatus, ProductStatus)], ids=str)
def test_every_other_pair_is_refused_in_words(before: ProductStatus, after: ProductStatus) -> None:
    reason = why_not(plain(status=before, quantity=1), after)
    assert (reason is None) is (after in ALLOWED[before])
    if reason is not None:
        assert before.value in reason


@pytest.mark.parametrize("before", [DRAFT, SOLD])
def test_nothing_that_is_not_there_is_published(before: ProductStatus) -> None:
    assert "quantity" in (why_not(plain(status=before, quantity=0), PUBLISHED) or "")


async def test_each_of_many_is_changed_or_refused_by_itself(world: Catalogue) -> None:
    good, empty, gone, frozen, last = [await world.make(str(place)) for place in range(5)]
    await world.change(empty, quantity=0)
    await world.delete(gone)
    await world.set_columns(frozen, frozen_at=world.clock())
    strange = plain()
    found = await give(world, PUBLISHED, last, None, empty, gone, frozen, strange, good, last)
    assert [each.id for each in found.products] == [last.id, good.id]
    assert {each.status for each in found.products} == {PUBLISHED}
    assert told(found.refusals) == [
        (UserErrorCode.NOT_FOUND, 1), (UserErrorCode.CONFLICT, 2), (UserErrorCode.CONFLICT, 3),
        (UserErrorCode.QUOTA_EXCEEDED, 4), (UserErrorCode.NOT_FOUND, 5),
    ]  # fmt: skip
    entries = [each for each in await world.log() if each[0] == "product.status_set"]
    assert {each[1] for each in entries} == {last.id, good.id}
    assert {(each[2]["status"], each[3]["status"]) for each in entries} == {("DRAFT", "PUBLISHED")}
    stored = await world.stored(good)
    assert stored is not None
    assert (stored.status, stored.version) == (PUBLISHED, 2)


async def test_sold_ones_come_back_when_there_are_more(world: Catalogue) -> None:
    made = await world.make(quantity=1)
    for status in (PUBLISHED, SOLD):
        assert (await give(world, status, made)).refusals == []
    stored = await world.stored(made)
    assert stored is not None
    await world.change(stored, quantity=0)
    assert told((await give(world, PUBLISHED, made)).refusals) == [(UserErrorCode.CONFLICT, 0)]
    await world.change(stored, version=4, quantity=2)
    assert (await give(world, PUBLISHED, made)).refusals == []
    assert (await give(world, ARCHIVED, made)).refusals == []
    assert told((await give(world, DRAFT, made)).refusals) == [(UserErrorCode.CONFLICT, 0)]


async def test_what_is_published_never_runs_out_without_another_status(world: Catalogue) -> None:
    made = await world.make(quantity=1)
    await give(world, PUBLISHED, made)
    error = await refusal(world.change(made, version=2, quantity=0, title="Gone"))
    assert (error.user_code, error.field) == (UserErrorCode.INVALID, "quantity")
    assert "ARCHIVED or SOLD" in error.message
    # Where it has none already, as after a release that allowed it, everything else may be changed.
    await world.set_columns(made, quantity=0)
    changed = await world.change(made, version=2, quantity=0, title="Gone")
    assert (changed.title, changed.quantity, changed.status) == ("Gone", 0, PUBLISHED)


async def test_too_many_at_once(world: Catalogue) -> None:
    error = await refusal(give(world, PUBLISHED, *[None] * 1_001))
    assert (error.user_code, error.field) == (UserErrorCode.INVALID, "product_ids")
