"""Conversations as clients read them: the list with its filter, and what a conversation and its messages show."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE
from models.cases.reading import OrderAtChannel
from models.conversations.conversation import Conversation
from models.conversations.message import Message
from models.conversations.reading import ConversationFilter, ListingAtChannel
from models.keyset import PageBelow
from models.listings.listing import ChannelListing
from models.orders.order import SalesOrder
from resolvers.batching import loaded, with_list_form
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given, given_ids
from resolvers.node_id import encode_id
from resolvers.page import Page, pages_below, window
from services.conversations import reading


@strawberry.input(description="All given parts must hold.", name="ConversationFilter")
class ConversationFilterInput:
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Those of these channels."
    )
    is_unread: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: those that nobody has read. False: all others."
    )


ConversationFilterArgument = Annotated[ConversationFilterInput | None, strawberry.argument(name="filter")]


async def conversations(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: ConversationFilterArgument = strawberry.UNSET,
) -> Page[Conversation]:
    viewer, db, wanted = signed_in(info), info.context.db, _filter(given(filter_))
    found = await reading.conversations(db, viewer, wanted, window(first, after))
    return Page(found, lambda: reading.number_of_conversations(db, viewer, wanted))


listing = loaded(
    lambda loaders, row: (
        loaders.listings_at_channels.load(ListingAtChannel(row.channel_id, row.listing_external_id))
        if row.listing_external_id
        else None
    ),
    shows=ChannelListing,
)
order = loaded(
    lambda loaders, row: (
        loaders.orders_at_channels.load(OrderAtChannel(row.channel_id, row.order_external_id))
        if row.order_external_id
        else None
    ),
    shows=SalesOrder,
)


async def messages(
    root: strawberry.Parent[Conversation],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> Page[Message]:
    [page] = await _messages_of_all([root], info, first, after)
    return page


async def _messages_of_all(
    root: Sequence[Conversation],
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
) -> list[Page[Message]]:
    loaders, wanted = info.context.loaders, window(first, after)
    keys = [(PageBelow(each.id, wanted), each.id) for each in root]
    return await pages_below(loaders.messages_by_conversation, loaders.message_counts_by_conversation, keys)


with_list_form(messages, _messages_of_all)


def message_id(root: strawberry.Parent[Message]) -> strawberry.ID:
    return strawberry.ID(encode_id("Message", root.id))


def _filter(asked: ConversationFilterInput | None) -> ConversationFilter:
    if asked is None:
        return ConversationFilter()
    return ConversationFilter(given_ids(asked.channel_ids, "channelIds", of="Channel"), given(asked.is_unread))
