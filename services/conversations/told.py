"""A conversation of a marketplace as one that can be stored: texts are cut to what fits, odd parts are left out.

What is wrong is said without a buyer's name or words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from integrations.selling.conversations import RemoteConversation, RemoteMessage
from models.conversations.message import ToldMessage
from models.text_match import is_storable

LONGEST_ID, LONGEST_NAME, LONGEST_TEXT = 200, 200, 10_000
# The marketplace's clock and ours may differ by so much.
_AHEAD = timedelta(days=1)
_NO_ID = "its id cannot be stored."
_FUTURE = "it has changed in the future, by the marketplace's clock."


@dataclass(frozen=True, slots=True)
class Unstorable:
    """Why nothing of a conversation can be stored; `external_id` is None where it cannot even be asked for again."""

    message: str
    external_id: str | None = None


def unstorable(remote: RemoteConversation, *, now: datetime) -> Unstorable | None:
    """Why the conversation cannot be stored; None where it can."""
    if not _is_id(remote.external_id):
        return Unstorable(f"A conversation was left out: {_NO_ID}")
    if remote.updated_at > now + _AHEAD:
        return Unstorable(f"Conversation {remote.external_id}: {_FUTURE}", remote.external_id)
    return None


def told_messages(
    messages: Sequence[RemoteMessage], conversation_id: UUID, *, now: datetime
) -> tuple[list[ToldMessage], int]:
    """The messages that can be stored, each id once, and how many cannot."""
    by_id = {
        each.external_id: ToldMessage(
            conversation_id, each.external_id, each.from_us, cut(each.text, LONGEST_TEXT), each.sent_at
        )
        for each in messages
        if _is_id(each.external_id) and each.sent_at <= now + _AHEAD
    }
    left_out = sum(each.external_id not in by_id for each in messages)
    return [*by_id.values()], left_out


def cut(text: str, longest: int) -> str:
    """The text as far as it can be stored."""
    text = text[: 2 * longest]
    if not is_storable(text):
        text = "".join(letter for letter in text if is_storable(letter))
    return text[:longest]


def fitting(external_id: str | None) -> str | None:
    """The id where it can be stored as a whole: one that is cut would be another thing's."""
    return external_id if external_id is not None and _is_id(external_id) else None


def _is_id(text: str) -> bool:
    return 0 < len(text) <= LONGEST_ID and is_storable(text)
