"""Connecting a channel through its marketplace's dialog: begun by a viewer, finished by the same one."""

from typing import Any, Protocol

import structlog

from auth.permissions import Permission, person_id_of, require
from auth.viewer import Viewer
from errors import Refused, UserErrorCode
from integrations.errors import AccessRevoked, Rejected
from integrations.selling.marketplace import OAuthMarketplace
from integrations.selling.records import Seller, SellerTokens
from models.audit.entry import record
from models.channels.access import ChannelAccess, access_for_update
from models.channels.channel import (
    Channel,
    ChannelKind,
    ChannelStatus,
    channel_of_seller_for_update,
    has_channel_of_kind,
)
from models.database import WriteSession
from models.ids import new_id
from models.oauth import OAuthPurpose
from services.billing.freezing import refuse_frozen_channel
from services.billing.plans import QuotaKind
from services.billing.quotas import lock_room
from services.channel_access import missing_scopes, seal
from services.channel_jobs.daily_checks import CHECK_EVERY
from services.channel_jobs.of_channels import resume_jobs
from services.channels.policies import try_to_renew_policies
from services.channels.rows import checked_channel_name, load_channel, lock_channel_to_connect, note, shown
from services.channels.wishes import ChannelWish, check_market
from services.oauth import FlowStart, FlowTools, OpenedFlow, ProviderCode, begin_flow
from services.people.names import LONGEST
from services.tools import HasCipher, HasClock, HasDb, HasVendors, Marketplaces, Vendors
from services.vendor_calls import platform_call

_log = structlog.get_logger(__name__)

# How often a channel is read unless somebody sets another pause.
DEFAULT_PAUSE_MINUTES = 15


class ChannelDialogTools(FlowTools, HasVendors, Protocol):
    """What begins a dialog of a marketplace; without Stripe all have the FREE plan and its quota of channels."""


class ConnectedTools(HasDb, HasClock, HasCipher, HasVendors, Protocol):
    """What stores the tokens that a dialog ended with."""


def marketplace_of(vendors: Vendors, kind: ChannelKind) -> OAuthMarketplace:
    """Raises Refused NOT_CONFIGURED for a marketplace that is not set up here."""
    marketplace = vendors.selling.get(kind)
    if marketplace is None or not marketplace.is_set_up:
        wanted = f": set {marketplace.settings}." if marketplace else "."
        raise Refused(UserErrorCode.NOT_CONFIGURED, f"{kind.shown} is not set up here{wanted}", field="kind")
    return marketplace


async def begin_dialog(tools: ChannelDialogTools, viewer: Viewer, wish: ChannelWish) -> tuple[Channel | None, str]:
    """The channel that is to be renewed, if one is named, and the address to open in a browser.

    Raises Refused: NOT_CONFIGURED, INVALID, NOT_FOUND, QUOTA_EXCEEDED for a frozen channel, and where there is no room
    for a new one and none to renew.
    """
    person_id_of(viewer)
    marketplace = marketplace_of(tools.vendors, wish.kind)
    check_market(wish.kind, marketplace, wish.market)
    checked_channel_name(wish.name)
    flow = FlowStart(
        marketplace.dialog_name,
        OAuthPurpose.CHANNEL,
        viewer,
        return_url=wish.return_url,
        code_challenge=wish.code_challenge or "",
        wish=wish.kept(),
    )
    async with tools.db.write(viewer) as session:
        if wish.channel_id is None:
            await _check_room(tools, session, wish.kind)
        channel = None if wish.channel_id is None else await _lock_renewable(session, wish)
        url = await begin_flow(tools, session, flow)
        record(
            session,
            viewer,
            action="channel.begun",
            target_type=None if channel is None else "Channel",
            target_id=None if channel is None else channel.id,
            after={"kind": wish.kind.value},
        )
    return channel, url


async def _check_room(tools: ChannelDialogTools, session: WriteSession, kind: ChannelKind) -> None:
    """Raises Refused QUOTA_EXCEEDED before somebody goes through a dialog for nothing.

    Without an id a channel may still be renewed, by its seller: so one of the kind that is not disconnected will do.
    """
    room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.CHANNELS)
    if not await has_channel_of_kind(session, kind):
        room.take()


def seller_dialog(selling: Marketplaces, opened: OpenedFlow) -> str:
    """The marketplace's dialog for a flow that has just been opened."""
    _, marketplace = _named(selling, opened.provider)
    return marketplace.dialog_url(state=opened.state, code_verifier=opened.provider_verifier)


