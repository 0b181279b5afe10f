"""ProductPerformance: what a product earned beside what the ads for it cost."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers.revenue import performance
from resolvers.scalars import Currency
from schema.field import field
from schema.revenue.gap import RevenueGap

if TYPE_CHECKING:
    from schema.products.product import Product


@strawberry.type(
    description="What was sold of a product and spent for it, in one currency. What is sold or spent and linked to "
    "none has a row of its own, so that amounts and units of all rows add up to the totals of `blended`."
)
class ProductPerformance:
    product: Annotated["Product", strawberry.lazy("schema.products.product")] | None = field(
        performance.product, description="Null: sold or spent, and linked to none."
    )
    currency: Currency = field(description="That of all amounts of the row, but for gaps of NO_FX_RATE.")
    orders: int = field(
        description="Placed in the range, not cancelled, with this product; one of several products counts at each."
    )
    units: int = field(description="Pieces of the product in these orders.")
    gross_revenue: Decimal = field(
        description="Of an order's subtotal - discount + shipping the share that its lines have of the order's value; "
        "without tax as far as channels say it."
    )
    refunds: Decimal = field(description="Settled refunds, split in the same way, at most what was paid.")
    net_revenue: Decimal = field(description="`grossRevenue` - `refunds`.")
    fees: Decimal | None = field(
        description="Of the channels, split in the same way, as far as they were told; null: of no sale known."
    )
    cost: Decimal | None = field(
        description="What the pieces cost, at the time of each sale, as far as it is known; null: of no sale known."
    )
    spend: Decimal | None = field(
        description="Of the ads linked; an ad of several products is split by their units sold in the range, else "
        "evenly. Null where no day of any ad account was read."
    )
    profit: Decimal | None = field(
        description="`netRevenue` - `fees` - `cost` - `spend`, of what is known; null where `coverage` is null or 0."
    )
    coverage: float | None = field(
        description="Share of the net revenue whose fees and costs are both known, 0 to 1; null without net revenue."
    )
    blended_roas: float | None = field(description="`netRevenue` / `spend`; null without spend.")
    gaps: list[RevenueGap] = field(description="All that is not known; empty where everything is.")
