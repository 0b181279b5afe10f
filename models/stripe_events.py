"""Named queries of Stripe's events."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.database import WriteSession
from models.stripe_event import StripeEvent


async def insert_unless_known(session: WriteSession, event: StripeEvent) -> bool:
    """False, and nothing is stored, when the event came before."""
    statement = (
        insert(StripeEvent)
        .values(**event.model_dump())
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(col(StripeEvent.id))
    )
    return (await (await session.connection()).execute(statement)).first() is not None


async def mark_processed(session: WriteSession, customer_id: str, *, received_by: datetime, now: datetime) -> None:
    """Every event of the customer that had come when its state was read."""
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
