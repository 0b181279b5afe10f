"""The origin of a request by its connection: address, program, request id. Who is asking is checked elsewhere."""

from starlette.requests import HTTPConnection

from models.acting import Origin

LONGEST_USER_AGENT = 300


def origin_of(connection: HTTPConnection) -> Origin:
    return Origin(
        ip=connection.client.host if connection.client else None,
        user_agent=connection.headers.get("user-agent", "")[:LONGEST_USER_AGENT] or None,
        request_id=str(connection.scope.get("state", {}).get("request_id", "")),
    )
