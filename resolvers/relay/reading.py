"""Browser extensions as people see them, and the bell that an extension hears."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta

import strawberry

from models.relay.agent import RelayAgent
from resolvers.batching import loaded
from resolvers.context import Info, paired
from services.relay.bell import listen_to_bell

# It asks for work once a minute at least, so by then it was late twice.
_SILENT = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Bell:
    waiting: int


agent = loaded(lambda loaders, channel: loaders.agents_by_channel.load(channel.id), shows=RelayAgent)


def is_connected(root: strawberry.Parent[RelayAgent], info: Info) -> bool:
    return root.seen_at is not None and info.context.tools.clock() - root.seen_at <= _SILENT


def last_seen_at(root: strawberry.Parent[RelayAgent]) -> datetime | None:
    return root.seen_at


async def relay_bell(info: Info) -> AsyncGenerator[Bell, None]:
    tools = info.context.tools
    async for waiting in listen_to_bell(tools.db, tools.hub, tools.credentials.authenticator, paired(info)):
        yield Bell(waiting)
