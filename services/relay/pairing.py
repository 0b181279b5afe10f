"""Pairs browser extensions with channels: a member is shown a code, and an extension trades it for its token.

A channel has one extension: a new code ends the token of the one before at once. Only hashes are stored.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol
from uuid import UUID

from auth.permissions import person_id_of, require
from auth.relay.authenticator import PAIRS, may_work
from auth.relay.secrets import code_hashes, new_code, new_token, token_hash, typed_code
from auth.token_cipher import secret_context
from auth.viewer import Viewer
from errors import Forbidden, Refused, UserErrorCode
from integrations.vinted.markets import CURRENCIES
from models.acting import Origin, TenantScope
from models.audit.actor import ActorKind
from models.audit.entry import record
from models.channel_jobs.job import ChannelJobKind
from models.channels.channel import Channel, ChannelStatus, channel_for_update
from models.database import WriteSession
from models.ids import new_id
from models.relay.agent import RelayAgent, agent_for_update
from models.relay.secret import (
    RelaySecret,
    RelaySecretKind,
    end_pairing,
    relay_secret,
    take_relay_code,
)
from models.tenants.membership import Membership
from services.billing.freezing import refuse_frozen_channel
from services.billing.plans import QuotaKind
from services.billing.quotas import lock_room
from services.channel_jobs.requests import JobWish, request_job
from services.channels.dialog import DEFAULT_PAUSE_MINUTES
from services.channels.rows import announce, checked_channel_name, load_channel, lock_channel_to_connect, note, shown
from services.channels.wishes import ChannelWish, other_site
from services.idempotency import Answer, KeyedCall, once
from services.relay.versions import refuse_outdated
from services.tools import HasCipher, HasClock, HasCredentials, HasDb, HasRelay, HasVendors

CODE_LIFE = timedelta(minutes=10)
_STORED_NAME = "connectChannel"
# One text for every code that pairs nothing, so that it tells nobody which codes there are.
_WRONG_CODE = "This code is wrong, used or older than 10 minutes: look at it again, or have the channel show a new one."
_CHECK = JobWish(ChannelJobKind.CHECK)


class CodeTools(HasDb, HasClock, HasCipher, HasCredentials, HasVendors, Protocol):
    """What makes a code: it is kept encrypted for a repeated call, and a new channel needs room in the price plan."""


class PairingTools(HasDb, HasClock, HasCredentials, HasRelay, Protocol):
    """What trades a code for a token."""


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A channel that waits for its extension, and the code that pairs one; the code is stored as a hash."""

    channel: Channel
    code: str


@dataclass(frozen=True, slots=True)
class PairedAgent:
    """What an extension is told once: its token, and for which channel it works."""

    token: str
    channel: Channel


async def new_pairing_code(
    tools: CodeTools, viewer: Viewer, wish: ChannelWish, *, idempotency_key: str | None = None
) -> ShownCode:
    """A code for a new channel or one that there is, which is PENDING from then on; needs CONNECT_ACCOUNTS.

    The extension that was paired before can do nothing any more. Raises Forbidden for an API key, and Refused: INVALID,
    NOT_FOUND, QUOTA_EXCEEDED, CONFLICT for a key that came with another input.
    """
    require(viewer, PAIRS)
    by = person_id_of(viewer)
    name = checked_channel_name(wish.name)
    _check_market(wish)
    if wish.channel_id is not None:
        # Before the key is claimed: a mistaken id costs nobody a key.
        await load_channel(tools.db, viewer, wish.channel_id)
    # The person is part of the input, so that nobody else is shown the code for the same key.
    given = {"kind": wish.kind.value, "name": name, "market": wish.market, "channel_id": wish.channel_id, "by": by}
    call = KeyedCall(_STORED_NAME, idempotency_key, given)
    kept = await once(tools.db, tools.clock, viewer, call, partial(_show_code, tools, viewer, wish))
    channel_id = UUID(kept["channel_id"])
    channel = await load_channel(tools.db, viewer, channel_id, field="idempotency_key")
    return ShownCode(channel, tools.cipher.decrypt(_context(viewer, channel_id), kept["code_enc"]))


async def pair(tools: PairingTools, origin: Origin, *, code: str, agent_version: str, protocol: int) -> PairedAgent:
    """Trades a code for the extension's token and asks for a check of the channel; needs no sign-in.

    A code works once. Raises Refused: AGENT_OUTDATED, INVALID for what is no version, TOKEN_INVALID for a code that is
    wrong, used or too old, or whose member may not connect channels any more.
    """
    refuse_outdated(tools.relay, agent_version, protocol)
    shown_code = await _load_code(tools, code)
    if shown_code is None or not await may_work(tools.db, shown_code):
        raise _wrong_code()
    token = new_token()
    scope = TenantScope(shown_code.in_tenant_id, origin=origin)
    async with tools.db.write(scope) as session:
        channel = await channel_for_update(session, shown_code.channel_id)
        if channel is None or not await take_relay_code(session, shown_code.secret_hash):
            raise _wrong_code()
        await _admit(tools, session, shown_code, token=token, version=agent_version)
        record(
            session,
            scope,
            action="channel.paired",
            target_type="Channel",
            target_id=channel.id,
            after={"agent_version": agent_version},
            kind=ActorKind.AGENT,
        )
        await request_job(session, scope, channel, _CHECK, now=tools.clock(), by=ActorKind.AGENT)
        await announce(session, channel)
    return PairedAgent(token, channel)


