"""Orders that are made up: the same each time, valid, fitting what ads claim, and newer when something befalls them."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image

from analytics.periods import DateRange
from models.installation.claimed_purchases import ClaimedPurchases
from models.orders.order import OrderStatus
from sandbox.meta.data.landings import landings_of
from services.installation.demo_shop.catalogue import PRODUCTS
from services.installation.demo_shop.pictures import draw
from services.installation.demo_shop.sales import orders_of, pieces_sold
from services.orders.wishes import OrderWish, refusal_of

DAYS = DateRange(date(2026, 9, 1), date(2026, 9, 30))
LATER = datetime(2026, 12, 1, 12, tzinfo=UTC)
LAMP, VASE = PRODUCTS[0], PRODUCTS[12]
CLAIMS = [
    ClaimedPurchases(day, f"{number}", (product.page, "https://elsewhere.example/"), 20)
    for day in DAYS.every_day()
    for number, product in enumerate((LAMP, VASE))
]


def orders(now: datetime = LATER, claims: list[ClaimedPurchases] = CLAIMS) -> dict[str, OrderWish]:
    made = orders_of(claims, DAYS, now=now)
    assert len({each.external_id for each in made}) == len(made)
    return {each.external_id: each for each in made}


def test_they_are_the_same_each_time_and_in_order() -> None:
    assert orders() == orders()
    instants = [each.placed_at for each in orders().values()]
    assert instants == sorted(instants, reverse=True)


def test_none_is_refused() -> None:
    assert [each for place, each in enumerate(orders().values()) if refusal_of(each, place, now=LATER)] == []


def test_most_buy_what_ads_showed_and_fewer_than_ads_claim() -> None:
    claimed = sum(claim.purchases for claim in CLAIMS)
    unadvertised = len(orders(claims=[]))
    assert 5 * DAYS.days <= unadvertised <= 8 * DAYS.days
    assert 0.6 < (len(orders()) - unadvertised) / claimed < 0.8
    sold = pieces_sold(orders().values())
    assert {sku for sku, _ in sold.most_common(2)} == {LAMP.sku, VASE.sku}
    assert not {each.sku for each in PRODUCTS if each.is_draft} & sold.keys()


def test_claims_without_a_page_of_the_shop_sell_something_all_the_same() -> None:
    elsewhere = [ClaimedPurchases(DAYS.start, "9", ("https://elsewhere.example/",), 100)]
    assert len(orders(claims=elsewhere)) > len(orders(claims=[])) + 50


def test_one_more_claim_changes_no_order_that_was_there() -> None:
    more = [*CLAIMS[:-1], ClaimedPurchases(CLAIMS[-1].day, CLAIMS[-1].ad_id, CLAIMS[-1].landing_urls, 25)]
    before, after = orders(), orders(claims=more)
    assert {key: after[key] for key in before} == before


def test_orders_are_told_when_they_are_placed_and_newer_states_later() -> None:
    soon = datetime(2026, 9, 20, 12, tzinfo=UTC)
    early, late = orders(soon), orders()
    assert max(each.updated_at for each in early.values()) <= soon
    assert early.keys() == {key for key, each in late.items() if each.placed_at <= soon}
    changed = [key for key, each in early.items() if late[key] != each]
    assert changed
    assert all(late[key].updated_at > early[key].updated_at for key in changed)
    young = [each for each in early.values() if each.placed_at > soon - timedelta(hours=4)]
    assert {each.status for each in young} == {OrderStatus.PAID}
    assert {each.fees for each in young} == {None}


def test_they_show_gaps_refunds_and_cancellations() -> None:
    made = list(orders().values())
    statuses = Counter(each.status for each in made)
    assert statuses.keys() == {OrderStatus.COMPLETED, OrderStatus.CANCELLED}
    assert 0.01 < statuses[OrderStatus.CANCELLED] / len(made) < 0.05
    refunded = [each for each in made if each.refunds]
    assert 0.04 < len(refunded) / len(made) < 0.1
    assert all(each.refunds[0].amount <= each.sums.subtotal - each.discount for each in refunded)
    assert any(each.fees is None for each in made if each.status is OrderStatus.COMPLETED)
    assert any(line.sku is None for each in made for line in each.lines)
    assert pieces_sold(each for each in made if each.status is OrderStatus.CANCELLED) == {}


@pytest.mark.parametrize("product", PRODUCTS, ids=lambda product: product.slug)
def test_each_product_has_a_picture_of_its_own(product: object) -> None:
    picture = draw(product)  # type: ignore[arg-type]
    image = Image.open(BytesIO(picture.content))
    assert (image.format, image.size, picture.size) == ("JPEG", (800, 800), len(picture.content))
    assert picture == draw(product)  # type: ignore[arg-type]


def test_skus_and_pages_are_of_one_product_each() -> None:
    assert len({each.sku for each in PRODUCTS}) == len({each.page for each in PRODUCTS}) == len(PRODUCTS) == 24


def test_the_ads_of_the_sandbox_lead_to_pages_of_the_shop() -> None:
    found = [landings_of("1002", number) for number in range(60)]
    pages = {each.page for each in PRODUCTS if not each.is_draft}
    advertised = {page for each in found for page in each.cards}
    assert advertised < pages
    assert len(advertised) == 17
    assert {each.page for each in found} - pages == {"https://bluebird-home.example/sale"}
    assert landings_of("1001", 4).page == "https://shop.example/1001"
