"""Policies, programs, categories and quotas of the stand-in of eBay."""

import pytest

from sandbox.ebay.calls import SCOPE
from tests.sandbox.ebay.ebay_client import EbayClient

ACCOUNT, TAXONOMY = "/sell/account/v1", "/commerce/taxonomy/v1"
LIMITS = "/developer/analytics/v1_beta/rate_limit"


@pytest.mark.parametrize("kind", ["fulfillment", "payment", "return"])
async def test_policies_belong_to_a_marketplace(ebay: EbayClient, kind: str) -> None:
    got = (await ebay.call("GET", f"{ACCOUNT}/{kind}_policy?marketplace_id=EBAY_DE")).body
    assert got["total"] == len(got[f"{kind}Policies"]) > 0
    policy_id = got[f"{kind}Policies"][0][f"{kind}PolicyId"]
    assert (await ebay.call("GET", f"{ACCOUNT}/{kind}_policy/{policy_id}")).body["name"]
    assert (await ebay.call("GET", f"{ACCOUNT}/{kind}_policy/1")).error_ids == [20404]
    assert (await ebay.call("GET", f"{ACCOUNT}/{kind}_policy?marketplace_id=EBAY_US")).body["total"] == 0
    assert (await ebay.call("GET", f"{ACCOUNT}/{kind}_policy")).error_ids == [20401]


async def test_a_seller_opts_in_once(ebay: EbayClient) -> None:
    sellers = (await ebay.control("GET", "sellers"))["sellers"]
    new = {**sellers[0], "user_id": "OUT", "username": "out", "is_opted_in": False}
    await ebay.control("POST", "sellers", new)
    policies = f"{ACCOUNT}/fulfillment_policy?marketplace_id=EBAY_DE"
    refused = await ebay.call("GET", policies, seller="OUT")
    assert (refused.status, refused.error_ids) == (400, [20403])
    assert (await ebay.call("GET", f"{ACCOUNT}/program/get_opted_in_programs", seller="OUT")).body == {"programs": []}
    opt_in = f"{ACCOUNT}/program/opt_in"
    assert (await ebay.call("POST", opt_in, {"programType": "ALL"}, seller="OUT")).error_ids == [25802]
    asked = {"programType": "SELLING_POLICY_MANAGEMENT"}
    assert [(await ebay.call("POST", opt_in, asked, seller="OUT")).status for _ in range(2)] == [200, 409]
    assert (await ebay.call("GET", policies, seller="OUT")).status == 200
    assert (await ebay.call("GET", f"{ACCOUNT}/privilege", seller="OUT")).body["sellerRegistrationCompleted"]


async def test_the_app_itself_reads_categories(ebay: EbayClient) -> None:
    token = (await ebay.mint(grant_type="client_credentials", scope=SCOPE)).body["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    tree = await ebay.send("GET", f"{TAXONOMY}/get_default_category_tree_id?marketplace_id=EBAY_DE", **bearer)
    assert tree.body["categoryTreeId"] == "77"
    path = f"{TAXONOMY}/category_tree/77"
    found = (await ebay.send("GET", f"{path}/get_category_suggestions?q=blaue%20Jacke", **bearer)).body
    assert found["categorySuggestions"][0]["category"] == {"categoryId": "57988", "categoryName": "Jacken & Mäntel"}
    nothing = (await ebay.send("GET", f"{path}/get_category_suggestions?q=xyz", **bearer)).body
    assert "categorySuggestions" not in nothing
    aspects = (await ebay.send("GET", f"{path}/get_item_aspects_for_category?category_id=57988", **bearer)).body
    required = {
        each["localizedAspectName"] for each in aspects["aspects"] if each["aspectConstraint"]["aspectRequired"]
    }
    assert required == {"Marke", "Farbe", "Größe", "Abteilung"}
    assert (await ebay.send("GET", f"{ACCOUNT}/privilege", **bearer)).error_ids == [1100]


@pytest.mark.parametrize(
    ("path", "error_id"),
    [
        ("get_default_category_tree_id", 62003),
        ("category_tree/1000/get_category_suggestions?q=x", 62004),
        ("category_tree/0/get_category_suggestions?q=", 62008),
        ("category_tree/0/get_item_aspects_for_category?category_id=9", 62005),
        ("category_tree/0/get_item_aspects_for_category?category_id=267", 62007),
    ],
)
async def test_unknown_categories_are_refused(ebay: EbayClient, path: str, error_id: int) -> None:
    assert (await ebay.call("GET", f"{TAXONOMY}/{path}")).error_ids == [error_id]


async def test_calls_of_a_day_are_counted_and_end(ebay: EbayClient) -> None:
    await ebay.control("POST", "clock", {"now": "2027-01-10T20:00:00Z"})
    ebay.tokens["EBAY_DE"] = await ebay.token("EBAY_DE")
    ebay.server.sandbox.book.counts["calls:sell.account:2027-01-10"] = 1_999_999
    assert [(await ebay.call("GET", f"{ACCOUNT}/privilege")).status for _ in range(2)] == [200, 429]
    limits = (await ebay.call("GET", f"{LIMITS}?api_context=sell&api_name=account")).body["rateLimits"]
    rate = limits[0]["resources"][0]["rates"][0]
    assert (rate["remaining"], rate["reset"], rate["timeWindow"]) == (0, "2027-01-11T08:00:00.000Z", 86400)
    assert len((await ebay.call("GET", f"{LIMITS}/")).body["rateLimits"]) > 3
    assert (await ebay.call("GET", f"{LIMITS}?api_name=none")).status == 204
    await ebay.control("POST", "clock", {"now": "2027-01-11T08:00:01Z"})
    ebay.tokens["EBAY_DE"] = await ebay.token("EBAY_DE")
    assert (await ebay.call("GET", f"{ACCOUNT}/privilege")).status == 200
