"""Period: a range of whole days."""

from datetime import date

import strawberry


@strawberry.type(description="Whole days, both ends included.")
class Period:
    start: date
    end: date
