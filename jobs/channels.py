"""The queue's job that runs a channel job, and the registry of what does which kind of it."""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog
from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from errors import NodeUnavailable
from jobs.arguments import tools_for
from jobs.retries import MOST_ATTEMPTS
from models.channel_jobs.job import ChannelJobKind
from models.channels.message import MessageSource
from services.cases.action_work import ActOnCase
from services.cases.syncing import SyncCases
from services.channel_jobs.queueing import put_off_channel_job
from services.channel_jobs.running import run_channel_job
from services.channel_jobs.work import Workshop
from services.channels.checking import CheckWork
from services.channels.messages import handle_message
from services.channels.opening import open_market
from services.conversations.send_work import SendMessage
from services.conversations.syncing import SyncConversations
from services.listings.change_works import EndWork, UpdateWork
from services.listings.publish_work import PublishWork
from services.listings.sync_work import SyncListingsWork
from services.orders.acting.works import CancelWork, RefundWork, ShipWork
from services.orders.syncing.work import SyncOrders

_log = structlog.get_logger(__name__)

# When a job is tried again whose tenant's node is away. Until then it takes no place of a worker.
_NODE_PAUSE = timedelta(seconds=10)


# A new kind of job is one line here.
WORKSHOP = Workshop(
    by_kind={
        ChannelJobKind.CHECK: CheckWork(),
        ChannelJobKind.SYNC_ORDERS: SyncOrders(),
        ChannelJobKind.SHIP: ShipWork(),
        ChannelJobKind.REFUND: RefundWork(),
        ChannelJobKind.CANCEL: CancelWork(),
        ChannelJobKind.PUBLISH: PublishWork(),
        ChannelJobKind.UPDATE: UpdateWork(),
        ChannelJobKind.END: EndWork(),
        ChannelJobKind.SYNC_LISTINGS: SyncListingsWork(),
        ChannelJobKind.SYNC_CASES: SyncCases(),
        ChannelJobKind.CASE_ACTION: ActOnCase(),
        ChannelJobKind.SYNC_CONVERSATIONS: SyncConversations(),
        ChannelJobKind.SEND_MESSAGE: SendMessage(),
    },
    open_market=open_market,
)


async def run(context: JobContext, *, schema_version: int, tenant_id: str, channel_job_id: str) -> None:
    tools = tools_for(context, schema_version)
    try:
        await run_channel_job(
            tools,
            WORKSHOP,
            tenant_id=UUID(tenant_id),
            job_id=UUID(channel_job_id),
            is_last_try=context.job.attempts >= MOST_ATTEMPTS,
        )
    except NodeUnavailable:
        # The row of the job lies on that node, so the queue alone is written. A retry by the queue would count like the
        # death of a worker.
        _log.warning("channel_job_waits_for_a_node", tenant_id=tenant_id, channel_job_id=channel_job_id)
        await put_off_channel_job(
            tools.db,
            tenant_id=UUID(tenant_id),
            job_id=UUID(channel_job_id),
            lock=context.job.lock,
            not_before=tools.clock() + _NODE_PAUSE,
        )
    except asyncio.CancelledError:
        # The queue cancels the jobs of a channel that is disconnected, and every job of a worker that stops.
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        raise


async def handle(context: JobContext, *, schema_version: int, source: str, message_id: str) -> None:
    """Does what a message of a marketplace asks for."""
    await handle_message(tools_for(context, schema_version), MessageSource(source), message_id)
