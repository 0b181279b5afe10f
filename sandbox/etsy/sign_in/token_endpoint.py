"""Owns the minting of pairs over HTTP, and what it says when it does not mint; must not look into a shop."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.etsy.config import SCOPES
from sandbox.etsy.demo import stock
from sandbox.etsy.errors import EtsyRefusal
from sandbox.etsy.fields import Fields
from sandbox.etsy.sign_in.grants import ACCESS_LIFE_S, GrantRefused, grant, rotate
from sandbox.etsy.state import EtsyGrant, EtsySandbox

_NO_STORE = {"Cache-Control": "no-store"}


async def mint_pair(sandbox: EtsySandbox, request: Request) -> Response:
    try:
        form = Fields.read(await request.body(), request.headers.get("content-type", ""))
        made = _minted(sandbox, form)
    except EtsyRefusal as refusal:
        return _refused(GrantRefused("invalid_request", str(refusal)))
    except GrantRefused as refused:
        return _refused(refused)
    sandbox.save()
    return JSONResponse(
        {
            "access_token": made.access_token,
            "token_type": "Bearer",
            "expires_in": ACCESS_LIFE_S,
            "refresh_token": made.refresh_token,
        },
        headers=_NO_STORE,
    )


def _refused(refused: GrantRefused) -> Response:
    return JSONResponse({"error": refused.error, "error_description": str(refused)}, refused.status, _NO_STORE)


def _minted(sandbox: EtsySandbox, form: Fields) -> EtsyGrant:
    kind = _needed(form, "grant_type")
    if kind not in ("authorization_code", "refresh_token"):
        raise GrantRefused("unsupported_grant_type", f"grant_type {kind} is not supported")
    if _needed(form, "client_id") != sandbox.config.keystring:
        raise GrantRefused("invalid_client", "client_id is invalid", 401)
    return _by_code(sandbox, form) if kind == "authorization_code" else _by_refresh(sandbox, form)


def _by_code(sandbox: EtsySandbox, form: Fields) -> EtsyGrant:
    redirect_uri, code_text = _needed(form, "redirect_uri"), _needed(form, "code")
    verifier = _needed(form, "code_verifier")
    if code_text == sandbox.config.demo_code:
        return grant(sandbox, stock(sandbox), list(SCOPES))
    code = sandbox.book.codes.get(code_text)
    if code is None:
        raise GrantRefused("invalid_grant", "code is invalid")
    if code.is_used:
        raise GrantRefused("invalid_grant", "code has been used previously")
    if sandbox.now_s >= code.until_s:
        raise GrantRefused("invalid_grant", "code is expired")
    if redirect_uri != code.redirect_uri:
        raise GrantRefused("invalid_grant", "redirect_uri does not match the one of the code")
    if not hmac.compare_digest(challenge_of(verifier).encode(), code.challenge.encode()):
        raise GrantRefused("invalid_grant", "code_verifier is invalid")
    code.is_used = True
    return grant(sandbox, code.user_id, code.scopes)


def _by_refresh(sandbox: EtsySandbox, form: Fields) -> EtsyGrant:
    return rotate(sandbox, _needed(form, "refresh_token"))


def challenge_of(verifier: str) -> str:
    """S256 of RFC 7636."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _needed(form: Fields, name: str) -> str:
    value = form.text(name)
    if not value:
        raise GrantRefused("invalid_request", f"{name} is required")
    return value
