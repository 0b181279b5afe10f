"""Owns each call's way over HTTP: challenge, session, pace, origin, CSRF token; must not know what a call does."""

import hmac
from dataclasses import dataclass
from inspect import isawaitable
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.marketplaces.passage import Endpoint, SeenCall, through_faults
from sandbox.vinted.calls import VintedCall, VintedReply, VintedRoute
from sandbox.vinted.errors import VintedRefusal, denied, signed_out, too_many
from sandbox.vinted.members import Member, Session
from sandbox.vinted.pages.challenge import barrier
from sandbox.vinted.pages.layout import not_found
from sandbox.vinted.sessions import session_of
from sandbox.vinted.state import VintedSandbox

_MINUTE_S = 60
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class _Visitor:
    session: Session
    member: Member


def endpoint_of(route: VintedRoute) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        seen = SeenCall(route.name)
        # Read first: a call that is late is done even if nobody waits for it any more.
        await request.body()
        return await through_faults(request, seen, lambda: _answered(request, route, seen))

    return endpoint


async def unknown_endpoint(request: Request) -> Response:
    """The site answers a page, also where calls would be."""

    async def refuse() -> Response:
        return not_found()

    return await through_faults(request, SeenCall("unknown"), refuse)


async def _answered(request: Request, route: VintedRoute, seen: SeenCall) -> Response:
    sandbox: VintedSandbox = request.app.state.sandbox
    visitor = _visitor(sandbox, request)
    seen.seller_id = str(visitor.member.member_id) if visitor else None
    in_the_way = barrier(sandbox, visitor.member if visitor else None, is_call=True)
    if in_the_way is not None:
        return in_the_way
    raw = await request.body()
    try:
        _check(sandbox, request, route, visitor)
        call = VintedCall(
            request.path_params, request.query_params, request.headers, raw, visitor.member if visitor else None
        )
        reply = route.act(sandbox, call)
        found = await reply if isawaitable(reply) else reply
    except VintedRefusal as refusal:
        return _response(VintedReply(refusal.body, refusal.status), refusal.headers)
    if request.method != "GET":
        sandbox.save()
    return _response(found)


def _visitor(sandbox: VintedSandbox, request: Request) -> _Visitor | None:
    session = session_of(sandbox, request)
    if session is None or session.is_stale:
        return None
    return _Visitor(session, sandbox.book.members[session.member_id])


def _check(sandbox: VintedSandbox, request: Request, route: VintedRoute, visitor: _Visitor | None) -> None:
    if visitor is None:
        if not route.is_public:
            raise signed_out(sandbox.signed_out_status)
        return
    _take_turn(sandbox, visitor.member)
    if request.method != "GET":
        _check_origin(request)
        given = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(given.encode(), visitor.session.csrf_token.encode()):
            raise denied("The CSRF token is missing or wrong.")


def _take_turn(sandbox: VintedSandbox, member: Member) -> None:
    """Counts one more call of the last minute; a clock that was moved back forgets."""
    turns, now = sandbox.minutes[member.member_id], sandbox.now
    while turns and not now - _MINUTE_S < turns[0] <= now:
        turns.popleft()
    if len(turns) >= sandbox.per_minute:
        wait_s = max(1, int(turns[0] + _MINUTE_S - now)) if turns else _MINUTE_S
        raise too_many(wait_s if sandbox.has_retry_after else None)
    turns.append(now)


def _check_origin(request: Request) -> None:
    """What changes something has to come from a page of the site: an extension's own worker has another origin."""
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc != request.headers["host"]:
        raise denied("The request does not come from this site.")
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise denied("The request does not come from this site.")


def _response(reply: VintedReply, headers: dict[str, str] | None = None) -> Response:
    body = msgspec.json.encode(reply.body)
    return Response(body, reply.status, _HEADERS | (headers or {}), media_type="application/json")
