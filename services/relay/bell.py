"""The bell of a browser extension: how many jobs of its channel wait for it, told again when that changes.

It is a hint: an extension that hears nothing asks for work by itself.
"""

import asyncio
from collections.abc import AsyncIterator

from auth.authenticator import Authenticator
from auth.relay.viewer import RelayAgentViewer
from models.database import Database
from models.listener import Hub
from models.relay.step import jobs_with_wanted_steps
from services.patience import patiently
from services.queued.row_streams import AT_MOST_EVERY_S


async def listen_to_bell(
    db: Database, hub: Hub, authenticator: Authenticator, agent: RelayAgentViewer
) -> AsyncIterator[int]:
    """The number of jobs that wait now, and again after it has changed, at most twice a second.

    Raises Unauthenticated once the extension's token has ended.
    """

    async def count() -> int:
        await authenticator.recheck_agent(agent)
        async with db.read(agent) as session:
            return len(await jobs_with_wanted_steps(session, agent.channel_id))

    told = None
    async with hub.watch_relay(agent.channel_id) as watch:
        while True:
            await watch.changed()
            waiting = await (count() if told is None else patiently(count))
            if waiting != told:
                told = waiting
                yield waiting
            await asyncio.sleep(AT_MOST_EVERY_S)
