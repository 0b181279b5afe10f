"""Who a token belongs to, and the policies and places that a seller has made."""

import pytest

from integrations.errors import AccessRevoked, PermissionMissing, Throttled
from tests.integrations.ebay.conftest import EbayWorld


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
