"""Compares what the account spent in all with the sum of its ads, so that nothing is ever lost silently.

It does so once a refresh, for each of its days that is over: what was spent today grows between two questions. Parts by
breakdowns are compared with the ads' days, slice by slice.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import structlog
from prometheus_client import Counter

from analytics.periods import DateRange, day_end, local_day
from integrations.ads.spoiled import ACCOUNT_TOTAL
from integrations.errors import AccessRevoked, IntegrationError, Throttled
from models.database import WriteSession
from models.insights.breakdown_swap import PartSpend, staged_spend
from models.insights.day_marks import mark_gaps
from models.insights.day_swap import DaySwap
from models.insights.days import DaySpend, spend_by_day
from models.insights.tables import GapKind
from services.ingestion.run import Run
from services.patience import patiently

_log = structlog.get_logger(__name__)
# One of Prometheus' measures of this installation.
_MISMATCHES = Counter(
    "adgraph_spend_mismatch_days", "Days of which an account's own spend is not the sum of its ads' beyond rounding."
)
# The warning names so many days as examples.
_MOST_NAMED = 3
# The platform corrects what a day has spent for some days: parts are compared with a day that was read about then.
_NEAR = timedelta(days=1)
_NOTHING = PartSpend(Decimal(0), 0)
_PARTS_DIFFER = (
    "What the ads spent is not what their parts by these breakdowns add up to; the platform left some of them out, and"
    " the days are gaps of the breakdowns"
)


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


async def check_parts(session: WriteSession, run: Run, part: DaySwap) -> None:
    """Makes gaps of those days whose parts, stored in this transaction, do not add up to the spend of the day's ads.

    The platform leaves ads out of some answers in parts. Such a day is read again by a refresh whose range has it.
    """
    zone, unit = run.account.time_zone, run.source.smallest_amount(run.account.currency)
    parts, lacking = await staged_spend(session), dict[date, tuple[Decimal, Decimal]]()
    for day, whole in (await spend_by_day(session, run.account.id, part.days)).items():
        is_over = day_end(day, zone) <= min(whole.refreshed_at, part.refreshed_at)
        is_near = whole.is_settled or abs(part.refreshed_at - whole.refreshed_at) <= _NEAR
        found = parts.get(day, _NOTHING)
        # The amount of an ad is rounded by up to half a unit, and so is that of each part.
        differs = abs(found.spend - whole.spend) > unit / 2 * (found.parts + whole.rows)
        if differs and is_over and is_near and day not in part.gaps:
            lacking[day] = (whole.spend, found.spend)
    if lacking:
        gaps = dict.fromkeys(sorted(lacking), GapKind.REFUSED)
        about = part.refreshed_at
        await mark_gaps(session, run.account.id, gaps, refreshed_at=about, breakdown_set=run.breakdown_set)
        _log.warning("parts_mismatch", account_id=str(run.account.id), days=len(lacking))
        run.warn(_PARTS_DIFFER + _named(lacking, run.account.currency))


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
    run.warn(
        "What the platform says the account spent is not what its ads add up to; something of them was not reported"
        + _named(differing, run.account.currency)
    )


def _named(differing: Mapping[date, tuple[Decimal, Decimal]], currency: str) -> str:
    """The first days with both amounts, and how many there are more, as the end of a sentence."""
    named = [f"{day}: {theirs} and {ours} {currency}" for day, (theirs, ours) in [*differing.items()][:_MOST_NAMED]]
    more = f", and {len(differing) - _MOST_NAMED} more days" if len(differing) > _MOST_NAMED else ""
    return f" ({'; '.join(named)}{more})."
