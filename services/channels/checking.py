"""CHECK: asks a marketplace who the channel's seller is, reads policies anew, and ends ATTENTION if all is well.

Of a marketplace without an API it also finds out at first who is signed in, which connects the channel.
"""

from integrations.errors import AccessRevoked, Bar, Barred
from integrations.selling.records import Seller
from models.channels.channel import Channel, ChannelIssue, ChannelStatus, channel_of_seller_for_update
from models.database import WriteSession
from services.channel_jobs.of_channels import resume_jobs
from services.channel_jobs.work import ChannelRun
from services.channels.kept_terms import TERMS, read_terms
from services.channels.policies import renew_policies
from services.channels.rows import announce

_ANOTHER = "The access belongs to another seller, {name}: connect the channel again as {account}."
_OTHER_MEMBER = "{name} is signed in, and the channel belongs to {account}: sign in as {account}, then run CHECK again."
_OTHER_CHANNEL = (
    "{name} is signed in, whose channel is {channel} already: pair that one, or sign in as somebody else and run CHECK "
    "again."
)
# What a call that is answered has disproved.
_DISPROVED = (ChannelIssue.REAUTHORIZE, ChannelIssue.FORBIDDEN)
_DISPROVED_BY_AGENT = (
    *_DISPROVED,
    ChannelIssue.SIGN_IN,
    ChannelIssue.CHALLENGE,
    ChannelIssue.CONFIGURATION,
    ChannelIssue.AGENT_MISSING,
)


class CheckWork:
    """The work of the kind CHECK."""

    async def load(self, _session: WriteSession, run: ChannelRun) -> Channel:
        return run.channel

    async def do(self, run: ChannelRun, channel: Channel) -> Seller:
        await run.tell("Asking who the access belongs to")
        seller = await run.market.seller()
        if channel.kind in run.tools.vendors.relayed:
            await _know_member(run, channel, seller)
            # Whatever becomes of the rest, the channel works.
            async with run.writing() as session:
                await _note_well(session, run, seller)
        elif channel.external_id is not None and seller.external_id != channel.external_id:
            raise AccessRevoked(_ANOTHER.format(name=seller.name, account=channel.account_name or channel.name))
        if TERMS not in run.job.payload:
            await run.tell("Reading the seller's policies")
            await renew_policies(run.tools, run.scope, channel, run.market)
        await read_terms(run)
        return seller

    async def store(self, session: WriteSession, run: ChannelRun, seller: Seller) -> None:
        await _note_well(session, run, seller)


async def _note_well(session: WriteSession, run: ChannelRun, seller: Seller) -> None:
    """The seller has answered: what that disproves is over, and jobs that wait for it go on."""
    channel = await session.get_one(Channel, (run.channel.tenant_id, run.channel.id))
    is_relayed = channel.kind in run.tools.vendors.relayed
    disproved = _DISPROVED_BY_AGENT if is_relayed else _DISPROVED
    is_well = channel.status is ChannelStatus.ATTENTION and channel.issue in disproved
    if is_relayed and (channel.status is ChannelStatus.PENDING or (is_well and channel.next_sync_at is None)):
        is_well = True
        channel.next_sync_at = run.tools.clock() if channel.sync_every_minutes else None
    if not is_well and channel.account_name == seller.name:
        return
    channel.account_name = seller.name
    if is_well:
        channel.status, channel.issue, channel.reason = ChannelStatus.CONNECTED, None, None
    channel.version, channel.updated_at = channel.version + 1, run.tools.clock()
    session.add(channel)
    await session.flush()
    await announce(session, channel)
    if is_well:
        await resume_jobs(session, channel.id)


async def _know_member(run: ChannelRun, channel: Channel, seller: Seller) -> None:
    """Whose channel it is from now on; raises Barred where another member is meant, or another channel is theirs."""
    if channel.external_id is not None:
        if seller.external_id != channel.external_id:
            account = channel.account_name or channel.name
            raise Barred(_OTHER_MEMBER.format(name=seller.name, account=account), bar=Bar.SIGN_IN)
        return
    # With the tenant locked: of two channels of one member only the first is theirs.
    async with run.writing_as_tenant() as session:
        known = await channel_of_seller_for_update(session, channel.kind, seller.external_id)
        if known is not None and known.id != channel.id:
            raise Barred(_OTHER_CHANNEL.format(name=seller.name, channel=known.name), bar=Bar.CONFIGURATION)
        stored = await session.get_one(Channel, (channel.tenant_id, channel.id))
        stored.external_id = seller.external_id
        session.add(stored)
