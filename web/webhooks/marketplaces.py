"""The addresses that marketplaces call with messages, and some with a challenge; decides nothing."""

from collections.abc import Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from errors import DatabaseUnavailable, UpstreamUnavailable
from models.channels.channel import ChannelKind
from services.channels.messages import Receipt, receive_message, webhook_path
from services.toolbox import Toolbox
from web.bodies import read_body
from web.middleware.requests import CAREFUL
from web.pages.plain import UNAVAILABLE

_log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 64 * 1024
_LONGEST_CODE = 500
_BAD, _AWAY = 400, 503
_ANSWERS: Mapping[Receipt, Callable[[], Response]] = {
    Receipt.TAKEN: lambda: Response(status_code=204, headers=CAREFUL),
    Receipt.NOT_SET_UP: lambda: PlainTextResponse("Not found", 404, CAREFUL),
    Receipt.UNSIGNED: lambda: PlainTextResponse("The signature does not fit.", 412, CAREFUL),
    Receipt.UNREADABLE: lambda: PlainTextResponse("This is no notification.", _BAD, CAREFUL),
}


def marketplace_webhook_routes(tools: Toolbox) -> list[Route]:
    """A route for each marketplace that has messages; the same answers for all of them."""
    return [route for kind in tools.vendors.notices for route in _routes(tools, kind)]


def _routes(tools: Toolbox, kind: ChannelKind) -> list[Route]:
    source, path = tools.vendors.notices[kind], webhook_path(kind)
    registration = source.registration
    # As it is registered at the marketplace, byte for byte: behind a proxy the request has another host.
    endpoint = f"{tools.addresses.public_url}{path}"

    async def challenge(request: Request) -> Response:
        code = request.query_params.get("challenge_code", "")
        if registration is None or not source.is_set_up:
            return _ANSWERS[Receipt.NOT_SET_UP]()
        if not 0 < len(code) <= _LONGEST_CODE:
            return PlainTextResponse("challenge_code is missing or too long.", _BAD, CAREFUL)
        return JSONResponse({"challengeResponse": registration.challenge_answer(code, endpoint)}, headers=CAREFUL)

    async def notified(request: Request) -> Response:
        body = await read_body(request, most=MAX_BODY_BYTES) if source.is_set_up else b""
        if body is None:
            return PlainTextResponse("The message is too long.", 413, CAREFUL)
        try:
            receipt = await receive_message(tools, kind, request.headers, body)
        except (UpstreamUnavailable, DatabaseUnavailable) as error:
            # The marketplace sends the message again after such an answer.
            _log.warning("seller_message_put_off", source=kind, error=type(error).__name__)
            return PlainTextResponse(f"{UNAVAILABLE}; try again.", _AWAY, CAREFUL)
        return _ANSWERS[receipt]()

    challenged = [] if registration is None else [Route(path, challenge, methods=["GET"])]
    return [*challenged, Route(path, notified, methods=["POST"])]
