"""Channels as clients read them: their list, and what one shows."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE, LARGEST_PAGE, Arguments, ListLength
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel
from models.channels.policy import MOST_POLICIES, ChannelPolicy
from models.people.user import User
from models.products.attribute import AttributeKind
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given
from resolvers.inputs.ids import wrong_id
from resolvers.node_id import decode_id
from resolvers.page import Page, page_size, window
from services.channels import reading as saved
from services.channels.terms import FoundTerm, TermQuestion, fetch_terms

ABILITIES_LENGTH, POLICIES_LENGTH = ListLength(len(ChannelAbility)), ListLength(MOST_POLICIES)


@dataclass(frozen=True, slots=True)
class ShownSettings:
    channel_id: UUID
    market: str | None
    sync_every_minutes: int | None
    end_elsewhere_on_sale: bool
    included_tax_rate: Decimal | None


connected_by = loaded(
    lambda loaders, channel: (
        loaders.users_by_id.load(channel.connected_by_user_id) if channel.connected_by_user_id else None
    ),
    shows=User,
)
channel_of = loaded(lambda loaders, row: loaders.channels_by_id.load(row.channel_id), shows=Channel)

policies = loaded(
    lambda loaders, settings: loaders.policies_by_channel.load(settings.channel_id), shows=list[ChannelPolicy]
)


def abilities(root: strawberry.Parent[Channel]) -> list[ChannelAbility]:
    return list(ABILITIES.get(root.kind, ()))


def settings(root: strawberry.Parent[Channel]) -> ShownSettings:
    return ShownSettings(
        root.id, root.market, root.sync_every_minutes, root.ends_elsewhere_on_sale, root.included_tax_rate
    )


async def channels(info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET) -> Page[Channel]:
    viewer, db = signed_in(info), info.context.db
    found = await saved.channels(db, viewer, window(first, after))
    return Page(found, lambda: saved.number_of_channels(db, viewer))


def market_of_policy(root: strawberry.Parent[ChannelPolicy]) -> str | None:
    return root.market or None


async def channel_terms(
    info: Info,
    channel_id: strawberry.ID,
    kind: AttributeKind,
    *,
    market: str | None = strawberry.UNSET,
    parent: str | None = strawberry.UNSET,
    search: str | None = strawberry.UNSET,
    first: int | None = DEFAULT_PAGE,
) -> list[FoundTerm] | None:
    size = page_size(first)
    question = TermQuestion(kind, given(market), given(parent), given(search))
    wanted = decode_id(channel_id, "Channel")
    found = await fetch_terms(info.context.tools, signed_in(info), wanted, question)
    if wanted is None:
        raise wrong_id(channel_id, "Channel", at=["channelId"])
    return None if found is None else found[:size]


def _terms_size(arguments: Arguments) -> int:
    first = arguments.get("first")
    return first if isinstance(first, int) else LARGEST_PAGE


TERMS_LENGTH = ListLength(LARGEST_PAGE, by=("first",), count=_terms_size)
