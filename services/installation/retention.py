"""Deletes what is stored about people's use after its time: sessions, refresh tokens and audit entries."""

from datetime import datetime, timedelta
from functools import partial

from analytics.clock import Clock
from models.database import Database
from models.installation.retention import (
    delete_audit_entries_before,
    delete_refresh_tokens_expired_before,
    delete_sessions_unused_since,
)
from services.batches import Deletion, delete_in_batches


async def forget_old_sessions(db: Database, clock: Clock, *, session_days: int) -> int:
    """Deletes sessions that nobody has used for `session_days`, long after they have ended; answers how many."""
    before = clock() - timedelta(days=session_days)
    return await _in_batches(db, delete_sessions_unused_since, before, reason="forget old sessions")


async def forget_old_refresh_tokens(db: Database, clock: Clock) -> int:
    """Deletes expired refresh tokens, since unknown ones are refused in the same words; answers how many."""
    return await _in_batches(db, delete_refresh_tokens_expired_before, clock(), reason="forget old refresh tokens")


async def forget_old_audit_entries(db: Database, clock: Clock, *, audit_days: int) -> int:
    """Deletes audit entries older than `audit_days`, none where that is 0; answers how many."""
    if not audit_days:
        return 0
    before = clock() - timedelta(days=audit_days)
    return await _in_batches(db, delete_audit_entries_before, before, reason="forget old audit entries")


async def _in_batches(db: Database, delete: Deletion, before: datetime, *, reason: str) -> int:
    return await delete_in_batches(partial(db.sweep, reason=reason), delete, before)
