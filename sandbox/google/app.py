"""Owns the web application that stands in for Google's sign-in: its routes and its gate; must not bind a port."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_urlsafe

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.forms import read_form
from sandbox.google.config import GoogleConfig
from sandbox.google.dialog import authorize_choice, authorize_page
from sandbox.google.hostility import Hostility
from sandbox.google.state import Consent, GoogleSandbox, new_key
from sandbox.google.tokens import id_token

_AUTHORIZE = "/o/oauth2/v2/auth"
_HOSTS = ("127.0.0.1", "localhost")
_LIFE_S = 3599


def create_google_app(config: GoogleConfig) -> Starlette:
    """The sandbox's memory is at `app.state.sandbox`; its issuer is known once it has a port."""
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", _discovery),
            Route("/oauth2/v3/certs", _certs),
            Route(_AUTHORIZE, authorize_page, methods=["GET"]),
            Route(_AUTHORIZE, authorize_choice, methods=["POST"]),
            Route("/token", _token, methods=["POST"]),
            Route("/v1/userinfo", _userinfo),
            Route("/_sandbox/hostility", _hostility, methods=["POST"]),
            Route("/_sandbox/keys", _rotate, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(_HOSTS), www_redirect=False)],
    )
    app.state.sandbox = GoogleSandbox(config)
    return app


def _sandbox(request: Request) -> GoogleSandbox:
    sandbox: GoogleSandbox = request.app.state.sandbox
    return sandbox


def _discovery(request: Request) -> Response:
    issuer = _sandbox(request).issuer
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": issuer + _AUTHORIZE,
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/v1/userinfo",
            "jwks_uri": f"{issuer}/oauth2/v3/certs",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            # A client that believes this line would take a token without a signature.
            "id_token_signing_alg_values_supported": ["RS256", "none"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


def _certs(request: Request) -> Response:
    sandbox = _sandbox(request)
    sandbox.key_fetches += 1
    return JSONResponse({"keys": [key.as_dict(private=False) for key in sandbox.keys]})


async def _token(request: Request) -> Response:
    sandbox, form = _sandbox(request), await read_form(request)
    client = (form.get("client_id", ""), form.get("client_secret", ""))
    if not hmac.compare_digest(":".join(client), f"{sandbox.config.client_id}:{sandbox.config.client_secret}"):
        return JSONResponse({"error": "invalid_client", "error_description": "Unauthorized"}, 401)
    consent = sandbox.spend_code(form.get("code", ""))
    if form.get("grant_type") != "authorization_code" or consent is None or not _is_for(consent, form):
        return JSONResponse({"error": "invalid_grant", "error_description": "Bad Request"}, 400)
    access_token = f"ya29.{token_urlsafe(48)}"
    sandbox.guests[access_token] = consent.person
    answer: dict[str, object] = {
        "access_token": access_token,
        "expires_in": _LIFE_S,
        "scope": consent.params["scope"],
        "token_type": "Bearer",
    }
    if sandbox.hostility is not Hostility.NO_TOKEN:
        answer["id_token"] = id_token(sandbox, consent)
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _is_for(consent: Consent, form: dict[str, str]) -> bool:
    challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
    is_verified = hmac.compare_digest(challenge, consent.params["code_challenge"])
    return is_verified and form.get("redirect_uri") == consent.params["redirect_uri"]


def _userinfo(request: Request) -> Response:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    person = _sandbox(request).guests.get(token) if scheme.lower() == "bearer" else None
    if person is None:
        return JSONResponse({"error": "invalid_request"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return JSONResponse(person.claims)


async def _hostility(request: Request) -> Response:
    """The body is the name of a lie; empty ends lying."""
    if not _is_admin(request):
        return _not_admin()
    name = (await request.body()).decode(errors="replace").strip()
    if name and name not in list(Hostility):
        return JSONResponse({"error": f"one of {', '.join(Hostility)}"}, 422)
    _sandbox(request).hostility = Hostility(name) if name else None
    return JSONResponse({"success": True})


def _rotate(request: Request) -> Response:
    if not _is_admin(request):
        return _not_admin()
    _sandbox(request).keys.append(new_key())
    return JSONResponse({"success": True})


def _is_admin(request: Request) -> bool:
    given = request.headers.get("x-sandbox-token", "")
    return hmac.compare_digest(given.encode(), _sandbox(request).config.admin_token.encode())


def _not_admin() -> Response:
    return JSONResponse({"error": "X-Sandbox-Token is missing or wrong"}, 403)
