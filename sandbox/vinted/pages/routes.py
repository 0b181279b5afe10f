"""Owns the list of the site's pages, and what a request for one passes: faults, log, challenge."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.marketplaces.passage import Endpoint, SeenCall, through_faults
from sandbox.vinted.pages import visiting
from sandbox.vinted.pages.challenge import barrier, challenge_page, solve
from sandbox.vinted.pages.doors import LOGIN, show_form, sign_in, sign_out
from sandbox.vinted.pages.pictures import picture
from sandbox.vinted.pages.visiting import visit
from sandbox.vinted.sessions import member_of, session_of
from sandbox.vinted.state import VintedSandbox

Show = Callable[[Request], Response | Awaitable[Response]]


def _open(name: str, show: Show) -> Endpoint:
    """Without a challenge in the way."""

    async def endpoint(request: Request) -> Response:
        seen = SeenCall(name)

        async def act() -> Response:
            member = member_of(request.app.state.sandbox, session_of(request.app.state.sandbox, request))
            seen.seller_id = str(member.member_id) if member else None
            shown = show(request)
            return await shown if isawaitable(shown) else shown

        return await through_faults(request, seen, act)

    return endpoint


def _guarded(name: str, show: Show) -> Endpoint:
    async def looked_at(request: Request) -> Response:
        sandbox: VintedSandbox = request.app.state.sandbox
        in_the_way = barrier(sandbox, member_of(sandbox, session_of(sandbox, request)), is_call=False)
        if in_the_way is not None:
            return in_the_way
        shown = show(request)
        return await shown if isawaitable(shown) else shown

    return _open(name, looked_at)


def page_routes() -> list[Route]:
    return [
        Route("/", _guarded("pages.home", visit(visiting.home))),
        Route(LOGIN, _guarded("pages.sign_in", show_form), methods=["GET"]),
        Route(LOGIN, _guarded("pages.signed_in", sign_in), methods=["POST"]),
        Route("/member/logout", _guarded("pages.sign_out", sign_out), methods=["POST"]),
        Route("/member/{named}", _guarded("pages.member", visit(visiting.wardrobe))),
        Route("/items/new", _guarded("pages.new_item", visit(visiting.new_item, is_private=True))),
        Route("/items/{named}", _guarded("pages.item", visit(visiting.item_page))),
        Route("/inbox", _guarded("pages.inbox", visit(visiting.inbox, is_private=True))),
        Route("/inbox/{named}", _guarded("pages.conversation", visit(visiting.conversation, is_private=True))),
        Route("/challenge", _open("pages.challenge", challenge_page), methods=["GET"]),
        Route("/challenge", _open("pages.challenge_solved", solve), methods=["POST"]),
        Route("/images/{named}.jpeg", _open("pages.picture", picture)),
    ]
