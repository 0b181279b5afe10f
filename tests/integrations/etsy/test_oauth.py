"""Tokens of Etsy: the dialog with its challenge, the exchange of its code, pairs that rotate."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.errors import AccessRevoked, Barred, InvalidResponse, Rejected, Throttled, Unavailable
from integrations.etsy.app import EtsyApp
from integrations.etsy.marketplace import EtsyMarketplace
from sandbox.etsy.sign_in.grants import issue_code, revoke
from sandbox.marketplaces.faults import CallFaultKind
from tests.integrations.etsy.conftest import NOW, REDIRECT, SECRET, EtsyWorld, app_at

VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123"


def challenge() -> str:
    return urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def code_of(etsy: EtsyWorld) -> str:
    sandbox, user_id = etsy.server.sandbox, etsy.shop.seller.user_id
    scopes = list(etsy.marketplace.scopes)
    return issue_code(sandbox, user_id, scopes, redirect_uri=REDIRECT, challenge=challenge())


async def test_the_dialog_is_asked_with_a_challenge_that_only_the_verifier_answers(etsy: EtsyWorld) -> None:
    url = urlsplit(etsy.marketplace.dialog_url(state="s 1", code_verifier=VERIFIER))
    query = parse_qs(url.query)
    assert url.path == "/oauth/connect"
    assert query["code_challenge"] == [challenge()]
    assert query["code_challenge_method"] == ["S256"]
    assert (query["client_id"], query["redirect_uri"], query["state"]) == (["keystring1"], [REDIRECT], ["s 1"])
    assert query["scope"] == [" ".join(etsy.marketplace.scopes)]
    assert VERIFIER not in url.query


async def test_a_code_is_exchanged_once_and_for_its_verifier_alone(etsy: EtsyWorld) -> None:
    code = code_of(etsy)
    with pytest.raises(Rejected):
        await etsy.marketplace.tokens_for_code(code=code, code_verifier="another-verifier")
    tokens = await etsy.marketplace.tokens_for_code(code=code, code_verifier=VERIFIER)
    assert (tokens.access_ends_in_s, tokens.refresh_ends_in_s) == (3600, 90 * 86_400)
    assert tokens.refresh is not None
    assert tokens.scopes == tuple(etsy.marketplace.scopes)
    assert (await etsy.marketplace.session(tokens.access, None).seller()).external_id == str(etsy.shop.shop_id)
    with pytest.raises(Rejected):
        await etsy.marketplace.tokens_for_code(code=code, code_verifier=VERIFIER)


async def test_a_renewal_ends_the_pair_before(etsy: EtsyWorld) -> None:
    refresh, access = etsy.tokens()
    tokens = await etsy.marketplace.renewed_tokens(refresh)
    assert tokens.refresh not in (None, refresh)
    assert (await etsy.marketplace.session(tokens.access, None).seller()).name == etsy.shop.seller.shop_name
    with pytest.raises(AccessRevoked) as over:
        await etsy.marketplace.renewed_tokens(refresh)
    assert not over.value.is_expired
    with pytest.raises(AccessRevoked) as ended:
        await etsy.marketplace.session(access, None).seller()
    assert ended.value.is_expired


async def test_a_new_password_ends_the_consent_and_an_hour_the_access(etsy: EtsyWorld) -> None:
    refresh, access = etsy.tokens()
    etsy.at(NOW + timedelta(hours=1, seconds=1))
    with pytest.raises(AccessRevoked) as ended:
        await etsy.marketplace.session(access, None).seller()
    assert ended.value.is_expired
    revoke(etsy.server.sandbox, etsy.shop.seller.user_id)
    with pytest.raises(AccessRevoked) as over:
        await etsy.marketplace.renewed_tokens(refresh)
    assert not over.value.is_expired


async def test_a_code_whose_answer_is_lost_is_not_sent_again(etsy: EtsyWorld) -> None:
    etsy.spoil("oauth.token", CallFaultKind.ANSWER_LOST)
    with pytest.raises(Unavailable):
        await etsy.marketplace.tokens_for_code(code=code_of(etsy), code_verifier=VERIFIER)
    assert etsy.calls() == ["oauth.token"]


async def test_a_renewal_without_an_answer_is_sent_again(etsy: EtsyWorld) -> None:
    etsy.spoil("oauth.token", CallFaultKind.RESET)
    etsy.spoil("oauth.token", nth=2)
    assert (await etsy.marketplace.renewed_tokens(etsy.tokens()[0])).access


async def test_a_renewal_whose_answer_is_lost_has_used_the_token_up(etsy: EtsyWorld) -> None:
    """Nobody has the new pair: the seller has to sign in again, and is told so."""
    etsy.spoil("oauth.token", CallFaultKind.ANSWER_LOST)
    with pytest.raises(AccessRevoked):
        await etsy.marketplace.renewed_tokens(etsy.tokens()[0])


async def test_wrong_keys_of_the_app_are_no_fault_of_the_seller(etsy: EtsyWorld) -> None:
    other = EtsyMarketplace(
        EtsyApp("another", SECRET, REDIRECT, token_url=etsy.marketplace.app.token_url), etsy.http, lambda: NOW
    )
    wrong = EtsyMarketplace(app_at(etsy.server, "another"), etsy.http, lambda: NOW)
    refresh, access = etsy.tokens()
    for call in (other.renewed_tokens(refresh), wrong.session(access, None).seller()):
        with pytest.raises(Barred) as caught:
            await call
        assert "ETSY_KEYSTRING" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ("<html>busy</html>", 200, Unavailable),
        ("busy", 200, InvalidResponse),
        ('{"access_token":', 200, InvalidResponse),
        ("[]", 200, InvalidResponse),
        ('{"access_token": null, "refresh_token": "1.x"}', 200, InvalidResponse),
        ('{"access_token": "1.x", "refresh_token": null}', 200, InvalidResponse),
        ('{"access_token": "1.x"}', 200, InvalidResponse),
        ("<html>not found</html>", 404, Unavailable),
        ("", 429, Throttled),
        ('{"error": "Server Error"}', 500, Unavailable),
        ("", 302, Unavailable),
        ('{"error": "invalid_request", "error_description": "no refresh_token"}', 400, Rejected),
        ('{"error": "invalid_grant", "error_description": "refresh_token is revoked"}', 400, AccessRevoked),
        ('{"error": "invalid_grant"}', 401, AccessRevoked),
        ('{"error": "Invalid API key"}', 403, Barred),
    ],
)
async def test_odd_answers_of_the_mint_are_told_apart(
    etsy: EtsyWorld, body: str, status: int, kind: type[Exception]
) -> None:
    etsy.spoil("oauth.token", body=body, status=status, times=None)
    refresh = etsy.tokens()[0]
    with pytest.raises(kind) as caught:
        await etsy.marketplace.renewed_tokens(refresh)
    assert SECRET not in repr(caught.value)
    assert refresh not in repr(caught.value)


@pytest.mark.parametrize("ends", [None, 0, "soon", -1, 10**30])
async def test_an_access_token_without_an_end_lasts_an_hour(etsy: EtsyWorld, ends: object) -> None:
    told = {"access_token": "1.x", "refresh_token": "1.y", "expires_in": ends}
    etsy.spoil("oauth.token", body=str(told).replace("'", '"').replace("None", "null"), status=200)
    assert (await etsy.marketplace.renewed_tokens("1.z")).access_ends_in_s == 3600


def test_without_its_settings_etsy_is_not_set_up() -> None:
    assert not EtsyApp("", "", "").is_set_up
    assert not EtsyApp("key", "", "https://x.example").is_set_up
    assert SECRET not in repr(EtsyApp("key", SECRET, "https://x.example", webhook_secrets=(SECRET,)))
