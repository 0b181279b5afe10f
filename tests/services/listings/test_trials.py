"""A dry run tells what the marketplaces alone know, asked of the stand-ins over HTTP; and when they cannot be asked."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from errors import UserErrorCode
from models.channels.policy import PolicyKind
from models.listings.listing import ListingStatus
from models.products.attribute import AttributeKind
from models.products.product import Product
from sandbox.ebay.sign_in.grants import revoke
from sandbox.etsy.faults import EtsyFault
from services.channels.policies import PolicyChoice, choose_defaults
from services.listings import trials
from services.toolbox import Toolbox
from tests.worlds.etsy import EtsyBase, EtsyWorld, etsy_base
from tests.worlds.offering import OfferingWorld

CATEGORY = AttributeKind.CATEGORY


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def base(tools: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EtsyBase]:
    async with etsy_base(tools, tmp_path_factory.mktemp("files")) as made:
        yield made


@pytest_asyncio.fixture
async def etsy(base: EtsyBase) -> EtsyWorld:
    """A connected shop, whose policies are chosen."""
    found = await base.world()
    found.role = found.role.ADMIN
    await found.connected()
    choices = [
        PolicyChoice(PolicyKind.SHIPPING, str(next(iter(found.at_etsy.shipping_profiles)))),
        PolicyChoice(PolicyKind.RETURN, str(next(iter(found.at_etsy.return_policies)))),
        PolicyChoice(PolicyKind.PROCESSING, str(next(iter(found.at_etsy.readiness_states)))),
    ]
    async with found.tools.db.write(found.team.viewer) as session:
        await choose_defaults(session, found.channel.id, choices)
    return found


async def of_category(world: OfferingWorld, sku: str, category_id: str, **given: Any) -> Product:
    product = await world.goods(sku, without=(CATEGORY,), **given)
    kind = world.channel.kind.value
    await world.value(product, CATEGORY, [{"channel_kind": kind, "market": None, "external_id": category_id}])
    return product


async def told(world: OfferingWorld, *products: Product) -> dict[str, list[tuple[UserErrorCode, tuple[str, ...], str]]]:
    """The problems of a dry run by the SKUs of the products: code, path and message."""
    skus = {each.id: each.sku for each in products}
    found = await world.published(*products, is_trial=True)
    assert (found.jobs, await world.jobs(), await world.listings()) == ([], [], [])
    problems: dict[str, list[tuple[UserErrorCode, tuple[str, ...], str]]] = {}
    for each in found.problems:
        problems.setdefault(skus[each.product_id], []).append((each.code, tuple(each.path or ()), each.message))
    return problems


def asked_ebay(world: OfferingWorld) -> list[str]:
    assert world.ebay is not None
    return [each.call for each in world.ebay.sandbox.log if each.call.startswith("taxonomy")]


async def test_what_a_category_of_ebay_asks_for_is_told_before_anything_is_published(world: OfferingWorld) -> None:
    good, coat = await world.goods("MUG-1"), await of_category(world, "COAT", "57988")
    assert await told(world, good, coat) == {
        "COAT": [(UserErrorCode.INVALID, ("attributes",), "eBay's category asks for Marke.")]
    }


async def test_a_category_that_ebay_does_not_know_is_told(world: OfferingWorld) -> None:
    [(code, path, _)] = (await told(world, await of_category(world, "ODD", "424242")))["ODD"]
    assert (code, path) == (UserErrorCode.INVALID, ("attributes", "CATEGORY"))


async def test_what_is_known_without_ebay_asks_it_nothing(world: OfferingWorld) -> None:
    assert world.ebay is not None
    world.ebay.sandbox.log.clear()
    assert set(await told(world, await world.goods("LONG", title="x" * 81))) == {"LONG"}
    assert asked_ebay(world) == []
    # Nor does what is no dry run: its job asks.
    await world.published(await world.goods("MUG-1"))
    assert asked_ebay(world) == []


async def test_a_category_is_asked_about_once_for_all_products(world: OfferingWorld) -> None:
    assert world.ebay is not None
    world.ebay.sandbox.log.clear()
    assert await told(world, *[await world.goods(f"MUG-{number}") for number in range(3)]) == {}
    assert len(asked_ebay(world)) == 2  # the market's tree, and the category


async def test_a_marketplace_that_does_not_answer_is_told_at_each_product_and_asked_once(world: OfferingWorld) -> None:
    products = [await of_category(world, f"COAT-{number}", "57988") for number in range(3)]
    world.spoil("taxonomy.*", status=500, times=None)
    found = await told(world, *products)
    assert {(code, path) for each in found.values() for code, path, _ in each} == {
        (UserErrorCode.UPSTREAM_UNAVAILABLE, ())
    }
    assert len(found) == 3
    world.heal()
    assert {path for each in (await told(world, *products)).values() for _, path, _ in each} == {("attributes",)}


async def test_one_channel_that_cannot_be_asked_costs_another_one_nothing(world: OfferingWorld) -> None:
    assert world.ebay is not None
    other = await world.signed_in("EBAY_GB")
    coat = await of_category(world, "COAT", "57988")
    revoke(world.ebay.sandbox, world.shop.seller.user_id)
    # The stored access is renewed first, which eBay refuses.
    assert world.clock is not None
    world.clock.move(hours=3)
    found = await world.published(coat, channels=[world.channel.id, other.id], is_trial=True, market="EBAY_DE")
    codes = {each.channel_id: each.code for each in found.problems}
    assert codes[world.channel.id] is UserErrorCode.FORBIDDEN
    assert codes[other.id] is UserErrorCode.INVALID


async def test_nobody_waits_for_ever(world: OfferingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "PATIENCE_S", 0.0)
    [(code, _, message)] = (await told(world, await world.goods("MUG-1")))["MUG-1"]
    assert (code, "try again" in message) == (UserErrorCode.UPSTREAM_UNAVAILABLE, True)


async def test_what_etsy_alone_knows_is_told(etsy: EtsyWorld) -> None:
    good, shoes = await etsy.goods("MUG-1"), await of_category(etsy, "SHOES", "1440")
    odd, dollars = await of_category(etsy, "ODD", "424242"), await etsy.goods("USD", currency="USD")
    etsy.server.sandbox.log.clear()
    assert await told(etsy, good, shoes, odd, dollars) == {
        "SHOES": [(UserErrorCode.INVALID, ("attributes",), "Etsy's category asks for Shoe size.")],
        "ODD": [(UserErrorCode.INVALID, ("attributes", "CATEGORY"), "Etsy does not know the category.")],
        "USD": [(UserErrorCode.INVALID, ("currency",), "The shop sells in EUR, not in USD.")],
    }
    shop = f"/v3/application/shops/{etsy.at_etsy.shop_id}"
    assert [each.path for each in etsy.server.sandbox.log].count(shop) == 1
    assert etsy.at_etsy.listings == {}


async def test_a_product_that_a_trial_finds_nothing_wrong_with_goes_on_sale(etsy: EtsyWorld) -> None:
    product = await etsy.goods("MUG-1")
    assert await told(etsy, product) == {}
    await etsy.published(product)
    await etsy.run_all()
    assert [each.status for each in await etsy.listings()] == [ListingStatus.LIVE]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (EtsyFault("*", path="*/shops/*", status=502, body="<html></html>", times=None), "UPSTREAM_UNAVAILABLE"),
        (EtsyFault("*", path="*/shops/*", status=200, body="[1", times=None), "UPSTREAM_UNAVAILABLE"),
        (EtsyFault("*", path="*/shops/*", status=429, times=None), "UPSTREAM_UNAVAILABLE"),
    ],
    ids=["away", "broken", "limited"],
)
async def test_an_etsy_that_cannot_be_asked_is_told(etsy: EtsyWorld, fault: EtsyFault, code: str) -> None:
    product = await etsy.goods("MUG-1")
    etsy.disturb(fault)
    [(found, path, message)] = (await told(etsy, product))["MUG-1"]
    assert (found.value, path, bool(message)) == (code, (), True)
