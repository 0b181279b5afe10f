"""Owns the questions for deduplicated people, whose counts hold for exactly the period that is asked about.

Meta computes them slowly and advises to ask for them apart from everything else.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from analytics.enums import EntityLevel
from analytics.periods import DateRange
from integrations.meta.asking import Asking
from integrations.meta.entities import Listing
from integrations.meta.insights import filtering


class PeopleRecord(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={"since": "date_start", "until": "date_stop", "campaign_external_id": "campaign_id"},
):
    """The people of a campaign, or of the whole account, over a period; both days are included."""

    since: date
    until: date
    campaign_external_id: str | None = None
    reach: int | None = None
    unique_clicks: int | None = None


DECODER: "msgspec.json.Decoder[Listing[PeopleRecord]]" = msgspec.json.Decoder(Listing[PeopleRecord], strict=False)

METRICS = ("reach", "unique_clicks")
_LEVELS = {EntityLevel.AD_ACCOUNT: "account", EntityLevel.CAMPAIGN: "campaign"}


def people_query(level: EntityLevel, periods: Sequence[DateRange], *, daily: bool, asking: Asking) -> dict[str, str]:
    """`level` is AD_ACCOUNT or CAMPAIGN; one row per period, or per day of each."""
    fields = asking.fields or METRICS
    spans = [{"since": period.start.isoformat(), "until": period.end.isoformat()} for period in periods]
    query = {
        "level": _LEVELS[level],
        "time_ranges": msgspec.json.encode(spans).decode(),
        "time_increment": "1" if daily else "all_days",
        "fields": ",".join(fields),
    }
    if level is EntityLevel.CAMPAIGN:
        # An account's own totals hold all that is deleted; a list of its campaigns leaves it out unless asked.
        query |= {"fields": ",".join(("campaign_id", *fields)), "filtering": filtering(asking)}
    return query


def identity(record: PeopleRecord) -> tuple[str | None, date, date]:
    """What makes a row one row."""
    return record.campaign_external_id, record.since, record.until
