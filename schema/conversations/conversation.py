"""Conversation: what was said with one buyer at a channel, and the mutations of it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.conversations.conversation import Conversation as ConversationRow
from resolvers.channels.reading import channel_of
from resolvers.conversations import reading, writing
from schema.channel_jobs.mutations import ChannelJobsPayload
from schema.conversations.message import Message
from schema.field import field
from schema.node import Node, entity
from schema.page_info import Connection
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.channels import Channel
    from schema.listings.listing import Listing
    from schema.orders.order import Order


@entity(ConversationRow, description="What was said with one buyer at a channel; gone once the buyer is forgotten.")
class Conversation(Node):
    channel: Annotated["Channel", strawberry.lazy("schema.channels")] = field(channel_of, description="Where it is.")
    external_id: str = field(description="The channel's own id of it.")
    with_name: str = field(name="with", description="What the channel calls the buyer; empty where it does not tell.")
    listing: Annotated["Listing", strawberry.lazy("schema.listings.listing")] | None = field(
        reading.listing, description="What it is about; null: none, or that listing has not been read."
    )
    order: Annotated["Order", strawberry.lazy("schema.orders.order")] | None = field(
        reading.order, description="What it is about; null: none, or that order has not been read."
    )
    is_unread: bool = field(
        description="True: the channel says so, and nobody has marked it as read here since the buyer wrote last."
    )
    last_message_at: datetime = field(description="When the newest message was sent.")
    messages: Connection[Message] | None = field(reading.messages, description="The newest first.")


@strawberry.type
class ConversationPayload:
    conversation: Conversation | None = field(description="As it is now; null when nothing was changed.")
    user_errors: list[UserError]


@strawberry.type
class ConversationMutations:
    send_message: ChannelJobsPayload | None = field(
        writing.send_message,
        description="Asks for a job that writes to the buyer, once. The same text again, while its job runs, is "
        "answered with that job. NOT_SUPPORTED where the channel lacks the ability MESSAGES. Needs SELL.",
    )
    mark_conversation_read: ConversationPayload | None = field(
        writing.mark_conversation_read,
        description="Here alone: the channel is not told. It is unread again once the buyer writes. Needs SELL.",
    )
