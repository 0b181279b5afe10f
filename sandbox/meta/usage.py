"""Owns the usage headers that stand on every answer; must not refuse calls."""

import msgspec

from sandbox.meta.call_log import CallLog

_TIER = "standard_access"
# Connectors slow down from some 75 % on: an undisturbed sandbox stays far below.
_HIGHEST_PERCENT = 20
_CALLS_PER_PERCENT = 50


def _percent(calls: int) -> int:
    return min(_HIGHEST_PERCENT, calls // _CALLS_PER_PERCENT)


def _header(value: object) -> str:
    return msgspec.json.encode(value).decode()


def usage_headers(log: CallLog, account_id: str | None, *, is_insights: bool) -> dict[str, str]:
    percent = _percent(log.total)
    headers = {
        "x-app-usage": _header({"call_count": percent, "total_cputime": percent, "total_time": percent}),
        "x-ad-account-usage": _header(
            {"acc_id_util_pct": percent, "reset_time_duration": 0, "ads_api_access_tier": _TIER}
        ),
        "x-business-use-case-usage": _header(_business_use(account_id, percent, is_insights=is_insights)),
    }
    if is_insights:
        throttle = {"app_id_util_pct": percent, "acc_id_util_pct": percent, "ads_api_access_tier": _TIER}
        headers["x-fb-ads-insights-throttle"] = _header(throttle)
    return headers


def _business_use(account_id: str | None, percent: int, *, is_insights: bool) -> dict[str, object]:
    if account_id is None:
        return {}
    use = {
        "type": "ads_insights" if is_insights else "ads_management",
        "call_count": percent,
        "total_cputime": percent,
        "total_time": percent,
        "estimated_time_to_regain_access": 0,
        "ads_api_access_tier": _TIER,
    }
    return {account_id.removeprefix("act_"): [use]}
