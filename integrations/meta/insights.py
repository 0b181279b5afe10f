"""Owns the question for insights, one row per ad and day, and how a page of the answer is decoded."""

from collections.abc import Sequence
from datetime import date

import msgspec

from integrations.errors import InvalidResponse
from integrations.meta.entities import AD_STATUSES, Listing
from integrations.meta.records import InsightRecord


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# One call costs the same for 50 rows as for 500: Meta counts calls, not rows.
PAGE_ROWS = 500
# The windows that Meta still fills: 7d_view and 28d_view have been empty since January 2026.
_WINDOWS = ("1d_click", "7d_click", "28d_click", "1d_view")
_ALWAYS_SENT = ("date_start", "date_stop")
FIELDS = tuple(name for name in InsightRecord.__struct_encode_fields__ if name not in _ALWAYS_SENT)

# Without it the list leaves out ads that are deleted by now, and its sum falls short of the account's.
EVERY_STATUS = _json([{"field": "ad.effective_status", "operator": "IN", "value": (*AD_STATUSES, "DELETED")}])

DECODER: "msgspec.json.Decoder[Listing[InsightRecord]]" = msgspec.json.Decoder(Listing[InsightRecord], strict=False)


def insights_query(since: date, until: date, *, page_rows: int = PAGE_ROWS) -> dict[str, str]:
    """Both days are included and are days of the ad account's time zone."""
    return {
        "level": "ad",
        "time_increment": "1",
        "time_range": _json({"since": since.isoformat(), "until": until.isoformat()}),
        "action_attribution_windows": _json(_WINDOWS),
        "fields": ",".join(FIELDS),
        "filtering": EVERY_STATUS,
        "limit": str(page_rows),
    }


def check_money(records: Sequence[InsightRecord]) -> None:
    """Raises InvalidResponse for a spend that reads as a number and is none: it would poison every sum."""
    if not all(record.spend is None or record.spend.is_finite() for record in records):
        raise InvalidResponse("Meta sent an amount that is not a number.")


def identity(record: InsightRecord) -> tuple[str, date]:
    """What makes a row one row."""
    return record.ad_external_id, record.day
