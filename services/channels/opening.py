"""Opens the session by which a run of a job calls its channel's marketplace."""

from integrations.selling.marketplace import SellerSession
from services.channel_access import fresh_session
from services.channel_jobs.relaying import StepsOfRun
from services.channel_jobs.work import ChannelRun


async def open_market(run: ChannelRun) -> SellerSession:
    """Raises AccessRevoked and other IntegrationErrors where there is no access, or the marketplace does not answer.

    A session whose calls a browser extension makes needs no access, and raises StepsWanted at its calls.
    """
    relayed = run.tools.vendors.relayed.get(run.channel.kind)
    if relayed is not None:
        return relayed.session(StepsOfRun(run), run.channel.market or "", run.tools.clock)
    return await fresh_session(run.tools, run.scope, run.channel)
