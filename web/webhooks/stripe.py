"""The address that Stripe calls with its events; decides nothing.

Every invalid call is answered by 400 with the same text, so that somebody who forges calls learns nothing.
"""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from errors import BadInput, DatabaseUnavailable, NotFound
from services.billing.stripe_sync import receive_event
from services.toolbox import Toolbox
from web.bodies import read_body
from web.middleware.requests import CAREFUL
from web.pages.plain import UNAVAILABLE

_log = structlog.get_logger(__name__)

WEBHOOK_PATH = "/billing/webhook"
MAX_BODY_BYTES = 256 * 1024


def stripe_webhook_routes(tools: Toolbox) -> list[Route]:
    async def webhook(request: Request) -> Response:
        try:
            body = await read_body(request, most=MAX_BODY_BYTES) or b""  # which nobody has signed
            await receive_event(
                tools.db, tools.clock, tools.vendors.billing, body, request.headers.get("stripe-signature")
            )
        except BadInput as error:
            _log.warning("stripe_event_refused")
            return PlainTextResponse(error.message, 400, CAREFUL)
        except NotFound:
            return PlainTextResponse("Not found", 404, CAREFUL)
        except DatabaseUnavailable:
            # Stripe sends the event again after such an answer.
            return PlainTextResponse(f"{UNAVAILABLE}; try again.", 503, CAREFUL)
        return JSONResponse({"received": True}, headers=CAREFUL)

    return [Route(WEBHOOK_PATH, webhook, methods=["POST"])]
