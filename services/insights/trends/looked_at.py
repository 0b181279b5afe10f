"""The days that fatigue and anomalies look at, as ranges of accounts and as arrays of values by day."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from analytics.periods import DateRange, local_day
from errors import QueryTooComplex
from models.ads.ad_account import AdAccount
from models.insights.by_day.daily_facts import DailyFacts
from models.insights.question import AccountDays

# The known days of an account, each with the number of its ad-days.
KnownDays = Mapping[date, int]


def yesterday_of(account: AdAccount, now: datetime) -> date:
    """The last day that is over in the account's time zone."""
    return local_day(now, account.time_zone) - timedelta(days=1)


def spans_of(days: Mapping[UUID, DateRange]) -> tuple[AccountDays, ...]:
    """The accounts grouped by their days."""
    by_days: dict[DateRange, list[UUID]] = defaultdict(list)
    for account_id, own in days.items():
        by_days[own].append(account_id)
    return tuple(AccountDays(tuple(ids), own) for own, ids in sorted(by_days.items()))


def check_amount(values: int, most: int) -> None:
    """Raises QueryTooComplex for more values by day than are computed in reasonable time."""
    if values > most:
        raise QueryTooComplex(
            f"This looks at {values:,} values by day, and {most:,} are the most: ask for fewer ad accounts or days."
        )


def series_of(facts: DailyFacts, days: DateRange, known: KnownDays) -> dict[str, npt.NDArray[np.float64]]:
    """Each fact on each of `days`; nan on days that are not known, that have no row, or where it was not reported."""
    first = days.start.toordinal()
    places = np.array([day.toordinal() - first if day in known else -1 for day in facts.days], dtype=np.int64)
    is_known, found = places >= 0, {}
    for name, values in facts.values.items():
        found[name] = np.full(days.days, np.nan)
        # numpy makes nan of None.
        found[name][places[is_known]] = np.array(values, dtype=np.float64)[is_known]
    return found
