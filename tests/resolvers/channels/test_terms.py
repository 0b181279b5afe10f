"""What eBay calls things, for mappings: asked once, and refused in words where nothing can be asked."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.channels import SellingBase, SellingWorld, selling_base

TERMS = """query (
  $id: ID!, $kind: AttributeKind!, $market: String, $parent: String, $search: String, $first: Int = 50
) {
  channelTerms(channelId: $id, kind: $kind, market: $market, parent: $parent, search: $search, first: $first) {
    externalId name parent isLeaf } }"""


@pytest_asyncio.fixture(scope="module")
async def base(tools: Toolbox) -> AsyncIterator[SellingBase]:
    async with selling_base(tools) as made:
        yield made


@pytest_asyncio.fixture
async def world(base: SellingBase) -> SellingWorld:
    return await base.world()


async def terms(world: SellingWorld, channel_id: str, kind: str, **given: Any) -> Any:
    return (await world.ask(TERMS, id=channel_id, kind=kind, **given)).data["channelTerms"]


async def test_conditions_are_those_of_the_marketplace_and_as_many_as_asked_for(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    found = await terms(world, made["id"], "CONDITION")
    assert {"externalId": "NEW", "name": "New", "parent": None, "isLeaf": True} in found
    assert await terms(world, made["id"], "CONDITION", first=1) == found[:1]
    assert await terms(world, made["id"], "CONDITION", search="nothing like it") == []


async def test_a_question_about_categories_is_asked_once(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    first = await terms(world, made["id"], "CATEGORY", search="lamp")
    calls = len(world.ebay.sandbox.log)
    assert await terms(world, made["id"], "CATEGORY", search="lamp") == first
    assert len(world.ebay.sandbox.log) == calls


@pytest.mark.parametrize(
    "given",
    [{"market": "EBAY_XX"}, {"search": "s" * 201}, {"parent": "p" * 100_000}, {"search": "\0"}, {"first": 0}],
    ids=["market", "long", "enormous", "nul", "none"],
)
async def test_what_cannot_be_asked_is_told(world: SellingWorld, given: dict[str, Any]) -> None:
    made = (await world.connected())["channel"]
    assert (await world.ask(TERMS, id=made["id"], kind="CATEGORY", **given)).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("CATEGORY", {}, "say `search`"),
        ("CATEGORY", {"search": " "}, "say `search`"),
        ("COLOUR", {}, "say its id as `parent`"),
        ("BRAND", {"parent": "999"}, "category"),
    ],
)
async def test_what_is_missing_or_unknown_is_bad_input_and_no_outage(
    world: SellingWorld, kind: str, given: dict[str, Any], words: str
) -> None:
    made = (await world.connected())["channel"]
    answer = await world.ask(TERMS, id=made["id"], kind=kind, **given)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert words in answer.messages[0].lower()


async def test_a_shop_has_no_terms_and_a_channel_of_others_is_none(world: SellingWorld, base: SellingBase) -> None:
    made = (await world.connected())["channel"]
    other = await base.world()
    assert await terms(other, made["id"], "CONDITION") is None
    assert await terms(other, encode_id("Channel", UUID(int=7)), "CONDITION") is None
    shop = (await other.begun(kind="SHOP"))["channel"]
    assert (await other.ask(TERMS, id=shop["id"], kind="CONDITION")).codes == ["BAD_USER_INPUT"]


async def test_whoever_may_not_edit_the_catalogue_does_not_ask(world: SellingWorld) -> None:
    made = (await world.connected())["channel"]
    world.role = Role.VIEWER
    assert (await world.ask(TERMS, id=made["id"], kind="CONDITION")).codes == ["FORBIDDEN"]


async def test_a_channel_whose_consent_has_ended_says_what_to_do(world: SellingWorld, base: SellingBase) -> None:
    made = (await world.connected())["channel"]
    world.withdraw()
    base.move(hours=3)
    answer = await world.ask(TERMS, id=made["id"], kind="CONDITION")
    assert answer.codes == ["BAD_USER_INPUT"]
    channel, _ = await world.stored(made["id"])
    assert (channel.status, channel.issue) == ("ATTENTION", "REAUTHORIZE")
