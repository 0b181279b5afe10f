"""SYNC_CONVERSATIONS and SEND_MESSAGE at Vinted, whose steps a browser extension does."""

from typing import Any

import pytest
from sqlmodel import select

from integrations.vinted.relay import RelayErrorCode, StepAnswer
from models.channel_jobs.job import ChannelJob, ChannelJobErrorCode, ChannelJobKind, ChannelJobStatus
from models.conversations.conversation import Conversation
from models.conversations.message import Message
from services.conversations.sending import send_message
from services.toolbox import Toolbox
from tests.stand_ins.relay import failed, unknown
from tests.worlds.relayed import RelayedWorld, relayed_world

S = ChannelJobStatus
E = RelayErrorCode
SYNC = ChannelJobKind.SYNC_CONVERSATIONS


@pytest.fixture
async def relayed(tools: Toolbox) -> RelayedWorld:
    return await relayed_world(tools)


def write(world: RelayedWorld, talk_id: str, *texts: str) -> None:
    """A buyer writes; the conversation comes to the front of the list."""
    at = world.site.now.isoformat()
    talk = world.site.talks.setdefault(talk_id, {"id": talk_id, "with": "ada", "messages": []})
    for text in texts:
        talk["messages"].append({"id": f"{talk_id}-{len(talk['messages'])}", "text": text, "sentAt": at})
    row = {"id": talk_id, "with": "ada", "isUnread": True, "updatedAt": at}
    world.site.talk_rows = [row, *(each for each in world.site.talk_rows if each["id"] != talk_id)]


async def rows(world: RelayedWorld, table: Any) -> list[Any]:
    async with world.tools.db.read(world.team.viewer) as session:
        return [*(await session.exec(select(table).where(table.tenant_id == world.team.tenant_id))).all()]


async def asked(world: RelayedWorld, key: str = "k") -> ChannelJob:
    [talk] = await rows(world, Conversation)
    db, clock = world.tools.db, world.tools.clock
    [job] = await send_message(db, clock, world.team.viewer, talk.id, "Yes, still here", idempotency_key=key)
    return job


def ours(world: RelayedWorld) -> list[str]:
    return [each["text"] for each in world.site.talks["t1"]["messages"] if each.get("fromUs")]


@pytest.mark.parametrize("most", [None, 1])
async def test_conversations_are_stored_and_only_what_changed_is_read_again(
    relayed: RelayedWorld, most: int | None
) -> None:
    relayed.most = most
    for number in range(4):
        write(relayed, f"t{number}", "Hello", "Still there?")
        relayed.move(hours=1)
    assert (await relayed.synced(SYNC)).status is S.SUCCEEDED
    assert (len(await rows(relayed, Conversation)), len(await rows(relayed, Message))) == (4, 8)
    relayed.site.done.clear()
    write(relayed, "t1", "Anybody?")
    assert (await relayed.synced(SYNC)).status is S.SUCCEEDED
    assert len(await rows(relayed, Message)) == 9
    assert {each.key for each in relayed.site.done if each.key.startswith("conversation-")} <= {
        "conversation-t1",
        "conversation-t3",
    }


async def test_a_message_is_sent_once(relayed: RelayedWorld) -> None:
    write(relayed, "t1", "Still there?")
    await relayed.synced(SYNC)
    job = await relayed.worked(await asked(relayed))
    assert job.status is S.SUCCEEDED
    assert ours(relayed) == ["Yes, still here"]
    assert sorted(each.text for each in await rows(relayed, Message)) == ["Still there?", "Yes, still here"]


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("fate", [unknown(), failed(E.TIMEOUT)], ids=["unknown", "timeout"])
async def test_after_a_doubt_a_message_is_there_once(relayed: RelayedWorld, fate: StepAnswer, is_done: bool) -> None:
    write(relayed, "t1", "Still there?")
    await relayed.synced(SYNC)
    relayed.relay.fates["send-1"], relayed.relay.lost = fate, {"send-1"} if is_done else set()
    job = await relayed.worked(await asked(relayed))
    assert job.status is S.SUCCEEDED, job.error_message
    assert ours(relayed) == ["Yes, still here"]


async def test_the_same_words_as_before_are_sent_again(relayed: RelayedWorld) -> None:
    write(relayed, "t1", "Still there?")
    await relayed.synced(SYNC)
    assert (await relayed.worked(await asked(relayed))).status is S.SUCCEEDED
    relayed.move(hours=1)
    relayed.relay.fates["send-1"] = unknown()
    assert (await relayed.worked(await asked(relayed, "k2"))).status is S.SUCCEEDED
    assert ours(relayed) == ["Yes, still here"] * 2


async def test_a_refused_message_fails_with_the_sites_words(relayed: RelayedWorld) -> None:
    write(relayed, "t1", "Still there?")
    await relayed.synced(SYNC)
    relayed.relay.fates["send-1"] = failed(E.INVALID, "No links, please.")
    job = await relayed.worked(await asked(relayed))
    assert (job.status, job.error_code) == (S.FAILED, ChannelJobErrorCode.REJECTED)
    assert "No links" in (job.error_message or "")
    assert ours(relayed) == []
