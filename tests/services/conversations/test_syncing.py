"""Conversations of a channel are read completely, and what is odd about one costs no other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.errors import Misshapen, ObjectMissing, Throttled, Unavailable
from integrations.selling.conversations import ConversationPage
from integrations.selling.records import RecordProblem
from models.channel_jobs.job import ChannelJobStatus
from services.conversations.syncing import FIRST_READING, READ_AGAIN
from tests.worlds.ads import NOON
from tests.worlds.conversations import MARK, ConversationWorld, said, talk

S = ChannelJobStatus
FAR = datetime(9999, 12, 31, tzinfo=UTC)


async def test_a_second_reading_of_the_same_changes_nothing(world: ConversationWorld) -> None:
    whole = talk("t-1", said("m-1"), said("m-2", "Yes.", minute=1, from_us=True), minute=1, listing_external_id="i-9")
    job = await world.synced(whole, talk("t-2"))
    assert (job.status, job.done, job.problems) == (S.SUCCEEDED, 2, [])
    stored = (await world.talks())["t-1"]
    assert (stored.with_name, stored.is_unread, stored.listing_external_id) == ("mia", True, "i-9")
    assert stored.last_message_at == NOON + timedelta(minutes=1)
    assert await world.words() == {"m-1": "Is it still there?", "m-2": "Yes."}
    # One without messages is as old as its last change.
    assert (await world.talks())["t-2"].last_message_at == NOON
    await world.synced()
    assert {each.version for each in (await world.talks()).values()} == {1}


async def test_only_what_is_not_older_replaces_what_is_stored(world: ConversationWorld) -> None:
    await world.synced(talk("t-1", said("m-1"), said("m-2", minute=5), minute=5))
    await world.synced(talk("t-1", said("m-1", "older"), minute=4, with_name="older"))
    assert ((await world.talks())["t-1"].with_name, (await world.words())["m-1"]) == ("mia", "Is it still there?")
    await world.synced(talk("t-1", said("m-1", "as new"), minute=5, is_unread=False))
    stored = (await world.talks())["t-1"]
    assert (stored.is_unread, stored.version, (await world.words())["m-1"]) == (False, 2, "as new")


async def test_a_message_is_changed_when_it_is_told_otherwise_and_stays_when_it_is_told_no_more(
    world: ConversationWorld,
) -> None:
    await world.synced(talk("t-1", said("m-1"), said("m-2", "second", minute=1), minute=1))
    await world.synced(talk("t-1", said("m-2", "second, edited", minute=1), said("m-3", minute=2), minute=2))
    assert await world.words() == {
        "m-1": "Is it still there?",
        "m-2": "second, edited",
        "m-3": "Is it still there?",
    }


async def test_what_was_marked_as_read_is_unread_again_only_when_the_buyer_writes(world: ConversationWorld) -> None:
    first, second = said("m-1"), said("m-2", "Hello?", minute=2)
    ours = said("m-3", "Yes.", minute=3, from_us=True)
    await world.synced(talk("t-1", first))
    await world.data(MARK, id=await world.id_of())
    # The marketplace still says that it is unread, as it was told nothing.
    await world.synced(talk("t-1", first, minute=1))
    assert not (await world.talks())["t-1"].is_unread
    await world.synced(talk("t-1", first, second, minute=2))
    assert (await world.talks())["t-1"].is_unread
    await world.data(MARK, id=await world.id_of())
    await world.synced(talk("t-1", first, second, ours, minute=3))
    assert not (await world.talks())["t-1"].is_unread
    await world.synced(talk("t-1", first, second, ours, minute=4, is_unread=False))
    assert not (await world.talks())["t-1"].is_unread


async def test_the_next_reading_begins_shortly_before_the_newest_change_that_is_stored(
    world: ConversationWorld,
) -> None:
    await world.synced()
    await world.synced(talk("t-1", minute=-30), talk("t-2", minute=-90))
    world.clock.move(hours=5)
    await world.synced()
    first, second, third = world.inbox.asked_since
    assert first == second == NOON - FIRST_READING
    assert third == NOON - timedelta(minutes=30) - READ_AGAIN


async def test_a_reading_that_broke_off_keeps_its_pages_and_moves_nothing_on(world: ConversationWorld) -> None:
    """woosync 9: a watermark that moves past a failure loses what lay before it."""
    world.inbox.pages = [ConversationPage([talk("t-1")]), Unavailable("away")]
    job = await world.synced()
    assert (job.status, set(await world.talks())) == (S.WAITING, {"t-1"})
    assert (await world.seen_channel()).conversations_read_to is None
    world.inbox.pages.pop()
    world.clock.move(minutes=5)
    assert (await world.run(job)).status is S.SUCCEEDED
    assert (await world.seen_channel()).conversations_read_to == NOON


async def test_what_changes_while_a_long_reading_goes_on_is_not_passed_over(world: ConversationWorld) -> None:
    """A conversation that is read half an hour after the list tells of a message that is newer than the list.

    Whatever else came in that half hour was in no list: the next reading begins before it.
    """
    world.inbox.pages = [Unavailable("away")]
    job = await world.synced()
    world.clock.move(minutes=30)
    world.inbox.pages = [ConversationPage([talk("t-1", said("m-1", minute=25), minute=25)])]
    assert (await world.run(job)).status is S.SUCCEEDED
    assert (await world.seen_channel()).conversations_read_to == NOON
    await world.synced()
    assert world.inbox.asked_since[-1] == NOON - READ_AGAIN


async def test_somebody_may_ask_for_older_ones_and_nobody_skips_what_is_not_read(world: ConversationWorld) -> None:
    await world.synced(since="2024-05-01T00:00:00+00:00")
    await world.synced(since=NOON.isoformat())
    assert world.inbox.asked_since == [datetime(2024, 5, 1, tzinfo=UTC), NOON - FIRST_READING]


async def test_a_page_that_is_empty_or_short_ends_nothing(world: ConversationWorld) -> None:
    """PrestaShopCorp/ebay PR 15: 93 of 103 orders were read, since a page was not full."""
    pages = [[talk("t-1")], [], [talk("t-2"), talk("t-3")], [talk("t-3")]]
    world.inbox.pages = [ConversationPage(each) for each in pages]
    assert (await world.synced()).status is S.SUCCEEDED
    assert set(await world.talks()) == {"t-1", "t-2", "t-3"}


async def test_what_cannot_be_read_is_asked_for_again_by_itself_and_holds_nothing_up(world: ConversationWorld) -> None:
    odd = [RecordProblem("It has no messages.", None, "t-9"), RecordProblem("One has no id.")]
    world.inbox.pages = [ConversationPage([talk("t-1")], odd)]
    world.inbox.alone["t-9"] = Misshapen("odd")
    job = await world.synced()
    assert job.status is S.SUCCEEDED
    told = ["One has no id.", "Conversation t-9: It has no messages."]
    assert [each["message"] for each in job.problems] == told
    assert (await world.seen_channel()).conversations_read_to == NOON
    # Not before its time.
    assert world.inbox.asked_alone == []
    world.inbox.pages = []
    world.clock.move(minutes=16)
    assert [each["message"] for each in (await world.synced()).problems] == told[1:]
    world.clock.move(minutes=16)
    await world.synced()
    assert world.inbox.asked_alone == ["t-9"]
    world.clock.move(minutes=16)
    world.inbox.alone["t-9"] = talk("t-9")
    assert (await world.synced()).problems == []
    assert (world.inbox.asked_alone, set(await world.talks())) == (["t-9", "t-9"], {"t-1", "t-9"})
    world.clock.move(days=2)
    await world.synced()
    assert len(world.inbox.asked_alone) == 2


async def test_what_is_gone_meanwhile_is_told_once_and_a_limit_does_not_end_the_reading(
    world: ConversationWorld,
) -> None:
    world.inbox.pages = [ConversationPage([], [RecordProblem("Odd.", None, "t-8"), RecordProblem("Odd.", None, "t-9")])]
    await world.synced()
    world.inbox.pages = []
    world.inbox.alone = {"t-8": ObjectMissing("gone"), "t-9": Throttled("slowly", retry_after_s=60)}
    world.clock.move(minutes=16)
    job = await world.synced()
    assert job.status is S.SUCCEEDED
    told = [each["message"] for each in job.problems]
    assert told[0] == "Conversation t-8 could not be read, and the channel does not know it any more."
    world.inbox.alone["t-9"] = talk("t-9")
    assert (await world.synced()).problems == []


@pytest.mark.parametrize(
    "odd",
    [
        {"external_id": ""},
        {"external_id": "x" * 100_000},
        {"external_id": "\0"},
        {"external_id": "\ud800"},
        {"with_name": ""},
        {"with_name": "\0\ud800" + "x" * 100_000},
        {"updated_at": FAR},
        {"listing_external_id": "", "order_external_id": "y" * 100_000},
        {"listing_external_id": "\0"},
        {"messages": [said(""), said("y" * 100_000), said("\0"), said("late", sent_at=FAR)]},
        {"messages": [said("twice"), said("twice", "again")]},
        {"messages": [said("long", '\0\ud800{,}\\"' * 100_000), said("empty", "")]},
        {"problems": (RecordProblem("One message has no time."),)},
    ],
)  # fmt: skip
async def test_one_odd_conversation_never_costs_the_rest(world: ConversationWorld, odd: dict[str, Any]) -> None:
    job = await world.synced(replace(talk(), **{"external_id": "odd", **odd}), talk("t-1", said("m-1")))
    assert job.status is S.SUCCEEDED
    assert await world.words("t-1") == {"m-1": "Is it still there?"}
    found = await world.talks()
    assert all(len(each.with_name) <= 200 for each in found.values())
    if "odd" in found:
        assert all(len(text) <= 10_000 for text in (await world.words("odd")).values())
    told = repr(job.problems)
    assert "xxx" not in told
    assert "still there" not in told
    # A time of the far future would keep every later reading from beginning before it.
    assert (await world.seen_channel()).conversations_read_to == NOON


async def test_what_is_of_the_far_future_is_left_out_and_told(world: ConversationWorld) -> None:
    """It would stand before everything else for ever, and no later change would be newer than it."""
    job = await world.synced(talk("t-9", updated_at=FAR), talk("t-1", said("m-1"), said("m-9", sent_at=FAR)))
    assert (set(await world.talks()), set(await world.words())) == ({"t-1"}, {"m-1"})
    assert [each["message"] for each in job.problems] == [
        "Conversation t-1: 1 of its messages could not be stored.",
        "Conversation t-9: it has changed in the future, by the marketplace's clock.",
    ]


async def test_texts_are_kept_letter_by_letter(world: ConversationWorld) -> None:
    strange = 'a "b" \\ {c,NULL} \n\t ünï 👗 NULL'
    await world.synced(talk("t-1", said("m-1", strange), said('"m\\2{}', "NULL")))
    assert await world.words() == {"m-1": strange, '"m\\2{}': "NULL"}


async def test_a_session_without_messages_is_refused_in_words(world: ConversationWorld) -> None:
    world.inbox = object()  # type: ignore[assignment]  # a marketplace whose conversations nobody reads
    job = await world.synced()
    assert (job.status, job.error_message) == (S.FAILED, "Adgraph cannot read or write messages of this channel.")
