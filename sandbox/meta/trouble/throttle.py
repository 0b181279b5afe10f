"""Owns how full each limit is and whether it refuses; must not know calls or headers."""

from collections import Counter
from dataclasses import dataclass, field

from sandbox.meta.errors import GraphError
from sandbox.meta.trouble.limits import LimitKind, Throttle

_HOUR_S = 3600
_ERROR_WEIGHT = 0.001
_TOO_MANY_CALLS = "There have been too many calls from this ad-account. Wait a bit and try again."
_ERRORS = {
    LimitKind.APP: ("(#4) Application request limit reached", 4, None),
    LimitKind.APP_INSIGHTS: ("(#4) The Ads Insights API is under too much load from this app", 4, 1504022),
    LimitKind.INSIGHTS: (f"(#80000) {_TOO_MANY_CALLS}", 80000, 2446079),
    LimitKind.MANAGEMENT: (f"(#80004) {_TOO_MANY_CALLS}", 80004, 2446079),
}

# The limit and the account it belongs to; the app's have none.
LimitKey = tuple[LimitKind, str | None]


@dataclass(slots=True)
class _Bucket:
    """Fills with calls and drains evenly with time."""

    level: float = 0.0
    at_s: float = 0.0
    blocked_until_s: float = 0.0

    def drain(self, now_s: float, per_s: float) -> None:
        # A clock that was set back neither fills nor drains.
        self.level = max(0.0, self.level - max(0.0, now_s - self.at_s) * per_s)
        self.at_s = now_s


@dataclass(slots=True)
class Throttling:
    """Counts only with a Throttle; limits that were filled or blocked by hand hold either way."""

    throttle: Throttle | None = None
    _buckets: dict[LimitKey, _Bucket] = field(default_factory=dict)
    _errors: Counter[str | None] = field(default_factory=Counter)

    def spend(self, key: LimitKey, cost: float, *, active_ads: int, now_s: float) -> None:
        """Count a call; raises when its limit is blocked, or by this call becomes so."""
        bucket = self._drained(key, active_ads, now_s=now_s)
        if now_s >= bucket.blocked_until_s and self.throttle is not None:
            bucket.level += cost
            if bucket.level > self._capacity(key, active_ads):
                bucket.blocked_until_s = now_s + self._block_s(key[0])
        if now_s < bucket.blocked_until_s:
            raise self._refusal(key[0])

    def count_error(self, account_id: str | None) -> None:
        self._errors[account_id] += 1

    def percent(self, key: LimitKey, *, active_ads: int, now_s: float) -> float:
        """How full the limit is; above 100 while it is blocked."""
        if key not in self._buckets:
            return 0.0
        bucket = self._drained(key, active_ads, now_s=now_s)
        percent = 100 * bucket.level / self._capacity(key, active_ads)
        return max(percent, 100.0) if now_s < bucket.blocked_until_s else percent

    def blocked_s(self, key: LimitKey, *, now_s: float) -> float:
        bucket = self._buckets.get(key)
        return max(0.0, bucket.blocked_until_s - now_s) if bucket else 0.0

    def block(self, key: LimitKey, seconds: float, *, now_s: float) -> None:
        self._buckets.setdefault(key, _Bucket(at_s=now_s)).blocked_until_s = now_s + seconds

    def fill(self, key: LimitKey, percent: float, *, active_ads: int, now_s: float) -> None:
        level = self._capacity(key, active_ads) * percent / 100
        self._buckets[key] = _Bucket(level, now_s)

    def clear(self) -> None:
        self._buckets.clear()
        self._errors.clear()

    def _drained(self, key: LimitKey, active_ads: int, *, now_s: float) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(at_s=now_s))
        drain_s = self._rules.account_decay_s if key[0] is LimitKind.ACCOUNT else _HOUR_S
        bucket.drain(now_s, self._capacity(key, active_ads) / drain_s)
        return bucket

    @property
    def _rules(self) -> Throttle:
        return self.throttle or Throttle()

    def _capacity(self, key: LimitKey, active_ads: int) -> float:
        rules = self._rules
        budget = {
            LimitKind.APP: rules.app_calls_per_hour,
            LimitKind.APP_INSIGHTS: rules.app_insights_per_hour,
            LimitKind.ACCOUNT: rules.account_score,
            LimitKind.INSIGHTS: rules.insights_per_hour + rules.insights_per_active_ad * active_ads,
            LimitKind.MANAGEMENT: rules.management_per_hour + rules.management_per_active_ad * active_ads,
        }[key[0]]
        if key[0] is LimitKind.INSIGHTS:
            budget -= _ERROR_WEIGHT * self._errors[key[1]]
        return max(1.0, budget / rules.scale)

    def _block_s(self, kind: LimitKind) -> float:
        return self._rules.account_block_s if kind is LimitKind.ACCOUNT else self._rules.hour_block_s

    def _refusal(self, kind: LimitKind) -> GraphError:
        if kind is LimitKind.ACCOUNT:
            code, subcode = self._rules.account_error
            return GraphError(f"(#{code}) {_TOO_MANY_CALLS}", code, subcode)
        message, code, at_most = _ERRORS[kind]
        return GraphError(message, code, at_most)
