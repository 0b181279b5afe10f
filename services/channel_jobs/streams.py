"""The stream of a channel job for its subscriber: the state at once, then every change, until the job has ended."""

from collections.abc import AsyncIterator
from uuid import UUID

from analytics.clock import Clock
from auth.permissions import Permission, require
from auth.viewer import Viewer
from models.channel_jobs.job import ChannelJob
from models.channel_jobs.job_queries import channel_job_by_id
from models.database import Database
from models.listener import Hub
from services.channel_jobs.states import FINISHED
from services.queued.row_streams import Watched, watch_row


async def watch_channel_job(
    db: Database, clock: Clock, hub: Hub, viewer: Viewer, job_id: UUID | None
) -> AsyncIterator[ChannelJob]:
    """The job now and after every change until it has ended; needs READ.

    Raises NotFound, also for a job of another tenant or one that is deleted meanwhile, and Unauthenticated when the
    viewer's token ends.
    """
    require(viewer, Permission.READ)

    async def load(row_id: UUID) -> ChannelJob | None:
        async with db.read(viewer) as session:
            return await channel_job_by_id(session, row_id)

    watched = Watched(job_id, load, lambda job: job.status in FINISHED, "There is no such job.")
    async for job in watch_row(clock, hub, viewer, watched):
        yield job
