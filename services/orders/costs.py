"""What one piece of a product cost the seller, in the currency of the order that sold it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from analytics.periods import local_day
from analytics.rates import EURO
from models.database import ReadSession, WriteSession
from models.orders.storing import SoldProduct
from models.rates.known import rates_on
from services.orders.wishes import OrderWish

# As fine as the column.
_STEP = Decimal("0.0001")


class CostBook:
    """Converts costs by the rates of the days on which orders were placed, in the tenant's time zone."""

    def __init__(self, rates: Mapping[tuple[str, date], Decimal], time_zone: str) -> None:
        self._rates, self._time_zone = rates, time_zone

    def unit_cost(self, product: SoldProduct, currency: str, placed_at: datetime) -> Decimal | None:
        """In `currency`; None where the product says no cost, or no rate of the day is known."""
        if product.cost is None or product.currency == currency:
            return product.cost
        day = local_day(placed_at, self._time_zone)
        there, here = self._rate(product.currency, day), self._rate(currency, day)
        if there is None or here is None:
            return None
        return (product.cost / there * here).quantize(_STEP, ROUND_HALF_UP)

    def _rate(self, currency: str, day: date) -> Decimal | None:
        return Decimal(1) if currency == EURO else self._rates.get((currency, day))


async def load_costs(
    session: ReadSession | WriteSession, orders: Iterable[OrderWish], products: Iterable[SoldProduct], time_zone: str
) -> CostBook:
    """The rates that costs of these products may need in these orders."""
    listed = list(orders)
    currencies = {order.currency for order in listed} | {each.currency for each in products if each.cost is not None}
    if len(currencies) < 2:  # noqa: PLR2004 - of one currency nothing is converted
        return CostBook({}, time_zone)
    days = {local_day(order.placed_at, time_zone) for order in listed}
    return CostBook(await rates_on(session, sorted(currencies - {EURO}), sorted(days)), time_zone)
