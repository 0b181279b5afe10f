"""How many calls may wait in this process for a first call with their idempotency key; it knows no key's answer.

A waiting call holds its request and looks at the database again and again, whether or not its client is still there.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from errors import RateLimited

# A client that asks again every 10 seconds for as long as a duplicate waits has 10 of them.
MOST_OF_A_KEY = 10
MOST_OF_A_TENANT = 50
_RETRY_S = 10
_WAITING: Counter[tuple[UUID | None, str | None]] = Counter()


@contextmanager
def place_to_wait(tenant_id: UUID | None, key: str) -> Iterator[None]:
    """Counts the caller as waiting; raises RateLimited where as many wait already as may, for the key or the tenant."""
    places: dict[tuple[UUID | None, str | None], int] = {
        (tenant_id, key): MOST_OF_A_KEY,
        (tenant_id, None): MOST_OF_A_TENANT,
    }
    if any(_WAITING[place] >= most for place, most in places.items()):
        raise RateLimited(
            "Too many calls wait for a first call with their idempotency key: repeat the call when one of them has its "
            "answer.",
            retry_after_s=_RETRY_S,
        )
    _WAITING.update(places.keys())
    try:
        yield
    finally:
        for place in places:
            _WAITING[place] -= 1
            if not _WAITING[place]:
                del _WAITING[place]
