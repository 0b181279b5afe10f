"""The table of refreshes. A row is a refresh of one ad account over a range of days and has its whole state.

The queue only tells workers to run it.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from models.audit.actor import ActorKind
from models.columns import JSON, TEXT_LIST, TenantRow, TextEnum, dated, one_of, tenant_key


class RefreshStatus(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ACTIVE_STATUSES = (RefreshStatus.QUEUED, RefreshStatus.RUNNING, RefreshStatus.WAITING)


class RefreshTrigger(StrEnum):
    MANUAL = "MANUAL"
    SCHEDULED = "SCHEDULED"
    CONNECTED = "CONNECTED"


class RefreshErrorCode(StrEnum):
    ACCESS_REVOKED = "ACCESS_REVOKED"
    PERMISSION_MISSING = "PERMISSION_MISSING"
    ACCOUNT_UNAVAILABLE = "ACCOUNT_UNAVAILABLE"
    RATE_LIMITED = "RATE_LIMITED"
    PLATFORM_UNAVAILABLE = "PLATFORM_UNAVAILABLE"
    INVALID_RESPONSE = "INVALID_RESPONSE"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    INTERNAL = "INTERNAL"


class RefreshJob(TenantRow, table=True):
    """A worker's writes are fenced by (id, attempt, run_id). `version` rises with every change and orders events."""

    __tablename__ = "refresh_job"
    __table_args__ = (
        one_of("status", RefreshStatus),
        one_of("trigger", RefreshTrigger),
        one_of("requested_by_kind", ActorKind),
        one_of("error_code", RefreshErrorCode),
        CheckConstraint("range_start <= range_end", name="range"),
        CheckConstraint("progress between 0 and 1", name="progress"),
        CheckConstraint("attempt > 0", name="attempt"),
        tenant_key("ad_account_id", "ad_account"),
        Index(None, "tenant_id", "ad_account_id", "queued_at", "id"),
        Index(None, "tenant_id", "queued_at", "id"),
        # While a refresh is not finished there is no second one of the same account, range and breakdowns.
        Index(
            "uq_refresh_job_active",
            "tenant_id",
            "ad_account_id",
            "range_start",
            "range_end",
            "breakdowns",
            unique=True,
            postgresql_where="status in ('QUEUED', 'RUNNING', 'WAITING')",
        ),
    )

    ad_account_id: UUID
    status: RefreshStatus = Field(default=RefreshStatus.QUEUED, sa_type=TextEnum(RefreshStatus))
    trigger: RefreshTrigger = Field(sa_type=TextEnum(RefreshTrigger))
    requested_by_kind: ActorKind = Field(sa_type=TextEnum(ActorKind))
    requested_by_user_id: UUID | None = None
    requested_by_api_key_id: UUID | None = None
    range_start: date
    range_end: date
    breakdowns: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    progress: float = 0.0
    days_total: int = 0
    days_done: int = 0
    rows_fetched: int = Field(default=0, sa_type=BigInteger)
    rows_stored: int = Field(default=0, sa_type=BigInteger)
    rows_removed: int = Field(default=0, sa_type=BigInteger)
    api_calls: int = 0
    wait_reason: str | None = None
    resumes_at: datetime | None = None
    # How many runs, one after the other, stored nothing because the platform did not answer.
    outages: int = 0
    attempt: int = 1
    # Made anew by each worker that claims the job: a worker that was taken for lost still has an older one.
    run_id: UUID | None = None
    error_code: RefreshErrorCode | None = Field(default=None, sa_type=TextEnum(RefreshErrorCode))
    error_message: str | None = None
    error_retryable: bool | None = None
    gaps: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    warnings: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    cancel_requested_at: datetime | None = None
    heartbeat_at: datetime | None = None
    queued_at: datetime = dated()
    started_at: datetime | None = None
    finished_at: datetime | None = None
    version: int = Field(default=1, sa_type=BigInteger)
