"""Forgets one-time tokens that nobody can use any more; what each is for is the affair of who gives it out."""

from datetime import timedelta

from models.one_time_tokens import delete_tokens_before
from services.toolbox import Toolbox

# Until then an expired link is told from an invented one.
KEPT_AFTER_EXPIRY = timedelta(days=30)


async def forget_old_tokens(tools: Toolbox) -> int:
    """Deletes those that expired a month ago, whoever's they were; answers how many."""
    async with tools.db.system(reason="forget old one-time tokens") as session:
        return await delete_tokens_before(session, tools.clock() - KEPT_AFTER_EXPIRY)
