"""Channels: connects, changes, disconnects and lists where a tenant sells: so far its own shops."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound, Refused, UserErrorCode
from models.audit.entry import record
from models.billing.usage_counter import lock_quotas
from models.channels.abilities import ABILITIES
from models.channels.channel import (
    Channel,
    ChannelKind,
    ChannelStatus,
    channel_for_update,
    channels_by_ids,
    count_all_channels,
    delete_channel,
    list_channels,
)
from models.database import Database, WriteSession
from models.ids import new_id
from models.keyset import KeysetPage, Window
from models.tenants.tenant import NO_TENANT
from services.billing.freezing import freeze_and_thaw, refuse_frozen_channel
from services.billing.plans import QuotaKind
from services.billing.quotas import lock_room
from services.idempotency import Answer, KeyedCall, once
from services.people.names import checked_name
from services.tools import HasClock, HasDb, HasVendors

_STORED_NAME = "connectChannel"
_NAMELESS = "Shop"
_TAX_DECIMALS = 6
_SHOWN = {"kind", "name", "status", "ends_elsewhere_on_sale", "included_tax_rate"}


class ChannelTools(HasDb, HasClock, HasVendors, Protocol):
    """What connects channels: without Stripe all have the FREE plan and its quota."""


@dataclass(frozen=True, slots=True)
class ChannelWish:
    """The channel that somebody wants to connect; `channel_id` is one that was connected before."""

    kind: ChannelKind
    name: str | None = None
    market: str | None = None
    channel_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SettingsWish:
    """What somebody wants of a channel's settings. None leaves one as it is.

    With `says_tax_rate` the tax inside the prices is `included_tax_rate` from now on, and None is none.
    """

    name: str | None = None
    market: str | None = None
    sync_every_minutes: int | None = None
    ends_elsewhere_on_sale: bool | None = None
    included_tax_rate: Decimal | None = None
    says_tax_rate: bool = False


async def channels(db: Database, viewer: Viewer, window: Window) -> KeysetPage[Channel]:
    """One page of the tenant's channels, the oldest first, disconnected ones included; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await list_channels(session, window)


async def number_of_channels(db: Database, viewer: Viewer) -> int:
    """How many channels the tenant has, disconnected ones included; needs READ."""
    require(viewer, Permission.READ)
    async with db.read(viewer) as session:
        return await count_all_channels(session)


async def connect_channel(
    tools: ChannelTools, viewer: Viewer, wish: ChannelWish, *, idempotency_key: str | None = None
) -> Channel:
    """Connects a shop of the tenant's own, or one again that was disconnected; needs CONNECT_ACCOUNTS.

    A name that is given is the channel's from then on, also of one that is connected already. Raises Refused: INVALID,
    NOT_FOUND, NOT_SUPPORTED for marketplaces, QUOTA_EXCEEDED, CONFLICT for a key that came with another input.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    _check_kind(wish)
    if wish.channel_id is not None:
        # Before the key is claimed: a mistaken id costs nobody a key.
        await _load_channel(tools.db, viewer, wish.channel_id, field="channel_id")
    name = None if wish.name is None else _checked(wish.name)

    async def connect() -> Answer:
        async with tools.db.write(viewer) as session:
            # Before the room is counted, so that no other call takes what this one found free.
            room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.CHANNELS)
            channel = await _wanted(tools, session, viewer, wish)
            before, now = _shown(channel), tools.clock()
            if channel.status is not ChannelStatus.CONNECTED:
                room.take()
                channel.status, channel.disconnected_at = ChannelStatus.CONNECTED, None
            channel.name = name or channel.name
            if channel.name != before["name"]:
                refuse_frozen_channel(channel, field="channel_id")
            if _shown(channel) != before:
                channel.version, channel.updated_at = channel.version + 1, now
                session.add(channel)
                await session.flush()
                _note(session, viewer, "channel.connected", channel)
        return {"channel_id": str(channel.id)}

    given = {"kind": wish.kind.value, "name": name, "channel_id": wish.channel_id}
    call = KeyedCall(_STORED_NAME, idempotency_key, given)
    answer = await once(tools.db, tools.clock, viewer, call, connect)
    return await _load_channel(tools.db, viewer, UUID(answer["channel_id"]), field="idempotency_key")


async def update_channel(tools: ChannelTools, viewer: Viewer, channel_id: UUID | None, wish: SettingsWish) -> Channel:
    """Changes name and settings; needs CONNECT_ACCOUNTS.

    Raises Refused: INVALID, NOT_FOUND, NOT_SUPPORTED for what the kind of channel has not, QUOTA_EXCEEDED for a frozen
    one.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    name = None if wish.name is None else _checked(wish.name)
    async with tools.db.write(viewer) as session:
        channel = await lock_channel(session, channel_id)
        refuse_frozen_channel(channel, field="channel_id")
        _check_settings(channel.kind, wish)
        before = _shown(channel)
        channel.name = name or channel.name
        if wish.ends_elsewhere_on_sale is not None:
            channel.ends_elsewhere_on_sale = wish.ends_elsewhere_on_sale
        if wish.says_tax_rate:
            channel.included_tax_rate = wish.included_tax_rate
        if _shown(channel) != before:
            channel.version, channel.updated_at = channel.version + 1, tools.clock()
            session.add(channel)
            _note(session, viewer, "channel.changed", channel, before)
    return channel


