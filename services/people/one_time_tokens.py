"""Forgets one-time tokens that nobody can use any more; what each is for is the affair of who gives it out."""

from datetime import timedelta
from functools import partial

from models.installation.retention import delete_tokens_expired_before
from services.batches import delete_in_batches
from services.toolbox import Toolbox

# Until then an expired link is told from an invented one.
KEPT_AFTER_EXPIRY = timedelta(days=30)


async def forget_old_tokens(tools: Toolbox) -> int:
    """Deletes those that expired a month ago, whoever's they were; answers how many."""
    opened = partial(tools.db.system, reason="forget old one-time tokens")
    return await delete_in_batches(opened, delete_tokens_expired_before, tools.clock() - KEPT_AFTER_EXPIRY)
