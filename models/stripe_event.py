"""What Stripe told us: each event once, by its id, without what it says of people."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from models.columns import Row, dated


class StripeEvent(Row, table=True):
    """Belongs to no tenant: Stripe knows none. The state itself is asked from Stripe, so no payload is kept."""

    __tablename__ = "stripe_event"
    __table_args__ = (Index(None, "customer_id"), Index(None, "received_at"))

    id: str = Field(primary_key=True)
    type: str
    customer_id: str | None = None
    livemode: bool
    api_version: str | None = None
    created: int = Field(sa_type=BigInteger)
    received_at: datetime = dated()
    processed_at: datetime | None = None
