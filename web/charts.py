"""Charts at `/charts/insights.svg`: a signed link is answered by a picture, which any page or letter may show."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from errors import (
    AppError,
    BadInput,
    DatabaseUnavailable,
    Forbidden,
    MixedCurrency,
    NotFound,
    QueryTooComplex,
    RateLimited,
)
from models.acting import Origin
from services.insights.charts.opening import OpenedChart, open_chart
from services.toolbox import Toolbox
from web.middleware.rate_limits import too_many
from web.pages.plain import UNAVAILABLE

PATH = "/charts/insights.svg"
# Other sites may show the picture, but nothing in it can run, and nobody shows it again without asking for a newer one.
_HEADERS = {
    "cache-control": "private, no-cache",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "cross-origin-resource-policy": "cross-origin",
}
_STATUSES: dict[type[AppError], int] = {
    NotFound: 404,
    Forbidden: 403,
    BadInput: 422,
    MixedCurrency: 422,
    QueryTooComplex: 422,
}


def chart_routes(tools: Toolbox) -> Sequence[BaseRoute]:
    async def answer(request: Request) -> Response:
        origin = Origin(
            ip=request.client.host if request.client else None,
            user_agent=request.headers.get("user-agent"),
            request_id=request.state.request_id,
        )
        seen = ",".join(request.headers.getlist("if-none-match")).split(",")
        versions = {each.strip().removeprefix("W/").strip('"') for each in seen}
        try:
            return _picture(await open_chart(tools, request.query_params, origin, seen=versions))
        except RateLimited as error:
            return too_many(error)
        except DatabaseUnavailable:
            return PlainTextResponse(f"{UNAVAILABLE}; try again.\n", 503)
        except tuple(_STATUSES) as error:
            return PlainTextResponse(f"{error.message}\n", _STATUSES[type(error)])

    return [Route(PATH, answer, methods=["GET"])]


def _picture(opened: OpenedChart) -> Response:
    # The mark W/: a compressed answer is of the same picture.
    headers = {**_HEADERS, "etag": f'W/"{opened.version}"'}
    if opened.svg is None:
        return Response(status_code=304, headers=headers)
    return Response(opened.svg, headers=headers, media_type="image/svg+xml")
