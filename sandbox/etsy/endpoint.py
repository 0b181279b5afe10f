"""Owns each call's way over HTTP: key, token, scope, limits, function; must not know what a call does."""

import hmac
import secrets
from dataclasses import replace
from inspect import isawaitable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute
from sandbox.etsy.errors import EtsyRefusal, oauth_refusal
from sandbox.etsy.limits import limit_headers, take_call
from sandbox.etsy.sign_in.grants import grant_of_access
from sandbox.etsy.sign_in.token_endpoint import mint_pair
from sandbox.etsy.state import EtsyGrant, EtsySandbox
from sandbox.marketplaces.passage import Endpoint, SeenCall, through_faults


def endpoint_of(route: EtsyRoute) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        seen = SeenCall(route.name)
        return await through_faults(request, seen, lambda: _answered(request, route, seen))

    return endpoint


async def mint_endpoint(request: Request) -> Response:
    return await through_faults(request, SeenCall("oauth.token"), lambda: mint_pair(request.app.state.sandbox, request))


async def unknown_endpoint(request: Request) -> Response:
    async def refuse() -> Response:
        return _refused(request.app.state.sandbox, EtsyRefusal("Resource not found", 404))

    return await through_faults(request, SeenCall("unknown"), refuse)


async def _answered(request: Request, route: EtsyRoute, seen: SeenCall) -> Response:
    sandbox: EtsySandbox = request.app.state.sandbox
    call = EtsyCall(
        request.method,
        request.url.path,
        request.path_params,
        request.query_params,
        request.headers,
        await request.body(),
    )
    try:
        _check_key(sandbox, call)
        grant = _grant(sandbox, route, call)
        seen.seller_id = str(grant.user_id) if grant else None
        take_call(sandbox)
        reply = route.act(sandbox, replace(call, grant=grant))
        found = await reply if isawaitable(reply) else reply
    except EtsyRefusal as refusal:
        return _refused(sandbox, refusal)
    if request.method != "GET":
        sandbox.save()
    return _response(sandbox, found)


def _check_key(sandbox: EtsySandbox, call: EtsyCall) -> None:
    given = call.headers.get("x-api-key", "")
    keystring, has_secret, _ = given.partition(":")
    if not given:
        raise EtsyRefusal("Missing x-api-key header.", 403)
    if not has_secret:
        is_known = keystring == sandbox.config.keystring
        wrong = "Invalid API key: should be in the format 'keystring:shared_secret'."
        raise EtsyRefusal("Shared secret is required in x-api-key header." if is_known else wrong, 403)
    expected = f"{sandbox.config.keystring}:{sandbox.config.shared_secret}"
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise EtsyRefusal("API key not found or not active, or incorrect shared secret for API key.", 403)


def _grant(sandbox: EtsySandbox, route: EtsyRoute, call: EtsyCall) -> EtsyGrant | None:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if not scheme and route.scope is None:
        return None
    if not value or scheme.lower() != "bearer":
        raise oauth_refusal("invalid_token", "access token is missing", 401)
    grant = grant_of_access(sandbox, value)
    if route.scope is not None and route.scope not in grant.scopes:
        raise oauth_refusal("insufficient_scope", "Insufficient scope", 403)
    return grant


def _refused(sandbox: EtsySandbox, refusal: EtsyRefusal) -> Response:
    response = _response(sandbox, EtsyReply(refusal.body, refusal.status))
    response.headers.update(refusal.headers)
    return response


def _response(sandbox: EtsySandbox, reply: EtsyReply) -> Response:
    body = b"" if reply.body is None else msgspec.json.encode(reply.body)
    headers = {"x-etsy-request-uuid": secrets.token_hex(14), **limit_headers(sandbox)}
    return Response(body, reply.status, headers, media_type="application/json" if body else None)
