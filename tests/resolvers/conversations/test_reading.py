"""Conversations as clients read them: the list with its filter, long ones page by page, and few statements for many."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.conversations.message import ToldMessage, store_messages
from models.listings.listing import ChannelListing
from models.orders.order import SalesOrder
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.ads import NOON, statements
from tests.worlds.channel_jobs import seller
from tests.worlds.conversations import ConversationWorld, conversation_world, said, talk

TALKS = """query ($first: Int, $after: String, $filter: ConversationFilter) {
  conversations(first: $first, after: $after, filter: $filter) { totalCount pageInfo { endCursor hasNextPage } nodes {
    id externalId with isUnread lastMessageAt channel { id }
    listing { title } order { externalId }
    messages(first: 2) { totalCount nodes { id fromUs text sentAt } } } } }"""
MESSAGES = """query ($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on Conversation {
  messages(first: $first, after: $after) { totalCount pageInfo { endCursor hasNextPage } nodes { id text } } } } }"""


@pytest.fixture
async def world(tools: Toolbox) -> ConversationWorld:
    return await conversation_world(tools)


async def found(world: ConversationWorld, **wanted: Any) -> list[str]:
    listed = (await world.data(TALKS, filter=wanted))["conversations"]
    assert listed["totalCount"] == len(listed["nodes"])
    return [each["externalId"] for each in listed["nodes"]]


async def test_conversations_are_found_by_each_part_of_the_filter(world: ConversationWorld) -> None:
    await world.synced(
        talk("t-old", said("m", minute=-9)), talk("t-new", said("m", minute=3)), talk("t-read", is_unread=False)
    )
    other = await seller(world.team, external_id="another")
    await world.change(
        "update conversation set channel_id = :other where external_id = 't-old' and tenant_id = :tenant",
        other=other.id,
    )
    # The newest message first, and not the newest change.
    assert await found(world) == ["t-new", "t-read", "t-old"]
    assert await found(world, isUnread=True) == ["t-new", "t-old"]
    assert await found(world, isUnread=False) == ["t-read"]
    assert await found(world, channelIds=[encode_id("Channel", other.id)]) == ["t-old"]
    assert await found(world, channelIds=[encode_id("Channel", other.id)], isUnread=False) == []
    assert await found(world, channelIds=[]) == []
    assert await found(world, channelIds=None, isUnread=None) == ["t-new", "t-read", "t-old"]


@pytest.mark.parametrize(
    "wanted", [{"isUnread": "yes"}, {"isUnread": 1}, {"channelIds": ["nonsense"]}, {"channelIds": 7}, {"with": "mia"}]
)
async def test_a_filter_that_is_none_is_refused(
    world: ConversationWorld, dropped_resolvers: object, wanted: dict[str, Any]
) -> None:
    assert (await world.ask(TALKS, filter=wanted)).codes != []


async def test_a_conversation_leads_to_what_it_is_about_whichever_came_first(world: ConversationWorld) -> None:
    about: dict[str, Any] = {"listing_external_id": "i-1", "order_external_id": "o-1"}
    await world.synced(talk("t-1", said("m-1"), said("m-2", "Yes.", minute=1, from_us=True), minute=1, **about))
    before = (await world.data(TALKS))["conversations"]["nodes"][0]
    assert (before["listing"], before["order"]) == (None, None)
    await _sold(world)
    # What another channel calls by the same id is another thing.
    other = await seller(world.team, external_id="another")
    await world.synced(talk("t-2", **about))
    await world.change(
        "update conversation set channel_id = :other where external_id = 't-2' and tenant_id = :tenant", other=other.id
    )
    shown = {each["externalId"]: each for each in (await world.data(TALKS))["conversations"]["nodes"]}
    assert (shown["t-1"]["listing"], shown["t-1"]["order"]) == ({"title": "Boots"}, {"externalId": "o-1"})
    assert (shown["t-2"]["listing"], shown["t-2"]["order"]) == (None, None)
    said_ = shown["t-1"]["messages"]
    assert (said_["totalCount"], [(each["fromUs"], each["text"]) for each in said_["nodes"]]) == (
        2,
        [(True, "Yes."), (False, "Is it still there?")],
    )
    assert shown["t-2"]["messages"] == {"totalCount": 0, "nodes": []}


async def _sold(world: ConversationWorld) -> None:
    sale: dict[str, Any] = {
        "channel_id": world.channel.id, "external_id": "o-1", "status": "PAID", "currency": "EUR",
        "placed_at": NOON, "updated_at": NOON, "subtotal": 0, "discount": 0, "shipping": 0, "tax": 0, "total": 0,
    }  # fmt: skip
    offer: dict[str, Any] = {
        "channel_id": world.channel.id, "external_id": "i-1", "status": "LIVE", "currency": "EUR", "title": "Boots",
        "price": 10, "quantity": 1,
    }  # fmt: skip
    await world.team.keep(
        SalesOrder(tenant_id=world.team.tenant_id, **sale), ChannelListing(tenant_id=world.team.tenant_id, **offer)
    )


async def test_ten_thousand_messages_are_paged_each_once_the_newest_first(world: ConversationWorld) -> None:
    await world.synced(talk())
    row = (await world.talks())["t-1"]
    # Three share each moment, and a page ends in the middle of some.
    told = [
        ToldMessage(row.id, f"m-{n}", from_us=False, text=str(n), sent_at=NOON + timedelta(seconds=n // 3))
        for n in range(10_000)
    ]
    async with world.tools.db.write(world.team.viewer) as session:
        assert await store_messages(session, told) == {row.id}
    seen, after, pages = list[str](), "", 0
    while True:
        asked = {"id": encode_id("Conversation", row.id), "first": 1000, "after": after}
        with statements(world.tools.db) as sent:
            page = (await world.data(MESSAGES, **asked))["node"]["messages"]
        assert page["totalCount"] == 10_000
        assert len([each for each in sent if "FROM message" in each]) <= 2
        seen += [each["text"] for each in page["nodes"]]
        pages += 1
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert pages == 10
    assert len(set(seen)) == len(seen) == 10_000
    assert [int(each) // 3 for each in seen] == sorted((n // 3 for n in range(10_000)), reverse=True)


async def test_a_long_list_takes_as_many_statements_as_a_short_one(world: ConversationWorld) -> None:
    await _sold(world)
    about: dict[str, Any] = {"listing_external_id": "i-1", "order_external_id": "o-1"}
    counts = []
    for many in (1, 60):
        await world.synced(*(talk(f"t-{n}", said("m-1"), said("m-2", minute=1), **about) for n in range(many)))
        with statements(world.tools.db) as sent:
            listed = (await world.data(TALKS, first=100))["conversations"]
        assert len(listed["nodes"]) == many
        counts.append(len(sent))
    assert counts[0] == counts[1]


async def test_a_page_follows_the_other_and_a_cursor_of_another_list_is_refused(world: ConversationWorld) -> None:
    await world.synced(*(talk(f"t-{n}", said("m", minute=n)) for n in range(3)))
    first = (await world.data(TALKS, first=2))["conversations"]
    assert [each["externalId"] for each in first["nodes"]] == ["t-2", "t-1"]
    rest = (await world.data(TALKS, first=2, after=first["pageInfo"]["endCursor"]))["conversations"]
    assert [each["externalId"] for each in rest["nodes"]] == ["t-0"]
    asked = {"id": rest["nodes"][0]["id"], "after": first["pageInfo"]["endCursor"]}
    assert (await world.ask(MESSAGES, **asked)).codes == ["BAD_USER_INPUT"]


async def test_whoever_may_read_reads_conversations_and_nobody_those_of_others(world: ConversationWorld) -> None:
    await world.synced(talk())
    world.role = Role.VIEWER
    assert await found(world) == ["t-1"]
    theirs = await conversation_world(world.tools)
    assert await found(theirs) == []
    row: UUID = (await world.talks())["t-1"].id
    assert (await theirs.data(MESSAGES, id=encode_id("Conversation", row))) == {"node": None}
    theirs_filter = {"channelIds": [encode_id("Channel", world.channel.id)]}
    assert await found(theirs, **theirs_filter) == []
