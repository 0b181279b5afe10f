"""What workers do about messages of marketplaces by themselves: those that lost their job, and those that are done."""

from datetime import timedelta
from functools import partial

import structlog

from analytics.clock import Clock
from models.channels.message import lost_messages
from models.database import Database
from models.installation.retention import delete_messages_handled_before
from services.batches import delete_in_batches
from services.channels.messages import enqueue_message

_log = structlog.get_logger(__name__)

# A message that came so long ago has been acted on, unless its job was lost, is still tried, or has failed for good.
_PATIENCE = timedelta(minutes=10)
_BATCH = 500
# A marketplace sends a message again for some days where it missed our answer. Until then its id must be known.
_KEPT = timedelta(days=30)


async def resume_messages(db: Database, clock: Clock) -> int:
    """Queues messages again that nobody has acted on and no job of the queue will; answers how many.

    Whoever asked to be forgotten is never given up: what fails is tried again by each round, and the metric
    adgraph_seller_messages_open_seconds tells of it.
    """
    async with db.sweep(reason="find messages of marketplaces that lost their job") as session:
        lost = await lost_messages(session, clock() - _PATIENCE, most=_BATCH)
    for source, message_id in lost:
        async with db.write(None) as session:
            await enqueue_message(session, source, message_id)
    if lost:
        _log.warning("seller_messages_resumed", count=len(lost))
    return len(lost)


async def forget_old_messages(db: Database, clock: Clock) -> int:
    """Deletes messages that were acted on more than 30 days ago; answers how many."""
    opened = partial(db.sweep, reason="forget old messages of marketplaces")
    return await delete_in_batches(opened, delete_messages_handled_before, clock() - _KEPT)
