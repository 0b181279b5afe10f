"""Conversations of a member: read whole, and answered once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest

from integrations.errors import Barred, Misshapen, ObjectMissing, Throttled, Unavailable
from integrations.selling.conversations import ConversationPage, MessagingSession, RemoteMessage
from integrations.selling.refusals import RefusedFields
from integrations.selling.values import Fields
from integrations.vinted.conversations import conversation_of
from integrations.vinted.relay import RelayErrorCode, RelayOperation, StepAnswer
from integrations.vinted.session import VintedSession
from tests.stand_ins.relay import NOON, ScriptedRelay, failed, quietly, unknown

E = RelayErrorCode
EARLIER = NOON - timedelta(minutes=5)
ODD: list[Any] = [None, "", [], {}, 0, -1, True, 1.5, "x" * 100_000, [None], "\x00"]


def a_message(message_id: str, text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"id": message_id, "fromUs": False, "text": text, "sentAt": NOON.isoformat(), **more}


def put(relay: ScriptedRelay, talk_id: str, *messages: dict[str, Any], age_h: int = 0, **more: Any) -> None:
    row = {"id": talk_id, "with": "ada", "isUnread": True, "updatedAt": (NOON - timedelta(hours=age_h)).isoformat()}
    relay.site.talk_rows.append({**row, "itemId": "81"})
    whole = {"id": talk_id, "with": "ada", "isUnread": True, "orderId": "5", "messages": [*messages], **more}
    relay.site.talks[talk_id] = whole


async def pages(relay: ScriptedRelay, since: datetime | None = None) -> list[ConversationPage]:
    async def read(session: VintedSession) -> list[ConversationPage]:
        return [page async for page in session.conversations(since)]

    return await relay.until_done(read)


async def test_conversations_are_read_whole() -> None:
    relay = ScriptedRelay()
    put(relay, "t1", a_message("m1"), a_message("m2", "Sold?", fromUs=True))
    session: MessagingSession = relay.session()
    assert session is not None
    [page] = await pages(relay)
    [talk] = page.conversations
    assert (talk.external_id, talk.with_name, talk.is_unread, talk.updated_at) == ("t1", "ada", True, NOON)
    assert (talk.listing_external_id, talk.order_external_id) == ("81", "5")
    assert [(each.external_id, each.from_us, each.text) for each in talk.messages] == [
        ("m1", False, "Hello"),
        ("m2", True, "Sold?"),
    ]
    assert "Hello" not in repr(talk.messages[0])
    assert "ada" not in repr(talk)


async def test_only_what_changed_since_is_read_and_all_of_it() -> None:
    relay = ScriptedRelay()
    relay.site.per_page = 2
    for age in range(9):
        put(relay, f"t{age}", a_message("m"), age_h=age)
    found = {each.external_id for page in await pages(relay, NOON - timedelta(hours=4)) for each in page.conversations}
    assert found == {"t0", "t1", "t2", "t3", "t4"}
    everything = {each.external_id for page in await pages(ScriptedRelay(relay.site)) for each in page.conversations}
    assert len(everything) == 9


async def test_many_conversations_come_in_pages_and_their_steps_in_one_go() -> None:
    relay = ScriptedRelay()
    for number in range(50):
        put(relay, f"t{number}", a_message("m"))
    found = await pages(relay)
    assert [len(page.conversations) for page in found] == [20, 20, 10]
    assert [len(keys) for keys in relay.wanted] == [1, 50]


async def test_one_odd_conversation_costs_no_other_one() -> None:
    relay = ScriptedRelay(fates={"conversation-t4": failed(E.INVALID, "ada says hello")})
    for name in ("t1", "t2", "t3", "t4"):
        put(relay, name, a_message("m"))
    relay.site.talks["t2"]["messages"] = "none"
    del relay.site.talks["t3"]
    relay.site.talk_rows.append({"with": "bob"})
    [page] = await pages(relay)
    assert [each.external_id for each in page.conversations] == ["t1"]
    assert [each.external_id for each in page.unreadable] == [None, "t2", "t3", "t4"]
    # A buyer's name and words are in no problem.
    assert not any("ada" in each.message or "bob" in each.message for each in page.unreadable)


@pytest.mark.parametrize("name", ["with", "isUnread", "itemId", "orderId", "extra"])
@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
async def test_an_odd_member_of_a_conversation_costs_only_itself(name: str, value: object) -> None:
    relay = ScriptedRelay()
    put(relay, "t1", a_message("m1"))
    relay.site.talks["t1"][name] = value
    relay.site.talk_rows[0][name] = value
    [page] = await pages(relay)
    [talk] = page.conversations
    assert len(talk.messages) == 1
    assert "\x00" not in talk.with_name


async def test_an_odd_message_is_a_problem_of_its_conversation() -> None:
    relay = ScriptedRelay()
    odd = [a_message("m3", sentAt="soon"), {"text": "nameless"}, "no object", None]
    put(relay, "t1", a_message("m1"), *odd, a_message("m2", None), a_message("m4", "x\x00y"))  # type: ignore[arg-type]
    [talk] = (await pages(relay))[0].conversations
    assert [(each.external_id, each.text) for each in talk.messages] == [("m1", "Hello"), ("m2", ""), ("m4", "xy")]
    assert [each.external_id for each in talk.problems] == ["m3", None, None, None]


async def test_a_message_of_the_future_does_not_make_its_conversation_one() -> None:
    """Else nothing that was said in it could ever be stored."""
    now = NOON + timedelta(hours=1)
    raw = {
        "messages": [{"id": "m1", "sentAt": EARLIER.isoformat()}, {"id": "m2", "sentAt": "2099-01-01T00:00:00+00:00"}]
    }
    found = conversation_of("c1", Fields(raw), Fields({"updatedAt": EARLIER.isoformat()}), now)
    assert found is not None
    assert (found.updated_at, len(found.messages)) == (EARLIER, 2)


async def test_more_messages_than_are_read_are_told() -> None:
    many = [{"id": f"m{number}", "sentAt": EARLIER.isoformat()} for number in range(10_001)]
    found = conversation_of("c1", Fields({"messages": many}), Fields({}), NOON)
    assert found is not None
    assert (len(found.messages), len(found.problems)) == (10_000, 1)


async def test_without_a_time_in_the_list_the_newest_message_tells_it() -> None:
    relay = ScriptedRelay()
    put(relay, "t1", a_message("m1", sentAt=(NOON - timedelta(days=2)).isoformat()))
    put(relay, "t2")
    for row in relay.site.talk_rows:
        row["updatedAt"] = None
    found = (await pages(relay, NOON - timedelta(hours=1)))[0].conversations
    assert [each.updated_at for each in found] == [NOON - timedelta(days=2), NOON]


async def test_single_conversations_are_asked_for_by_their_ids() -> None:
    relay = ScriptedRelay(fates={"conversation-t2": StepAnswer({})})
    put(relay, "t1", a_message("m1"))
    assert (await relay.until_done(lambda session: session.conversation("t1"))).external_id == "t1"
    with pytest.raises(Misshapen):
        await relay.until_done(lambda session: session.conversation("t2"))
    with pytest.raises(ObjectMissing):
        await relay.until_done(lambda session: session.conversation("t3"))


async def sent(
    relay: ScriptedRelay, text: str = "Yes, still here", known: Collection[str] = ()
) -> RemoteMessage | None:
    return await relay.until_done(lambda session: session.send_message("t1", "Yes, still here", known, quietly))


def ours(relay: ScriptedRelay) -> list[str]:
    return [each["text"] for each in relay.site.talks["t1"]["messages"] if each["fromUs"]]


async def test_a_message_is_sent_once_and_answered_with_its_id() -> None:
    relay = ScriptedRelay()
    put(relay, "t1", a_message("m1"))
    message = await sent(relay)
    assert message == RemoteMessage("m2", True, "Yes, still here", NOON)  # noqa: FBT003
    assert ours(relay) == ["Yes, still here"]


@pytest.mark.parametrize(
    "fate", [unknown(), failed(E.TIMEOUT), failed(E.NETWORK), failed(E.SERVER_ERROR)], ids=["unknown", *"tns"]
)
@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
async def test_after_a_doubt_the_conversation_is_looked_at_before_it_is_sent_again(
    fate: StepAnswer, is_done: bool
) -> None:
    relay = ScriptedRelay(fates={"send-1": fate}, lost={"send-1"} if is_done else set())
    old = (NOON - timedelta(days=1)).isoformat()
    put(
        relay,
        "t1",
        a_message("k1", "Yes, still here", fromUs=True),
        a_message("o1", "Yes, still here", fromUs=True, sentAt=old),
        a_message("b1", "Yes, still here"),
    )
    message = await sent(relay, known=["k1"])
    assert message is not None
    assert message.external_id == "m4"
    assert len(ours(relay)) == 3
    assert ("send-2" in {key for keys in relay.wanted for key in keys}) is not is_done


async def test_a_message_without_a_readable_id_was_sent_all_the_same() -> None:
    relay = ScriptedRelay(fates={"send-1": StepAnswer({})}, lost={"send-1"})
    put(relay, "t1")
    assert await sent(relay) is None
    assert ours(relay) == ["Yes, still here"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [(E.INVALID, RefusedFields), (E.NOT_FOUND, ObjectMissing), (E.SIGNED_OUT, Barred), (E.RATE_LIMITED, Throttled)],
)
async def test_a_message_that_was_surely_not_sent_is_not_looked_for(error: E, kind: type[Exception]) -> None:
    relay = ScriptedRelay(fates={"send-1": failed(error)})
    put(relay, "t1")
    with pytest.raises(kind):
        await sent(relay)
    assert ours(relay) == []
    assert [each.operation for each in relay.site.done] in ([], [RelayOperation.SEND_MESSAGE])


async def test_a_site_that_never_sends_it_is_not_asked_for_ever() -> None:
    relay = ScriptedRelay(fates={f"send-{number}": unknown() for number in range(1, 9)})
    put(relay, "t1")
    with pytest.raises(Unavailable):
        await sent(relay)
