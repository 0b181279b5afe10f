"""DateRangeInput: how clients write a range of days: a preset, or a first and a last day, both included."""

from datetime import date

import strawberry

from analytics.enums import DatePreset
from analytics.periods import AskedDays, AskedRange
from resolvers.inputs.given import given


@strawberry.input(description="Both ends included.")
class DateSpanInput:
    from_: date = strawberry.field(name="from")
    to: date


@strawberry.input(one_of=True, description="Days in the ad account's time zone.")
class DateRangeInput:
    preset: DatePreset | None = strawberry.UNSET
    between: DateSpanInput | None = strawberry.UNSET


def asked_range(asked: DateRangeInput) -> AskedRange:
    """The range for analytics/; it is not checked yet."""
    span = given(asked.between)
    if span is not None:
        return AskedDays(span.from_, span.to)
    preset = given(asked.preset)
    assert preset is not None  # @oneOf lets nothing else pass
    return preset
