"""The questions for deduplicated people, whose numbers are for exactly the period that is asked for.

Meta computes these numbers slowly and advises to ask for them without other fields.
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

# A number above MOST is more people than there are on Earth and counts as unreadable.
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


# The names of rows in reports of values that could not be read.
OF_ACCOUNT, OF_CAMPAIGN = "people of the account", "people of campaigns"
DECODERS: Mapping[EntityLevel, Tolerant[RowPage[PeopleRecord]]] = {
    level: Tolerant(kind, PeopleRecord, RowPage[PeopleRecord])
    for level, kind in ((EntityLevel.AD_ACCOUNT, OF_ACCOUNT), (EntityLevel.CAMPAIGN, OF_CAMPAIGN))
}

METRICS = ("reach", "unique_clicks")
_LEVELS = {EntityLevel.AD_ACCOUNT: "account", EntityLevel.CAMPAIGN: "campaign"}


def people_query(level: EntityLevel, periods: Sequence[DateRange], *, daily: bool, asking: Asking) -> dict[str, str]:
    """The parameters of the question; `level` is AD_ACCOUNT or CAMPAIGN.

    The answer has one row per period, or, if `daily`, one per day of each period.
    """
    fields = asking.fields or METRICS
    spans = [{"since": period.start.isoformat(), "until": period.end.isoformat()} for period in periods]
    query = {
        "level": _LEVELS[level],
        "time_ranges": msgspec.json.encode(spans).decode(),
        "time_increment": "1" if daily else "all_days",
        "fields": ",".join(fields),
    }
    if level is EntityLevel.CAMPAIGN:
        # The account's own totals include deleted ads; a list by campaign leaves them out without this filter.
        query |= {"fields": ",".join(("campaign_id", *fields)), "filtering": filtering(asking)}
    return query


def identity(record: PeopleRecord) -> tuple[str | None, date, date]:
    """The key by which a row that came before is recognised."""
    return record.campaign_external_id, record.since, record.until
