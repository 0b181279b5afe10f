"""RevenueGap: what an answer about revenue does not know."""

from decimal import Decimal

import strawberry

from analytics.revenue.terms import RevenueGapCode
from schema.field import field


@strawberry.type(description="Something that is not known, and so is in no sum.")
class RevenueGap:
    code: RevenueGapCode = field(description="What is missing.")
    message: str = field(description="The same in words, with the days and the currency where they matter.")
    count: int = field(
        description="Orders for FEES_MISSING, TAX_UNKNOWN and NOT_LINKED sales; products for "
        "COST_MISSING, where each thing without a product is one; days for the others."
    )
    amount: Decimal | None = field(
        description="The net revenue or spend concerned, in the row's currency; for NO_FX_RATE in the currency that "
        "has no rate, which `message` names. Null for SALES_NOT_SYNCED."
    )
