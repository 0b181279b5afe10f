"""The list of subscriptions: one line each, what they do is in resolvers/."""

import strawberry

from resolvers import refreshes
from resolvers.channel_jobs.reading import channel_job_progress
from resolvers.exports import reading
from schema.channel_jobs.job import ChannelJob
from schema.exports import Export
from schema.field import subscription
from schema.refreshes import RefreshJob


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
    refresh_jobs: RefreshJob = subscription(refreshes.refresh_job_changes, description="Every refresh of the tenant.")
