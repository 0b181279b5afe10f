"""Owns how often the app may call, in a second and in 24 hours that roll, and what answers say of it."""

from time import monotonic

from sandbox.etsy.errors import EtsyRefusal
from sandbox.etsy.state import EtsySandbox

DAY_S = 86_400


def take_call(sandbox: EtsySandbox) -> None:
    """Counts one more; raises EtsyRefusal, and counts nothing, when there were enough."""
    _forget(sandbox)
    if len(sandbox.day) >= sandbox.per_day:
        wait_s = max(1, sandbox.day[0] + DAY_S - sandbox.now_s) if sandbox.day else DAY_S
        raise _too_many("Exceeded daily rate limit", sandbox, wait_s)
    if len(sandbox.second) >= sandbox.per_second:
        raise _too_many("Exceeded per second rate limit", sandbox, 1)
    sandbox.day.append(sandbox.now_s)
    sandbox.second.append(monotonic())


def limit_headers(sandbox: EtsySandbox) -> dict[str, str]:
    if not sandbox.has_limit_headers:
        return {}
    return {
        "x-limit-per-second": str(sandbox.per_second),
        "x-remaining-this-second": str(max(0, sandbox.per_second - len(sandbox.second))),
        "x-limit-per-day": str(sandbox.per_day),
        "x-remaining-today": str(max(0, sandbox.per_day - len(sandbox.day))),
    }


def _forget(sandbox: EtsySandbox) -> None:
    """A clock that was moved back forgets as well: what it counted is not of these 24 hours."""
    now_s, moment = sandbox.now_s, monotonic()
    while sandbox.day and not now_s - DAY_S < sandbox.day[0] <= now_s:
        sandbox.day.popleft()
    while sandbox.second and sandbox.second[0] <= moment - 1:
        sandbox.second.popleft()


def _too_many(text: str, sandbox: EtsySandbox, wait_s: int) -> EtsyRefusal:
    return EtsyRefusal(text, 429, headers={"retry-after": str(wait_s)} if sandbox.has_limit_headers else None)
