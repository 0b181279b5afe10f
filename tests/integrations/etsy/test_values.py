"""Amounts, instants, texts and counts of calls: what Etsy may send, and what it must not be taken for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.etsy.made import made_of, made_terms
from integrations.etsy.remaining import CallMeter
from integrations.etsy.values import moment_in, money_in, words_in
from integrations.selling.values import Fields, Priced

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def money(amount: object = 1250, divisor: object = 100, currency: object = "EUR") -> Fields:
    return Fields({"price": {"amount": amount, "divisor": divisor, "currency_code": currency}})


@pytest.mark.parametrize(
    ("amount", "divisor", "value"),
    [
        (1250, 100, "12.5"),
        (980, 1, "980"),
        (12500, 1000, "12.5"),
        (0, 100, "0"),
        ("1250", "100", "12.5"),
        (7, 10, "0.7"),
    ],
)
def test_an_amount_is_divided_exactly(amount: object, divisor: object, value: str) -> None:
    assert money_in(money(amount, divisor), "price") == Priced(Decimal(value), "EUR")


@pytest.mark.parametrize(
    "raw",
    [
        money(divisor=0),
        money(divisor=None),
        money(divisor=3),
        money(divisor=-100),
        money(divisor=True),
        money(divisor=10_000),
        money(amount=None),
        money(amount="12.50"),
        money(amount=Decimal("12.5")),
        money(amount=10**30),
        money(amount=[1250]),
        money(currency=None),
        money(currency="eur"),
        money(currency="EURO"),
        money(currency=978),
        Fields({"price": None}),
        Fields({"price": 12.5}),
        Fields({"price": {"amount": 1250, "currency_code": "EUR"}}),
        Fields({}),
    ],
)
def test_what_nobody_can_tell_the_amount_of_is_none(raw: Fields) -> None:
    assert money_in(raw, "price") is None


@settings(max_examples=25)
@given(st.integers(0, 10**11), st.sampled_from([1, 10, 100, 1000]))
def test_an_amount_times_its_divisor_is_what_came(amount: int, divisor: int) -> None:
    priced = money_in(money(amount, divisor), "price")
    assert priced is not None
    assert priced.value * divisor == amount


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1_763_726_400, datetime(2025, 11, 21, 12, tzinfo=UTC)),
        ("1763726400", datetime(2025, 11, 21, 12, tzinfo=UTC)),
        (0, None),
        (-5, None),
        (1_763_726_400_000, None),
        (10**40, None),
        (True, None),
        (None, None),
        ("yesterday", None),
        ([1_763_726_400], None),
    ],
)
def test_an_instant_is_in_seconds(value: object, moment: datetime | None) -> None:
    assert moment_in(Fields({"created_timestamp": value}), "created_timestamp") == moment


def test_the_first_name_of_an_instant_that_is_told_counts() -> None:
    raw = Fields({"created_timestamp": None, "create_timestamp": 1_763_726_400})
    assert moment_in(raw, "created_timestamp", "create_timestamp") is not None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("Father&#39;s mug", "Father's mug"),
        ("Salt &amp; pepper", "Salt & pepper"),
        ("&quot;Best&quot; mug", '"Best" mug'),
        ("plain", "plain"),
        ("&amp;amp;", "&amp;"),
        ("nul &#0;\x00", "nul \ufffd"),
        ("   ", None),
        (None, None),
        (["a"], None),
        (5, "5"),
    ],
)
def test_texts_are_read_without_the_entities_of_html(sent: object, read: str | None) -> None:
    assert words_in(Fields({"title": sent}), "title") == read


def test_the_meter_keeps_what_an_answer_does_not_tell() -> None:
    now = [NOW]
    meter = CallMeter(lambda: now[0])
    day = {"x-limit-per-day": "10000", "x-remaining-today": "9349"}
    meter.note({"x-limit-per-second": "10", "x-remaining-this-second": "4", **day})
    now[0] += timedelta(hours=1)
    meter.note({"x-remaining-this-second": "3"})
    meter.note({})
    assert meter.latest is not None
    told = (meter.latest.per_second, meter.latest.left_this_second, meter.latest.per_day, meter.latest.left_today)
    assert told == (10, 3, 10_000, 9_349)
    assert meter.latest.told_at == NOW


@pytest.mark.parametrize("odd", ["", "many", "-1", "1e3", "9" * 40, "٣"])
def test_a_count_that_is_no_number_is_none(odd: str) -> None:
    meter = CallMeter(lambda: NOW)
    meter.note({"x-remaining-today": odd})
    assert meter.latest is None


@pytest.mark.parametrize(
    ("term", "fields"),
    [
        (None, ("i_did", "2020_2026", False)),
        ("i_did.made_to_order", ("i_did", "made_to_order", False)),
        ("someone_else.1990s", ("someone_else", "1990s", False)),
        ("collective.2020_2024.supply", ("collective", "2020_2026", True)),
        ("someone_else.before_2004", ("someone_else", "before_2007", False)),
        ("someone_else.2000_2005", ("someone_else", "2000_2006", False)),
        ("someone_else", ("someone_else", "2020_2026", False)),
        ("NEW", None),
        ("i_did.1890s", None),
        ("i_did.2020_2026.gift", None),
    ],
)
def test_a_term_says_who_made_it_and_when(term: str | None, fields: tuple[Any, ...] | None) -> None:
    made = made_of(term, 2026, is_to_order=False)
    assert (None if made is None else (made.who, made.when, made.is_supply)) == fields


def test_made_to_order_is_what_the_processing_profile_says_where_no_term_does() -> None:
    made = made_of(None, 2026, is_to_order=True)
    assert made is not None
    assert made.when == "made_to_order"


def test_every_term_that_is_offered_is_understood_this_year_and_next() -> None:
    for year in (2026, 2027):
        ids = [term.external_id for term in made_terms(year)]
        assert len(ids) == len(set(ids))
        assert all(made_of(each, year + 1, is_to_order=False) for each in ids)
