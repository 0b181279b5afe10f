"""Disconnects channels: their tokens are deleted here and revoked at the marketplace, their data stay or go."""

from typing import Protocol
from uuid import UUID

import structlog

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import NotFound
from integrations.errors import AccessRevoked, IntegrationError
from models.audit.entry import record
from models.billing.usage_counter import lock_quotas
from models.channels.access import access_for_update, delete_access
from models.channels.channel import Channel, ChannelStatus, delete_channel
from models.database import WriteSession
from models.relay.secret import end_pairing
from models.tenants.tenant import NO_TENANT
from services.billing.freezing import freeze_and_thaw
from services.channel_access import refresh_token_of
from services.channel_jobs.of_channels import end_jobs
from services.channels.rows import lock_channel, note, shown
from services.tools import HasCipher, HasClock, HasDb, HasVendors

_log = structlog.get_logger(__name__)


class DisconnectingTools(HasDb, HasClock, HasCipher, HasVendors, Protocol):
    """What ends a channel: its marketplace is told, with the token that was stored."""


async def disconnect_channel(
    tools: DisconnectingTools, viewer: Viewer, channel_id: UUID | None, *, delete_data: bool = False
) -> UUID:
    """Disconnects the channel, which makes room for another or thaws one that is frozen; needs CONNECT_ACCOUNTS.

    Its orders stay and are counted, unless `delete_data` deletes them with the channel. Disconnecting twice is no
    error, and neither is a marketplace that does not answer. Raises Refused: NOT_FOUND.
    """
    require(viewer, Permission.CONNECT_ACCOUNTS)
    async with tools.db.write(viewer) as session:
        if not await lock_quotas(session):
            raise NotFound(NO_TENANT)
        channel = await lock_channel(session, channel_id)
        token = await _take_token(tools, session, channel)
        await end_pairing(session, channel.id)
        await end_jobs(session, channel.id, now=tools.clock())
        if delete_data:
            before = shown(channel)
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
            before, now = shown(channel), tools.clock()
            channel.status, channel.disconnected_at, channel.frozen_at = ChannelStatus.DISCONNECTED, now, None
            channel.issue, channel.reason, channel.next_sync_at, channel.next_check_at = None, None, None, None
            channel.version, channel.updated_at = channel.version + 1, now
            session.add(channel)
            await note(session, viewer, "channel.disconnected", channel, before)
        await freeze_and_thaw(tools.clock, tools.vendors.billing, session)
    if token is not None:
        await _revoke(tools, channel, token)
    return channel.id


async def _take_token(tools: DisconnectingTools, session: WriteSession, channel: Channel) -> str | None:
    """Deletes the stored tokens and answers the one by which the marketplace ends the access."""
    access = await access_for_update(session, channel.id)
    if access is None:
        return None
    try:
        token = refresh_token_of(tools.cipher, access)
    except AccessRevoked:
        token = None
    await delete_access(session, channel.id)
    return token


async def _revoke(tools: DisconnectingTools, channel: Channel, token: str) -> None:
    """After the commit: whatever the marketplace says, we have no token any more."""
    marketplace = tools.vendors.selling.get(channel.kind)
    if marketplace is None or not marketplace.is_set_up:
        return
    try:
        await marketplace.revoke(token)
    except IntegrationError as error:
        _log.warning("channel_not_revoked", channel_id=str(channel.id), error=type(error).__name__)
