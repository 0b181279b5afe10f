"""Suggestions: decided one by one or many at once, and gone after a week."""

from datetime import timedelta
from typing import Any

import pytest

from models.channel_jobs.job import ChannelJobKind
from models.listings.listing import ChannelListing, ListingStatus
from models.listings.suggestion import SuggestionKind
from models.products.product import Product, ProductStatus
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.channel_jobs.suggesting import suggest
from services.listings.changing import link_listing
from services.listings.importing import import_listings
from services.listings.suggesting import expire_old_suggestions
from tests.worlds.offering import OfferingWorld

ERRORS = "userErrors { code field message }"
DECIDE = f"""mutation ($ids: [ID!]!, $accept: Boolean!) {{ decideSuggestions(ids: $ids, accept: $accept) {{
  suggestions {{ id status decidedBy {{ id }} }} jobs {{ kind subject {{ id }} }} {ERRORS} }} }}"""
LIST = """query ($status: SuggestionStatus!) { suggestions(status: $status) { totalCount nodes {
  id kind status reason createdAt expiresAt product { sku } listing { title } decidedBy { id } } } }"""


async def made(
    world: OfferingWorld, kind: SuggestionKind, listing: ChannelListing, product: Product | None = None
) -> str:
    product_id = None if product is None else product.id
    async with world.tools.db.write(world.team.viewer) as session:
        await suggest(session, kind, listing.id, product_id, reason="Because.", now=world.tools.clock())
    found = await listed(world)
    return str(next(each["id"] for each in found if each["kind"] == kind.value))


async def listed(world: OfferingWorld, status: str = "OPEN") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.told(LIST, status=status))["suggestions"]["nodes"]
    return found


async def decided(world: OfferingWorld, *ids: str, accept: bool = True) -> Any:
    return (await world.told(DECIDE, ids=list(ids), accept=accept))["decideSuggestions"]


async def test_an_accepted_end_is_a_job(world: OfferingWorld) -> None:
    listing = await world.listing(await world.product())
    suggested = await made(world, SuggestionKind.END_LISTING, listing)
    done = await decided(world, suggested)
    assert [(each["id"], each["status"]) for each in done["suggestions"]] == [(suggested, "ACCEPTED")]
    assert [(each["kind"], each["subject"]["id"]) for each in done["jobs"]] == [
        (ChannelJobKind.END.value, encode_id("Listing", listing.id))
    ]
    assert "suggestion.accepted" in await world.noted()


async def test_many_are_decided_at_once_each_for_itself(world: OfferingWorld) -> None:
    product = await world.product()
    free = await world.listing(sku="A")
    gone = await world.listing(sku="B", status=ListingStatus.ENDED)
    linking = await made(world, SuggestionKind.LINK_LISTING, free, product)
    ending = await made(world, SuggestionKind.END_LISTING, gone)
    selling = await made(world, SuggestionKind.MARK_SOLD, free, product)
    done = await decided(world, linking, ending, "nonsense", selling, world.channel_id)
    assert [each["id"] for each in done["suggestions"]] == [linking, selling]
    assert [(each["code"], each["field"]) for each in done["userErrors"]] == [
        ("CONFLICT", ["ids", "1"]), ("INVALID", ["ids", "2"]), ("INVALID", ["ids", "4"])
    ]  # fmt: skip
    assert (await world.stored(free)).product_id == product.id
    assert (await world.stored(product)).status is ProductStatus.SOLD
    assert [each["id"] for each in await listed(world)] == [ending]


@pytest.mark.parametrize("way", ["import", "link", "accept"])
async def test_a_link_is_no_longer_suggested_once_the_listing_has_a_product(world: OfferingWorld, way: str) -> None:
    first, second = await world.product("A"), await world.product("B")
    free, other = await world.listing(sku="FREE", external_id="1"), await world.listing(sku="OTHER", external_id="2")
    chosen = await made(world, SuggestionKind.LINK_LISTING, free, first)
    beside = await made(world, SuggestionKind.LINK_LISTING, free, second)
    elsewhere = await made(world, SuggestionKind.LINK_LISTING, other, first)
    db, clock, viewer = world.tools.db, world.tools.clock, world.team.viewer
    if way == "accept":
        assert [each["id"] for each in (await decided(world, chosen))["suggestions"]] == [chosen]
    elif way == "link":
        await link_listing(db, clock, viewer, free.id, first.id, is_unlinked=False)
    else:
        await import_listings(world.tools, world.team.as_role(Role.OWNER), world.channel.id, [free.id])
    assert (await world.stored(free)).product_id is not None
    assert [each["id"] for each in await listed(world)] == [elsewhere]
    gone = {beside} if way == "accept" else {chosen, beside}
    assert {each["id"] for each in await listed(world, "EXPIRED")} == gone


async def test_what_was_rejected_is_not_suggested_again_for_a_week(world: OfferingWorld) -> None:
    listing = await world.listing(sku="A")
    suggested = await made(world, SuggestionKind.END_LISTING, listing)
    await decided(world, suggested, accept=False)
    again = (await decided(world, suggested))["userErrors"]
    assert [each["code"] for each in again] == ["CONFLICT"]
    async with world.tools.db.write(world.team.viewer) as session:
        await suggest(session, SuggestionKind.END_LISTING, listing.id, None, reason="x", now=world.tools.clock())
    assert await listed(world) == []
    assert world.clock is not None
    world.clock.now += timedelta(days=8)
    assert await made(world, SuggestionKind.END_LISTING, listing) != suggested


async def test_after_a_week_it_is_gone(world: OfferingWorld) -> None:
    listing = await world.listing(sku="A")
    suggested = await made(world, SuggestionKind.END_LISTING, listing)
    assert world.clock is not None
    world.clock.now += timedelta(days=7, seconds=1)
    late = await decided(world, suggested)
    assert [each["code"] for each in late["userErrors"]] == ["CONFLICT"]
    assert late["jobs"] == []
    assert await expire_old_suggestions(world.tools.db, world.tools.clock) >= 1
    assert [each["id"] for each in await listed(world, "EXPIRED")] == [suggested]


async def test_of_two_who_decide_one_does(world: OfferingWorld) -> None:
    listing = await world.listing(sku="A")
    suggested = await made(world, SuggestionKind.END_LISTING, listing)
    both = await decided(world, suggested, suggested)
    assert (len(both["suggestions"]), both["userErrors"]) == (1, [])


async def test_a_viewer_decides_nothing_and_nobody_decides_nothing(world: OfferingWorld) -> None:
    assert [each["code"] for each in (await decided(world))["userErrors"]] == ["INVALID"]
    world.role = Role.VIEWER
    assert (await world.ask(DECIDE, ids=["x"], accept=True)).codes == ["FORBIDDEN"]
    assert (await world.ask(LIST, status="MAYBE")).codes != []
