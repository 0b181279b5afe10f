"""Conversations of a member with buyers, as the extension tells them; texts and names are in no message of an error."""

from collections.abc import AsyncGenerator, Collection
from datetime import datetime, timedelta

from analytics.clock import Clock
from integrations.errors import Misshapen, Unavailable
from integrations.selling.conversations import ConversationPage, RemoteConversation, RemoteMessage
from integrations.selling.marketplace import Tell
from integrations.selling.records import RecordProblem
from integrations.selling.values import Fields
from integrations.vinted.lists import ListAsk, read_list
from integrations.vinted.markets import VENDOR
from integrations.vinted.relay import RelayOperation, StepWish
from integrations.vinted.steps import Steps, failure_of
from integrations.vinted.values import LONGEST_TEXT, id_in, instant_in, rows_in, text_in

_ON_A_PAGE = 20
_MOST_TRIES = 5
_MOST_MESSAGES = 10_000
# The site's clock and the browser's may differ.
_JUST_BEFORE = timedelta(seconds=60)
_AHEAD = timedelta(days=1)
_NAMELESS = f"A conversation in {VENDOR}'s list has no id."
_NOT_TOLD = f"{VENDOR} lists this conversation, and does not tell what was said in it."
_ODD = f"A conversation at {VENDOR} cannot be read."
_ODD_MESSAGE = f"A message at {VENDOR} has no id or no time."
_TOO_MANY = f"It has more messages than are read: only the first {_MOST_MESSAGES:,} that {VENDOR} tells are."
_TOO_OFTEN = f"{VENDOR} has not sent the message, however often it was asked."


async def conversation_pages(
    steps: Steps, clock: Clock, since: datetime | None
) -> AsyncGenerator[ConversationPage, None]:
    """Every conversation that changed since then, or may have, whole. One odd record costs no other one."""
    ask = ListAsk(RelayOperation.LIST_CONVERSATIONS, "conversations", "conversations")
    rows = (await read_list(steps, ask, lambda page: since is not None and page.is_older_than(since))).rows
    wanted = [(row_id, row) for row in rows if (row_id := id_in(row, "id")) is not None and _is_wanted(row, since)]
    answers = await steps.answers([_ask(each, "") for each, _ in wanted])
    nameless = [RecordProblem(_NAMELESS) for row in rows if id_in(row, "id") is None]
    for start in range(0, max(len(wanted), 1), _ON_A_PAGE):
        read, odd = list[RemoteConversation](), nameless if start == 0 else []
        for (external_id, row), answer in [*zip(wanted, answers, strict=True)][start : start + _ON_A_PAGE]:
            found = None if answer.error else conversation_of(external_id, Fields.of(answer.result), row, clock())
            if found is not None:
                read.append(found)
            else:
                odd = [*odd, RecordProblem(_NOT_TOLD if answer.error else _ODD, None, external_id)]
        yield ConversationPage(read, odd)


async def one_conversation(steps: Steps, clock: Clock, external_id: str) -> RemoteConversation:
    """Raises ObjectMissing for one that is gone, Misshapen for one that cannot be read."""
    raw = await steps.result(_ask(external_id, ""))
    found = conversation_of(external_id, raw, Fields({}), clock())
    if found is None:
        raise Misshapen(_ODD)
    return found


async def send(
    steps: Steps, external_id: str, text: str, known_ids: Collection[str], tell: Tell
) -> RemoteMessage | None:
    """The message, once; where nobody knows whether it was sent, the conversation is looked at first."""
    for number in range(1, _MOST_TRIES + 1):
        await tell("Sending the message")
        arguments = {"conversationId": external_id, "text": text}
        [answer] = await steps.answers([StepWish(RelayOperation.SEND_MESSAGE, arguments, f"send-{number}")])
        if answer.error is not None and not answer.is_unclear:
            raise failure_of(answer)
        if answer.error is None and not answer.is_unknown:
            message_id, sent_at = id_in(Fields.of(answer.result), "id"), answer.started_at
            return RemoteMessage(message_id, True, text, sent_at) if message_id and sent_at else None  # noqa: FBT003
        await tell(f"Looking whether {VENDOR} has sent the message")
        raw = await steps.result(_ask(external_id, f"look-{number}-"))
        found = _sent_in(raw, text, known_ids, answer.started_at)
        if found is not None:
            return found
    raise Unavailable(_TOO_OFTEN)


def conversation_of(external_id: str, raw: Fields, row: Fields, read_at: datetime) -> RemoteConversation | None:
    """`row` is what the list tells of it. Odd messages are problems; None for what has no messages at all."""
    if rows_in(raw, "messages") is None:
        return None
    messages, problems = _messages_in(raw)
    # One message of next year is odd, and not the state of the whole conversation.
    newest = max((each.sent_at for each in messages if each.sent_at <= read_at + _AHEAD), default=None)
    updated_at = instant_in(row, "updatedAt") or newest or read_at
    return RemoteConversation(
        external_id=external_id,
        with_name=text_in(raw, "with") or text_in(row, "with") or "",
        is_unread=raw.flag("isUnread") or row.flag("isUnread"),
        updated_at=max(updated_at, newest) if newest else updated_at,
        listing_external_id=id_in(raw, "itemId") or id_in(row, "itemId"),
        order_external_id=id_in(raw, "orderId"),
        messages=messages,
        problems=problems,
    )


def _ask(external_id: str, prefix: str) -> StepWish:
    return StepWish(RelayOperation.GET_CONVERSATION, {"id": external_id}, f"{prefix}conversation-{external_id}")


def _is_wanted(row: Fields, since: datetime | None) -> bool:
    updated_at = instant_in(row, "updatedAt")
    return since is None or updated_at is None or updated_at >= since


def _messages_in(raw: Fields) -> tuple[list[RemoteMessage], list[RecordProblem]]:
    read, odd = list[RemoteMessage](), list[RecordProblem]()
    told = raw.parts("messages")
    if len(told) > _MOST_MESSAGES:
        odd.append(RecordProblem(_TOO_MANY))
    for each in told[:_MOST_MESSAGES]:
        message_id, sent_at = id_in(each, "id"), instant_in(each, "sentAt")
        if message_id is None or sent_at is None:
            odd.append(RecordProblem(_ODD_MESSAGE, None, message_id))
        else:
            text = text_in(each, "text", LONGEST_TEXT) or ""
            read.append(RemoteMessage(message_id, each.flag("fromUs"), text, sent_at))
    return read, odd


def _sent_in(raw: Fields, text: str, known_ids: Collection[str], begun_at: datetime | None) -> RemoteMessage | None:
    """Our message in these words that is none of the known ones, sent since then."""
    earliest = None if begun_at is None else begun_at - _JUST_BEFORE
    for message in _messages_in(raw)[0]:
        is_new = message.from_us and message.external_id not in known_ids
        # Sites write white space in their own ways.
        is_it = is_new and message.text.split() == text.split()
        if is_it and (earliest is None or message.sent_at >= earliest):
            return message
    return None
