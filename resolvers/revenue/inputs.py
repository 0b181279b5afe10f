"""BlendedInput and ProductPerformanceInput: what clients write, and the requests for services/ that they become."""

import strawberry

from analytics.enums import TimeGrain
from analytics.revenue.terms import ProductPerformanceOrder, RefundBooking
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.inputs.given import given, given_ids
from resolvers.scalars import Currency
from services.revenue.blended import BlendedRequest
from services.revenue.product_performance import PerformanceRequest


@strawberry.input(description="Which sales and which spend are put side by side; ids must be the tenant's.")
class BlendedInput:
    range: DateRangeInput = strawberry.field(
        description="Of sales these are days in the tenant's time zone, of spend the same dates in that of each ad "
        "account."
    )
    grain: TimeGrain = strawberry.field(default=TimeGrain.NONE, description="At most 400 periods.")
    ad_account_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="All connected accounts when absent; disconnected ones only by id."
    )
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="All channels when absent, disconnected ones too."
    )
    refunds: RefundBooking = strawberry.field(
        default=RefundBooking.REFUND_DATE, description="On which day a refund counts."
    )
    currency: Currency | None = strawberry.field(
        default=strawberry.UNSET,
        description="Absent: each currency in rows of its own, spend and sales of that currency. Given: all converted, "
        "day by day; a day without a rate is left out, and named by NO_FX_RATE.",
    )


def blended_request(asked: BlendedInput, *, has_gaps: bool, has_warnings: bool) -> BlendedRequest:
    """Raises BadInput for ids of another kind."""
    return BlendedRequest(
        days=asked_range(asked.range),
        grain=asked.grain,
        ad_account_ids=given_ids(asked.ad_account_ids, "adAccountIds", of="AdAccount"),
        channel_ids=given_ids(asked.channel_ids, "channelIds", of="Channel"),
        refunds=asked.refunds,
        currency=given(asked.currency),
        has_gaps=has_gaps,
        has_warnings=has_warnings,
    )


@strawberry.input(description="Which products are told of; ids must be the tenant's.")
class ProductPerformanceInput:
    range: DateRangeInput = strawberry.field(
        description="Of sales these are days in the tenant's time zone, of spend the same dates in that of each ad "
        "account."
    )
    product_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only these products, without the row of what is linked to none. No number depends on it.",
    )
    attribute_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only products that have one of these values, without the row of what is linked to none.",
    )
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Only what these channels sold; all when absent, disconnected ones too. Spend is that of all ads, "
        "split by what these channels sold.",
    )
    currency: Currency | None = strawberry.field(
        default=strawberry.UNSET,
        description="All is converted into it, day by day. Required where sales and spend of the range have several, "
        "else MIXED_CURRENCY.",
    )
    refunds: RefundBooking = strawberry.field(
        default=RefundBooking.REFUND_DATE, description="On which day a refund counts."
    )
    order: ProductPerformanceOrder = strawberry.field(
        default=ProductPerformanceOrder.PROFIT_DESC, description="What has no such number comes last."
    )


def performance_request(asked: ProductPerformanceInput, *, has_gaps: bool) -> PerformanceRequest:
    """Raises BadInput for ids of another kind."""
    return PerformanceRequest(
        days=asked_range(asked.range),
        product_ids=given_ids(asked.product_ids, "productIds", of="Product"),
        attribute_ids=given_ids(asked.attribute_ids, "attributeIds", of="Attribute"),
        channel_ids=given_ids(asked.channel_ids, "channelIds", of="Channel"),
        currency=given(asked.currency),
        refunds=asked.refunds,
        order=asked.order,
        has_gaps=has_gaps,
    )
