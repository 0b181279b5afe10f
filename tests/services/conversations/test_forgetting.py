"""A buyer who is to be forgotten takes the conversations along, in every team, and no reading brings them back."""

import json
from typing import Any

import pytest

from integrations.selling.conversations import RemoteConversation
from models.channel_jobs.job import ChannelJobKind, ChannelJobStatus, SubjectKind
from models.channels.channel import ChannelKind
from models.channels.message import MessageSource, SellerMessage, insert_message_unless_known
from models.ids import new_id
from models.orders.order import SalesOrder
from models.tenants.membership import Role
from services.channel_jobs.requests import JobWish
from services.channels.disconnecting import disconnect_channel
from services.channels.messages import handle_message
from tests.worlds.channel_jobs import seller
from tests.worlds.conversations import ConversationWorld, conversation_world, said, talk

MIA = f"mia-{new_id()}"
LIST = "{ conversations { totalCount nodes { externalId with messages { nodes { text } } } } }"


@pytest.fixture
async def world(world: ConversationWorld) -> ConversationWorld:
    """No marketplace that has conversations asks to forget anybody yet: it is eBay's channel that has them here."""
    return await at_ebay(world)


async def at_ebay(world: ConversationWorld) -> ConversationWorld:
    world.channel = await seller(world.team, kind=ChannelKind.EBAY, external_id=f"seller-{new_id()}")
    return world


def with_mia(external_id: str = "t-1", **more: Any) -> RemoteConversation:
    return talk(external_id, said("m-1"), said("m-2", "Mia here."), **{"with_name": MIA, **more})


async def forgotten(world: ConversationWorld, *, name: str = MIA) -> None:
    """eBay tells that the account was deleted."""
    message_id = str(new_id())
    message = SellerMessage(
        source=MessageSource.EBAY, message_id=message_id, topic="DELETION", received_at=world.clock(),
        about={"kind": "FORGET", "user_name": name, "at": world.clock().isoformat()},
    )  # fmt: skip
    async with world.tools.db.write(None) as session:
        await insert_message_unless_known(session, message)
    await handle_message(world.tools, MessageSource.EBAY, message_id)


async def shown(world: ConversationWorld) -> list[str]:
    found = (await world.data(LIST))["conversations"]
    assert found["totalCount"] == len(found["nodes"])
    return [each["externalId"] for each in found["nodes"]]


async def test_name_and_words_are_gone_in_every_team_and_come_back_with_no_reading(world: ConversationWorld) -> None:
    worlds = [world, await at_ebay(await conversation_world(world.tools))]
    for each in worlds:
        await each.synced(with_mia(), talk("t-2", said("m-3", "Hello."), with_name="tom"))
    node_id = await world.id_of()
    await forgotten(world)
    for each in worlds:
        assert await shown(each) == ["t-2"]
        assert MIA not in repr(await each.talks())
        assert (await each.words(), await each.words("t-2")) == ({}, {"m-3": "Hello."})
        await each.synced(with_mia(minute=7), with_mia("t-3", with_name="tom"))
        assert (await each.words(), sorted(await shown(each))) == ({}, ["t-2", "t-3"])
        assert MIA not in repr(await each.talks())
    assert await world.data("query ($id: ID!) { node(id: $id) { id } }", id=node_id) == {"node": None}


async def test_what_was_said_about_their_orders_goes_too_under_any_name(world: ConversationWorld) -> None:
    sale: dict[str, Any] = {
        "channel_id": world.channel.id, "external_id": "o-1", "status": "PAID", "currency": "EUR",
        "placed_at": world.clock(), "updated_at": world.clock(), "subtotal": 0, "discount": 0,
        "shipping": 0, "tax": 0, "total": 0, "buyer_handle": MIA,
    }  # fmt: skip
    await world.team.keep(SalesOrder(tenant_id=world.team.tenant_id, **sale))
    await world.synced(
        with_mia("t-1", with_name="M. M.", order_external_id="o-1"), talk("t-2", order_external_id="o-2")
    )
    await forgotten(world)
    assert await shown(world) == ["t-2"]
    assert await world.words() == {}


async def test_what_was_to_be_written_to_them_is_gone_and_the_log_names_nobody(world: ConversationWorld) -> None:
    await world.synced(with_mia())
    payload = {"text": f"Hello {MIA}.", "known_ids": []}
    about = (await world.talks())["t-1"].id
    job = await world.asked(JobWish(ChannelJobKind.SEND_MESSAGE, SubjectKind.CONVERSATION, about, payload=payload))
    await forgotten(world)
    assert "text" not in (await world.row(job)).payload
    job = await world.run(job)
    assert (job.status, job.error_message) == (ChannelJobStatus.FAILED, "The conversation is gone.")
    assert "order.buyer_erased" in await world.noted()
    log = (await world.ask("{ auditLog { nodes { action changes } } }")).data
    assert MIA not in json.dumps(log)


async def test_a_channel_that_is_deleted_takes_its_conversations_along(world: ConversationWorld) -> None:
    await world.synced(with_mia())
    await disconnect_channel(world.tools, world.team.as_role(Role.OWNER), world.channel.id, delete_data=True)
    assert await world.talks() == {}
