"""Documents parsed, measured and validated once: the texts that clients repeat cost one look-up."""

from dataclasses import dataclass
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, GraphQLSchema, NoFragmentCyclesRule, parse, validate

from errors import QueryTooComplex
from execution.limits import MAX_CHARACTERS, MAX_TOKENS, check_document
from execution.masking import TOO_DEEP

KEPT_DOCUMENTS = 512
LONGEST_KEPT_TEXT = 20_000
MAX_ERRORS = 20


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
        errors = validate(schema, document, max_errors=MAX_ERRORS, hide_suggestions=hides_names)
        return Prepared(document, tuple(errors))
    except QueryTooComplex as error:
        return Prepared(document, (GraphQLError(error.message, original_error=error),))
    except RecursionError as error:
        return Prepared(document, (GraphQLError(TOO_DEEP, original_error=error),))


_kept = lru_cache(maxsize=KEPT_DOCUMENTS)(_prepare)


def prepared(schema: GraphQLSchema, text: str, *, hides_names: bool) -> Prepared:
    """The document and what is wrong with it; raises GraphQLSyntaxError when there is none.

    `hides_names`: what is wrong suggests no names of the schema. Applications of one process may differ in it.
    """
    find = _kept if len(text) <= LONGEST_KEPT_TEXT else _prepare
    return find(schema, text, hides_names=hides_names)
