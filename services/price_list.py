"""The prices at Stripe, by price plan and interval."""

from dataclasses import dataclass

from models.billing.subscription import BillingInterval, PlanKey


@dataclass(frozen=True, slots=True)
class Price:
    """Which price plan and interval a price at Stripe is for."""

    plan: PlanKey
    interval: BillingInterval
    price_id: str


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices at Stripe. Of several for one price plan and interval the first is sold.

    The others were sold before: subscriptions with them go on.
    """

    prices: tuple[Price, ...]

    def sold(self, plan: PlanKey, interval: BillingInterval) -> str | None:
        """The id of the price that is sold now; None where the price plan is not for sale."""
        return next((each.price_id for each in self.prices if (each.plan, each.interval) == (plan, interval)), None)

    def find(self, price_id: str | None) -> Price | None:
        """The price with this id; None when it is not one of ours."""
        return next((each for each in self.prices if each.price_id == price_id), None)
