"""Owns the question for insights, one row per ad and day, and how its answer is decoded."""

from datetime import date

import msgspec

from integrations.meta.decoding import RowPage, Tolerant
from integrations.meta.insights.asking import Asking
from integrations.meta.insights.status_rules import FIRST, StatusRule
from integrations.meta.records import UNREAD_IN_ROWS, InsightRecord


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# The windows that Meta still fills: 7d_view and 28d_view have been empty since January 2026.
_WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")
_ALWAYS_SENT = ("date_start", "date_stop")
FIELDS = tuple(name for name in InsightRecord.__struct_encode_fields__ if name not in _ALWAYS_SENT)
# What every part of a question needs: whose row it is, and in which money.
KEYS = ("ad_id", "adset_id", "campaign_id", "account_currency")
METRICS = tuple(name for name in FIELDS if name not in KEYS)

# What one is called where it could not be read.
ROW = "row"
DECODER: Tolerant[RowPage[InsightRecord]] = Tolerant(ROW, InsightRecord, RowPage[InsightRecord], UNREAD_IN_ROWS)


def insights_query(since: date, until: date, asking: Asking) -> dict[str, str]:
    """Both days are included and are days of the ad account's time zone; the size of pages is not part of it."""
    return {
        "level": "ad",
        "time_increment": "1",
        "time_range": _json({"since": since.isoformat(), "until": until.isoformat()}),
        "action_attribution_windows": _json(_WINDOWS),
        "fields": ",".join((*KEYS, *(asking.fields or METRICS))),
        "filtering": filtering(asking),
    }


def filtering(asking: Asking, rule: StatusRule | None = FIRST) -> str:
    """`rule`: on the status of ads."""
    return _json([*([rule.filter] if rule else []), *(each.filter for each in asking.among)])


def identity(record: InsightRecord) -> tuple[str, date]:
    """What makes a row one row."""
    return record.ad_external_id, record.day
