"""The table of order cases: returns, cancellations, inquiries and disputes of buyers, folded into one."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.columns import AMOUNT, JSON, TEXT_LIST, TenantRow, TextEnum, one_of, tenant_key


class OrderCaseKind(StrEnum):
    RETURN = "RETURN"
    CANCELLATION = "CANCELLATION"
    INQUIRY = "INQUIRY"
    DISPUTE = "DISPUTE"


class OrderCaseStatus(StrEnum):
    AWAITING_SELLER = "AWAITING_SELLER"
    AWAITING_BUYER = "AWAITING_BUYER"
    AWAITING_CHANNEL = "AWAITING_CHANNEL"
    CLOSED = "CLOSED"


class CaseAction(StrEnum):
    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"
    REFUND = "REFUND"
    MARK_RECEIVED = "MARK_RECEIVED"
    PROVIDE_TRACKING = "PROVIDE_TRACKING"
    ADD_EVIDENCE = "ADD_EVIDENCE"
    CONTEST = "CONTEST"
    ESCALATE = "ESCALATE"
    MESSAGE = "MESSAGE"


class OrderCase(TenantRow, table=True):
    """`order_external_id` is the channel's id of the order, which may come later than the case, or never.

    `actions` are what may be done now, of CaseAction. `details` are what the channel wants back when somebody acts.
    """

    __tablename__ = "order_case"
    __table_args__ = (
        tenant_key("channel_id", "channel"),
        UniqueConstraint("tenant_id", "channel_id", "kind", "external_id"),
        one_of("kind", OrderCaseKind),
        one_of("status", OrderCaseStatus),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("(currency is null) = (amount is null)", name="amount"),
        Index(None, "tenant_id", "opened_at", "id"),
        Index(None, "tenant_id", "channel_id", "order_external_id"),
    )

    channel_id: UUID
    order_external_id: str | None = None
    kind: OrderCaseKind = Field(sa_type=TextEnum(OrderCaseKind))
    status: OrderCaseStatus = Field(sa_type=TextEnum(OrderCaseStatus))
    external_id: str
    reason: str | None = None
    currency: str | None = None
    amount: Decimal | None = Field(default=None, sa_type=AMOUNT)
    opened_at: datetime
    respond_by: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    actions: list[str] = Field(default_factory=list, sa_type=TEXT_LIST)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    version: int = Field(default=1, sa_type=BigInteger)
