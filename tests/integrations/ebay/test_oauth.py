"""Tokens of eBay: the dialog's address, the exchange of its code, renewal, and the token of the app."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.ebay.app import EbayApp
from integrations.ebay.marketplace import EbayMarketplace
from integrations.errors import AccessRevoked, Barred, InvalidResponse, Rejected, Throttled, Unavailable
from sandbox.ebay.faults import EbayFaultKind
from sandbox.ebay.sign_in.grants import full_scopes, issue_code, revoke
from tests.integrations.ebay.conftest import NOW, SECRET, EbayWorld


def code_of(ebay: EbayWorld) -> str:
    return issue_code(ebay.server.sandbox, ebay.shop().seller.user_id, full_scopes(("sell.inventory",)))


async def test_the_dialog_is_asked_with_the_registered_name_and_scopes_with_spaces(ebay: EbayWorld) -> None:
    url = urlsplit(ebay.marketplace.dialog_url(state="s 1", code_verifier="v"))
    query = parse_qs(url.query)
    assert url.path == "/oauth2/authorize"
    assert query["redirect_uri"] == [ebay.server.sandbox.config.ru_name]
    assert query["scope"] == [" ".join(ebay.marketplace.scopes)]
    assert query["state"] == ["s 1"]


async def test_a_code_with_odd_characters_is_exchanged_once(ebay: EbayWorld) -> None:
    code = code_of(ebay)
    tokens = await ebay.marketplace.tokens_for_code(code=code, code_verifier="v")
    assert tokens.refresh is not None
    assert (tokens.access_ends_in_s, tokens.refresh_ends_in_s) == (7200, 47_304_000)
    assert tokens.scopes == tuple(ebay.marketplace.scopes)
    with pytest.raises(Rejected):
        await ebay.marketplace.tokens_for_code(code=code, code_verifier="v")


async def test_a_renewed_token_works_and_the_old_refresh_token_goes_on(ebay: EbayWorld) -> None:
    refresh, _ = ebay.tokens()
    tokens = await ebay.marketplace.renewed_tokens(refresh)
    assert tokens.refresh is None
    assert (await ebay.marketplace.session(tokens.access, None).seller()).external_id == ebay.shop().seller.user_id


async def test_a_withdrawn_consent_has_to_be_given_anew(ebay: EbayWorld) -> None:
    refresh, access = ebay.tokens()
    revoke(ebay.server.sandbox, ebay.shop().seller.user_id)
    with pytest.raises(AccessRevoked) as caught:
        await ebay.marketplace.renewed_tokens(refresh)
    assert not caught.value.is_expired
    with pytest.raises(AccessRevoked) as ended:
        await ebay.marketplace.session(access, None).seller()
    assert ended.value.is_expired


async def test_a_code_whose_answer_is_lost_is_not_sent_again(ebay: EbayWorld) -> None:
    ebay.spoil("oauth.token", EbayFaultKind.ANSWER_LOST)
    with pytest.raises(Unavailable):
        await ebay.marketplace.tokens_for_code(code=code_of(ebay), code_verifier="v")
    assert ebay.calls() == ["oauth.token"]


async def test_a_renewal_whose_answer_is_lost_is_sent_again(ebay: EbayWorld) -> None:
    ebay.spoil("oauth.token", EbayFaultKind.ANSWER_LOST)
    assert (await ebay.marketplace.renewed_tokens(ebay.tokens()[0])).access
    assert ebay.calls() == ["oauth.token"] * 2


async def test_wrong_keys_of_the_app_are_no_fault_of_the_seller(ebay: EbayWorld) -> None:
    app = EbayApp("client-1", "another", "ru", ebay.server.url)
    wrong = EbayMarketplace(app, ebay.http, lambda: NOW)
    with pytest.raises(Barred) as caught:
        await wrong.renewed_tokens(ebay.tokens()[0])
    assert "EBAY_CLIENT_ID" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ("<html>busy</html>", 200, Unavailable),
        ('{"access_token":', 200, InvalidResponse),
        ("[]", 200, InvalidResponse),
        ('{"access_token": 7.5}', 200, InvalidResponse),
        ('{"access_token": null}', 200, InvalidResponse),
        ("<html>not found</html>", 404, Unavailable),
        ("not found", 404, InvalidResponse),
        ("", 429, Throttled),
        ("gone", 503, Unavailable),
        ("", 302, InvalidResponse),
        ('{"error": "invalid_request", "error_description": "no refresh_token"}', 400, Rejected),
        ('{"error": "invalid_grant"}', 400, AccessRevoked),
    ],
)
async def test_odd_answers_of_the_mint_are_told_apart(
    ebay: EbayWorld, body: str, status: int, kind: type[Exception]
) -> None:
    ebay.spoil("oauth.token", body=body, status=status, times=None)
    refresh = ebay.tokens()[0]
    with pytest.raises(kind) as caught:
        await ebay.marketplace.renewed_tokens(refresh)
    assert SECRET not in repr(caught.value)
    assert refresh not in repr(caught.value)


async def test_many_ask_for_the_token_of_the_app_and_one_is_minted(ebay: EbayWorld) -> None:
    values = await asyncio.gather(*(ebay.marketplace.app_tokens.value() for _ in range(5)))
    assert len(set(values)) == 1
    ebay.now[0] += timedelta(minutes=114)
    assert await ebay.marketplace.app_tokens.value() == values[0]
    ebay.now[0] += timedelta(minutes=2)
    assert await ebay.marketplace.app_tokens.value() != values[0]
    assert ebay.calls() == ["oauth.token"] * 2


def test_without_its_settings_ebay_is_not_set_up() -> None:
    assert not EbayApp("", "", "").is_set_up
    assert not EbayApp("id", "secret", "").is_set_up
