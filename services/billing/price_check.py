"""Compares the prices at Stripe with those that we show; a difference is logged as an error, for the operator."""

import structlog

from integrations.errors import IntegrationError
from integrations.stripe.records import PriceRecord
from services.billing.plans import plan_of
from services.price_list import Price
from services.tools import Billing

_log = structlog.get_logger(__name__)

_CENTS = 100


async def check_prices(billing: Billing | None) -> int:
    """How many of the prices that are sold differ; where Stripe does not answer, the next check asks again."""
    if billing is None:
        return 0
    sold = [each for each in billing.prices.prices if billing.prices.sold(each.plan, each.interval) == each.price_id]
    wrong = 0
    for price in sold:
        try:
            differs = _differs(price, await billing.stripe.price(price.price_id))
        except IntegrationError as error:
            _log.warning("stripe_price_not_checked", price_id=price.price_id, reason=error.message)
            continue
        if differs:
            _log.error("stripe_price_differs", price_id=price.price_id, plan=price.plan.value)
            wrong += 1
    return wrong


def _differs(price: Price, found: PriceRecord) -> bool:
    plan = plan_of(price.plan)
    amount = int(plan.price(price.interval) * _CENTS)
    promised: tuple[object, ...] = (amount, plan.currency, price.interval.value.lower(), True)
    return promised != (found.amount, found.currency, found.interval, found.is_active)
