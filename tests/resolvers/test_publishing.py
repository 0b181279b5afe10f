"""Publishing, changing, ending and linking over the API, and what callers write wrongly."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from models.listings.listing import ListingStatus
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from sandbox.ebay.server import EbayServer
from services.toolbox import Toolbox
from tests.worlds.offering import OfferingWorld, offering_at, running_ebay

ERRORS = "userErrors { code field message }"
PUBLISH = f"""mutation ($input: PublishInput!, $key: String!) {{
  publishProducts(input: $input, idempotencyKey: $key) {{
    jobs {{ id kind status subject {{ ... on Listing {{ id status }} }} }}
    problems {{ product {{ sku }} channel {{ id }} problem {{ code field message }} }} {ERRORS} }} }}"""
UPDATE = f"""mutation ($id: ID!, $input: ListingInput!) {{
  updateListing(id: $id, input: $input, idempotencyKey: "u") {{ jobs {{ kind }} {ERRORS} }} }}"""
END = f"""mutation ($ids: [ID!]!) {{ endListings(ids: $ids, idempotencyKey: "e") {{ jobs {{ kind }} {ERRORS} }} }}"""
LINK = f"""mutation ($id: ID!, $product: ID) {{
  linkListing(id: $id, productId: $product) {{ listing {{ product {{ sku }} drift }} {ERRORS} }} }}"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ebay_server() -> AsyncIterator[EbayServer]:
    async with running_ebay() as server:
        yield server


@pytest_asyncio.fixture
async def world(ebay_server: EbayServer, tools: Toolbox) -> AsyncIterator[OfferingWorld]:
    async with offering_at(ebay_server, tools) as made:
        yield made


async def published(world: OfferingWorld, *products: Any, key: str = "k", **given: Any) -> Any:
    ids = [encode_id("Product", each.id) for each in products]
    wish = {"productIds": ids, "channelIds": [world.channel_id], **given}
    return (await world.told(PUBLISH, input=wish, key=key))["publishProducts"]


async def test_the_whole_life_of_a_listing_over_the_api(world: OfferingWorld) -> None:
    product, bad = await world.goods(), await world.goods("MUG-2", title="x" * 81)
    trial = await published(world, product, bad, dryRun=True)
    [problem] = trial["problems"]
    assert (trial["jobs"], problem["product"]["sku"]) == ([], "MUG-2")
    assert (problem["problem"]["code"], problem["problem"]["field"]) == ("INVALID", ["title"])
    assert problem["channel"]["id"] == world.channel_id
    made = await published(world, product, bad)
    [job] = made["jobs"]
    assert (job["kind"], job["subject"]["status"], len(made["problems"])) == ("PUBLISH", "PENDING", 1)
    await world.run_all()
    [listing] = await world.listings()
    assert listing.status is ListingStatus.LIVE
    listing_id = job["subject"]["id"]
    refused = (await world.told(REMOVE, id=encode_id("Product", product.id)))["deleteProduct"]
    assert [each["code"] for each in refused["userErrors"]] == ["CONFLICT"]
    changed = (await world.told(UPDATE, id=listing_id, input={"quantity": 1, "title": "Cup"}))["updateListing"]
    assert ([each["kind"] for each in changed["jobs"]], changed["userErrors"]) == (["UPDATE"], [])
    await world.run_all()
    ended = (await world.told(END, ids=[listing_id, "nonsense"]))["endListings"]
    assert [each["kind"] for each in ended["jobs"]] == ["END"]
    assert [(each["code"], each["field"]) for each in ended["userErrors"]] == [("INVALID", ["ids", "1"])]
    await world.run_all()
    [listing] = await world.listings()
    assert (listing.status, listing.title, listing.quantity) == (ListingStatus.ENDED, "Cup", 1)
    unlinked = (await world.told(LINK, id=listing_id))["linkListing"]
    assert (unlinked["listing"], unlinked["userErrors"]) == ({"product": None, "drift": []}, [])
    gone = (await world.told(REMOVE, id=encode_id("Product", product.id)))["deleteProduct"]
    assert gone["userErrors"] == []


REMOVE = f"mutation ($id: ID!) {{ deleteProduct(id: $id) {{ ok {ERRORS} }} }}"


@pytest.mark.parametrize(
    "given",
    [
        {"productIds": []},
        {"channelIds": ["x"]},
        {"productIds": ["x"]},
        {"price": "NaN"},
        {"quantity": -1},
        {"title": ""},
        {"productIds": ["x"] * 201},
        {"channelIds": ["x"] * 21},
    ],
)
async def test_what_cannot_be_published_is_a_user_error(world: OfferingWorld, given: dict[str, Any]) -> None:
    product = await world.goods()
    answer = await world.ask(
        PUBLISH,
        input={"productIds": [encode_id("Product", product.id)], "channelIds": [world.channel_id], **given},
        key="k",
    )
    if answer.codes:
        assert set(answer.codes) <= {"BAD_USER_INPUT"}
        return
    told = answer.data["publishProducts"]
    assert (told["jobs"], told["problems"]) == ([], [])
    assert {each["code"] for each in told["userErrors"]} == {"INVALID"}


async def test_a_wrong_id_and_an_empty_change_are_told_where_they_are(world: OfferingWorld) -> None:
    listing = await world.listing(sku="X")
    found = encode_id("Listing", listing.id)
    wrong = (await world.told(UPDATE, id=world.channel_id, input={"quantity": 1}))["updateListing"]
    assert [each["field"] for each in wrong["userErrors"]] == [["id"]]
    empty = (await world.told(UPDATE, id=found, input={}))["updateListing"]
    assert [(each["code"], each["field"]) for each in empty["userErrors"]] == [("INVALID", ["input"])]
    link = (await world.told(LINK, id=found, product="nonsense"))["linkListing"]
    assert [each["field"] for each in link["userErrors"]] == [["productId"]]
    world.role = Role.VIEWER
    answer = await world.ask(END, ids=[found])
    assert answer.codes == ["FORBIDDEN"]
