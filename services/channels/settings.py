"""Changes the name and the settings of a channel."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.channels.channel import Channel, ChannelStatus
from services.billing.freezing import refuse_frozen_channel
from services.channels.policies import choose_defaults, try_to_renew_policies
from services.channels.rows import checked_channel_name, lock_channel, note, shown
from services.channels.wishes import SettingsWish, check_settings, other_site
from services.tools import HasCipher, HasClock, HasDb, HasVendors


class SettingsTools(HasDb, HasClock, HasCipher, HasVendors, Protocol):
    """What changes settings: the marketplaces know their markets, and what sellers have set up in them."""


async def update_channel(tools: SettingsTools, viewer: Viewer, channel_id: UUID | None, wish: SettingsWish) -> Channel:
    """Changes name and settings; needs CONNECT_ACCOUNTS.

    Raises Refused: INVALID, NOT_FOUND, NOT_SUPPORTED for what the kind of channel has not, QUOTA_EXCEEDED for a frozen
    one.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    checked_channel_name(wish.name)
    async with tools.db.write(viewer) as session:
        channel = await lock_channel(session, channel_id)
        refuse_frozen_channel(channel, field="channel_id")
        if wish.market is not None and channel.kind in tools.vendors.relayed and wish.market != channel.market:
            raise other_site()
        check_settings(channel.kind, tools.vendors.marketplace(channel.kind), wish)
        before = shown(channel)
        _change(channel, wish, tools.clock())
        is_chosen = await choose_defaults(session, channel.id, wish.default_policies)
        if shown(channel) != before or is_chosen:
            channel.version, channel.updated_at = channel.version + 1, tools.clock()
            session.add(channel)
            await note(session, viewer, "channel.changed", channel, before)
    if channel.market != before["market"] and channel.status is ChannelStatus.CONNECTED:
        await try_to_renew_policies(tools, viewer, channel)
    return channel


def _change(channel: Channel, wish: SettingsWish, now: datetime) -> None:
    channel.name = checked_channel_name(wish.name) or channel.name
    channel.market = wish.market or channel.market
    if wish.ends_elsewhere_on_sale is not None:
        channel.ends_elsewhere_on_sale = wish.ends_elsewhere_on_sale
    if wish.says_tax_rate:
        channel.included_tax_rate = wish.included_tax_rate
    if wish.says_pause:
        channel.sync_every_minutes = wish.sync_every_minutes
        is_read = wish.sync_every_minutes is not None and channel.status is ChannelStatus.CONNECTED
        channel.next_sync_at = now + timedelta(minutes=wish.sync_every_minutes or 0) if is_read else None
