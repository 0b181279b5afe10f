"""Who a member is, what Vinted calls things, what it would refuse of a draft, and what it cannot."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import InvalidResponse, Misshapen, Rejected
from integrations.selling.records import MarketTerm, RemoteCase, Seller, SellerPolicy
from integrations.selling.refusals import RefusedFields
from integrations.vinted.marketplace import VintedMarketplace
from integrations.vinted.markets import CURRENCIES
from integrations.vinted.relay import RelayErrorCode, StepAnswer
from tests.integrations.vinted.drafts import a_draft
from tests.stand_ins.relay import NOON, SITE, ScriptedRelay, failed

ODD: list[Any] = [None, "", [], {}, 0.5, True, "x" * 100_000, "\x00"]


async def test_the_member_is_who_is_signed_in() -> None:
    relay = ScriptedRelay()
    assert await relay.until_done(lambda session: session.seller()) == Seller("501", "lou", SITE)
    nameless = ScriptedRelay(fates={"whoami": StepAnswer({"id": 7, "name": None})})
    assert await nameless.until_done(lambda session: session.seller()) == Seller("7", "7", SITE)


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
async def test_a_member_without_an_id_is_nobody(value: object) -> None:
    relay = ScriptedRelay(fates={"whoami": StepAnswer({"id": value, "name": "lou"})})
    with pytest.raises(Misshapen):
        await relay.until_done(lambda session: session.seller())


async def test_terms_are_read_whatever_single_ones_are() -> None:
    relay = ScriptedRelay()
    relay.site.terms["CATEGORY"] = [
        {"id": "1", "name": "Women", "isLeaf": False},
        {"id": 2, "name": "Men", "parent": "9"},
        {"id": None, "name": "Nobody"},
        {"id": "3", "name": " "},
        "none",  # type: ignore[list-item]
        {"id": "1", "name": "Women", "isLeaf": False},
    ]
    found = await relay.until_done(lambda session: session.terms("CATEGORY", market=SITE, parent="5", search=None))
    assert found == [MarketTerm("1", "Women", "5", is_leaf=False), MarketTerm("2", "Men", "9")]
    with pytest.raises(RefusedFields):
        await relay.until_done(lambda session: session.terms("SEASON", market=SITE, parent=None, search=None))


async def test_sizes_of_parcels_are_chosen_as_policies_and_may_be_missing() -> None:
    relay = ScriptedRelay()
    relay.site.terms["PACKAGE_SIZE"] = [{"id": "1", "name": "Small"}]
    expected = [SellerPolicy("SHIPPING", "1", "Small", SITE)]
    assert await relay.until_done(lambda session: session.policies([SITE])) == expected
    without = ScriptedRelay(fates={"terms-PACKAGE_SIZE--": failed(RelayErrorCode.INVALID)})
    assert await without.until_done(lambda session: session.policies([SITE])) == []


def fields_of(**more: object) -> list[str | None]:
    return [each.field for each in VintedMarketplace().problems_of(a_draft(**more))]


def test_a_draft_that_fits_has_no_problem() -> None:
    assert fields_of() == []
    longest = 2_000 - len("\n\nSKU: DRESS-1")
    assert fields_of(title="x" * 100, description="x" * longest, image_urls=["https://x"] * 20) == []
    assert fields_of(aspects={"COLOUR": ["1", "2"], "MATERIAL": ["1", "2", "3"], "SIZE": ["4"], "BRAND": ["53"]}) == []
    # Kinds that Vinted does not ask for are not sent.
    assert fields_of(aspects={"SEASON": ["a", "b", "c", "d"]}) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": "Four"}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"title": "   "}, "title"),
        ({"description": " \n"}, "description"),
        ({"description": "x" * 1_990}, "description"),
        ({"sku": ""}, "sku"),
        ({"sku": "A\nB"}, "sku"),
        ({"price": Decimal(0)}, "price"),
        ({"price": Decimal(-1)}, "price"),
        ({"price": Decimal("1.005")}, "price"),
        ({"price": Decimal(10) ** 8}, "price"),
        ({"currency": "USD"}, "currency"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 2}, "quantity"),
        ({"category_id": None}, "category_id"),
        ({"category_id": "women/dresses"}, "category_id"),
        ({"condition": None}, "condition"),
        ({"condition": "new"}, "condition"),
        ({"image_urls": []}, "image_urls"),
        ({"image_urls": ["https://x"] * 21}, "image_urls"),
        ({"policies": {}}, "policies.SHIPPING"),
        ({"policies": {"SHIPPING": "small"}}, "policies.SHIPPING"),
        ({"aspects": {"COLOUR": ["1", "2", "3"]}}, "attributes.COLOUR"),
        ({"aspects": {"COLOUR": ["red"]}}, "attributes.COLOUR"),
        ({"aspects": {"MATERIAL": ["1", "2", "3", "4"]}}, "attributes.MATERIAL"),
        ({"aspects": {"SIZE": ["1", "2"]}}, "attributes.SIZE"),
        ({"aspects": {"BRAND": ["x" * 201]}}, "attributes.BRAND"),
    ],
)
def test_what_vinted_would_refuse_is_told_beforehand(more: dict[str, object], field: str) -> None:
    assert fields_of(**more) == [field]


def test_without_any_size_of_parcels_vinted_itself_says_what_it_lacks() -> None:
    assert fields_of(policies={}, policy_kinds=()) == []


def test_every_site_has_a_currency() -> None:
    assert {"vinted.fr", "vinted.de", "vinted.it", "vinted.co.uk", "vinted.pl"} <= {*VintedMarketplace().markets}
    assert all(len(currency) == 3 for currency in CURRENCIES.values())


async def test_what_vinted_cannot_is_refused_in_words() -> None:
    session = ScriptedRelay().session()
    case = RemoteCase("RETURN", "1", None, NOON)
    for call in (
        lambda: session.ship("1", None),  # type: ignore[arg-type]
        lambda: session.refund("1", None),  # type: ignore[arg-type]
        lambda: session.cancel("1", "UNPAID"),
        lambda: session.case("RETURN", "1"),
        lambda: session.act(case, None),  # type: ignore[arg-type]
    ):
        with pytest.raises(Rejected, match="Vinted's own pages"):
            await call()
    with pytest.raises(Rejected, match="Vinted's own pages"):
        session.cases(NOON)
    assert [each.external_id for each in await session.migrate(["1", "2"])] == ["1", "2"]
    assert session.placed_orders is None
    assert issubclass(Misshapen, InvalidResponse)
