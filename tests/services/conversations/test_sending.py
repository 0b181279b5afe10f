"""A buyer is written to once, whatever breaks off, and by whom alone may do so."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from integrations.errors import Rejected, Unavailable
from integrations.selling.conversations import ConversationPage
from models.channel_jobs.job import ChannelJob, ChannelJobKind, ChannelJobStatus
from models.channels.channel import ChannelKind
from models.conversations.buyers import erase_conversations
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.channel_jobs.requests import JobWish
from tests.worlds.ads import NOON
from tests.worlds.channel_jobs import audited, retry, seller
from tests.worlds.conversations import MARK, SEND, ConversationWorld, conversation_world, said, talk

S = ChannelJobStatus
HELLO = "Yes, it is."


async def last(world: ConversationWorld) -> ChannelJob:
    return (await world.jobs())[-1]


async def refusal(world: ConversationWorld, words: str = HELLO, **more: Any) -> tuple[str, Any]:
    answer = await world.data(SEND, **{"id": await world.id_of(), "text": words, "key": "r", **more})
    assert answer["sendMessage"]["jobs"] == []
    [error] = answer["sendMessage"]["userErrors"]
    return error["code"], error["field"]


async def test_a_message_is_sent_and_stored_as_the_channel_shows_it(world: ConversationWorld) -> None:
    await world.synced(talk("t-1", said("m-1", HELLO), said("m-2", HELLO, minute=-9, from_us=True)))
    answer = await world.send(f"  {HELLO}\n")
    [shown] = answer["jobs"]
    assert (shown["kind"], shown["status"], shown["subject"]["id"]) == ("SEND_MESSAGE", "QUEUED", await world.id_of())
    assert (await audited(world))[-1] == "channel_job.requested"
    world.inbox.answers = [said("m-3", HELLO, minute=3, from_us=True)]
    job = await world.run(await last(world))
    assert job.status is S.SUCCEEDED
    # What was said in these words before is none of it.
    assert world.inbox.sent == [("t-1", HELLO, frozenset({"m-2"}))]
    assert (await world.words())["m-3"] == HELLO
    talk_ = (await world.talks())["t-1"]
    assert (talk_.last_message_at, talk_.updated_at) == (NOON + timedelta(minutes=3), NOON)
    # The words are in no job and in no log.
    assert "text" not in job.payload
    assert (await world.noted())[-1] == "message.sent"
    assert HELLO not in repr((await world.ask("{ auditLog { nodes { action changes } } }")).data)


async def test_one_key_sends_once_however_many_ask_at_once(world: ConversationWorld) -> None:
    await world.synced(talk())
    answers = await asyncio.gather(*(world.send(HELLO) for _ in range(8)))
    assert len({answer["jobs"][0]["id"] for answer in answers}) == 1
    await world.run(await last(world))
    assert (await world.send(HELLO))["jobs"] == [{**answers[0]["jobs"][0], "status": "SUCCEEDED"}]
    assert len(world.inbox.sent) == len(await world.jobs()) == 1
    other = await world.data(SEND, id=await world.id_of(), text="Another", key="k")
    assert other["sendMessage"]["userErrors"][0]["code"] == "CONFLICT"


async def test_many_keys_at_once_for_the_same_words_are_one_job(world: ConversationWorld) -> None:
    await world.synced(talk())
    answers = await asyncio.gather(*(world.send(HELLO, f"k-{number}") for number in range(8)))
    assert [answer["userErrors"] for answer in answers] == [[]] * 8
    assert len({answer["jobs"][0]["id"] for answer in answers}) == len(await world.jobs()) == 1


async def test_marking_reading_writing_and_forgetting_at_once_wait_for_each_other_in_no_circle(
    world: ConversationWorld,
) -> None:
    await world.synced(*(talk(f"t-{number}", said("m-1")) for number in range(6)))
    ids = [await world.id_of(f"t-{number}") for number in range(6)]
    await world.send(HELLO)
    reading = await world.asked(JobWish(ChannelJobKind.SYNC_CONVERSATIONS))
    world.inbox.pages = [
        ConversationPage([talk(f"t-{number}", said("m-2", minute=1), minute=1) for number in reversed(range(6))])
    ]

    async def forget() -> None:
        async with world.tools.db.write(world.team.viewer) as session:
            await erase_conversations(session, world.channel.id, ["mia"], [], world.clock())

    marks = (world.data(MARK, id=each) for each in ids)
    async with asyncio.timeout(60):
        await asyncio.gather(world.run(reading), world.run(await last(world)), forget(), *marks)
    assert {each.erased_at is None for each in (await world.talks()).values()} == {False}


async def test_the_same_words_are_one_job_while_it_runs_and_a_new_one_afterwards(world: ConversationWorld) -> None:
    await world.synced(talk("t-1"), talk("t-2"))
    first = await world.send(HELLO, "one")
    assert (await world.send(HELLO, "two"))["jobs"] == first["jobs"]
    assert (await world.send("No.", "three"))["jobs"] != first["jobs"]
    assert (await world.send(HELLO, "four", "t-2"))["jobs"] != first["jobs"]
    for job in await world.jobs():
        await world.run(job)
    await world.send(HELLO, "five")
    await world.run(await last(world))
    assert [each[:2] for each in world.inbox.sent] == [("t-1", HELLO), ("t-1", "No."), ("t-2", HELLO), ("t-1", HELLO)]
    # The first one is known by now, so that the last one is not taken for it.
    assert world.inbox.sent[-1][2] == {"sent-1"}


@pytest.mark.parametrize("has_arrived", [True, False])
async def test_after_a_lost_answer_the_conversation_is_read_before_anything_is_sent(
    world: ConversationWorld, has_arrived: bool
) -> None:
    before = said("m-2", HELLO, minute=-9, from_us=True)
    await world.synced(talk("t-1", said("m-1"), before))
    await world.send(HELLO)
    world.inbox.answers = [Unavailable("lost")]
    job = await world.run(await last(world))
    assert (job.status, len(world.inbox.sent)) == (S.UNCERTAIN, 1)
    # The marketplace writes white space in its own way, and the buyer may say the same.
    theirs, ours = said("m-4", HELLO), said("m-3", "Yes,  it is.\r\n", minute=1, from_us=True)
    world.inbox.alone["t-1"] = talk("t-1", before, theirs, *([ours] if has_arrived else []))
    world.clock.move(minutes=2)
    assert (await world.run(job)).status is S.SUCCEEDED
    assert len(world.inbox.sent) == (1 if has_arrived else 2)
    assert ("m-3" in await world.words()) is has_arrived


@pytest.mark.parametrize("is_read", [True, False], ids=["known here", "written there"])
async def test_the_same_words_of_long_before_are_not_taken_for_a_message_whose_answer_is_lost(
    world: ConversationWorld, is_read: bool
) -> None:
    """The marketplace keeps other white space than was sent, or somebody wrote there after the last reading."""
    words, kept = "Yes,\r\n it is.", said("m-2", HELLO, minute=-9, from_us=True)
    await world.synced(talk("t-1", said("m-1"), *([kept] if is_read else [])))
    await world.send(words)
    world.inbox.answers = [Unavailable("lost")]
    await world.run(await last(world))
    world.inbox.alone["t-1"] = talk("t-1", kept)
    world.clock.move(minutes=2)
    assert (await world.run(await last(world))).status is S.SUCCEEDED
    assert [each[1] for each in world.inbox.sent] == [words, words]
    assert world.inbox.sent[0][2] == (frozenset({"m-2"}) if is_read else frozenset())


async def test_a_retry_by_a_person_looks_too(world: ConversationWorld) -> None:
    await world.synced(talk("t-1"))
    await world.send(HELLO)
    world.inbox.answers = [Unavailable("lost")] * 6
    world.inbox.alone["t-1"] = talk("t-1")
    job = await last(world)
    for _ in range(6):
        job = await world.run(job)
        world.clock.move(minutes=16)
    assert (job.status, job.error_retryable, len(world.inbox.sent)) == (S.FAILED, True, 6)
    world.inbox.alone["t-1"] = talk("t-1", said("m-9", HELLO, from_us=True))
    assert (await world.run(await retry(world, job))).status is S.SUCCEEDED
    assert (len(world.inbox.sent), await world.words()) == (6, {"m-9": HELLO})


async def test_a_message_that_is_not_shown_yet_is_read_soon(world: ConversationWorld) -> None:
    await world.synced(talk("t-1"))
    await world.send(HELLO)
    world.inbox.answers = [None]
    assert (await world.run(await last(world))).status is S.SUCCEEDED
    assert await world.words() == {}
    [_, reading] = await world.jobs(ChannelJobKind.SYNC_CONVERSATIONS)
    assert (reading.status, reading.requested_by_kind) == (S.QUEUED, "SCHEDULE")


async def test_a_refusal_of_the_channel_fails_the_job_and_may_be_retried(world: ConversationWorld) -> None:
    await world.synced(talk("t-1"))
    await world.send(HELLO)
    world.inbox.answers = [Rejected("This buyer takes no messages.")]
    job = await world.run(await last(world))
    assert (job.status, job.error_message) == (S.FAILED, "This buyer takes no messages.")
    assert (await world.run(await retry(world, job))).status is S.SUCCEEDED
    assert world.inbox.asked_alone == []


@pytest.mark.parametrize("words", ["", " \n", "x" * 2_001, "a\0b", "\0", "a\ud800"])
async def test_what_is_no_message_is_refused(world: ConversationWorld, words: str) -> None:
    await world.synced(talk("t-1"))
    assert await refusal(world, words) == ("INVALID", ["text"])
    assert (await world.send("x" * 2_000))["userErrors"] == []


@pytest.mark.parametrize(
    "given", [{"text": None}, {"text": 7}, {"key": None}, {"key": ""}, {"key": "k" * 65}, {"id": None}]
)
async def test_values_of_another_kind_are_refused(
    world: ConversationWorld, dropped_resolvers: object, given: dict[str, Any]
) -> None:
    await world.synced(talk("t-1"))
    values = {"id": await world.id_of(), "text": HELLO, "key": "k", **given}
    answer = await world.ask(SEND, **values)
    assert answer.codes or answer.data["sendMessage"]["userErrors"]
    assert await world.jobs() == []


async def test_only_what_is_there_can_be_answered(world: ConversationWorld) -> None:
    await world.synced(talk("t-1"))
    assert await refusal(world, id=encode_id("Conversation", world.channel.id)) == ("NOT_FOUND", ["conversationId"])
    assert await refusal(world, key="r2", id=encode_id("Channel", world.channel.id)) == ("INVALID", ["conversationId"])
    assert await refusal(world, key="r3", id="nonsense") == ("INVALID", ["conversationId"])
    theirs = await conversation_world(world.tools)
    await theirs.synced(talk("t-1"))
    assert await refusal(world, key="r4", id=await theirs.id_of()) == ("NOT_FOUND", ["conversationId"])
    [error] = (await world.data(MARK, id=await theirs.id_of()))["markConversationRead"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["id"])
    assert (await theirs.talks())["t-1"].is_unread


async def test_a_channel_without_messages_a_frozen_and_a_disconnected_one_are_refused(world: ConversationWorld) -> None:
    ebay = await seller(world.team, external_id="another")
    assert ebay.kind is ChannelKind.EBAY
    await world.synced(talk("t-1"))
    await world.change("update conversation set channel_id = :channel where tenant_id = :tenant", channel=ebay.id)
    assert await refusal(world, key="a") == ("NOT_SUPPORTED", ["conversationId"])
    await world.change(
        "update conversation set channel_id = :channel where tenant_id = :tenant", channel=world.channel.id
    )
    await world.set_channel(frozen_at=NOON)
    assert await refusal(world, key="b") == ("QUOTA_EXCEEDED", ["conversationId"])
    await world.disconnect()
    assert await refusal(world, key="c") == ("FORBIDDEN", ["conversationId"])
    assert await world.jobs() == []


async def test_whoever_may_only_read_neither_writes_nor_marks(world: ConversationWorld) -> None:
    await world.synced(talk("t-1"))
    world.role = Role.VIEWER
    assert (await world.ask(SEND, id=await world.id_of(), text=HELLO, key="k")).codes == ["FORBIDDEN"]
    assert (await world.ask(MARK, id=await world.id_of())).codes == ["FORBIDDEN"]
    assert (await world.talks())["t-1"].is_unread
    assert await world.jobs() == []


async def test_a_message_to_a_buyer_who_was_forgotten_meanwhile_is_not_sent(world: ConversationWorld) -> None:
    await world.synced(talk("t-1"))
    await world.send(HELLO)
    await world.change("update conversation set erased_at = now() where tenant_id = :tenant")
    job = await world.run(await last(world))
    assert (job.status, job.error_code, world.inbox.sent) == (S.FAILED, "REJECTED", [])


async def test_reading_marks_nothing_twice_and_tells_the_audit_log_once(world: ConversationWorld) -> None:
    await world.synced(talk("t-1"))
    for _ in range(2):
        answer = (await world.data(MARK, id=await world.id_of()))["markConversationRead"]
        assert (answer["conversation"]["isUnread"], answer["userErrors"]) == (False, [])
    assert (await world.noted()).count("conversation.marked_read") == 1
    assert world.inbox.sent == []


async def test_no_log_says_a_word_of_what_was_written_or_by_whom(world: ConversationWorld) -> None:
    secret, buyer = "Meet me at the canary bridge.", "canary-buyer"
    with capture_logs() as logged:
        await world.synced(talk("t-1", said("m-1", secret), with_name=buyer), talk("\0", said("m-2", secret)))
        await world.send(secret)
        world.inbox.answers = [Unavailable("lost"), ZeroDivisionError("a fault of ours")]
        world.inbox.alone["t-1"] = talk("t-1", said("m-1", secret), with_name=buyer)
        job = await last(world)
        for _ in range(2):
            job = await world.run(job)
            world.clock.move(minutes=16)
    assert len(logged) > 4
    told = f"{logged} {[each.problems for each in await world.jobs(ChannelJobKind.SYNC_CONVERSATIONS)]}"
    told += f" {job.error_message} {job.wait_reason} {job.memo}"
    assert [each for each in (secret, buyer, "canary") if each in told] == []
