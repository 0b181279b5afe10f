"""The access to a channel's marketplace: hands out sessions whose token works, renews tokens and gives them up.

What runs with a session, and what becomes of jobs when the access ends, is decided by whoever asked for it.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog

from auth.token_cipher import CipherError, TokenCipher, secret_context
from integrations.errors import AccessRevoked, TimedOut, Unavailable
from integrations.selling.marketplace import OAuthMarketplace, SellerSession
from integrations.selling.records import SellerTokens
from models.acting import Acting
from models.audit.entry import record
from models.channels.access import ChannelAccess, access_for_update, access_of_channel
from models.channels.channel import Channel, ChannelIssue, ChannelStatus, channel_for_update
from models.database import WriteSession
from models.listener import notify_changes
from services.tools import HasCipher, HasClock, HasDb, HasVendors

_log = structlog.get_logger(__name__)

# A token that ends within this time is renewed first, so that what is begun with it can be finished.
RENEWED_WITHIN = timedelta(minutes=5)
# Others wait for the row meanwhile, and Postgres ends a transaction that is idle for a minute.
RENEWAL_PATIENCE_S = 30
TOKEN_COLUMNS = ("access_enc", "refresh_enc")
_NO_TOKENS = "The channel is not signed in: connect it again."
_UNREADABLE = "The stored access cannot be read any more: connect the channel again."
_NEW_SCOPES = (
    "Adgraph needs more permissions of {name} than were granted: connect the channel again and allow {scopes}."
)


class AccessTools(HasDb, HasClock, HasCipher, HasVendors, Protocol):
    """What reaches marketplaces: sellers' tokens are stored encrypted, and the marketplaces are among the vendors."""


async def fresh_session(tools: AccessTools, scope: Acting, channel: Channel) -> SellerSession:
    """A session at the channel's marketplace whose token works for at least five minutes more.

    However many ask at once, the tokens are renewed once. Raises AccessRevoked with what a person has to do, when the
    channel has been given up already, and other IntegrationErrors where the marketplace does not answer or is not set
    up here.
    """
    token = await fresh_token(tools, scope, channel)
    return tools.vendors.selling[channel.kind].session(token, channel.market)


async def fresh_token(tools: AccessTools, scope: Acting, channel: Channel) -> str:
    """The token of such a session, for what no session has; raises the same."""
    marketplace = tools.vendors.selling[channel.kind]
    if not marketplace.is_set_up:
        raise Unavailable(f"{marketplace.name} is not set up here: set {marketplace.settings}.")
    while True:
        async with tools.db.read(scope) as session:
            access = await access_of_channel(session, channel.id)
        if access is None:
            raise AccessRevoked(_NO_TOKENS)
        try:
            _check_scopes(marketplace, access)
            if _lasts(access, tools.clock()):
                return _opened(tools.cipher, access, "access_enc")
            return await _finished(_renewed(tools, scope, marketplace, access))
        except AccessRevoked as error:
            async with tools.db.write(scope) as session:
                is_over = await give_up(
                    session, scope, channel.id, reason=error.reason, known_at=access.stored_at, now=tools.clock()
                )
            if is_over:
                raise
            # Somebody else has renewed the tokens, or the seller has signed in again: what is stored now may work.


async def give_up(
    session: WriteSession, scope: Acting, channel_id: UUID, *, reason: str, known_at: datetime, now: datetime
) -> bool:
    """Records in the caller's transaction that the marketplace refuses the channel's tokens: people see `reason`.

    False, and nothing is recorded, where other tokens were stored after `known_at`, the moment in which those that were
    refused were known to be the stored ones.
    """
    channel = await channel_for_update(session, channel_id)
    access = await access_for_update(session, channel_id)
    if channel is not None and access is not None and access.stored_at > known_at:
        return False
    if channel is not None and channel.status is ChannelStatus.CONNECTED:
        before = {"status": channel.status.value}
        channel.status, channel.issue, channel.reason = ChannelStatus.ATTENTION, ChannelIssue.REAUTHORIZE, reason
        channel.version, channel.updated_at = channel.version + 1, now
        session.add(channel)
        await notify_changes(session, "CHANNEL", [channel.id])
        after = {"status": channel.status.value, "reason": reason}
        record(
            session,
            scope,
            action="channel.access_ended",
            target_type="Channel",
            target_id=channel.id,
            before=before,
            after=after,
        )
    return True


