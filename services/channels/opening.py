"""Opens the session by which a run of a job calls its channel's marketplace."""

from integrations.selling.marketplace import SellerSession
from services.channel_access import fresh_session
from services.channel_jobs.work import ChannelRun


async def open_market(run: ChannelRun) -> SellerSession:
    """Raises AccessRevoked and other IntegrationErrors where there is no access, or the marketplace does not answer."""
    return await fresh_session(run.tools, run.scope, run.channel)
