"""Compares what the account spent in all with the sum of its ads, so that nothing is ever lost silently.

It does so once a refresh, for each of its days that is over: what was spent today grows between two questions.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import structlog
from prometheus_client import Counter

from analytics.periods import DateRange, local_day
from integrations.ads.spoiled import ACCOUNT_TOTAL
from integrations.errors import AccessRevoked, IntegrationError, Throttled
from models.insights.days import DaySpend, spend_by_day
from services.ingestion.run import Run
from services.patience import patiently

_log = structlog.get_logger(__name__)
# One of Prometheus' measures of this installation.
_MISMATCHES = Counter(
    "adgraph_spend_mismatch_days", "Days of which an account's own spend is not the sum of its ads' beyond rounding."
)
# The warning names so many days as examples.
_MOST_NAMED = 3


async def check_totals(run: Run) -> None:
    """A difference is a warning of the job, and is counted for Prometheus; what is stored stays as it is.

    Raises Throttled and AccessRevoked; where the platform fails otherwise, a warning says that nothing was compared.
    """
    today = local_day(run.clock(), run.account.time_zone)
    end = min(run.days.end, today - timedelta(days=1))
    if end < run.days.start:
        return
    days = DateRange(run.days.start, end)

    async def load() -> dict[date, DaySpend]:
        async with run.db.read(run.scope) as session:
            return await spend_by_day(session, run.account.id, days)

    stored = await patiently(load)
    if not stored:
        return
    await run.pacer.go_on()
    try:
        totals = await run.source.spend_by_day(run.account.external_id, DateRange(min(stored), max(stored)))
    except (Throttled, AccessRevoked):
        raise
    except IntegrationError as error:
        run.warn(f"What the account spent in all could not be compared with the sum of its ads: {error.message}")
        return
    run.note_calls()
    if run.oddities.has_lost(ACCOUNT_TOTAL):
        return  # a total without a readable day may be of any day; a warning tells it already
    _tell(run, _differing(run, stored, totals))


def _differing(
    run: Run, stored: Mapping[date, DaySpend], totals: Mapping[date, Decimal | None]
) -> dict[date, tuple[Decimal, Decimal]]:
    """The days on which the two differ by more than rounding: the account's own spend and the sum of its ads."""
    found = {}
    unit = run.source.smallest_amount(run.account.currency)
    for day, ours in sorted(stored.items()):
        theirs = totals.get(day, Decimal(0))
        # The amount of every ad's row is rounded by up to half a unit, and so is the account's.
        if theirs is not None and abs(theirs - ours.spend) > unit / 2 * (ours.rows + 1):
            found[day] = (theirs, ours.spend)
    return found


def _tell(run: Run, differing: Mapping[date, tuple[Decimal, Decimal]]) -> None:
    if not differing:
        return
    _MISMATCHES.inc(len(differing))
    _log.warning("spend_mismatch", account_id=str(run.account.id), days=len(differing))
    currency = run.account.currency
    named = [f"{day}: {theirs} and {ours} {currency}" for day, (theirs, ours) in [*differing.items()][:_MOST_NAMED]]
    more = f", and {len(differing) - _MOST_NAMED} more days" if len(differing) > _MOST_NAMED else ""
    run.warn(
        "What the platform says the account spent is not what its ads add up to; something of them was not reported"
        f" ({'; '.join(named)}{more})."
    )
