"""The question for insights by ad and day, and the decoder of its answer."""

from datetime import date

import msgspec

from analytics.enums import EntityLevel
from integrations.ads.questions import Among, Asking
from integrations.ads.spoiled import AD_DAY
from integrations.meta.decoding import RowPage, Tolerant
from integrations.meta.insights.status_rules import FIRST, StatusRule
from integrations.meta.records import UNREAD_IN_ROWS, InsightRecord


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# The windows that Meta still fills: 7d_view and 28d_view have been empty since 2026-01-12.
_WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")
_ALWAYS_SENT = ("date_start", "date_stop")
FIELDS = tuple(name for name in InsightRecord.__struct_encode_fields__ if name not in _ALWAYS_SENT)
# The fields that every part of a question needs: the objects that a row belongs to, and its currency.
KEYS = ("ad_id", "adset_id", "campaign_id", "account_currency")
METRICS = tuple(name for name in FIELDS if name not in KEYS)

_ID_FIELDS = {EntityLevel.CAMPAIGN: "campaign.id", EntityLevel.AD: "ad.id"}
DECODER: Tolerant[RowPage[InsightRecord]] = Tolerant(AD_DAY, InsightRecord, RowPage[InsightRecord], UNREAD_IN_ROWS)


def insights_query(since: date, until: date, asking: Asking) -> dict[str, str]:
    """The parameters of the question, without the size of pages.

    Both days are included, and are days of the ad account's time zone.
    """
    return {
        "level": "ad",
        "time_increment": "1",
        "time_range": _json({"since": since.isoformat(), "until": until.isoformat()}),
        "action_attribution_windows": _json(_WINDOWS),
        "fields": ",".join((*KEYS, *(asking.fields or METRICS))),
        "filtering": filtering(asking),
    }


def filtering(asking: Asking, rule: StatusRule | None = FIRST) -> str:
    """The parameter `filtering`: a rule on the status of ads, and the campaigns or ads that are asked for."""
    return _json([*([rule.filter] if rule else []), *(_among(each) for each in asking.among)])


def _among(part: Among) -> dict[str, object]:
    return {"field": _ID_FIELDS[part.level], "operator": "NOT_IN" if part.is_rest else "IN", "value": part.ids}
