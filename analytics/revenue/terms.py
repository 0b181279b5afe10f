"""The closed sets of questions about revenue: when a refund counts, what may be missing, how products are ordered."""

from enum import StrEnum


class RefundBooking(StrEnum):
    """On which day a refund counts: on its own, or on that of the sale."""

    REFUND_DATE = "REFUND_DATE"
    ORDER_DATE = "ORDER_DATE"


class RevenueGapCode(StrEnum):
    """What is not known about sales and spend."""

    NO_FX_RATE = "NO_FX_RATE"
    COST_MISSING = "COST_MISSING"
    FEES_MISSING = "FEES_MISSING"
    TAX_UNKNOWN = "TAX_UNKNOWN"
    SALES_NOT_SYNCED = "SALES_NOT_SYNCED"
    NOT_LINKED = "NOT_LINKED"


class ProductPerformanceOrder(StrEnum):
    """The orders of products by their numbers."""

    PROFIT_DESC = "PROFIT_DESC"
    PROFIT_ASC = "PROFIT_ASC"
    NET_REVENUE_DESC = "NET_REVENUE_DESC"
    SPEND_DESC = "SPEND_DESC"
    UNITS_DESC = "UNITS_DESC"
