"""Reads Meta's usage headers: how much of which limit is used, and when calls work again; waits for nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from integrations.ads.usage import LONGEST_REGAIN_S, Usage

_BUSINESS = "x-business-use-case-usage"
_ACCOUNT = "x-ad-account-usage"
_APP = "x-app-usage"
_INSIGHTS = "x-fb-ads-insights-throttle"
_REACH = "x-fb-ads-insights-reach-throttle"
_FULL = 100.0
_SHARES = ("call_count", "total_cputime", "total_time")


def usages(headers: Mapping[str, str]) -> tuple[Usage, ...]:
    """All readings in the headers of an answer or an error; a header of another form than documented is ignored."""
    found: list[Usage] = []
    for header, read in _READERS.items():
        if (text := headers.get(header)) is None:
            continue
        try:
            found += read(msgspec.json.decode(text))
        except (msgspec.DecodeError, TypeError, ValueError, AttributeError, KeyError):
            continue
    return tuple(found)


def regain_s(readings: tuple[Usage, ...]) -> int | None:
    """Seconds until calls work again: the longest wait of all readings; None when the headers do not say."""
    waits = [usage.regain_s for usage in readings if usage.regain_s]
    return min(LONGEST_REGAIN_S, max(waits)) if waits else None


def _business(value: Any) -> Iterator[Usage]:
    for account_id, entries in value.items():
        for entry in entries:
            # This header has minutes, that of the account seconds.
            minutes = int(entry.get("estimated_time_to_regain_access") or 0)
            percents = [float(entry.get(name) or 0) for name in _SHARES]
            yield Usage(str(entry["type"]), _act(account_id), max(percents), minutes * 60 or None)


def _account(value: Any) -> Iterator[Usage]:
    utilisation = float(value["acc_id_util_pct"])
    seconds = int(value.get("reset_time_duration") or 0) if utilisation >= _FULL else 0
    yield Usage("ad_account", None, utilisation, seconds or None)


def _app(value: Any) -> Iterator[Usage]:
    yield Usage("app", None, max(float(value.get(name) or 0) for name in _SHARES), is_of_app=True)


def _throttle(kind: str, value: Any) -> Iterator[Usage]:
    yield Usage(f"{kind}_app", None, float(value["app_id_util_pct"]), is_of_app=True)
    yield Usage(f"{kind}_account", None, float(value["acc_id_util_pct"]))


def _insights(value: Any) -> Iterator[Usage]:
    return _throttle("insights", value)


def _reach(value: Any) -> Iterator[Usage]:
    return _throttle("reach", value)


_READERS = {_BUSINESS: _business, _ACCOUNT: _account, _APP: _app, _INSIGHTS: _insights, _REACH: _reach}


def _act(account_id: str) -> str:
    return account_id if account_id.startswith("act_") else f"act_{account_id}"
