"""Slices of refreshes: ranges of days that are completely stored, so that a restarted job goes on behind them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from models.columns import Row, tenant_key


class RefreshSlice(Row, table=True):
    """A slice is written in the transaction that swaps its days; it contains both `start_on` and `end_on`."""

    __tablename__ = "refresh_slice"
    __table_args__ = (
        CheckConstraint("start_on <= end_on", name="range"),
        tenant_key("refresh_job_id", "refresh_job"),
    )

    tenant_id: UUID = Field(primary_key=True)
    refresh_job_id: UUID = Field(primary_key=True)
    start_on: date = Field(primary_key=True)
    end_on: date
    rows_fetched: int = Field(default=0, sa_type=BigInteger)
    rows_stored: int = Field(default=0, sa_type=BigInteger)
    rows_removed: int = Field(default=0, sa_type=BigInteger)
    api_calls: int = 0
    completed_at: datetime
