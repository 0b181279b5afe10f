"""Seats: as many at once as there are, of a team and in all; a seat is free again however its task ends."""

from uuid import UUID

import pytest

from errors import RateLimited
from services.seats import Seats

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def test_whoever_finds_no_seat_is_told_to_come_back() -> None:
    seats = Seats(of_process=2, of_tenant=1)

    def taken(tenant: UUID) -> None:
        with seats.taken(tenant, refusal="Busy.", retry_after_s=7):
            pass

    with seats.taken(ONE, refusal="", retry_after_s=1):
        with pytest.raises(RateLimited, match="Busy") as refused:
            taken(ONE)
        assert refused.value.retry_after_s == 7
        taken(TWO)
        with seats.taken(TWO, refusal="", retry_after_s=1), pytest.raises(RateLimited):
            taken(THREE)
        taken(THREE)
    with pytest.raises(ValueError, match="fails"), seats.taken(ONE, refusal="", retry_after_s=1):
        raise ValueError("fails")
    taken(ONE)
