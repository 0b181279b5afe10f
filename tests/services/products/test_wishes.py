"""Values that no product can have, each refused at its place."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from errors import Refused, UserErrorCode
from services.products.wishes import LARGEST_AMOUNT, ProductWish, check_wish

GOOD: dict[str, Any] = {"title": "A lamp", "currency": "EUR", "price": Decimal("9.99")}


def faults(**values: Any) -> list[tuple[str | None, int | None]]:
    with pytest.raises(Refused) as caught:
        check_wish(ProductWish(**{**GOOD, **values}), stored={})
    found = (caught.value, *caught.value.others)
    assert {each.user_code for each in found} == {UserErrorCode.INVALID}
    return [(each.field, each.place) for each in found]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"sku": "x" * 50, "title": "😀" * 200, "description": "two\nlines"}, id="texts as long as may be"),
        pytest.param({"sku": "Grün 2/3"}, id="a SKU with letters of others"),
        pytest.param({"price": Decimal("0.01"), "cost": Decimal(0), "quantity": 0}, id="the smallest numbers"),
        pytest.param({"price": Decimal("99999999999.99"), "quantity": 1_000_000}, id="the largest numbers"),
        pytest.param({"currency": "KWD", "price": Decimal("1.005")}, id="three decimals"),
        pytest.param({"page_urls": ["http://a.test:8080/x?y=z#q", "https://bücher.test/ä"]}, id="addresses"),
    ],
)
def test_good_values(values: dict[str, Any]) -> None:
    check_wish(ProductWish(**{**GOOD, **values}), stored={})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sku", "x" * 51),
        ("sku", "  "),
        ("sku", "a\nb"),
        ("sku", "a\0"),
        ("sku", "a\ud800"),
        ("title", " "),
        ("title", "😀" * 400),
        ("title", "two\nlines"),
        ("title", "\ud800"),
        ("description", "x" * 20_001),
        ("description", "a\0b"),
        ("description", "\udfff"),
        ("currency", "ABC"),
        ("currency", "XXX"),
        ("currency", "eur"),
        ("price", Decimal(0)),
        ("price", Decimal(-1)),
        ("price", Decimal("NaN")),
        ("price", Decimal("-Infinity")),
        ("price", Decimal("1.005")),
        ("price", LARGEST_AMOUNT),
        ("price", Decimal("1e40")),
        ("cost", Decimal("-0.01")),
        ("cost", Decimal("0.001")),
        ("quantity", -1),
        ("quantity", 1_000_001),
        ("page_urls", ["https://a.test"] * 21),
        ("attribute_ids", [UUID(int=1)] * 31),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_no_product_can_have(name: str, value: Any) -> None:
    assert faults(**{name: value}) == [(name, None)]


@pytest.mark.parametrize(
    "address",
    ["", "shop.test/lamp", "ftp://shop.test", "javascript:alert(1)", "https://", "https:///x", "https://a b.test",
     "https://a.test:99999", "https://[::1", "https://a.test/\0", "https://a.test/" + "x" * 2_000],
    ids=lambda value: ascii(value)[:30],
)  # fmt: skip
def test_what_is_no_page(address: str) -> None:
    assert faults(page_urls=["https://a.test", address]) == [("page_urls", 1)]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert faults(title=None, currency="JPY", price=Decimal("0.0000001"), quantity=-1, page_urls=["x"]) == [
        ("title", None), ("price", None), ("quantity", None), ("page_urls", 0),
    ]  # fmt: skip
    assert faults(currency=None, price=None) == [("currency", None), ("price", None)]
