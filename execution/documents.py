"""Documents parsed, measured and validated once: the texts that clients repeat cost one look-up."""

from dataclasses import dataclass
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, GraphQLSchema, NoFragmentCyclesRule, parse, validate

from errors import QueryTooComplex
from execution.limits.shape import MAX_CHARACTERS, MAX_TOKENS, check_document
from execution.masking import TOO_DEEP

# Of a text in 8,000 characters about a megabyte is kept at most.
KEPT_DOCUMENTS = 256
LONGEST_KEPT_TEXT = 8_000
MAX_ERRORS = 20
# An error may repeat the value that it is about: of a longer document so many fewer are looked for.
_LONG = 1_000


@dataclass(frozen=True, slots=True)
class Prepared:
    document: DocumentNode
    errors: tuple[GraphQLError, ...]


def _prepare(schema: GraphQLSchema, text: str, *, hides_names: bool) -> Prepared:
    """Raises GraphQLSyntaxError, which is not kept."""
    if len(text) > MAX_CHARACTERS:
        too_long = QueryTooComplex(f"A document may have at most {MAX_CHARACTERS} characters.")
        return Prepared(parse("{ __typename }"), (GraphQLError(too_long.message, original_error=too_long),))
    document = parse(text, max_tokens=MAX_TOKENS)
    try:
        if cycles := validate(schema, document, [NoFragmentCyclesRule]):
            return Prepared(document, tuple(cycles[:MAX_ERRORS]))
        check_document(document)
        most = max(1, min(MAX_ERRORS, MAX_ERRORS * _LONG // max(1, len(text))))
        errors = validate(schema, document, max_errors=most, hide_suggestions=hides_names)
        return Prepared(document, tuple(errors))
    except QueryTooComplex as error:
        return Prepared(document, (GraphQLError(error.message, original_error=error),))
    except RecursionError as error:
        return Prepared(document, (GraphQLError(TOO_DEEP, original_error=error),))


class _RefusedDocument(Exception):
    """Carries a document with errors out of the memory, which then does not keep it: errors can be large."""

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
    """The document and what is wrong with it; raises GraphQLSyntaxError when there is none.

    `hides_names`: what is wrong suggests no names of the schema. Applications of one process may differ in it.
    """
    if len(text) > LONGEST_KEPT_TEXT:
        return _prepare(schema, text, hides_names=hides_names)
    try:
        return _kept(schema, text, hides_names=hides_names)
    except _RefusedDocument as refused:
        return refused.found
