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
from integrations.ads.questions import Asking
from integrations.ads.records import PEOPLE_FIELDS, PeopleRecord
from integrations.ads.spoiled import PEOPLE_OF_ACCOUNT, PEOPLE_OF_CAMPAIGNS
from integrations.meta.decoding import RowPage, Tolerant
from integrations.meta.insights.ad_days import filtering
from integrations.meta.records import Code

# A number above MOST is more people than there are on Earth and counts as unreadable.
People = Annotated[int, msgspec.Meta(ge=0, le=MOST)]


class PeopleRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={"since": "date_start", "until": "date_stop", "campaign_external_id": "campaign_id"},
):
    """A PeopleRecord as Meta sends it."""

    since: date
    until: date
    campaign_external_id: Code | None = None
    reach: People | None = None
    unique_clicks: People | None = None

    @property
    def record(self) -> PeopleRecord:
        return PeopleRecord(self.since, self.until, self.campaign_external_id, self.reach, self.unique_clicks)


DECODERS: Mapping[EntityLevel, Tolerant[RowPage[PeopleRow]]] = {
    level: Tolerant(kind, PeopleRow, RowPage[PeopleRow])
    for level, kind in ((EntityLevel.AD_ACCOUNT, PEOPLE_OF_ACCOUNT), (EntityLevel.CAMPAIGN, PEOPLE_OF_CAMPAIGNS))
}

_LEVELS = {EntityLevel.AD_ACCOUNT: "account", EntityLevel.CAMPAIGN: "campaign"}


def people_query(level: EntityLevel, periods: Sequence[DateRange], *, daily: bool, asking: Asking) -> dict[str, str]:
    """The parameters of the question; `level` is AD_ACCOUNT or CAMPAIGN.

    The answer has one row per period, or, if `daily`, one per day of each period.
    """
    fields = asking.fields or PEOPLE_FIELDS
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
