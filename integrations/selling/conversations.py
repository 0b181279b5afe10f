"""Conversations with buyers: what a marketplace tells of them, and what a session that can read and answer them offers.

Texts and names are buyers' data: they are in no log and in no message of an error.
"""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from integrations.selling.marketplace import SellerSession, Tell
from integrations.selling.records import RecordProblem


@dataclass(frozen=True, slots=True)
class RemoteMessage:
    external_id: str
    from_us: bool
    text: str = field(repr=False)
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class RemoteConversation:
    """A conversation with one buyer, with all of its messages, in any order.

    `updated_at` grows with every message. `problems` are about parts of it that could not be read.
    """

    external_id: str
    with_name: str = field(repr=False)
    is_unread: bool
    updated_at: datetime
    listing_external_id: str | None = None
    order_external_id: str | None = None
    messages: Sequence[RemoteMessage] = ()
    problems: Sequence[RecordProblem] = ()


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of conversations; `unreadable` are those of which nothing can be stored now."""

    conversations: Sequence[RemoteConversation]
    unreadable: Sequence[RecordProblem] = ()


@runtime_checkable
class Messaging(Protocol):
    """What a session offers beside the rest where a marketplace's conversations can be read and answered."""

    def conversations(self, since: datetime | None) -> AsyncGenerator[ConversationPage, None]:
        """Every conversation that changed since then, whole, to the marketplace's own end mark; all without a time."""
        ...

    async def conversation(self, external_id: str) -> RemoteConversation:
        """One conversation, whole; raises ObjectMissing for one that is gone."""
        ...

    async def send_message(
        self, external_id: str, text: str, known_ids: Collection[str], tell: Tell
    ) -> RemoteMessage | None:
        """Sends the text once, however often it is called: after a lost answer it looks first.

        `known_ids` are our messages with this text that the conversation had before somebody asked for this one, so
        that none of them is taken for it. None where the marketplace does not show the message yet.
        """
        ...


class MessagingSession(SellerSession, Messaging, Protocol):
    """A whole session with such a marketplace."""
