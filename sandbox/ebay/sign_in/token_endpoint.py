"""Owns the minting of tokens over HTTP, and what it says when it does not mint; must not look into a shop."""

import hmac
from base64 import b64decode
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.ebay.demo import stock
from sandbox.ebay.quotas import count
from sandbox.ebay.sign_in.grants import (
    ACCESS_LIFE_S,
    REFRESH_LIFE_S,
    consent_of,
    full_scopes,
    grant,
    issue_code,
    mint,
    spend_code,
)
from sandbox.ebay.state import EbaySandbox
from sandbox.forms import read_form

Form = Mapping[str, str]
_UNAUTHORIZED = 401
_TOO_MANY = 429


class MintRefused(Exception):
    """OAuth's own shape of an error."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.status = error, status


async def mint_token(sandbox: EbaySandbox, request: Request) -> Response:
    form = await read_form(request)
    try:
        _check_client(sandbox, request.headers.get("authorization", ""))
        answer = _minted(sandbox, form, content_type=request.headers.get("content-type", ""))
    except MintRefused as refused:
        said = {"error": refused.error, "error_description": str(refused)}
        return JSONResponse(said, refused.status, {"Cache-Control": "no-store"})
    sandbox.save()
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _minted(sandbox: EbaySandbox, form: Form, *, content_type: str) -> dict[str, object]:
    if not content_type.startswith("application/x-www-form-urlencoded"):
        raise MintRefused("invalid_request", "the content type is application/x-www-form-urlencoded")
    kind = form.get("grant_type", "")
    if kind not in _MINTS:
        raise MintRefused(
            "unsupported_grant_type", "grant type in request is not supported by the authorization server"
        )
    if not count(sandbox, f"mint:{kind}", most=sandbox.config.daily_mints.get(kind)):
        raise MintRefused("invalid_request", "the application has used its requests of this day", _TOO_MANY)
    return _MINTS[kind](sandbox, form)


def _check_client(sandbox: EbaySandbox, header: str) -> None:
    scheme, _, given = header.partition(" ")
    try:
        decoded = b64decode(given, validate=True) if scheme.lower() == "basic" else b""
    except ValueError:
        decoded = b""
    expected = f"{sandbox.config.client_id}:{sandbox.config.client_secret}".encode()
    if not hmac.compare_digest(decoded, expected):
        raise MintRefused("invalid_client", "client authentication failed", _UNAUTHORIZED)


def _by_code(sandbox: EbaySandbox, form: Form) -> dict[str, object]:
    if form.get("redirect_uri") != sandbox.config.ru_name:
        raise MintRefused("invalid_request", "redirect_uri is the RuName that the consent was asked with")
    given = form.get("code", "")
    if given and given == sandbox.config.demo_code:
        issue_code(sandbox, stock(sandbox), full_scopes(sandbox.config.scopes), as_code=given)
    code = spend_code(sandbox, given)
    if code is None:
        raise MintRefused(
            "invalid_grant", "the provided authorization grant code is invalid or was issued to another client"
        )
    refresh_token, access_token = grant(sandbox, code.seller_id, code.scopes)
    return _user_answer(access_token) | {
        "refresh_token": refresh_token,
        "refresh_token_expires_in": REFRESH_LIFE_S,
    }


def _by_refresh(sandbox: EbaySandbox, form: Form) -> dict[str, object]:
    """The refresh token stays as it is: eBay does not rotate it, and does not repeat it."""
    value = form.get("refresh_token", "")
    consent = consent_of(sandbox, value)
    if consent is None:
        raise MintRefused(
            "invalid_grant", "the provided authorization refresh token is invalid or was issued to another client"
        )
    wanted = form.get("scope", "").split() or consent.scopes
    _check_scopes(wanted, consent.scopes)
    return _user_answer(mint(sandbox, value, wanted))


def _by_app(sandbox: EbaySandbox, form: Form) -> dict[str, object]:
    wanted = form.get("scope", "").split()
    _check_scopes(wanted, full_scopes(sandbox.config.scopes))
    return {
        "access_token": mint(sandbox, None, wanted),
        "expires_in": ACCESS_LIFE_S,
        "token_type": "Application Access Token",
    }


def _check_scopes(wanted: list[str], granted: list[str]) -> None:
    if not wanted or not set(wanted) <= set(granted):
        raise MintRefused(
            "invalid_scope",
            "The requested scope is invalid, unknown, malformed, or exceeds the scope granted to the client",
        )


def _user_answer(access_token: str) -> dict[str, object]:
    return {"access_token": access_token, "expires_in": ACCESS_LIFE_S, "token_type": "User Access Token"}


_MINTS = {"authorization_code": _by_code, "refresh_token": _by_refresh, "client_credentials": _by_app}
