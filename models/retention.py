"""Named statements that delete what is old, of every tenant and person, a batch at a time; for the system role.

Each takes the oldest first. Of two workers at once the second deletes what the first has left.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from models.audit_entry import AuditEntry
from models.auth_session import AuthSession
from models.database import WriteSession
from models.refresh_token import RefreshToken


async def delete_sessions_unused_since(session: WriteSession, instant: datetime, *, most: int) -> int:
    """With their refresh tokens; answers how many sessions."""
    return await _delete_oldest(session, AuthSession, AuthSession.id, AuthSession.last_used_at, (instant, most))


async def delete_refresh_tokens_expired_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    """Of sessions that go on too; answers how many."""
    key, dated = RefreshToken.token_hash, RefreshToken.expires_at
    return await _delete_oldest(session, RefreshToken, key, dated, (instant, most))


async def delete_audit_entries_before(session: WriteSession, instant: datetime, *, most: int) -> int:
    """Of every tenant and of the installation; answers how many."""
    return await _delete_oldest(session, AuditEntry, AuditEntry.id, AuditEntry.at, (instant, most))


async def _delete_oldest(session: WriteSession, table: Any, key: Any, dated: Any, bounds: tuple[datetime, int]) -> int:
    instant, most = bounds
    oldest = select(col(key)).where(col(dated) < instant).order_by(col(dated)).limit(most)
    # The date is asked again, of a row that was renewed while this waited for it.
    statement = delete(table).where(col(key).in_(oldest), col(dated) < instant)
    return (await (await session.connection()).execute(statement)).rowcount
