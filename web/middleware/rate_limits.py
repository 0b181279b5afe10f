"""Counts requests for pages and files against the rate limits, before they are handled."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from auth.limits.buckets import BUCKET_OF_PATH, Charge, network_of
from auth.limits.limiter import Limiter
from errors import RateLimited


class RateLimitMiddleware:
    """Counts by address, since it is not known yet who is signed in. execution/ counts operations of GraphQL."""

    def __init__(self, app: ASGIApp, limiter: Limiter) -> None:
        self.app = app
        self.limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        bucket = BUCKET_OF_PATH.get(scope["path"]) if scope["type"] == "http" else None
        if bucket is not None:
            client = Request(scope).client
            try:
                await self.limiter.take([Charge(bucket, f"address:{network_of(client.host if client else None)}")])
            except RateLimited as error:
                await too_many(error)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def too_many(error: RateLimited) -> JSONResponse:
    headers = {
        "retry-after": str(error.retry_after_s),
        "x-ratelimit-limit": str(error.limit),
        "x-ratelimit-remaining": str(error.remaining),
        "x-ratelimit-reset": str(error.reset_at),
        "cache-control": "no-store",
    }
    body = {"error": error.code, "message": error.message, "retryAfter": error.retry_after_s}
    return JSONResponse(body, 429, headers)
