"""What Google's endpoints may answer besides what they promise, and keys and tokens that are no use."""

import json
from datetime import UTC, datetime

import pytest
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from integrations.errors import IntegrationError, InvalidResponse, Rejected, Unavailable
from integrations.google.id_tokens import UntrustedToken, key_id
from integrations.google.oauth import person_for_code
from integrations.google.provider import GoogleApp, GoogleProvider, usable_keys
from integrations.http import HttpClient, Patience
from sandbox.server import serve

Row = dict[str, object]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STRONG: Row = {**RSAKey.generate_key(2048, {"kid": "strong"}).as_dict(private=False)}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_only_strong_rsa_keys_that_sign_are_used() -> None:
    offered: list[Row] = [
        STRONG,
        {**STRONG, "kid": "for encryption", "use": "enc"},
        {**STRONG, "kid": "of another algorithm", "alg": "PS256"},
        {**STRONG, "kid": "broken", "n": "!"},
        {"kid": "incomplete", "kty": "RSA"},
        {name: value for name, value in STRONG.items() if name != "kid"},
        {**RSAKey.generate_key(1024, {"kid": "weak"}).as_dict(private=False)},
        {**ECKey.generate_key("P-256", {"kid": "elliptic"}).as_dict(private=False)},
        {"kid": "shared", "kty": "oct", "k": "c2VjcmV0"},
    ]
    assert list(usable_keys(offered)) == ["strong"]


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "\u00e4.b.c", "x" * 20_000, "e30.e30.", "[" * 5000 + ".e30.e30"])
def test_what_is_no_signed_token_names_no_key(token: str) -> None:
    with pytest.raises(UntrustedToken):
        key_id(token)


def issuer_app(answers: dict[str, Response]) -> Starlette:
    """A provider whose discovery is right unless `answers` has another one."""

    async def discovery(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        found = {
            "issuer": base,
            "authorization_endpoint": f"{base}/auth",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/keys",
        }
        return answers.get("discovery") or JSONResponse(found)

    async def token(_request: Request) -> Response:
        return answers["token"]

    return Starlette(
        routes=[Route("/.well-known/openid-configuration", discovery), Route("/token", token, methods=["POST"])]
    )


async def trade(answers: dict[str, Response]) -> IntegrationError:
    async def no_sleep(_seconds: float) -> None:
        return

    http = HttpClient(Patience(attempts=2), sleep=no_sleep)
    try:
        async with serve(issuer_app(answers)) as url:
            google = GoogleProvider(GoogleApp("client", "secret", url, f"{url}/back"), http, lambda: NOW)
            with pytest.raises(IntegrationError) as caught:
                await person_for_code(google, code="code", code_verifier="verifier")
    finally:
        await http.close()
    assert "secret" not in str(caught.value)
    return caught.value


ELSEWHERE = {
    "issuer": "https://accounts.google.example",
    "authorization_endpoint": "https://accounts.google.example/auth",
    "token_endpoint": "https://accounts.google.example/token",
    "jwks_uri": "https://accounts.google.example/keys",
}


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"discovery": JSONResponse(ELSEWHERE)}, InvalidResponse),
        ({"discovery": JSONResponse({**ELSEWHERE, "token_endpoint": "ftp://x/"})}, InvalidResponse),
        ({"discovery": Response("<html>", 200)}, InvalidResponse),
        ({"discovery": Response("", 503)}, Unavailable),
        ({"token": JSONResponse({"error": "invalid_grant"}, 400)}, Rejected),
        ({"token": JSONResponse({"oops": 1}, 400)}, InvalidResponse),
        ({"token": Response("not json", 403)}, InvalidResponse),
        ({"token": Response("", 500)}, Unavailable),
        ({"token": Response(json.dumps({"id_token": "a.b.c"}))}, Rejected),
    ],
)
async def test_every_other_answer_is_an_error_of_its_kind(
    answers: dict[str, Response], kind: type[IntegrationError]
) -> None:
    assert type(await trade(answers)) is kind
