"""Scalars: what they take, what they refuse, how they print."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Context, Decimal
from typing import Any

import pytest
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from schema.scalars import SCALARS, Currency, TimeZone


def scalar(kind: object) -> ScalarDefinition:
    definition: ScalarDefinition = SCALARS[kind]
    return definition


def parse(kind: object, value: Any) -> Any:
    reader = scalar(kind).parse_value
    assert reader is not None
    return reader(value)


def printed(kind: object, value: Any) -> Any:
    writer = scalar(kind).serialize
    assert writer is not None
    return writer(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (date, "2026-02-28", date(2026, 2, 28)),
        (datetime, "2026-02-28T01:02:03Z", datetime(2026, 2, 28, 1, 2, 3, tzinfo=UTC)),
        (datetime, "2026-02-28T01:02:03+02:00", datetime(2026, 2, 28, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))),
        (Currency, "EUR", "EUR"),
        (TimeZone, "Europe/Berlin", "Europe/Berlin"),
        (Decimal, 0.1 + 0.2, Decimal("0.3")),
    ],
)
def test_a_value_is_read(kind: object, value: Any, expected: Any) -> None:
    assert parse(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (date, "20260228"),
        (date, "2026-W09-1"),
        (date, "2026-02-30"),
        (date, 20260228),
        (datetime, "2026-02-28T01:02:03"),
        (datetime, "2026-02-28"),
        (datetime, "yesterday"),
        (datetime, 1),
        (Currency, "eur"),
        (Currency, "EURO"),
        (Currency, 1),
        (TimeZone, "Mars/Olympus"),
        (TimeZone, "../../etc/passwd"),
        (TimeZone, None),
    ],
)
def test_a_value_that_is_none_is_refused(kind: object, value: Any) -> None:
    with pytest.raises(GraphQLError):
        parse(kind, value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("10.500000", "10.5"),
        ("100.000000", "100"),
        ("0.000001", "0.000001"),
        ("123456789012.345678", "123456789012.346"),
    ],
)
def test_a_decimal_has_15_digits_and_no_trailing_zeros(value: str, text: str) -> None:
    assert str(printed(Decimal, Decimal(value))) == text


def by_arithmetic(value: Decimal) -> Decimal:
    """The same without a look at the text: 15 digits, then without trailing zeros, integers without an exponent."""
    rounded = value.normalize(Context(prec=15))
    is_plain = rounded == rounded.to_integral_value() and rounded.adjusted() < 80
    return rounded.quantize(Decimal(1), context=Context(prec=80)) if is_plain else rounded


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("pattern", ["0", "1", "9", "10", "123456789", "100000000000005"])
def test_a_decimal_is_printed_as_arithmetic_has_it(pattern: str, sign: int) -> None:
    for length in range(1, 21):
        digits = tuple(int((pattern * length)[place]) for place in range(length))
        for exponent in (*range(-30, 31), -400, -90, 70, 79, 80, 81, 400):
            value = Decimal((sign, digits, exponent))
            assert str(printed(Decimal, value)) == str(by_arithmetic(value)), value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Decimal, Decimal("NaN")),
        (Decimal, Decimal("sNaN")),
        (Decimal, Decimal("-Infinity")),
        (Decimal, Decimal("Infinity")),
        (Decimal, 1.5),
        (date, datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime, datetime(2026, 1, 1)),  # noqa: DTZ001 - the refused value
        (Currency, 3),
    ],
)
def test_a_value_of_ours_that_is_wrong_is_never_written(kind: object, value: Any) -> None:
    with pytest.raises(GraphQLError):
        printed(kind, value)


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
def test_what_nobody_can_calculate_with_is_no_day_and_no_instant(text: str) -> None:
    for kind, written in ((date, text), (datetime, f"{text}T00:00:00+14:00")):
        with pytest.raises(GraphQLError, match="must lie in the years 1900 to 2999"):
            parse(kind, written)
