"""Owns how often the app may call each API a day, and what it is told of that; days end at midnight Pacific."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.ebay.calls import CallRoute
from sandbox.ebay.state import EbaySandbox

_PACIFIC = ZoneInfo("America/Los_Angeles")
DAY_S = 86_400


def limit_of(sandbox: EbaySandbox, api: str) -> int:
    return sandbox.config.daily_calls_by_api.get(api, sandbox.config.daily_calls)


def used(sandbox: EbaySandbox, what: str) -> int:
    return sandbox.book.counts.get(_key(sandbox, what), 0)


def count(sandbox: EbaySandbox, what: str, *, most: int | None) -> bool:
    """One more of today's; False, and not counted, when there were `most` already."""
    key = _key(sandbox, what)
    if most is not None and sandbox.book.counts.get(key, 0) >= most:
        return False
    sandbox.book.counts[key] = sandbox.book.counts.get(key, 0) + 1
    return True


def resets_at(sandbox: EbaySandbox) -> datetime:
    """The next midnight Pacific, in UTC."""
    tomorrow = sandbox.clock.today(_PACIFIC) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), _PACIFIC).astimezone(UTC)


def is_taken(sandbox: EbaySandbox, route: CallRoute) -> bool:
    """Whether a call of the API is still taken today; it is counted."""
    return count(sandbox, f"calls:{route.api}", most=limit_of(sandbox, route.api))


def _key(sandbox: EbaySandbox, what: str) -> str:
    return f"{what}:{sandbox.clock.today(_PACIFIC)}"
