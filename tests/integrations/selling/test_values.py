"""Numbers and texts of marketplaces' answers, which may be anything."""

from decimal import Decimal

import pytest

from integrations.selling.values import Fields, number_of, written


@pytest.mark.parametrize(
    "odd",
    [
        "NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e12", 10**4000, "9" * 5000, "1e-5", "1e-2000",
        "1e-999999999", "-1e-999999999", "", " ", "1,5", "0x1", True, False, 1.5, None, [], {}, "1e", "\ud800",
    ],
    ids=lambda odd: repr(odd)[:20],
)  # fmt: skip
def test_what_no_column_holds_is_no_number(odd: object) -> None:
    assert number_of(odd) is None


@pytest.mark.parametrize("nothing", ["0", "-0", "0.00", "0E-999999999", "0E+999999999", "0e5", 0])
def test_nothing_is_nothing_however_it_is_written(nothing: object) -> None:
    found = number_of(nothing)
    assert found == 0
    assert found is not None
    assert len(written(found)) <= 5


@pytest.mark.parametrize("given", ["12.50", "0.0001", "1e11", "12.5000000", 7])
def test_numbers_stay_as_they_are_written(given: str | int) -> None:
    assert str(number_of(given)) == str(Decimal(given))


def test_a_number_that_nobody_could_write_is_no_text() -> None:
    raw = Fields({"huge": 10**5000, "minus": -(10**5000), "id": 10**30})
    assert (raw.text("huge"), raw.text("minus"), raw.text("id")) == (None, None, "1" + "0" * 30)
