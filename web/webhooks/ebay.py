"""The address that eBay calls with its notifications, and its challenge; decides nothing."""

from collections.abc import Callable, Mapping

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from errors import DatabaseUnavailable, UpstreamUnavailable
from models.channels.channel import ChannelKind
from services.channels.messages import WEBHOOK_PATH, Receipt, receive_message
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
    Receipt.UNSIGNED: lambda: PlainTextResponse("The signature does not fit.", 412, CAREFUL),
    Receipt.UNREADABLE: lambda: PlainTextResponse("This is no notification.", _BAD, CAREFUL),
}


def ebay_webhook_routes(tools: Toolbox) -> list[Route]:
    source = tools.vendors.notices.get(ChannelKind.EBAY)
    # As it is registered at eBay, byte for byte: behind a proxy the request has another host.
    endpoint = f"{tools.addresses.public_url}{WEBHOOK_PATH}"

    async def challenge(request: Request) -> Response:
        code = request.query_params.get("challenge_code", "")
        if source is None or not source.is_set_up:
            return PlainTextResponse("Not found", 404, CAREFUL)
        if not 0 < len(code) <= _LONGEST_CODE:
            return PlainTextResponse("challenge_code is missing or too long.", _BAD, CAREFUL)
        return JSONResponse({"challengeResponse": source.challenge_answer(code, endpoint)}, headers=CAREFUL)

    async def notified(request: Request) -> Response:
        if source is None or not source.is_set_up:
            return PlainTextResponse("Not found", 404, CAREFUL)
        body = await read_body(request, most=MAX_BODY_BYTES)
        if body is None:
            return PlainTextResponse("The message is too long.", 413, CAREFUL)
        try:
            signature = request.headers.get("x-ebay-signature", "")
            receipt = await receive_message(tools.db, tools.clock, source, signature, body)
        except (UpstreamUnavailable, DatabaseUnavailable) as error:
            # EBay sends the message again after such an answer.
            _log.warning("seller_message_put_off", error=type(error).__name__)
            return PlainTextResponse(f"{UNAVAILABLE}; try again.", _AWAY, CAREFUL)
        return _ANSWERS[receipt]()

    return [
        Route(WEBHOOK_PATH, challenge, methods=["GET"]),
        Route(WEBHOOK_PATH, notified, methods=["POST"]),
    ]
