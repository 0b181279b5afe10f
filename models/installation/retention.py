"""Named statements that delete what is old, of every tenant and person, a batch at a time; answer how many rows went.

Each takes the oldest first. Of two workers at once the second deletes what the first has left. They are for sessions of
the system role, but for letters and events of Stripe, which are the runtime role's.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlmodel import col

from models.audit.entry import AuditEntry
from models.billing.stripe_event import StripeEvent
from models.database import WriteSession
from models.idempotency_key import IdempotencyKey
from models.mail import OutgoingMail
from models.people.auth_session import AuthSession
from models.people.one_time_token import OneTimeToken
from models.people.refresh_token import RefreshToken


async def delete_sessions_unused_since(session: WriteSession, instant: datetime, *, most: int) -> int:
    """With their refresh tokens, which are not counted."""
    return await _delete_oldest(session, AuthSession, AuthSession.last_used_at, instant, most=most)


async def delete_refresh_tokens_expired_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    """Of sessions that go on too."""
    return await _delete_oldest(session, RefreshToken, RefreshToken.expires_at, instant, most=most)


async def delete_audit_entries_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    """Of every tenant and of the installation."""
    return await _delete_oldest(session, AuditEntry, AuditEntry.at, instant, most=most)


async def delete_keys_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    return await _delete_oldest(session, IdempotencyKey, IdempotencyKey.created_at, instant, most=most)


async def delete_tokens_expired_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    return await _delete_oldest(session, OneTimeToken, OneTimeToken.expires_at, instant, most=most)


async def delete_mails_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    return await _delete_oldest(session, OutgoingMail, OutgoingMail.created_at, instant, most=most)


async def delete_events_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    return await _delete_oldest(session, StripeEvent, StripeEvent.received_at, instant, most=most)


async def _delete_oldest(session: WriteSession, table: Any, dated: Any, instant: datetime, *, most: int) -> int:
    key = list(table.__table__.primary_key)
    oldest = select(*key).where(col(dated) < instant).order_by(col(dated)).limit(most)
    # The date is asked again, of a row that was renewed while this waited for it.
    statement = delete(table).where(tuple_(*key).in_(oldest), col(dated) < instant)
    return (await (await session.connection()).execute(statement)).rowcount
