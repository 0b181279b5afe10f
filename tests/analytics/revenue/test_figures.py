"""What is told of exact sums: where a share can be told, and where there is nothing of which it could be one."""

from decimal import Decimal

import pytest

from analytics.revenue.figures import figures_of
from analytics.revenue.sums import Sums

NOISE = Decimal(10) ** -22


@pytest.mark.parametrize(("covered", "refunds"), [(NOISE, Decimal(10)), (Decimal(0), 10 - NOISE), (NOISE, 10 - NOISE)])
def test_of_a_sale_that_was_refunded_as_a_whole_no_coverage_and_no_profit_is_told(
    covered: Decimal, refunds: Decimal
) -> None:
    told = figures_of(Sums(gross=Decimal(10), refunds=refunds, covered=covered, fees=Decimal(1)), "EUR")
    assert (told.coverage, told.profit) == (None, None)


def test_a_small_part_that_is_known_is_a_share() -> None:
    told = figures_of(Sums(gross=Decimal("0.04"), covered=Decimal("0.01")), "EUR")
    assert (told.coverage, told.profit) == (0.25, Decimal("0.04"))
