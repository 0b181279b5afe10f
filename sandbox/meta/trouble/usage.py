"""Owns what calls count towards limits, and the usage headers that stand on every answer; no arithmetic of limits."""

import math

import msgspec

from sandbox.meta.calls import GraphCall
from sandbox.meta.state import Sandbox
from sandbox.meta.trouble.limits import LimitKind, Throttle
from sandbox.meta.trouble.throttle import LimitKey

_READ, _WRITE = 1, 3
# Connectors slow down from some 75 % on: an undisturbed sandbox stays far below.
_HIGHEST_PERCENT = 20
_CALLS_PER_PERCENT = 50
_FULL = 100


def cost_of(call: GraphCall) -> int:
    """The score of a call: asking for a report run reads, whatever its verb; a batch costs what its calls cost."""
    if not call.path:
        return _READ if call.method == "GET" else 0
    return _READ if call.method == "GET" or call.path.endswith("/insights") else _WRITE


def count_call(sandbox: Sandbox, call: GraphCall) -> None:
    """Raises when a limit refuses the call; calls without a token count towards none."""
    if call.token is None or not cost_of(call):
        return
    now_s, active_ads = sandbox.stopwatch.now_s(), _active_ads(sandbox, call.account_id)
    for key in _keys(sandbox, call):
        cost = cost_of(call) if key[0] is LimitKind.ACCOUNT else 1
        sandbox.throttling.spend(key, cost, active_ads=active_ads, now_s=now_s)


def _keys(sandbox: Sandbox, call: GraphCall) -> list[LimitKey]:
    is_insights = is_insights_call(sandbox, call)
    keys: list[LimitKey] = [(LimitKind.APP, None)]
    if is_insights:
        keys.append((LimitKind.APP_INSIGHTS, None))
    if call.account_id is not None:
        keys.append((LimitKind.ACCOUNT, call.account_id))
        keys.append((LimitKind.INSIGHTS if is_insights else LimitKind.MANAGEMENT, call.account_id))
    return keys


def is_insights_call(sandbox: Sandbox, call: GraphCall) -> bool:
    return call.path.endswith("/insights") or sandbox.runs.find(call.path) is not None


def _active_ads(sandbox: Sandbox, account_id: str | None) -> int:
    return sandbox.dataset.accounts[account_id].active_ads if account_id else 0


def block(sandbox: Sandbox, key: LimitKey, seconds: float) -> None:
    _check_key(sandbox, key)
    sandbox.throttling.block(key, seconds, now_s=sandbox.stopwatch.now_s())


def fill(sandbox: Sandbox, key: LimitKey, percent: float) -> None:
    _check_key(sandbox, key)
    active_ads = _active_ads(sandbox, key[1])
    sandbox.throttling.fill(key, percent, active_ads=active_ads, now_s=sandbox.stopwatch.now_s())


def _check_key(sandbox: Sandbox, key: LimitKey) -> None:
    is_apps = key[0] in (LimitKind.APP, LimitKind.APP_INSIGHTS)
    if is_apps != (key[1] is None) or (key[1] is not None and key[1] not in sandbox.dataset.accounts):
        raise ValueError(f"{key[0]} needs {'no account' if is_apps else 'an account that exists'}")


def usage_headers(sandbox: Sandbox, call: GraphCall, *, regain_s: float = 0.0) -> dict[str, str]:
    """`regain_s`: what an error on demand says of the time until its end."""
    usage = _Usage(sandbox, call, regain_s)
    app = usage.percent((LimitKind.APP, None))
    headers = {
        "x-app-usage": {"call_count": app, "total_cputime": app, "total_time": app},
        "x-ad-account-usage": usage.account(),
        "x-business-use-case-usage": usage.business(),
    }
    if is_insights_call(sandbox, call):
        headers["x-fb-ads-insights-throttle"] = usage.insights()
        headers["x-fb-ads-insights-reach-throttle"] = usage.reach()
    return {name: msgspec.json.encode(value).decode() for name, value in headers.items()}


class _Usage:
    """The headers of one answer."""

    def __init__(self, sandbox: Sandbox, call: GraphCall, regain_s: float) -> None:
        self._sandbox = sandbox
        self._account_id = call.account_id
        self._kind = LimitKind.INSIGHTS if is_insights_call(sandbox, call) else LimitKind.MANAGEMENT
        self._regain_s = regain_s
        self._now_s = sandbox.stopwatch.now_s()
        self._active_ads = _active_ads(sandbox, call.account_id)
        self._tier = (sandbox.throttling.throttle or Throttle()).tier
        calls = sandbox.log.total
        is_counting = sandbox.throttling.throttle is not None
        self._least = 0 if is_counting else min(_HIGHEST_PERCENT, calls // _CALLS_PER_PERCENT)

    def percent(self, key: LimitKey) -> int:
        percent = self._sandbox.throttling.percent(key, active_ads=self._active_ads, now_s=self._now_s)
        return max(self._least, int(percent), _FULL if self._regain_s else 0)

    def _blocked_s(self, kind: LimitKind) -> float:
        return max(self._regain_s, self._sandbox.throttling.blocked_s((kind, self._account_id), now_s=self._now_s))

    def account(self) -> dict[str, object]:
        return {
            "acc_id_util_pct": self.percent((LimitKind.ACCOUNT, self._account_id)),
            "reset_time_duration": math.ceil(self._blocked_s(LimitKind.ACCOUNT)),
            "ads_api_access_tier": self._tier,
        }

    def business(self) -> dict[str, object]:
        if self._account_id is None:
            return {}
        percent = self.percent((self._kind, self._account_id))
        use = {
            "type": self._kind.value,
            "call_count": percent,
            "total_cputime": percent,
            "total_time": percent,
            # In minutes, while the account's header says seconds.
            "estimated_time_to_regain_access": math.ceil(self._blocked_s(self._kind) / 60),
            "ads_api_access_tier": self._tier,
        }
        return {self._account_id.removeprefix("act_"): [use]}

    def insights(self) -> dict[str, object]:
        return {
            "app_id_util_pct": self.percent((LimitKind.APP_INSIGHTS, None)),
            "acc_id_util_pct": self.percent((LimitKind.INSIGHTS, self._account_id)),
            "ads_api_access_tier": self._tier,
        }

    def reach(self) -> dict[str, object]:
        percent = 0
        if self._account_id is not None:
            account = self._sandbox.dataset.accounts[self._account_id]
            today = self._sandbox.clock.today(account.zone)
            percent = self._sandbox.runs.reach_percent(self._account_id, today)
        return {"app_id_util_pct": 0, "acc_id_util_pct": percent, "ads_api_access_tier": self._tier}
