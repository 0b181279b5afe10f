"""Opens the session by which a run of a job calls its channel's marketplace."""

from collections.abc import Mapping, Sequence
from functools import partial

from integrations.selling.marketplace import SellerSession
from integrations.vinted.orders import KnownOrder
from models.orders.storing import stored_orders
from services.channel_access import fresh_session
from services.channel_jobs.relaying import StepsOfRun
from services.channel_jobs.work import ChannelRun


async def open_market(run: ChannelRun) -> SellerSession:
    """Raises AccessRevoked and other IntegrationErrors where there is no access, or the marketplace does not answer.

    A session whose calls a browser extension makes needs no access, and raises StepsWanted at its calls.
    """
    relayed = run.tools.vendors.relayed.get(run.channel.kind)
    if relayed is not None:
        return relayed.session(StepsOfRun(run), run.channel.market or "", run.tools.clock, partial(_known_orders, run))
    return await fresh_session(run.tools, run.scope, run.channel)


async def _known_orders(run: ChannelRun, external_ids: Sequence[str]) -> Mapping[str, KnownOrder]:
    async with run.tools.db.read(run.scope) as session:
        found = await stored_orders(session, run.channel.id, external_ids)
    return {order_id: KnownOrder(each.status.value, each.updated_at) for order_id, each in found.items()}
