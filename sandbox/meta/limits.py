"""Owns the numbers at which a sandbox refuses calls; must not count calls or rows."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Heaviness:
    """What one insights call may ask for; None sets no limit. Rows are those that could be there at most."""

    # Of a synchronous page: limit times fields times days. Beyond it: HTTP 500, 1/99; half the limit helps.
    page_budget: int | None = None
    # Of any call, also of the POST. Beyond it: 100/1487534; fewer days or ids help.
    most_rows: int | None = None
    # Of a synchronous call. Beyond it: timeout 2/1504038, beyond twice of it 100/1504018; a report run helps.
    sync_rows: int | None = None
    # Of a report run. Beyond it the run fails with -3/1504045.
    run_rows: int | None = None


@dataclass(frozen=True, slots=True)
class BrokenField:
    """A field that Meta cannot compute for one ad on one day, whatever one does: rows of ads only."""

    field: str
    ad_id: str
    day: date
