"""How long people's traces are kept: sessions with their addresses and programs, refresh tokens, audit entries."""

from datetime import datetime, timedelta
from functools import partial

from models.installation.retention import (
    delete_audit_entries_before,
    delete_refresh_tokens_expired_before,
    delete_sessions_unused_since,
)
from services.batches import Deletion, delete_in_batches
from services.toolbox import Toolbox


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
    return await delete_in_batches(partial(tools.db.system, reason=reason), delete, before)
