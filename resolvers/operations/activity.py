"""The stream of a tenant's changes: each node that changed, as the viewer sees it now."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime

import strawberry

from errors import BadInput
from models.columns import Row
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given_list
from resolvers.nodes import KIND_OF_TYPE, kept_row
from services.queued.activity import ActivityKind, Told, watch_activity

_TYPES = {
    ActivityKind.REFRESH_JOB: "RefreshJob",
    ActivityKind.CHANNEL: "Channel",
    ActivityKind.CHANNEL_JOB: "ChannelJob",
    ActivityKind.LISTING: "Listing",
    ActivityKind.ORDER: "Order",
    ActivityKind.ORDER_CASE: "OrderCase",
    ActivityKind.CONVERSATION: "Conversation",
    ActivityKind.SUGGESTION: "Suggestion",
}


@dataclass(frozen=True, slots=True)
class ShownActivity:
    kind: ActivityKind
    node: Row
    at: datetime


async def activity(
    info: Info, kinds: list[ActivityKind] | None = strawberry.UNSET
) -> AsyncGenerator[ShownActivity, None]:
    context, listed = info.context, given_list(kinds, "kinds")
    if listed is not None and not listed:
        raise BadInput("Name a kind, or leave the kinds out.", field=["kinds"])
    changes = watch_activity(context.tools.clock, context.tools.hub, signed_in(info), listed or tuple(ActivityKind))
    async for told in changes:
        context.renew()
        nodes = await asyncio.gather(*(_node(info, each) for each in told))
        # What is gone by now is told of no more.
        for each, node in zip(told, nodes, strict=True):
            if node is not None:
                yield ShownActivity(each.kind, node, each.at)


async def _node(info: Info, told: Told) -> Row | None:
    return await kept_row(info, KIND_OF_TYPE[_TYPES[told.kind]], told.id)
