"""The table of channel jobs: all that is done with a marketplace, from reading orders to ending a listing.

A row has the whole state of its job; the queue only tells workers to run it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from models.audit.actor import ActorKind
from models.columns import JSON, TenantRow, TextEnum, dated, one_of, tenant_key
from models.thin.records import UNLISTED


class ChannelJobKind(StrEnum):
    CHECK = "CHECK"
    SYNC_LISTINGS = "SYNC_LISTINGS"
    SYNC_ORDERS = "SYNC_ORDERS"
    SYNC_CASES = "SYNC_CASES"
    SYNC_CONVERSATIONS = "SYNC_CONVERSATIONS"
    PUBLISH = "PUBLISH"
    UPDATE = "UPDATE"
    END = "END"
    SHIP = "SHIP"
    CANCEL = "CANCEL"
    REFUND = "REFUND"
    CASE_ACTION = "CASE_ACTION"
    SEND_MESSAGE = "SEND_MESSAGE"


class ChannelJobStatus(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    UNCERTAIN = "UNCERTAIN"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


OPEN_STATUSES = (
    ChannelJobStatus.QUEUED,
    ChannelJobStatus.RUNNING,
    ChannelJobStatus.WAITING,
    ChannelJobStatus.UNCERTAIN,
)


class ChannelJobErrorCode(StrEnum):
    ACCESS_REVOKED = "ACCESS_REVOKED"
    PERMISSION_MISSING = "PERMISSION_MISSING"
    REJECTED = "REJECTED"
    NOT_FOUND = "NOT_FOUND"
    RATE_LIMITED = "RATE_LIMITED"
    CHANNEL_UNAVAILABLE = "CHANNEL_UNAVAILABLE"
    CHALLENGE = "CHALLENGE"
    EXPIRED = "EXPIRED"
    INVALID_RESPONSE = "INVALID_RESPONSE"
    INTERNAL = "INTERNAL"


class SubjectKind(StrEnum):
    """What a job can be about, by the name of its type in the API."""

    PRODUCT = "Product"
    LISTING = "Listing"
    ORDER = "Order"
    CASE = "OrderCase"
    CONVERSATION = "Conversation"


class ChannelJob(TenantRow, table=True):
    """A worker's writes are fenced by (id, attempt, run_id). `version` rises with every change and orders events.

    `subject_id` is a row of the kind `subject_kind`; both are null for a sync. `payload` is what was asked for, which
    may be as large as a picture and is in no list; `memo` what earlier runs of the same attempt leave for the next. Of
    jobs that are not finished there is one for each `sameness`, the text that two wishes for the same thing have in
    common. `problems` are records that were left out.
    """

    __tablename__ = "channel_job"
    __table_args__ = (
        one_of("kind", ChannelJobKind),
        one_of("status", ChannelJobStatus),
        one_of("subject_kind", SubjectKind),
        one_of("requested_by_kind", ActorKind),
        one_of("error_code", ChannelJobErrorCode),
        CheckConstraint("(subject_kind is null) = (subject_id is null)", name="subject"),
        CheckConstraint("attempt > 0", name="attempt"),
        tenant_key("channel_id", "channel"),
        Index(None, "tenant_id", "queued_at", "id"),
        Index(None, "tenant_id", "channel_id", "queued_at", "id"),
        Index(
            "uq_channel_job_open",
            "tenant_id",
            "channel_id",
            "sameness",
            unique=True,
            postgresql_where="status in ('QUEUED', 'RUNNING', 'WAITING', 'UNCERTAIN')",
        ),
        # For the sweep, which looks over all tenants.
        Index(
            "ix_channel_job_heartbeat",
            "heartbeat_at",
            postgresql_where="status in ('QUEUED', 'RUNNING', 'WAITING', 'UNCERTAIN')",
        ),
    )

    channel_id: UUID
    kind: ChannelJobKind = Field(sa_type=TextEnum(ChannelJobKind))
    subject_kind: SubjectKind | None = Field(default=None, sa_type=TextEnum(SubjectKind))
    subject_id: UUID | None = None
    sameness: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs={"info": {UNLISTED: True}})
    memo: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    status: ChannelJobStatus = Field(default=ChannelJobStatus.QUEUED, sa_type=TextEnum(ChannelJobStatus))
    requested_by_kind: ActorKind = Field(sa_type=TextEnum(ActorKind))
    requested_by_user_id: UUID | None = None
    requested_by_api_key_id: UUID | None = None
    done: int = 0
    total: int | None = None
    wait_reason: str | None = None
    resumes_at: datetime | None = None
    # How many runs, one after the other, ended because the marketplace did not answer.
    outages: int = 0
    attempt: int = 1
    # Made anew by each worker that claims the job: a worker that was taken for lost still has an older one.
    run_id: UUID | None = None
    error_code: ChannelJobErrorCode | None = Field(default=None, sa_type=TextEnum(ChannelJobErrorCode))
    error_message: str | None = None
    error_retryable: bool | None = None
    problems: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    cancel_requested_at: datetime | None = None
    heartbeat_at: datetime | None = None
    queued_at: datetime = dated()
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = Field(default=1, sa_type=BigInteger)
