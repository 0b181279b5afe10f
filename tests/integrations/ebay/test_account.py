"""Who a token belongs to, and the policies and places that a seller has made."""

import pytest

from integrations.errors import AccessRevoked, PermissionMissing, Throttled
from integrations.selling.marketplace import OAuthMarketplace, SellerSession
from integrations.selling.refusals import RefusedFields
from tests.integrations.ebay.conftest import EbayWorld
from tests.integrations.ebay.drafts import a_place


async def test_a_seller_is_known_by_the_id_that_never_changes(ebay: EbayWorld) -> None:
    seller = await ebay.session("EBAY_GB").seller()
    known = ebay.shop("EBAY_GB").seller
    assert (seller.external_id, seller.name, seller.market) == (known.user_id, known.username, "EBAY_GB")


async def test_a_consent_without_the_scope_has_to_be_given_anew(ebay: EbayWorld) -> None:
    with pytest.raises(PermissionMissing) as caught:
        await ebay.session(scopes=("sell.inventory",)).seller()
    assert "connect the seller again" in str(caught.value)


async def test_a_token_that_ebay_does_not_know_is_told_from_a_missing_scope(ebay: EbayWorld) -> None:
    with pytest.raises(AccessRevoked):
        await ebay.marketplace.session("nonsense", None).seller()


async def test_the_limit_of_a_day_names_the_api_it_is_of(ebay: EbayWorld) -> None:
    ebay.server.sandbox.throttled.append("commerce.identity")
    with pytest.raises(Throttled) as caught:
        await ebay.session().seller()
    assert (caught.value.scope, caught.value.retry_after_s) == ("app:commerce.identity", 900)


async def test_policies_are_those_of_the_markets_asked_for_and_places_hold_everywhere(ebay: EbayWorld) -> None:
    a_place(ebay)
    ebay.shop().locations["closed"] = {"merchantLocationKey": "closed", "merchantLocationStatus": "DISABLED"}
    policies = await ebay.session().policies(["EBAY_DE", "EBAY_US"])
    german = {policy.kind for policy in policies if policy.market == "EBAY_DE"}
    assert german == {"SHIPPING", "PAYMENT", "RETURN"}
    assert not [policy for policy in policies if policy.market == "EBAY_US"]
    assert [policy.external_id for policy in policies if policy.kind == "LOCATION"] == ["berlin"]


async def test_a_seller_without_business_policies_is_told_to_opt_in(ebay: EbayWorld) -> None:
    ebay.shop().seller.is_opted_in = False
    with pytest.raises(RefusedFields) as caught:
        await ebay.session().policies(["EBAY_DE"])
    assert "opt in" in str(caught.value)


async def test_ebay_is_a_marketplace_as_the_product_asks_for_one(ebay: EbayWorld) -> None:
    marketplace: OAuthMarketplace = ebay.marketplace
    session: SellerSession = marketplace.session(ebay.tokens()[1], "EBAY_DE")
    await marketplace.revoke("a consent that only the seller can end")
    assert (await session.seller()).market in marketplace.markets
    assert marketplace.is_set_up
