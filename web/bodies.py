"""Bodies of requests that are no GraphQL."""

from starlette.requests import ClientDisconnect, Request


async def read_body(request: Request, *, most: int) -> bytes | None:
    """None for one of more than `most` bytes, before all of it has come, and for one that breaks off."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)
