"""Entity tags: by GET a query that is named in place of its text is answered 304 where the client has the answer."""

from collections.abc import Sequence
from hashlib import sha256

from graphql import OperationType
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from strawberry.types import ExecutionResult

from execution.persisted.asked import AskedDocument
from execution.pipeline import OperationRun
from execution.request import OperationRequest
from execution.transport.json_text import encode_json

# The client may keep the answer for itself, and asks each time whether it is still the right one.
_KEPT = {"cache-control": "private, no-cache", "vary": "Accept, Accept-Encoding, Authorization"}


def is_tagged(request: Request, asked: OperationRequest, run: OperationRun, result: ExecutionResult) -> bool:
    """Whether an answer has a tag: one to a query that came by GET with the hash or id of its document."""
    is_named = isinstance(asked.text, AskedDocument) and not asked.text.has_text
    return request.method == "GET" and is_named and run.kind is OperationType.QUERY and not result.errors


def with_tag(request: Request, answer: Response, data: object, *, reader: str) -> Response:
    """The answer with its tag, or 304 where the request names this tag.

    The tag is of the data and of who reads them: nobody learns from the tag of another person whether they see the
    same. What is told besides the data, such as the cost, is another with each request.
    """
    seen = sha256("\0".join((reader, answer.headers["content-type"], encode_json(data))).encode())
    headers = {**_KEPT, "etag": f'"{seen.hexdigest()[:32]}"'}
    if _names(request.headers, headers["etag"]):
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer


def _names(headers: Headers, tag: str) -> bool:
    """Whether If-None-Match has the tag; a proxy or our compression may have made it a weak one."""
    listed: Sequence[str] = ",".join(headers.getlist("if-none-match")).split(",")
    return any(each.strip().removeprefix("W/") in (tag, "*") for each in listed)
