"""Owns the numbers at which a sandbox refuses calls; must not count calls or rows."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


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
    # Of a page of an edge, as its limit asks for it. Beyond it: HTTP 500, 1/99.
    list_rows: int | None = None


@dataclass(frozen=True, slots=True)
class BrokenField:
    """A field that Meta cannot compute for one ad on one day, whatever one does: in rows of the level only."""

    field: str
    ad_id: str
    day: date
    level: str = "ad"


@dataclass(frozen=True, slots=True)
class RefusedObject:
    """An object that spoils every answer in which it stands, a page as well as a question by ids.

    With a `field`, only answers to questions that ask for that field.
    """

    object_id: str
    field: str | None = None
    message: str = "Invalid parameter"
    code: int = 100
    subcode: int | None = 2446289
    status: int = 400


class LimitKind(StrEnum):
    """Whose limit it is and what counts towards it."""

    APP = "app"
    APP_INSIGHTS = "app_insights"
    ACCOUNT = "account"
    # Business use cases, by the names that Meta's header gives them.
    INSIGHTS = "ads_insights"
    MANAGEMENT = "ads_management"


@dataclass(frozen=True, slots=True)
class Throttle:
    """Meta's formulas for calls per app and account; `scale` divides every budget. Seconds are the stopwatch's."""

    scale: float = 1.0
    tier: str = "standard_access"
    # A read scores 1, a write 3; the score falls to nothing within the decay.
    account_score: float = 9_000
    account_decay_s: float = 300
    account_block_s: float = 60
    # Meta has two errors for the same limit; the other is 613/1487742.
    account_error: tuple[int, int] = (17, 2446079)
    insights_per_hour: float = 190_000
    insights_per_active_ad: float = 400
    management_per_hour: float = 100_000
    management_per_active_ad: float = 40
    app_calls_per_hour: float = 1_000_000
    app_insights_per_hour: float = 1_000_000
    hour_block_s: float = 300

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ValueError("scale must be positive")


def development_tier(scale: float = 1.0) -> Throttle:
    """What an app has before Meta trusts it."""
    return Throttle(
        scale=scale,
        tier="development_access",
        account_score=60,
        account_block_s=300,
        insights_per_hour=600,
        management_per_hour=300,
    )
