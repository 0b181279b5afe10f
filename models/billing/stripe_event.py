"""Events that Stripe has sent: each is stored once, by its id, and without its payload, which names persons."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, update
from sqlmodel import Field, col

from models.columns import Row, dated
from models.database import WriteSession
from models.upsert import insert_unless_there


class StripeEvent(Row, table=True):
    """The table belongs to no tenant, since Stripe's events name none.

    No payload is stored: an event only causes Stripe to be asked for the customer's state.
    """

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


async def insert_unless_known(session: WriteSession, event: StripeEvent) -> bool:
    """False, and nothing is stored, when the same event came before."""
    return await insert_unless_there(session, event, on=("id",))


async def mark_processed(session: WriteSession, customer_id: str, *, received_by: datetime, now: datetime) -> None:
    """Marks every event of the customer that had been received by the time its state was read."""
    statement = (
        update(StripeEvent)
        .where(
            col(StripeEvent.customer_id) == customer_id,
            col(StripeEvent.processed_at).is_(None),
            col(StripeEvent.received_at) <= received_by,
        )
        .values(processed_at=now)
    )
    await (await session.connection()).execute(statement)