async def _show_code(tools: CodeTools, viewer: Viewer, wish: ChannelWish) -> Answer:
    code = new_code()
    async with tools.db.write(viewer) as session:
        # Before any other lock, as everywhere: nobody else takes what is found free.
        room = await lock_room(tools.clock, tools.vendors.billing, session, QuotaKind.CHANNELS)
        found = None
        if wish.channel_id is not None:
            found = await lock_channel_to_connect(session, wish.channel_id, wish.kind)
            refuse_frozen_channel(found, field="channel_id")
            if wish.market is not None and wish.market != found.market:
                raise other_site()
        if found is None or found.status is ChannelStatus.DISCONNECTED:
            room.take()
        before = None if found is None else shown(found)
        channel = found or _new_channel(session, viewer, wish)
        _await_agent(channel, wish)
        channel.updated_at = tools.clock()
        channel.version += found is not None
        session.add(channel)
        await session.flush()
        await end_pairing(session, channel.id)
        session.add(await _secret_of(tools, session, viewer, channel, code))
        await note(session, viewer, "channel.pairing_code_made", channel, before)
    # The answer of an idempotency key is stored for a day, so the code in it is encrypted.
    return {"channel_id": str(channel.id), "code_enc": tools.cipher.encrypt(_context(viewer, channel.id), code)}


def _new_channel(session: WriteSession, viewer: Viewer, wish: ChannelWish) -> Channel:
    return Channel(
        tenant_id=session.tenant_id,
        id=new_id(),
        kind=wish.kind,
        name=wish.kind.shown,
        status=ChannelStatus.PENDING,
        sync_every_minutes=DEFAULT_PAUSE_MINUTES,
        connected_by_user_id=viewer.user_id,
    )


def _await_agent(channel: Channel, wish: ChannelWish) -> None:
    """Nothing is asked of the site until an extension is paired and has said who is signed in there."""
    channel.status, channel.issue, channel.reason, channel.disconnected_at = ChannelStatus.PENDING, None, None, None
    channel.next_sync_at, channel.next_check_at = None, None
    channel.name = checked_channel_name(wish.name) or channel.name
    channel.market = wish.market or channel.market


async def _secret_of(
    tools: CodeTools, session: WriteSession, viewer: Viewer, channel: Channel, code: str
) -> RelaySecret:
    """The row of a code; raises Forbidden for who is no member any more."""
    person_id = person_id_of(viewer)
    membership = await session.get(Membership, (session.tenant_id, person_id))
    if membership is None:
        raise Forbidden("You are no member of this tenant any more.")
    return RelaySecret(
        secret_hash=code_hashes(code, tools.credentials.refresh_token_peppers)[0],
        kind=RelaySecretKind.CODE,
        in_tenant_id=session.tenant_id,
        channel_id=channel.id,
        user_id=person_id,
        membership_id=membership.id,
        ends_at=tools.clock() + CODE_LIFE,
    )


async def _load_code(tools: PairingTools, typed: str) -> RelaySecret | None:
    """The code's row, if it is one and not too old."""
    code = typed_code(typed)
    if code is None:
        return None
    async with tools.db.read(None) as session:
        for hashed in code_hashes(code, tools.credentials.refresh_token_peppers):
            found = await relay_secret(session, hashed, RelaySecretKind.CODE)
            if found is not None:
                return found if found.ends_at is not None and found.ends_at > tools.clock() else None
    return None


async def _admit(tools: PairingTools, session: WriteSession, code: RelaySecret, *, token: str, version: str) -> None:
    """Stores the token, and the extension as one that was never seen before; the caller has locked the channel."""
    now = tools.clock()
    await end_pairing(session, code.channel_id)
    told = code.model_dump(include={"in_tenant_id", "channel_id", "user_id", "membership_id"})
    session.add(RelaySecret(secret_hash=token_hash(token), kind=RelaySecretKind.TOKEN, **told))
    agent = await agent_for_update(session, code.channel_id)
    agent = agent or RelayAgent(tenant_id=session.tenant_id, id=code.channel_id)
    agent.paired_by_user_id, agent.paired_at, agent.version, agent.seen_at = code.user_id, now, version, now
    session.add(agent)
    await session.flush()


def _check_market(wish: ChannelWish) -> None:
    """Raises Refused INVALID; a new channel has to name its market, since nothing else tells it."""
    if wish.market not in CURRENCIES and (wish.market is not None or wish.channel_id is None):
        known = ", ".join(CURRENCIES)
        message = f"Name the site on which you sell, one of these: {known}."
        raise Refused(UserErrorCode.INVALID, message, field="market")


def _wrong_code() -> Refused:
    return Refused(UserErrorCode.TOKEN_INVALID, _WRONG_CODE, field="code")


def _context(viewer: Viewer, channel_id: UUID) -> str:
    return secret_context("idempotency_key", "answer", viewer.tenant_id, channel_id)
