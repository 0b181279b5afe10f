"""Products that are made of listings: what they have, which listings are left out, and what is told of those."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from errors import Forbidden
from models.channels.channel import ChannelKind, ChannelStatus
from models.ids import new_id
from models.listings.listing import ChannelListing, ListingStatus
from models.products.product import Product
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.listings import importing
from services.listings.importing import import_listings
from services.toolbox import Toolbox
from tests.worlds.ad_links import JOBS
from tests.worlds.ads import NOON
from tests.worlds.listings import ListingWorld, listing_world

IMPORT = """mutation ($channel: ID!, $ids: [ID!]) {
  importListings(channelId: $channel, listingIds: $ids) {
    products { sku title status quantity price currency version listings { nodes { id drift } } }
    userErrors { code field message } } }"""


@pytest.fixture
async def world(tools: Toolbox) -> ListingWorld:
    return await listing_world(tools)


async def imported(world: ListingWorld, ids: Sequence[str] | None = None, **given: Any) -> tuple[list[Any], list[Any]]:
    values = {"channel": given.get("channel", world.channel_id), "ids": ids}
    told = (await world.told(IMPORT, **values))["importListings"]
    return told["products"], told["userErrors"]


def id_of(listing: ChannelListing) -> str:
    return encode_id("Listing", listing.id)


async def listings(world: ListingWorld) -> dict[str, ChannelListing]:
    query = select(ChannelListing).where(ChannelListing.tenant_id == world.team.tenant_id)
    async with world.tools.db.read(world.team.viewer) as session:
        return {each.title: each for each in (await session.exec(query.order_by(col(ChannelListing.id)))).all()}


async def noted(world: ListingWorld) -> list[tuple[str, Any]]:
    query = text("select action, target_id from audit_log where tenant_id = :tenant order by action, id")
    async with world.tools.db.read(world.team.viewer) as session:
        found = await (await session.connection()).execute(query, {"tenant": world.team.tenant_id})
        return [(action, target) for action, target in found]


async def test_all_that_a_channel_offers_becomes_products_that_are_linked(world: ListingWorld) -> None:
    lamp = await world.listing(sku="LAMP-1", title="Lamp", description="Brass.", quantity=2, price=Decimal("19.90"))
    await world.listing(sku=None, external_id="110", title="Vase")
    await world.listing(sku="SOLD-1", title="Rug", status=ListingStatus.SOLD, quantity=0)
    await world.listing(sku="EMPTY-1", title="Bowl", quantity=0)
    other = await world.another_channel()
    await world.listing(sku="THERE-1", title="Elsewhere", channel_id=other.id)
    await world.listing(await world.product("KNOWN-1"))
    products, errors = await imported(world)
    assert errors == []
    assert [(each["title"], each["status"], each["quantity"], each["version"]) for each in products] == [
        ("Lamp", "PUBLISHED", 2, 1), ("Vase", "PUBLISHED", 1, 1), ("Bowl", "DRAFT", 0, 1), ("Rug", "DRAFT", 0, 1)
    ]  # fmt: skip
    first, second, *_ = products
    assert (first["sku"], Decimal(first["price"]), first["currency"]) == ("LAMP-1", Decimal("19.90"), "EUR")
    assert first["listings"]["nodes"] == [{"id": id_of(lamp), "drift": []}]
    assert len(second["sku"]) == 8
    stored = await listings(world)
    assert [each.title for each in stored.values() if each.product_id is None] == ["Elsewhere"]
    assert (stored["Lamp"].is_unlinked, stored["Lamp"].version) == (False, lamp.version + 1)
    assert [action for action, _ in await noted(world)] == ["listing.linked"] * 4 + ["product.created"] * 4
    assert await imported(world) == ([], []), "a second call finds nothing left"


async def test_a_listing_that_a_person_unlinked_or_that_ended_is_taken_by_name_alone(world: ListingWorld) -> None:
    unlinked = await world.listing(sku="A", title="A", is_unlinked=True)
    ended = await world.listing(sku="B", title="B", status=ListingStatus.ENDED)
    assert await imported(world) == ([], [])
    products, errors = await imported(world, [id_of(ended), id_of(unlinked), id_of(ended)])
    assert ([(each["sku"], each["status"]) for each in products], errors) == (
        [("B", "DRAFT"), ("A", "PUBLISHED")], []
    )  # fmt: skip
    assert (await listings(world))["A"].is_unlinked is False


async def test_what_cannot_be_imported_is_told_by_name_and_the_others_go_on(world: ListingWorld) -> None:
    await world.product("TAKEN")
    taken = await world.listing(sku="TAKEN", external_id="1", title="Taken")
    good = await world.listing(sku="TWICE", external_id="2", title="First")
    again = await world.listing(sku="TWICE", external_id="3", title="Second", market="EBAY_AT")
    cheap = await world.listing(sku="FREE", external_id="4", title="Free", price=Decimal(0), description="x" * 20_001)
    pending = await world.listing(sku="P", external_id="5", status=ListingStatus.PENDING)
    other = await world.another_channel()
    there = await world.listing(sku="THERE", external_id="6", channel_id=other.id)
    linked = await world.listing(await world.product("LINKED"))
    named = [taken, good, again, cheap, pending, there, linked]
    ids = [*map(id_of, named), encode_id("Listing", new_id()), "nonsense", world.channel_id]
    products, errors = await imported(world, ids)
    assert [each["title"] for each in products] == ["First"]
    assert [(each["field"], each["code"]) for each in errors] == [
        (["listingIds", str(place)], code)
        for place, code in (
            (0, "ALREADY_EXISTS"), (2, "ALREADY_EXISTS"), (3, "INVALID"), (4, "CONFLICT"), (5, "NOT_FOUND"),
            (6, "CONFLICT"), (7, "NOT_FOUND"), (8, "INVALID"), (9, "INVALID"),
        )
    ]  # fmt: skip
    assert '3 "Second"' in errors[1]["message"]
    assert "price" in errors[2]["message"]
    assert "description" in errors[2]["message"]
    assert (await listings(world))["Taken"].product_id is None
    products, errors = await imported(world)
    assert (products, {each["code"] for each in errors}) == ([], {"ALREADY_EXISTS", "INVALID"})
    assert {each["field"] for each in errors if each["field"]} == set()
    assert all(any(name in each["message"] for name in ("Taken", "Second", "Free")) for each in errors)


async def test_what_a_call_has_no_place_for_is_counted_and_the_rest_never_stands_in_the_way(
    world: ListingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST_AT_ONCE", 2)
    for number in range(3):
        await world.product(f"TAKEN-{number}")
        await world.listing(sku=f"TAKEN-{number}", title=f"Taken {number}")
    for number in range(3):
        await world.listing(sku=f"NEW-{number}", title=f"New {number}")
    products, [error] = await imported(world)
    assert [each["sku"] for each in products] == ["NEW-0", "NEW-1"]
    assert (error["code"], error["field"], "4 are left" in error["message"]) == ("CONFLICT", None, True)
    products, errors = await imported(world)
    assert [each["sku"] for each in products] == ["NEW-2"]
    assert [each["code"] for each in errors] == ["ALREADY_EXISTS", "CONFLICT"]
    _, [error] = await imported(world, ["x", "y", "z"])
    assert (error["code"], error["field"]) == ("INVALID", ["listingIds"])
    assert await imported(world, []) == ([], [])


async def test_listings_beyond_the_plan_are_told_once(world: ListingWorld) -> None:
    values: dict[str, Any] = {"title": "Filling", "currency": "EUR", "price": Decimal(1)}
    await world.team.keep(
        *(Product(tenant_id=world.team.tenant_id, sku=f"F-{number}", **values) for number in range(98))
    )
    ids = [id_of(await world.listing(sku=f"NEW-{number}", title=f"New {number}")) for number in range(4)]
    products, [error] = await imported(world)
    assert [each["sku"] for each in products] == ["NEW-0", "NEW-1"]
    assert (error["code"], error["field"]) == ("QUOTA_EXCEEDED", None)
    assert "allows 100 products, and has no room for 2 of the listings" in error["message"]
    products, [first, error] = await imported(world, ids[1:])
    assert (products, first["code"], first["field"]) == ([], "CONFLICT", ["listingIds", "0"])
    assert (error["code"], error["field"]) == ("QUOTA_EXCEEDED", None)


async def test_only_an_open_channel_of_ones_own_that_has_listings_is_imported_from(world: ListingWorld) -> None:
    shop = await world.another_channel(kind=ChannelKind.SHOP)
    closed = await world.another_channel(status=ChannelStatus.DISCONNECTED, disconnected_at=NOON)
    frozen = await world.another_channel(frozen_at=NOON)
    stranger = await listing_world(world.tools)
    await stranger.listing(sku="THEIRS")
    told = []
    for channel in (shop.id, closed.id, frozen.id, stranger.channel.id, new_id()):
        products, [error] = await imported(world, channel=encode_id("Channel", channel))
        assert (products, error["field"]) == ([], ["channelId"])
        told.append(error["code"])
    assert told == ["NOT_SUPPORTED", "FORBIDDEN", "QUOTA_EXCEEDED", "NOT_FOUND", "NOT_FOUND"]
    _, [wrong] = await imported(world, channel="nonsense")
    assert (wrong["code"], wrong["field"]) == ("INVALID", ["channelId"])
    _, [error] = await imported(world, [id_of(next(iter((await listings(stranger)).values())))])
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["listingIds", "0"])


async def test_a_viewer_imports_nothing(world: ListingWorld) -> None:
    await world.listing(sku="A")
    with pytest.raises(Forbidden):
        await import_listings(world.tools, world.team.as_role(Role.VIEWER), world.channel.id, None)
    assert await noted(world) == []


async def test_ads_are_searched_for_what_was_made_and_for_nothing_else(world: ListingWorld) -> None:
    assert await imported(world) == ([], [])
    assert await searches(world) == 0
    await world.listing(sku="A", title="A")
    await imported(world)
    assert await searches(world) == 1


async def searches(world: ListingWorld) -> int:
    async with world.tools.db.write(world.team.viewer) as session:
        values = {"lock": f"ad_links:{world.team.tenant_id}"}
        return len((await (await session.connection()).execute(text(JOBS), values)).all())


async def test_a_product_is_what_its_listing_says(world: ListingWorld) -> None:
    listing = await world.listing(sku=" S-1 ", title=" Lamp ", description="Brass.", url="https://shop.example/itm/1")
    done = await import_listings(world.tools, world.team.as_role(Role.MANAGER), world.channel.id, [listing.id])
    [made] = done.products
    assert (made.sku, made.title, made.description, made.cost, made.page_urls) == ("S-1", "Lamp", "Brass.", None, [])
    assert (await listings(world))[" Lamp "].product_id == made.id
