"""Reads bodies of limited size, of requests outside of GraphQL."""

from starlette.requests import ClientDisconnect, Request


async def read_body(request: Request, *, most: int) -> bytes | None:
    """The body; None as soon as it has more than `most` bytes, and for one that breaks off."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                return None
    except ClientDisconnect:
        return None
    return bytes(body)
