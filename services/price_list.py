"""The prices of a vendor that plans are bought at."""

from dataclasses import dataclass

from models.billing.subscription import BillingInterval, PlanKey


@dataclass(frozen=True, slots=True)
class Price:
    """What one price of Stripe stands for."""

    plan: PlanKey
    interval: BillingInterval
    price_id: str


@dataclass(frozen=True, slots=True)
class PriceList:
    """Stripe's prices. Of several for one plan and interval the first is sold; the others are known from before."""

    prices: tuple[Price, ...]

    def sold(self, plan: PlanKey, interval: BillingInterval) -> str | None:
        return next((each.price_id for each in self.prices if (each.plan, each.interval) == (plan, interval)), None)

    def find(self, price_id: str | None) -> Price | None:
        return next((each for each in self.prices if each.price_id == price_id), None)
