"""Ranges of days as clients give them: a preset or two days, both included."""

from datetime import date

import strawberry

from analytics.enums import DatePreset


@strawberry.input(description="Both ends included.")
class DateSpanInput:
    from_: date = strawberry.field(name="from")
    to: date


@strawberry.input(one_of=True, description="Days in the ad account's time zone.")
class DateRangeInput:
    preset: DatePreset | None = strawberry.UNSET
    between: DateSpanInput | None = strawberry.UNSET
