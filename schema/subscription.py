"""The list of subscriptions: one line each, what they do is in resolvers/."""

from datetime import datetime

import strawberry

from resolvers import refreshes
from resolvers.channel_jobs.reading import channel_job_progress
from resolvers.exports import reading
from resolvers.operations.activity import activity
from resolvers.relay.reading import relay_bell
from schema.channel_jobs.job import ChannelJob
from schema.exports import Export
from schema.field import field, subscription
from schema.node import Node
from schema.refreshes import RefreshJob
from schema.relay.agent import RelayBell
from services.queued.activity import ActivityKind


@strawberry.type(description="Something of the tenant that changed.")
class Activity:
    kind: ActivityKind = field(description="What changed.")
    node: Node = field(
        description="What changed, as it is now. Alias fields like `status`, whose type differs by node."
    )
    at: datetime = field(description="When the change was heard of.")


@strawberry.type
class Subscription:
    """Current state first, then every change."""

    refresh_progress: RefreshJob = subscription(
        refreshes.refresh_progress,
        description="The job's state at once, then every change (at most twice a second), then it completes with the "
        "job. Survives lost connections by re-reading.",
    )
    export_progress: Export = subscription(
        reading.export_progress,
        description="The export's state at once, then every change (at most twice a second), then it completes with "
        "the export. Needs EXPORT.",
    )
    channel_job_progress: ChannelJob = subscription(
        channel_job_progress,
        description="The job's state at once, then every change (at most twice a second), then it completes with the "
        "job. Survives lost connections by re-reading.",
    )
    activity: Activity = subscription(
        activity,
        description="The tenant's real-time channel: whatever changes, of the kinds named or of all, at most twice a "
        "second. A change may be told twice, and changes that follow each other closely as one. It ends with the code "
        "DATABASE_UNAVAILABLE where changes may have been missed: then read again and subscribe again.",
    )
    relay_bell: RelayBell = subscription(
        relay_bell,
        is_for_agents=True,
        description="For the browser extension: how many jobs wait, now and after it has changed; only a hint, "
        "`claimRelayWork` tells.",
    )
    refresh_jobs: RefreshJob = subscription(refreshes.refresh_job_changes, description="Every refresh of the tenant.")
