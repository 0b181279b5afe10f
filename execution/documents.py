"""Parses, measures and validates documents, and keeps the results: a text that clients repeat costs one look-up."""

from dataclasses import dataclass
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, GraphQLSchema, NoFragmentCyclesRule, parse, specified_rules, validate

from errors import AppError, QueryTooComplex
from execution.idempotent import IdempotentFieldsRule
from execution.limits.shape import MAX_CHARACTERS, MAX_TOKENS, check_document
from execution.masking import TOO_DEEP

KEPT_DOCUMENTS = 256
# The parsed document of a text of 8,000 characters takes about a megabyte of memory at most.
LONGEST_KEPT_TEXT = 8_000
MAX_ERRORS = 20
REFUSED_TEXT = "{ __typename }"
# An error may repeat the value that it is about, which may be most of the document. So validation looks for fewer
# errors in a document of more characters, in proportion.
_LONG = 1_000
RULES = (*specified_rules, IdempotentFieldsRule)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A parsed document, and the errors of its validation."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]


def refused(error: AppError) -> Prepared:
    """A document in place of one that is not even parsed; its only error is the given one."""
    return Prepared(parse(REFUSED_TEXT), (GraphQLError(error.message, original_error=error),))


def _prepare(schema: GraphQLSchema, text: str, *, hides_names: bool) -> Prepared:
    """Parses and checks a document; raises GraphQLSyntaxError for a text that cannot be parsed.

    The cheap checks come first: length, tokens, cycles of fragments and size, and only then full validation.
    """
    if len(text) > MAX_CHARACTERS:
        too_long = QueryTooComplex(f"A document may have at most {MAX_CHARACTERS} characters.")
        return refused(too_long)
    document = parse(text, max_tokens=MAX_TOKENS)
    try:
        if cycles := validate(schema, document, [NoFragmentCyclesRule]):
            return Prepared(document, tuple(cycles[:MAX_ERRORS]))
        check_document(document)
        most = max(1, min(MAX_ERRORS, MAX_ERRORS * _LONG // max(1, len(text))))
        errors = validate(schema, document, RULES, max_errors=most, hide_suggestions=hides_names)
        return Prepared(document, tuple(errors))
    except QueryTooComplex as error:
        return Prepared(document, (GraphQLError(error.message, original_error=error),))
    except RecursionError as error:
        return Prepared(document, (GraphQLError(TOO_DEEP, original_error=error),))


class _RefusedDocument(Exception):
    """A document with errors, raised through `lru_cache` so that it is not kept there: errors can be large."""

    def __init__(self, found: Prepared) -> None:
        super().__init__()
        self.found = found


@lru_cache(maxsize=KEPT_DOCUMENTS)
def _kept(schema: GraphQLSchema, text: str, *, hides_names: bool) -> Prepared:
    found = _prepare(schema, text, hides_names=hides_names)
    if found.errors:
        raise _RefusedDocument(found)
    return found


def prepared(schema: GraphQLSchema, text: str, *, hides_names: bool) -> Prepared:
    """The document and its errors; raises GraphQLSyntaxError for a text that is no document.

    `hides_names`: errors suggest no names of the schema. It is part of the key of kept documents, since applications in
    one process may differ in it.
    """
    if len(text) > LONGEST_KEPT_TEXT:
        return _prepare(schema, text, hides_names=hides_names)
    try:
        return _kept(schema, text, hides_names=hides_names)
    except _RefusedDocument as refused:
        return refused.found
