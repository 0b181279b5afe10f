"""CHECK: asks a marketplace whose token the channel has, reads its policies anew, and ends ATTENTION if all is well."""

from integrations.errors import AccessRevoked
from integrations.selling.records import Seller
from models.channels.channel import Channel, ChannelIssue, ChannelStatus
from models.database import WriteSession
from services.channel_jobs.of_channels import resume_jobs
from services.channel_jobs.work import ChannelRun
from services.channels.policies import renew_policies
from services.channels.rows import announce

_ANOTHER = "The access belongs to another seller, {name}: connect the channel again as {account}."
# What a call that is answered has disproved.
_DISPROVED = (ChannelIssue.REAUTHORIZE, ChannelIssue.FORBIDDEN)


class CheckWork:
    """The work of the kind CHECK."""

    async def load(self, _session: WriteSession, run: ChannelRun) -> Channel:
        return run.channel

    async def do(self, run: ChannelRun, channel: Channel) -> Seller:
        await run.tell("Asking who the access belongs to")
        seller = await run.market.seller()
        if channel.external_id is not None and seller.external_id != channel.external_id:
            raise AccessRevoked(_ANOTHER.format(name=seller.name, account=channel.account_name or channel.name))
        await run.tell("Reading the seller's policies")
        await renew_policies(run.tools, run.scope, channel, run.market)
        return seller

    async def store(self, session: WriteSession, run: ChannelRun, seller: Seller) -> None:
        channel = await session.get_one(Channel, (run.channel.tenant_id, run.channel.id))
        is_well = channel.status is ChannelStatus.ATTENTION and channel.issue in _DISPROVED
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
