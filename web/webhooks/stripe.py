"""Owns the address that Stripe calls with its events; decides nothing.

Whatever is wrong with a call is 400 with one text: who forges one learns nothing from the answer.
"""

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from errors import BadInput, DatabaseUnavailable, NotFound
from services.billing.stripe_sync import receive_event
from services.toolbox import Toolbox

_log = structlog.get_logger(__name__)

WEBHOOK_PATH = "/billing/webhook"
MAX_BODY_BYTES = 256 * 1024
_INVALID = "The event is not valid."
_HEADERS = {"Cache-Control": "no-store"}


def stripe_webhook_routes(tools: Toolbox) -> list[Route]:
    async def webhook(request: Request) -> Response:
        try:
            await receive_event(tools, await _raw_body(request), request.headers.get("stripe-signature"))
        except BadInput as error:
            _log.warning("stripe_event_refused")
            return PlainTextResponse(error.message, 400, _HEADERS)
        except NotFound:
            return PlainTextResponse("Not found", 404, _HEADERS)
        except DatabaseUnavailable:
            # Stripe sends it again.
            return PlainTextResponse("Adgraph is not available at the moment; try again.", 503, _HEADERS)
        return JSONResponse({"received": True}, headers=_HEADERS)

    return [Route(WEBHOOK_PATH, webhook, methods=["POST"])]


async def _raw_body(request: Request) -> bytes:
    """As it was signed; raises BadInput for one that is too large, before all of it has come."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise BadInput(_INVALID)
    except ClientDisconnect as error:
        raise BadInput(_INVALID) from error
    return bytes(body)
