"""Statements that delete old rows of all tenants and persons, a batch at a time; each answers how many rows it deleted.

Each deletes the oldest rows first. Of two workers at once the second deletes what the first has left. The statements
need a session of the system role; those for letters and events of Stripe need one of the runtime role.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, any_, delete, literal, select, tuple_
from sqlmodel import col

from models.audit.entry import AuditEntry
from models.billing.stripe_event import StripeEvent
from models.channels.message import SellerMessage
from models.database import WriteSession
from models.idempotency_key import IdempotencyKey
from models.mail import OutgoingMail
from models.people.auth_session import AuthSession
from models.people.one_time_token import OneTimeToken
from models.people.refresh_token import RefreshToken


async def delete_sessions_unused_since(session: WriteSession, instant: datetime, *, most: int) -> int:
    """Deletes sessions, and by foreign key their refresh tokens, which are not counted."""
    return await _delete_oldest(session, AuthSession, AuthSession.last_used_at, instant, most=most)


async def delete_refresh_tokens_expired_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    """Deletes expired refresh tokens, those of sessions that are still alive included."""
    return await _delete_oldest(session, RefreshToken, RefreshToken.expires_at, instant, most=most)


async def delete_audit_entries_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    """Deletes audit entries of all tenants and of the installation."""
    return await _delete_oldest_of_tenants(session, AuditEntry, AuditEntry.id, AuditEntry.at, instant, most=most)


async def delete_keys_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    key, dated = IdempotencyKey.key, IdempotencyKey.created_at
    return await _delete_oldest_of_tenants(session, IdempotencyKey, key, dated, instant, most=most)


async def delete_tokens_expired_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    return await _delete_oldest(session, OneTimeToken, OneTimeToken.expires_at, instant, most=most)


async def delete_mails_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    return await _delete_oldest(session, OutgoingMail, OutgoingMail.created_at, instant, most=most)


async def delete_messages_handled_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    return await _delete_oldest(session, SellerMessage, SellerMessage.handled_at, instant, most=most)


async def delete_events_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    return await _delete_oldest(session, StripeEvent, StripeEvent.received_at, instant, most=most)


async def _delete_oldest(session: WriteSession, table: Any, dated: Any, instant: datetime, *, most: int) -> int:
    key = list(table.__table__.primary_key)
    oldest = select(*key).where(col(dated) < instant).order_by(col(dated)).limit(most)
    # The condition is repeated for rows that another transaction renewed while this statement waited for their lock.
    statement = delete(table).where(tuple_(*key).in_(oldest), col(dated) < instant)
    return (await (await session.connection()).execute(statement)).rowcount


async def _delete_oldest_of_tenants(
    session: WriteSession, table: Any, key: Any, dated: Any, instant: datetime, *, most: int
) -> int:
    """The same for a table that may be on shards, which are asked to change rows of one tenant at a time.

    `key` is the column that names a row within its tenant.
    """
    connection = await session.connection()
    oldest = select(col(table.tenant_id), col(key)).where(col(dated) < instant).order_by(col(dated)).limit(most)
    keys: defaultdict[UUID, list[Any]] = defaultdict(list)
    for tenant_id, one in (await connection.execute(oldest)).all():
        keys[tenant_id].append(one)
    deleted = 0
    # Always in the same order, so that two workers wait for each other instead of ending in a deadlock.
    for tenant_id in sorted(keys):
        of_tenant = (col(table.tenant_id) == tenant_id, col(key) == any_(literal(keys[tenant_id], ARRAY(key.type))))
        deleted += (await connection.execute(delete(table).where(*of_tenant, col(dated) < instant))).rowcount
    return deleted
