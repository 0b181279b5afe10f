"""Slows down guessing the password of one account, without locking its person out on a device that they use.

Attempts are treated alike whether the account exists or not.
"""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from analytics.clock import Clock
from auth.limits.buckets import FAILED_LOGINS, Charge, network_of
from auth.limits.limiter import Limiter
from models.acting import Origin, TenantScope
from models.database import Database
from models.people.auth_session import addresses_of_device
from models.people.user import User

# A device is known when a session of the account was used on it within this time; its attempts are not counted.
KNOWN_FOR = timedelta(days=30)
_NOBODY = UUID(int=0)


async def count_attempt(
    db: Database, clock: Clock, limiter: Limiter, origin: Origin, *, user: User | None, address: str
) -> list[Charge]:
    """Counts an attempt to sign in as a failure; answers what was counted, to be forgotten when the password is right.

    To be called before the password is checked, so that many attempts at the same moment count as well. Raises
    RateLimited after many failures.
    """
    if not limiter.is_on or await _is_known_device(db, clock, origin, user):
        return []
    key = sha256(address.encode("utf-8", "surrogatepass")).hexdigest()
    failures = [Charge(bucket, f"account:{key}") for bucket in FAILED_LOGINS]
    await limiter.take(failures)
    return failures


async def _is_known_device(db: Database, clock: Clock, origin: Origin, user: User | None) -> bool:
    """Whether the account was used from this network with this program.

    The query runs for unknown accounts as well, so that its time does not tell whether an account exists.
    """
    user_id = user.id if user is not None else _NOBODY
    since = clock() - KNOWN_FOR
    async with db.read(TenantScope(None, user_id)) as session:
        addresses = await addresses_of_device(session, user_id, user_agent=origin.user_agent, used_since=since)
    network = network_of(origin.ip)
    return any(network_of(address) == network for address in addresses)
