"""Owns each call's way over HTTP: token, scope, quota, gates, function; must not know what a call does."""

import secrets
from dataclasses import replace
from fnmatch import fnmatchcase
from inspect import isawaitable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply, Gate
from sandbox.ebay.errors import (
    ACCESS_DENIED,
    INVALID_TOKEN,
    MISSING_TOKEN,
    NOT_THERE,
    TOO_MANY,
    EbayRefusal,
)
from sandbox.ebay.quotas import is_taken
from sandbox.ebay.sign_in.grants import seller_of, valid_token
from sandbox.ebay.sign_in.token_endpoint import mint_token
from sandbox.ebay.state import EbaySandbox
from sandbox.marketplaces.passage import Endpoint, SeenCall, through_faults

_MINT = "oauth.token"


def endpoint_of(route: CallRoute, gates: tuple[Gate, ...]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        seen = SeenCall(route.name_of(await request.body()))
        return await through_faults(request, seen, lambda: _answered(request, route, gates=gates, seen=seen))

    return endpoint


async def mint_endpoint(request: Request) -> Response:
    return await through_faults(request, SeenCall(_MINT), lambda: mint_token(request.app.state.sandbox, request))


async def unknown_endpoint(request: Request) -> Response:
    async def refuse() -> Response:
        return _refused(EbayRefusal(NOT_THERE))

    return await through_faults(request, SeenCall("unknown"), refuse)


async def _answered(request: Request, route: CallRoute, *, gates: tuple[Gate, ...], seen: SeenCall) -> Response:
    sandbox: EbaySandbox = request.app.state.sandbox
    call = EbayCall(
        request.method,
        request.url.path,
        request.path_params,
        request.query_params,
        request.headers,
        await request.body(),
        request.url.query,
    )
    try:
        call = _with_token(sandbox, route, call=call)
        seen.seller_id = call.own_shop.seller.user_id if call.own_shop else None
        _check_limits(sandbox, route)
        for gate in gates:
            gate(sandbox, route, call)
        reply = route.act(sandbox, call)
        found = await reply if isawaitable(reply) else reply
    except EbayRefusal as refusal:
        return _refused(refusal)
    if request.method != "GET":
        sandbox.save()
    return _response(found)


def _with_token(sandbox: EbaySandbox, route: CallRoute, *, call: EbayCall) -> EbayCall:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if not value:
        raise EbayRefusal(MISSING_TOKEN)
    token = valid_token(sandbox, value) if scheme.lower() == "bearer" else None
    if token is None:
        raise EbayRefusal(INVALID_TOKEN)
    if not route.is_open_to(token):
        raise EbayRefusal(ACCESS_DENIED)
    seller_id = seller_of(sandbox, token)
    return replace(call, token=token, own_shop=sandbox.book.shops[seller_id] if seller_id else None)


def _check_limits(sandbox: EbaySandbox, route: CallRoute) -> None:
    is_throttled = any(fnmatchcase(route.api, pattern) for pattern in sandbox.throttled)
    if is_throttled or not is_taken(sandbox, route):
        raise EbayRefusal(TOO_MANY)


def _refused(refusal: EbayRefusal) -> Response:
    return _response(EbayReply({"errors": refusal.errors}, refusal.status))


def _response(reply: EbayReply) -> Response:
    body = b"" if reply.body is None else msgspec.json.encode(reply.body)
    headers = {"x-ebay-c-request-id": secrets.token_hex(8), **reply.headers}
    return Response(body, reply.status, headers, media_type="application/json" if body else None)
