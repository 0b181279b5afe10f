"""BlendedInput: what clients write, and the request for services/ that it becomes."""

import strawberry

from analytics.enums import TimeGrain
from analytics.revenue.terms import RefundBooking
from resolvers.inputs.date_ranges import DateRangeInput, asked_range
from resolvers.inputs.given import given, given_ids
from resolvers.scalars import Currency
from services.revenue.blended import BlendedRequest


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
