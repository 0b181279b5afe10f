"""How long people's traces are kept: sessions with their addresses and programs, refresh tokens, audit entries."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Protocol

from models.database import WriteSession
from models.retention import (
    delete_audit_entries_before,
    delete_refresh_tokens_expired_before,
    delete_sessions_unused_since,
)
from services.toolbox import Toolbox

# A batch is one short transaction, and a round ends: the next one, an hour later, goes on.
BATCH = 1000
MOST_BATCHES = 100


class Deletion(Protocol):
    def __call__(self, session: WriteSession, instant: datetime, /, *, most: int) -> Awaitable[int]: ...


async def forget_old_sessions(tools: Toolbox) -> int:
    """Sessions that nobody used for as long as they are kept, which is longer than an unused one lives."""
    before = tools.clock() - timedelta(days=tools.retention.session_days)
    return await _in_batches(tools, delete_sessions_unused_since, before, reason="forget old sessions")


async def forget_old_refresh_tokens(tools: Toolbox) -> int:
    """Those that expired: an unknown one is refused in the same words."""
    return await _in_batches(
        tools, delete_refresh_tokens_expired_before, tools.clock(), reason="forget old refresh tokens"
    )


async def forget_old_audit_entries(tools: Toolbox) -> int:
    """Nothing, unless the operator has said how long they are kept."""
    if not (days := tools.retention.audit_days):
        return 0
    before = tools.clock() - timedelta(days=days)
    return await _in_batches(tools, delete_audit_entries_before, before, reason="forget old audit entries")


async def _in_batches(tools: Toolbox, delete: Deletion, before: datetime, *, reason: str) -> int:
    done = 0
    for _ in range(MOST_BATCHES):
        async with tools.db.system(reason=reason) as session:
            count = await delete(session, before, most=BATCH)
        done += count
        if count < BATCH:
            break
    return done
