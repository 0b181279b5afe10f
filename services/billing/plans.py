"""The price plans with prices, quotas, trial and grace: the one table behind code, API and docs/billing.md; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from models.billing.subscription import BillingInterval, PlanKey

CURRENCY = "USD"
# Only the first subscription of a team begins with a trial.
TRIAL_DAYS = 14
# How long a subscription whose payment failed goes on as if nothing had happened.
GRACE = timedelta(days=7)


class QuotaKind(StrEnum):
    AD_ACCOUNTS = "AD_ACCOUNTS"
    MEMBERS = "MEMBERS"
    REFRESHES_PER_DAY = "REFRESHES_PER_DAY"
    EXPORTS_PER_DAY = "EXPORTS_PER_DAY"
    HISTORY_MONTHS = "HISTORY_MONTHS"
    COST_POINTS_PER_MINUTE = "COST_POINTS_PER_MINUTE"
    CHANNELS = "CHANNELS"
    PRODUCTS = "PRODUCTS"


@dataclass(frozen=True, slots=True)
class Quota:
    kind: QuotaKind
    limit: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Prices in CURRENCY, per month and per year; a quota of None is unlimited."""

    key: PlanKey
    name: str
    price_monthly: Decimal
    price_yearly: Decimal
    limits: Mapping[QuotaKind, int | None]
    currency: str = CURRENCY

    @property
    def quotas(self) -> list[Quota]:
        return [Quota(kind, self.limits[kind]) for kind in QuotaKind]

    def price(self, interval: BillingInterval) -> Decimal:
        return self.price_monthly if interval is BillingInterval.MONTH else self.price_yearly


def _plan(key: PlanKey, monthly: int, yearly: int, *limits: int | None) -> Plan:
    """`limits` in the order of QuotaKind."""
    by_kind = MappingProxyType(dict(zip(QuotaKind, limits, strict=True)))
    return Plan(key, key.value.capitalize(), Decimal(monthly), Decimal(yearly), by_kind)


# Accounts, members, refreshes and exports a day, months of history, cost points a minute, channels, products. From the
# smallest up.
PLANS: tuple[Plan, ...] = (
    _plan(PlanKey.FREE, 0, 0, 3, 5, 50, 5, 13, 100_000, 1, 100),
    _plan(PlanKey.STARTER, 29, 290, 10, 10, 200, 50, 25, 300_000, 3, 1_000),
    _plan(PlanKey.PRO, 99, 990, 50, 50, 1_000, 500, 37, 1_000_000, 10, 10_000),
    _plan(PlanKey.AGENCY, 299, 2990, None, None, None, None, None, 5_000_000, None, None),
)
_BY_KEY = {plan.key: plan for plan in PLANS}
FREE = _BY_KEY[PlanKey.FREE]


def plan_of(key: PlanKey) -> Plan:
    return _BY_KEY[key]


def rank(key: PlanKey) -> int:
    """The place of a price plan among all, the smallest first."""
    return PLANS.index(_BY_KEY[key])
