"""What clients see of an error: a stable code, the request id, and a text only if it was written for clients."""

import re
from collections.abc import Iterable
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryInputCoercionError

from errors import AppError, BadInput, Forbidden, InternalError, QueryTooComplex, RateLimited, Refused

log = structlog.get_logger(__name__)

FAULT = "Something went wrong on our side; quote the request id when you report it."
TOO_DEEP = "This is nested too deeply."
_TOO_MANY_DIGITS = "Exceeds the limit"  # Python's words when graphql-core has it read an integer of too many digits
# Bytes of a message. Longer ones are cut: graphql-core repeats wrong values and unknown names as a whole.
LONGEST_MESSAGE = 1024
_MOST_BYTES_OF_A_CHARACTER = 4
_CUT = "…"
# graphql-core shows values as Python writes them. What stands in quotes is the client's own text.
_PYTHON_WORDS = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(?:None|True|False)\b""")
_JSON_WORDS = {"None": "null", "True": "true", "False": "false"}
_MOST_PLACES = 20
_TOO_LONG = "Parsing aborted"  # graphql-core's words for too many tokens and for too much nesting


class PublicError(GraphQLError):
    """An error whose text clients may see."""


def cause_of(error: BaseException) -> BaseException:
    """The exception that was raised first, without the errors that graphql-core wraps around it."""
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _is_about_input(error: GraphQLError) -> bool:
    """Whether graphql-core or a scalar refused the client's input; during execution that can only be an argument.

    A value of ours that cannot be serialised (such as an unknown enum value) is a GraphQLError too, whose text has the
    value: it must not be taken for input.
    """
    if isinstance(cause_of(error), StrawberryInputCoercionError):  # a @oneOf input without exactly one key
        return True
    return error.path is None or error.message.startswith("Argument ")


def _app_error(error: GraphQLError) -> AppError:
    """The error as an AppError; InternalError for everything that was not written for clients."""
    match cause_of(error):
        case Refused() | InternalError():
            known: AppError = InternalError(FAULT)
        case AppError() as cause:
            known = cause
        case RecursionError():
            known = QueryTooComplex(TOO_DEEP)
        case GraphQLSyntaxError(message=text) if _TOO_LONG in text:
            known = QueryTooComplex(text)
        case ValueError() as cause if error.path is None and _TOO_MANY_DIGITS in str(cause):
            known = BadInput("An integer in the document has too many digits.")
        case GraphQLError() if _is_about_input(error):
            known = BadInput(_in_json(error.message))  # the wrapper's text names the variable and the place in it
        case _:
            known = InternalError(FAULT)
    return known


def shortened(text: str) -> str:
    """The text, cut to LONGEST_MESSAGE bytes."""
    if len(text) * _MOST_BYTES_OF_A_CHARACTER <= LONGEST_MESSAGE:
        return text
    # Cut before it is encoded: the text may be long. A lone surrogate has no UTF-8.
    told = text[: LONGEST_MESSAGE + 1].encode(errors="replace")
    if len(told) <= LONGEST_MESSAGE:
        return text
    return told[: LONGEST_MESSAGE - len(_CUT.encode())].decode(errors="ignore") + _CUT


def _in_json(text: str) -> str:
    return _PYTHON_WORDS.sub(lambda found: _JSON_WORDS.get(found[0], found[0]), shortened(text))


def once_each(errors: Iterable[GraphQLError]) -> tuple[GraphQLError, ...]:
    """The errors with each text once; it then has the places of all errors of this text."""
    by_text: dict[str, list[GraphQLError]] = {}
    for error in errors:
        by_text.setdefault(error.message, []).append(error)
    return tuple(_merged(same) for same in by_text.values())


def _merged(same: list[GraphQLError]) -> GraphQLError:
    nodes = [node for error in same for node in error.nodes or ()]
    if len(same) == 1 or not nodes:
        return same[0]
    return GraphQLError(same[0].message, nodes[:_MOST_PLACES], original_error=same[0].original_error)


def extensions_of(error: AppError, request_id: str) -> dict[str, Any]:
    """The `extensions` of an error: code, request id, and what else comes with the code."""
    extensions: dict[str, Any] = {"code": error.code, "requestId": request_id}
    if isinstance(error, RateLimited):
        extensions["retryAfter"] = error.retry_after_s
        if error.limit is not None:
            extensions |= {"limit": error.limit, "remaining": error.remaining, "resetAt": error.reset_at}
    if isinstance(error, Forbidden) and error.reason is not None:
        extensions["reason"] = error.reason
    return extensions


def public_error(error: GraphQLError, request_id: str) -> PublicError:
    """The error as clients may see it; a fault of ours is logged with its trace."""
    if isinstance(error, PublicError):
        return error
    known = _app_error(error)
    if isinstance(known, InternalError):
        log.error("operation_failed", path=error.path, exc_info=cause_of(error))
    return PublicError(
        shortened(known.message),
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions_of(known, request_id),
    )
