"""Channels as clients read them: their list, and what one shows."""

from dataclasses import dataclass
from decimal import Decimal

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE, ListLength
from models.channels.abilities import ABILITIES, ChannelAbility
from models.channels.channel import Channel
from models.people.user import User
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.page import Page, window
from services.channels import reading as saved

ABILITIES_LENGTH = ListLength(len(ChannelAbility))


@dataclass(frozen=True, slots=True)
class ShownSettings:
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


def abilities(root: strawberry.Parent[Channel]) -> list[ChannelAbility]:
    return list(ABILITIES.get(root.kind, ()))


def settings(root: strawberry.Parent[Channel]) -> ShownSettings:
    return ShownSettings(root.market, root.sync_every_minutes, root.ends_elsewhere_on_sale, root.included_tax_rate)


async def channels(info: Info, first: int | None = DEFAULT_PAGE, after: str | None = strawberry.UNSET) -> Page[Channel]:
    viewer, db = signed_in(info), info.context.db
    found = await saved.channels(db, viewer, window(first, after))
    return Page(found, lambda: saved.number_of_channels(db, viewer))
