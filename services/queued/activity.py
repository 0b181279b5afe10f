"""What changes of a tenant, told to whoever looks at it: which nodes, and of which kinds; no row is read here."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import DatabaseUnavailable
from models.listener import Hub
from services.queued.row_streams import AT_MOST_EVERY_S, next_change

_MISSED = "Changes may have been missed: read again what you show, and subscribe again."


class ActivityKind(StrEnum):
    REFRESH_JOB = "REFRESH_JOB"
    CHANNEL = "CHANNEL"
    CHANNEL_JOB = "CHANNEL_JOB"
    LISTING = "LISTING"
    ORDER = "ORDER"
    ORDER_CASE = "ORDER_CASE"
    CONVERSATION = "CONVERSATION"
    SUGGESTION = "SUGGESTION"


class Told(NamedTuple):
    """A node that has changed, as it was heard."""

    kind: ActivityKind
    id: UUID
    at: datetime


async def watch_activity(
    clock: Clock, hub: Hub, viewer: Viewer, kinds: Collection[ActivityKind]
) -> AsyncIterator[list[Told]]:
    """What changes from now on, at most twice a second, each node once; needs READ.

    Raises DatabaseUnavailable where changes may have been missed, since nobody could say which, and Unauthenticated
    when the viewer's token ends.
    """
    tenant_id = require(viewer, Permission.READ).tenant_id
    assert tenant_id is not None
    wanted = {kind.value for kind in kinds}
    async with hub.watch_activity(tenant_id) as watch:
        # What every watch is told first is that anything may have changed before.
        await watch.changed()
        while True:
            changed = await next_change(clock, viewer, watch)
            if not changed:
                raise DatabaseUnavailable(_MISSED)
            at = clock()
            told = [Told(ActivityKind(each.kind), each.id, at) for each in sorted(changed) if each.kind in wanted]
            if told:
                yield told
            await asyncio.sleep(AT_MOST_EVERY_S)
