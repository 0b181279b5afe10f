"""BlendedResult: spend of the ads beside what was really sold."""

from decimal import Decimal

import strawberry

from resolvers.revenue.blended import ROWS_LENGTH
from resolvers.scalars import Currency
from schema.field import field
from schema.insights.result import InsightsWarning
from schema.period import Period
from schema.revenue.gap import RevenueGap


@strawberry.type(
    description="What was sold and spent in one period, in one currency. Amounts are rounded to the cent, each by "
    "itself; what is not known is null and named in `gaps`."
)
class BlendedRow:
    period: Period = field(description="Cut to the range.")
    currency: Currency = field(description="That of all amounts of the row, but for gaps of NO_FX_RATE.")
    spend: Decimal | None = field(
        description="Of the ads, in the days of their ad accounts. Null where no day of any was read."
    )
    orders: int = field(description="Placed in the period and not cancelled.")
    units: int = field(description="Pieces that these orders have.")
    gross_revenue: Decimal = field(
        description="Subtotal - discount + shipping of these orders, without tax as far as channels say it."
    )
    refunds: Decimal = field(description="Settled refunds, without tax, at most what was paid.")
    net_revenue: Decimal = field(description="`grossRevenue` - `refunds`.")
    fees: Decimal | None = field(description="Of the channels, as far as they were told; null: of no sale known.")
    cost: Decimal | None = field(
        description="What the pieces cost, at the time of each sale, as far as it is known; null: of no sale known."
    )
    profit: Decimal | None = field(
        description="`netRevenue` - `fees` - `cost` - `spend`, of what is known; null where `coverage` is null or 0."
    )
    coverage: float | None = field(
        description="Share of the net revenue whose fees and costs are both known, 0 to 1; null without net revenue."
    )
    blended_roas: float | None = field(
        description="`netRevenue` / `spend`, also called MER, never an average of ratios; null without spend."
    )
    aov: Decimal | None = field(description="`grossRevenue` / `orders`; null without orders.")
    spend_per_order: Decimal | None = field(description="`spend` / `orders`; null without orders or spend.")
    platform_revenue: Decimal | None = field(
        description="What the ad platforms claim; never part of the other numbers: the claims of several overlap, and "
        "none sees what marketplaces sell."
    )
    platform_roas: float | None = field(description="`platformRevenue` / `spend`; null without spend.")
    gaps: list[RevenueGap] = field(description="All that is not known; empty where everything is.")


@strawberry.type(description="Spend of the ads beside what was really sold; see docs/profit.md.")
class BlendedResult:
    rows: list[BlendedRow] = field(
        description="One for each period and currency with a sale, a refund or a known day of spend, in order of time.",
        size=ROWS_LENGTH,
    )
    totals: list[BlendedRow] = field(
        description="One per currency over the whole range, each computed from the sums and not from the rows."
    )
    warnings: list[InsightsWarning] = field(
        description="About the spend: days that are missing, incomplete or may still change, and MIXED_TIME_ZONES "
        "where an ad account's days are not those of the tenant."
    )
