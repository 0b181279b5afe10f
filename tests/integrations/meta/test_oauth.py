"""The way through the dialog, with the sandbox's click."""

from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.errors import InvalidResponse, Rejected, Unavailable
from integrations.meta.oauth import authorization_url
from sandbox.meta.trouble.faults import FaultKind
from tests.integrations.meta.conftest import REDIRECT, MetaWorld

VERIFIER = "v" * 64


def click(meta: MetaWorld, decision: str = "allow") -> dict[str, str]:
    url = authorization_url(meta.platform.app, state="a-state", code_verifier=VERIFIER)
    back = urlsplit(meta.server.admin.decide(url, decision))
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def test_the_dialog_is_asked_with_state_and_s256(meta: MetaWorld) -> None:
    query = parse_qs(urlsplit(authorization_url(meta.platform.app, state="a-state", code_verifier=VERIFIER)).query)
    assert query["state"] == ["a-state"]
    assert query["scope"] == ["ads_read,ads_management"]
    assert query["redirect_uri"] == [REDIRECT]
    assert query["code_challenge_method"] == ["S256"]
    assert VERIFIER not in str(query)


async def test_a_code_becomes_a_long_lived_token(meta: MetaWorld) -> None:
    token = await meta.platform.token_for_code(code=click(meta)["code"], code_verifier=VERIFIER)
    info = await meta.session(token).token_info()
    assert info.is_valid
    assert info.expires_at is not None
    assert info.data_access_expires_at is not None
    lifetime = info.expires_at - meta.server.admin.sandbox.clock.now()
    assert lifetime.days == 60


async def test_a_code_works_once(meta: MetaWorld) -> None:
    code = click(meta)["code"]
    await meta.platform.token_for_code(code=code, code_verifier=VERIFIER)
    with pytest.raises(Rejected):
        await meta.platform.token_for_code(code=code, code_verifier=VERIFIER)


@pytest.mark.parametrize(("code", "verifier"), [("made-up", VERIFIER), (None, "w" * 64)])
async def test_a_wrong_code_or_verifier_is_rejected(meta: MetaWorld, code: str | None, verifier: str) -> None:
    with pytest.raises(Rejected):
        await meta.platform.token_for_code(code=code or click(meta)["code"], code_verifier=verifier)


async def test_the_trade_of_the_code_is_not_repeated(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.NOT_JSON, "oauth/access_token")
    with pytest.raises(InvalidResponse):
        await meta.platform.token_for_code(code=click(meta)["code"], code_verifier=VERIFIER)
    assert meta.pauses == []


async def test_the_trade_for_a_long_lived_token_is_repeated(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.HTML_503, "oauth/access_token", nth=2)
    assert await meta.platform.token_for_code(code=click(meta)["code"], code_verifier=VERIFIER)
    assert meta.pauses == [0.5]


async def test_a_platform_that_is_away_is_unavailable(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.HTML_503, "oauth/access_token", times=None)
    with pytest.raises(Unavailable):
        await meta.platform.token_for_code(code=click(meta)["code"], code_verifier=VERIFIER)


async def test_a_token_that_dies_before_it_is_long_lived_is_rejected(meta: MetaWorld) -> None:
    meta.spoil(FaultKind.TOKEN_REVOKED, "oauth/access_token", nth=2)
    with pytest.raises(Rejected):
        await meta.platform.token_for_code(code=click(meta)["code"], code_verifier=VERIFIER)
