"""OperationRequest: what a client asks for, however it came: by POST, by GET or over a socket."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from errors import BadInput
from execution.persisted.asked import AskedDocument

_MEMBERS: tuple[tuple[str, type, str], ...] = (
    ("query", str, "a string"),
    ("documentId", str, "a string"),
    ("operationName", str, "a string"),
    ("variables", dict, "an object"),
    ("extensions", dict, "an object"),
)


class OperationRequest(NamedTuple):
    """`text` is the document as it was sent, or an AskedDocument, which may name one in its place.

    `is_large`: it came in more bytes than most operations may.
    """

    text: str
    variables: Mapping[str, Any] | None = None
    operation_name: str | None = None
    extensions: Mapping[str, Any] | None = None
    is_large: bool = False


def request_of(data: Any, *, is_large: bool = False) -> OperationRequest:
    """The request in decoded JSON; raises BadInput for anything else, such as a list (a batch)."""
    if not isinstance(data, dict):
        raise BadInput("A request is a JSON object; batches are not supported.")
    for name, kind, named in _MEMBERS:
        value = data.get(name)
        if value is not None and not isinstance(value, kind):
            raise BadInput(f"`{name}` must be {named}.")
    asked = AskedDocument.of(data)
    if asked is None:
        raise BadInput("The request has no `query`, and no `documentId` in its place.")
    variables, extensions = data.get("variables"), data.get("extensions")
    return OperationRequest(asked, variables, data.get("operationName"), extensions, is_large)
