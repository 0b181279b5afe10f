"""Owns the questions for deduplicated people, whose counts hold for exactly the period that is asked about.

Meta computes them slowly and advises to ask for them apart from everything else.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

import msgspec

from analytics.enums import EntityLevel
from analytics.meta.ad_day_facts import MOST
from analytics.periods import DateRange
from integrations.meta.decoding import RowPage, Tolerant
from integrations.meta.insights.ad_days import filtering
from integrations.meta.insights.asking import Asking
from integrations.meta.records import Code

# More than there are on Earth is no count of people.
People = Annotated[int, msgspec.Meta(ge=0, le=MOST)]


class PeopleRecord(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={"since": "date_start", "until": "date_stop", "campaign_external_id": "campaign_id"},
):
    """The people of a campaign, or of the whole account, over a period; both days are included."""

    since: date
    until: date
    campaign_external_id: Code | None = None
    reach: People | None = None
    unique_clicks: People | None = None


# What a row is called where it could not be read.
OF_ACCOUNT, OF_CAMPAIGN = "people of the account", "people of campaigns"
DECODERS: Mapping[EntityLevel, Tolerant[RowPage[PeopleRecord]]] = {
    level: Tolerant(kind, PeopleRecord, RowPage[PeopleRecord])
    for level, kind in ((EntityLevel.AD_ACCOUNT, OF_ACCOUNT), (EntityLevel.CAMPAIGN, OF_CAMPAIGN))
}

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
