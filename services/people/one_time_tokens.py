"""Deletes one-time tokens that nobody can use any more; what a token is for is not known here."""

from datetime import timedelta
from functools import partial

from analytics.clock import Clock
from models.database import Database
from models.installation.retention import delete_tokens_expired_before
from services.batches import delete_in_batches

# While the token is stored, somebody with an expired link hears that it has expired; later, that it is not valid.
KEPT_AFTER_EXPIRY = timedelta(days=30)


async def forget_old_tokens(db: Database, clock: Clock) -> int:
    """Deletes the tokens of all people that expired a month ago; answers how many."""
    opened = partial(db.sweep, reason="forget old one-time tokens")
    return await delete_in_batches(opened, delete_tokens_expired_before, clock() - KEPT_AFTER_EXPIRY)
