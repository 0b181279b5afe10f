"""The addresses that Meta calls about a person, and the page that tells the person; decides nothing.

Every invalid call is answered by 400 with the same text, so that somebody who forges calls learns nothing.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from errors import BadInput, DatabaseUnavailable
from models.connections.deletion_request import DeletionRequest
from services.connections.platform_callbacks import STATUS_PATH, deauthorize, deletion_of_code, request_deletion
from services.toolbox import Toolbox
from web.bodies import read_body
from web.middleware.requests import CAREFUL
from web.pages.plain import UNAVAILABLE, plain_page

_log = structlog.get_logger(__name__)

DEAUTHORIZE_PATH = "/webhooks/meta/deauthorize"
MAX_BODY_BYTES = 16 * 1024
_FIELD = "signed_request"

Handler = Callable[[Request], Awaitable[Response]]


def meta_webhook_routes(tools: Toolbox) -> list[Route]:
    async def removed(request: Request) -> Response:
        await deauthorize(tools.db, tools.clock, tools.vendors.ads, await _signed_request(request))
        return JSONResponse({"success": True}, headers=CAREFUL)

    async def deletion(request: Request) -> Response:
        accepted = await request_deletion(
            tools.db, tools.clock, tools.vendors.ads, tools.addresses.public_url, await _signed_request(request)
        )
        answer = {"url": accepted.url, "confirmation_code": accepted.confirmation_code}
        return JSONResponse(answer, headers=CAREFUL)

    async def status(request: Request) -> Response:
        found = await deletion_of_code(tools.db, request.path_params["code"])
        page = plain_page(*_words(found), 200 if found else 404)
        page.headers["x-robots-tag"] = "noindex"
        return page

    return [
        Route(DEAUTHORIZE_PATH, _guarded(removed), methods=["POST"]),
        Route(STATUS_PATH, _guarded(deletion), methods=["POST"]),
        Route(STATUS_PATH + "/{code}", _guarded(status), methods=["GET"]),
    ]


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except BadInput as error:
            _log.info("platform_callback_refused", path=request.scope["path"])
            return PlainTextResponse(error.message, 400, CAREFUL)
        except DatabaseUnavailable:
            return PlainTextResponse(f"{UNAVAILABLE}; try again.", 503, CAREFUL)

    return guarded


async def _signed_request(request: Request) -> str:
    """The form's only field; raises BadInput for a body that is too large or not such a form."""
    body = await read_body(request, most=MAX_BODY_BYTES)
    try:
        values = parse_qs((body or b"").decode("ascii"), max_num_fields=10).get(_FIELD, [])
    except ValueError as error:
        raise BadInput("The signed_request is not valid.") from error
    if len(values) != 1:
        raise BadInput("The signed_request is not valid.")
    return values[0]


def _words(found: DeletionRequest | None) -> tuple[str, str]:
    """Title and text of the status page; nothing from the request is repeated in them."""
    if found is None:
        return "No such request", "There is no data deletion request with this confirmation code."
    asked = f"{found.requested_at:%d %B %Y}"
    if found.completed_at is None:
        return (
            "Your data are being deleted",
            f"The request of {asked} was received; this page will say when it is done.",
        )
    gone = "the access to your Facebook account, your name and your id were deleted"
    return "Your data were deleted", f"The request of {asked} was fulfilled on {found.completed_at:%d %B %Y}: {gone}."