async def disconnect_channel(
    tools: ChannelTools, viewer: Viewer, channel_id: UUID | None, *, delete_data: bool = False
) -> UUID:
    """Disconnects the channel, which makes room for another or thaws one that is frozen; needs CONNECT_ACCOUNTS.

    Its orders stay and are counted, unless `delete_data` deletes them with the channel. Disconnecting twice is no
    error. Raises Refused: NOT_FOUND.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    async with tools.db.write(viewer) as session:
        if not await lock_quotas(session):
            raise NotFound(NO_TENANT)
        channel, before = await lock_channel(session, channel_id), {}
        if delete_data:
            before = _shown(channel)
            await delete_channel(session, channel.id)
            session.expunge(channel)
            record(
                session,
                viewer,
                action="channel.deleted",
                target_type="Channel",
                target_id=channel.id,
                before=before,
            )
        elif channel.status is not ChannelStatus.DISCONNECTED:
            before, now = _shown(channel), tools.clock()
            channel.status, channel.disconnected_at, channel.frozen_at = ChannelStatus.DISCONNECTED, now, None
            channel.version, channel.updated_at = channel.version + 1, now
            session.add(channel)
            _note(session, viewer, "channel.disconnected", channel, before)
        await freeze_and_thaw(tools.clock, tools.vendors.billing, session)
    return channel.id


async def lock_channel(session: WriteSession, channel_id: UUID | None) -> Channel:
    """The channel, locked until the session ends; raises Refused NOT_FOUND."""
    channel = None if channel_id is None else await channel_for_update(session, channel_id)
    if channel is None:
        raise _missing("channel_id")
    return channel


async def _load_channel(db: Database, viewer: Viewer, channel_id: UUID, *, field: str) -> Channel:
    """The channel; raises Refused NOT_FOUND for the `field` that led to it."""
    async with db.read(viewer) as session:
        found = await channels_by_ids(session, [channel_id])
    if not found:
        raise _missing(field)
    return found[0]


async def _wanted(tools: ChannelTools, session: WriteSession, viewer: Viewer, wish: ChannelWish) -> Channel:
    """The channel that is to be connected, locked; a new one counts as disconnected until it is stored."""
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
    channel = await lock_channel(session, wish.channel_id)
    if channel.kind is not wish.kind:
        raise Refused(UserErrorCode.INVALID, f"This channel is a {channel.kind}, not a {wish.kind}.", field="kind")
    return channel


def _check_kind(wish: ChannelWish) -> None:
    if wish.kind not in ABILITIES:
        message = f"Channels of the kind {wish.kind} cannot be connected: so far only SHOP can."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message, field="kind")
    _refuse_market(wish.kind, wish.market)


def _check_settings(kind: ChannelKind, wish: SettingsWish) -> None:
    _refuse_market(kind, wish.market)
    if wish.sync_every_minutes is not None:
        message = f"A {kind} is not read by Adgraph: its orders are pushed or imported."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message, field="sync_every_minutes")
    rate = wish.included_tax_rate
    if rate is not None and not (0 <= rate < 1 and rate == round(rate, _TAX_DECIMALS)):
        message = (
            f"The tax inside the prices is a fraction of at least 0 and below 1, with at most {_TAX_DECIMALS} decimals,"
            " such as 0.19."
        )
        raise Refused(UserErrorCode.INVALID, message, field="included_tax_rate")


def _missing(field: str) -> Refused:
    return Refused(UserErrorCode.NOT_FOUND, "There is no such channel.", field=field)


def _refuse_market(kind: ChannelKind, market: str | None) -> None:
    if market is not None:
        raise Refused(UserErrorCode.NOT_SUPPORTED, f"A {kind} has one market only: name none.", field="market")


def _checked(name: str) -> str:
    return checked_name(name, what="A channel's name", field="name")


def _shown(channel: Channel) -> dict[str, Any]:
    """What the audit log says of a channel."""
    return channel.model_dump(mode="json", include=_SHOWN)


def _note(
    session: WriteSession, viewer: Viewer, action: str, channel: Channel, before: dict[str, Any] | None = None
) -> None:
    record(
        session,
        viewer,
        action=action,
        target_type="Channel",
        target_id=channel.id,
        before=before,
        after=_shown(channel),
    )
