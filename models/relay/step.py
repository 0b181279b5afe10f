"""The table of steps that a browser extension is asked to do for a job, and of its answers."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, delete
from sqlalchemy.orm import defer
from sqlmodel import Field, col, select

from models.channel_jobs.job import OPEN_STATUSES, ChannelJob
from models.columns import JSON, Row, TextEnum, is_any_text, one_of, tenant_key
from models.database import ReadSession, WriteSession


class RelayStepState(StrEnum):
    """WANTED: nobody has begun it. UNKNOWN: it was begun, and nobody knows how it ended."""

    WANTED = "WANTED"
    STARTED = "STARTED"
    DONE = "DONE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


# What is not answered: the job is the extension's until no step is in one of these.
_OPEN = (RelayStepState.WANTED, RelayStepState.STARTED)


class RelayStep(Row, table=True):
    """A step of one job, named by its `key`. Answers may tell of buyers, so the steps go when the job has ended.

    `lease_id` and `place` say in which lease it was handed out last, and where in it; `number` is the order in which
    steps were asked for.
    """

    __tablename__ = "relay_step"
    __table_args__ = (
        one_of("state", RelayStepState),
        tenant_key("job_id", "channel_job"),
        Index(None, "tenant_id", "lease_id", "place"),
    )

    tenant_id: UUID = Field(primary_key=True)
    job_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    number: int
    operation: str
    arguments: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    is_unsafe: bool = False
    state: RelayStepState = Field(default=RelayStepState.WANTED, sa_type=TextEnum(RelayStepState))
    lease_id: UUID | None = None
    place: int | None = None
    result: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    error: str | None = None
    message: str | None = None
    http_status: int | None = None
    retry_after_s: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


async def steps_of(session: ReadSession | WriteSession, job_id: UUID) -> Sequence[RelayStep]:
    """The job's steps in the order in which they were asked for."""
    query = select(RelayStep).where(RelayStep.tenant_id == session.tenant_id, RelayStep.job_id == job_id)
    return (await session.exec(query.order_by(col(RelayStep.number)))).all()


async def steps_without_results(session: WriteSession, job_id: UUID) -> Sequence[RelayStep]:
    """The same, without what came of them, which may be megabytes and is only for the run of the job."""
    query = select(RelayStep).where(RelayStep.tenant_id == session.tenant_id, RelayStep.job_id == job_id)
    no_results = defer(col(RelayStep.result), raiseload=True)  # type: ignore[arg-type]
    return (await session.exec(query.options(no_results).order_by(col(RelayStep.number)))).all()


async def step_of_lease(session: WriteSession, lease_id: UUID, place: int) -> RelayStep | None:
    is_it = (RelayStep.tenant_id == session.tenant_id, RelayStep.lease_id == lease_id, RelayStep.place == place)
    return (await session.exec(select(RelayStep).where(*is_it).with_for_update())).one_or_none()


async def drop_steps(session: WriteSession, job_id: UUID, keys: Sequence[str] | None = None) -> None:
    """Forgets steps of the job by their keys, or all of them."""
    is_it = [col(RelayStep.tenant_id) == session.tenant_id, col(RelayStep.job_id) == job_id]
    if keys is not None:
        is_it.append(is_any_text(RelayStep.key, keys))
    # What is changed and not written yet would be missed when it is.
    await session.flush()
    await (await session.connection()).execute(delete(RelayStep).where(*is_it))


async def drop_open_steps(session: WriteSession, job_id: UUID) -> None:
    """Forgets the steps of the job that are not answered: the extension is not to do them any more."""
    is_it = (col(RelayStep.tenant_id) == session.tenant_id, col(RelayStep.job_id) == job_id)
    is_open = is_any_text(RelayStep.state, _OPEN)
    await session.flush()
    await (await session.connection()).execute(delete(RelayStep).where(*is_it, is_open))


async def has_open_steps(session: WriteSession, job_id: UUID) -> bool:
    """Whether the job waits for the extension or is being done by it, so that no worker runs it."""
    is_it = (RelayStep.tenant_id == session.tenant_id, RelayStep.job_id == job_id)
    query = select(RelayStep.key).where(*is_it, is_any_text(RelayStep.state, _OPEN)).limit(1)
    return (await session.exec(query)).first() is not None


async def jobs_with_wanted_steps(
    session: ReadSession | WriteSession, channel_id: UUID, *, most: int | None = None
) -> Sequence[UUID]:
    """Unfinished jobs of the channel that wait for its extension, the oldest first."""
    from_job = select(ChannelJob.id).where(
        ChannelJob.tenant_id == session.tenant_id,
        ChannelJob.channel_id == channel_id,
        is_any_text(ChannelJob.status, OPEN_STATUSES),
        select(RelayStep.key)
        .where(
            RelayStep.tenant_id == ChannelJob.tenant_id,
            RelayStep.job_id == ChannelJob.id,
            RelayStep.state == RelayStepState.WANTED,
        )
        .exists(),
    )
    return (await session.exec(from_job.order_by(col(ChannelJob.queued_at), col(ChannelJob.id)).limit(most))).all()