async def note_ended_token(session: WriteSession, channel_id: UUID, *, known_at: datetime, now: datetime) -> None:
    """Records that the marketplace takes the stored access token no longer, so that the next session renews it.

    Nothing is recorded where another token was stored after `known_at`.
    """
    access = await access_for_update(session, channel_id)
    if access is not None and access.stored_at <= known_at and access.access_ends_at > now:
        access.access_ends_at = now
        session.add(access)


def seal(cipher: TokenCipher, access: ChannelAccess, tokens: SellerTokens, now: datetime) -> None:
    """Writes the tokens into the row, encrypted for it alone; without a new refresh token the stored one stays."""
    access.access_enc = cipher.encrypt(token_context(access, "access_enc"), tokens.access)
    access.access_ends_at = now + timedelta(seconds=tokens.access_ends_in_s)
    if tokens.refresh is not None:
        access.refresh_enc = cipher.encrypt(token_context(access, "refresh_enc"), tokens.refresh)
        ends_in = tokens.refresh_ends_in_s
        access.refresh_ends_at = None if ends_in is None else now + timedelta(seconds=ends_in)
    access.scopes = list(tokens.scopes) or access.scopes
    access.stored_at = now


def token_context(access: ChannelAccess, column: str) -> str:
    """What is bound into the encryption of a token, so that it can be decrypted for this channel alone."""
    return secret_context("channel_access", column, access.tenant_id, access.id)


def refresh_token_of(cipher: TokenCipher, access: ChannelAccess) -> str:
    """Raises AccessRevoked for one that cannot be decrypted."""
    return _opened(cipher, access, "refresh_enc")


def missing_scopes(marketplace: OAuthMarketplace, granted: Sequence[str]) -> list[str]:
    """What a token with these permissions lacks of those that the dialog asks for now."""
    return [scope for scope in marketplace.scopes if scope not in granted]


async def _renewed(tools: AccessTools, scope: Acting, marketplace: OAuthMarketplace, seen: ChannelAccess) -> str:
    """The access token after a renewal, ours or that of somebody who was faster; the row is locked meanwhile.

    The lock is held over a call to the vendor, unlike elsewhere: of two that renew at once, a marketplace which hands
    out a new pair each time would leave one without a working token. The new pair is committed before it is used.
    """
    async with tools.db.write(scope) as session:
        access = await access_for_update(session, seen.id)
        if access is None:
            raise AccessRevoked(_NO_TOKENS)
        if _lasts(access, tools.clock()):
            return _opened(tools.cipher, access, "access_enc")
        try:
            async with asyncio.timeout(RENEWAL_PATIENCE_S):
                tokens = await marketplace.renewed_tokens(refresh_token_of(tools.cipher, access))
        except TimeoutError as error:
            raise TimedOut(f"{marketplace.name} does not answer.") from error
        seal(tools.cipher, access, tokens, tools.clock())
        session.add(access)
    _log.info("channel_tokens_renewed", channel_id=str(seen.id))
    return tokens.access


async def _finished(renewal: Coroutine[Any, Any, str]) -> str:
    """What it answers. Whoever is cancelled meanwhile waits for its end: a pair that was handed out and not stored is
    lost, and the one before it has ended.
    """
    task = asyncio.create_task(renewal, name="renewal of a channel's tokens")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _check_scopes(marketplace: OAuthMarketplace, access: ChannelAccess) -> None:
    missing = missing_scopes(marketplace, access.scopes)
    if missing:
        raise AccessRevoked(_NEW_SCOPES.format(name=marketplace.name, scopes=", ".join(missing)))


def _lasts(access: ChannelAccess, now: datetime) -> bool:
    return access.access_ends_at - now > RENEWED_WITHIN


def _opened(cipher: TokenCipher, access: ChannelAccess, column: str) -> str:
    try:
        return cipher.decrypt(token_context(access, column), getattr(access, column))
    except CipherError as error:
        _log.warning("channel_access_unreadable", channel_id=str(access.id), exc_info=True)
        raise AccessRevoked(_UNREADABLE) from error