async def finish_dialog(tools: ConnectedTools, viewer: Viewer | None, traded: ProviderCode) -> Channel:
    """Trades the marketplace's code for tokens and answers the channel of their seller; needs CONNECT_ACCOUNTS.

    A seller who has a channel already keeps it, with tokens that are new. Raises Refused: OAUTH_FAILED,
    PERMISSION_MISSING, NOT_FOUND, CONFLICT for another seller than the channel's, QUOTA_EXCEEDED.
    """
    viewer = require(viewer, Permission.CONNECT_ACCOUNTS)
    kind, marketplace = _named(tools.vendors.selling, traded.provider)
    try:
        with platform_call():
            tokens = await marketplace.tokens_for_code(code=traded.code, code_verifier=traded.provider_verifier)
            seller = await marketplace.session(tokens.access, None).seller()
    except (Rejected, AccessRevoked) as error:
        message = f"The dialog is over, but {marketplace.name} gave no access: begin again."
        raise Refused(UserErrorCode.OAUTH_FAILED, message) from error
    if missing := missing_scopes(marketplace, tokens.scopes):
        message = f"The permission {', '.join(missing)} was not granted: connect again and allow it."
        raise Refused(UserErrorCode.PERMISSION_MISSING, message)
    wish = ChannelWish.of_kept(kind, traded.wish)
    channel = await _store(tools, viewer, wish, seller, tokens)
    await try_to_renew_policies(tools, viewer, channel)
    return await load_channel(tools.db, viewer, channel.id)


async def _store(
    tools: ConnectedTools, viewer: Viewer, wish: ChannelWish, seller: Seller, tokens: SellerTokens
) -> Channel:
    """The channel of the seller with the tokens, new or renewed, in one transaction."""
    markets, now = tools.vendors.selling[wish.kind].markets, tools.clock()
    async with tools.db.write(viewer) as session:
        # Before any other lock: whoever connects the same seller at once waits here and finds the channel.
        room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.CHANNELS)
        channel = await _channel_of(session, wish, seller)
        is_new = channel is None
        if channel is None:
            channel = _new_channel(session, viewer, wish, seller)
            channel.created_at = now
        before = {} if is_new else shown(channel)
        if is_new or channel.status is ChannelStatus.DISCONNECTED:
            room.take()
            channel.sync_every_minutes = channel.sync_every_minutes or DEFAULT_PAUSE_MINUTES
        _connect(channel, wish, seller, markets)
        channel.next_sync_at = now if channel.sync_every_minutes else None
        channel.next_check_at = now + CHECK_EVERY
        channel.version, channel.updated_at = channel.version + (not is_new), now
        session.add(channel)
        await session.flush()
        access = await access_for_update(session, channel.id) or ChannelAccess(
            tenant_id=channel.tenant_id, id=channel.id, access_enc="", access_ends_at=now, refresh_enc=""
        )
        seal(tools.cipher, access, tokens, now)
        session.add(access)
        is_again = is_new or before["status"] == ChannelStatus.DISCONNECTED.value
        await note(session, viewer, "channel.connected" if is_again else "channel.renewed", channel, before or None)
        await session.flush()
        await resume_jobs(session, channel.id)
    return channel


async def _channel_of(session: WriteSession, wish: ChannelWish, seller: Seller) -> Channel | None:
    """The seller's channel, locked; raises Refused where the wish names another one, or one that is frozen."""
    if wish.channel_id is None:
        channel = await channel_of_seller_for_update(session, wish.kind, seller.external_id)
        if channel is not None:
            refuse_frozen_channel(channel, field="channel_id")
        return channel
    channel = await _lock_renewable(session, wish)
    if channel.external_id != seller.external_id:
        message = (
            f"This channel belongs to the seller {channel.account_name}, and the dialog was answered as {seller.name}:"
            f" sign in as {channel.account_name}, or connect {seller.name} as a channel of its own."
        )
        raise Refused(UserErrorCode.CONFLICT, message, field="channel_id")
    return channel


async def _lock_renewable(session: WriteSession, wish: ChannelWish) -> Channel:
    channel = await lock_channel_to_connect(session, wish.channel_id, wish.kind)
    refuse_frozen_channel(channel, field="channel_id")
    return channel


def _new_channel(session: WriteSession, viewer: Viewer, wish: ChannelWish, seller: Seller) -> Channel:
    return Channel(
        tenant_id=session.tenant_id,
        id=new_id(),
        kind=wish.kind,
        name=_cut(seller.name) or wish.kind.value,
        status=ChannelStatus.CONNECTED,
        external_id=seller.external_id,
        connected_by_user_id=viewer.user_id,
    )


def _connect(channel: Channel, wish: ChannelWish, seller: Seller, markets: Any) -> None:
    channel.status, channel.issue, channel.reason = ChannelStatus.CONNECTED, None, None
    channel.disconnected_at = None
    channel.name = checked_channel_name(wish.name) or channel.name
    channel.account_name = _cut(seller.name) or seller.external_id
    own_market = seller.market if seller.market in markets else None
    channel.market = wish.market or channel.market or own_market


def _cut(name: str) -> str:
    """A name of the marketplace's as ours may be: printable and not too long."""
    return " ".join("".join(each if each.isprintable() else " " for each in name[:LONGEST]).split())


def _named(selling: Marketplaces, dialog_name: str) -> tuple[ChannelKind, OAuthMarketplace]:
    return next((kind, each) for kind, each in selling.items() if each.dialog_name == dialog_name)
