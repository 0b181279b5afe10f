"""Connects channels: a shop of the tenant's own at once, one of a marketplace through its dialog."""

from dataclasses import dataclass
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from models.database import WriteSession
from models.ids import new_id
from services.billing.freezing import refuse_frozen_channel
from services.billing.plans import QuotaKind
from services.billing.quotas import lock_room
from services.channels.dialog import ChannelDialogTools, begin_dialog
from services.channels.rows import checked_channel_name, load_channel, lock_channel_to_connect, note, shown
from services.channels.wishes import ChannelWish, check_kind, check_market
from services.idempotency import Answer, KeyedCall, once

_STORED_NAME = "connectChannel"
_NAMELESS = "Shop"


@dataclass(frozen=True, slots=True)
class Connecting:
    """The channel as it is now, and where the browser has to go to connect it; either may be None."""

    channel: Channel | None
    authorization_url: str | None = None


async def connect_channel(
    tools: ChannelDialogTools, viewer: Viewer, wish: ChannelWish, *, idempotency_key: str | None = None
) -> Connecting:
    """Connects a shop, or one again that was disconnected; begins the dialog of a marketplace. Needs CONNECT_ACCOUNTS.

    A name that is given is the channel's from then on, also of one that is connected already. A dialog that is begun
    changes nothing, so each call begins one, whatever its key. Raises Refused: INVALID, NOT_FOUND, NOT_SUPPORTED,
    NOT_CONFIGURED, QUOTA_EXCEEDED, CONFLICT for a key that came with another input.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    check_kind(wish)
    if wish.kind is not ChannelKind.SHOP:
        return Connecting(*await begin_dialog(tools, viewer, wish))
    check_market(wish.kind, None, wish.market)
    if wish.channel_id is not None:
        # Before the key is claimed: a mistaken id costs nobody a key.
        await load_channel(tools.db, viewer, wish.channel_id)
    name = checked_channel_name(wish.name)

    async def connect() -> Answer:
        return {"channel_id": str(await _connect_shop(tools, viewer, wish, name))}

    given = {"kind": wish.kind.value, "name": name, "channel_id": wish.channel_id}
    call = KeyedCall(_STORED_NAME, idempotency_key, given)
    answer = await once(tools.db, tools.clock, viewer, call, connect)
    return Connecting(await load_channel(tools.db, viewer, UUID(answer["channel_id"]), field="idempotency_key"))


async def _connect_shop(tools: ChannelDialogTools, viewer: Viewer, wish: ChannelWish, name: str | None) -> UUID:
    async with tools.db.write(viewer) as session:
        # Before the room is counted, so that no other call takes what this one found free.
        room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.CHANNELS)
        channel = await _wanted(tools, session, viewer, wish)
        before, now = shown(channel), tools.clock()
        if channel.status is not ChannelStatus.CONNECTED:
            room.take()
            channel.status, channel.disconnected_at = ChannelStatus.CONNECTED, None
        channel.name = name or channel.name
        if channel.name != before["name"]:
            refuse_frozen_channel(channel, field="channel_id")
        if shown(channel) != before:
            channel.version, channel.updated_at = channel.version + 1, now
            session.add(channel)
            await session.flush()
            await note(session, viewer, "channel.connected", channel)
    return channel.id


async def _wanted(tools: ChannelDialogTools, session: WriteSession, viewer: Viewer, wish: ChannelWish) -> Channel:
    """The shop that is to be connected, locked; a new one counts as disconnected until it is stored."""
    now = tools.clock()
    if wish.channel_id is None:
        return Channel(
            tenant_id=session.tenant_id,
            id=new_id(),
            kind=wish.kind,
            name=_NAMELESS,
            status=ChannelStatus.DISCONNECTED,
            connected_by_user_id=viewer.user_id,
            created_at=now,
            updated_at=now,
            disconnected_at=now,
        )
    return await lock_channel_to_connect(session, wish.channel_id, wish.kind)
