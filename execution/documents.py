"""Parses, measures and validates documents, and keeps the results: a text that clients repeat costs one look-up."""

from collections.abc import Sequence

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.collect_fields import FragmentDetails

from errors import AppError, QueryTooComplex
from execution.answers.selected import Selected
from execution.idempotent import IdempotentFieldsRule
from execution.kept_documents import KeptDocuments
from execution.limits.cost_shape import CostShape
from execution.limits.root_fields import RootField
from execution.limits.shape import MAX_CHARACTERS, MAX_TOKENS, check_document
from execution.masking import TOO_DEEP, once_each
from execution.one_of import OneOfVariablesRule, with_fields
from execution.plans.plan_set import CHARACTERS_PER_FIELD, SMALLEST_ROOM, PlanSet

# The parsed document of a text of 8,000 characters takes about a megabyte of memory at most.
LONGEST_KEPT_TEXT = 8_000
MAX_ERRORS = 20
REFUSED_TEXT = "{ __typename }"
# An error may repeat the value that it is about, which may be most of the document. So validation looks for fewer
# errors in a document of more characters, in proportion.
_LONG = 1_000
RULES = (*specified_rules, OneOfVariablesRule, IdempotentFieldsRule)


class PreparedOperation:
    """An operation of a document, with what is the same at each of its runs; it is kept as long as its document."""

    __slots__ = ("charge", "cost_shape", "is_constant", "kind", "name", "node", "selected")

    def __init__(self, node: OperationDefinitionNode) -> None:
        self.node = node
        self.name = node.name.value if node.name else None
        self.kind: OperationType = node.operation
        # Without variables the root fields, their arguments and the cost are the same at each run.
        self.is_constant = not node.variable_definitions
        self.charge: tuple[Sequence[RootField], int] | None = None
        self.cost_shape: CostShape | None = None
        self.selected: Selected | None = None  # once an answer may be kept


class Prepared:
    """A parsed document with its operations and fragments, and the errors of its validation."""

    __slots__ = ("_operations", "document", "errors", "fragment_definitions", "fragments", "plans")

    def __init__(self, document: DocumentNode, errors: tuple[GraphQLError, ...] = ()) -> None:
        self.document = document
        self.errors = errors
        # Of a document that is not kept, nothing is compiled.
        self.plans: PlanSet | None = None
        nodes = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        self._operations = [PreparedOperation(node) for node in nodes]
        self.fragment_definitions = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        # As graphql-core's executor wants them; fragments have no variables of their own, since we parse none.
        self.fragments = {name: FragmentDetails(node) for name, node in self.fragment_definitions.items()}

    def keep(self, characters: int) -> None:
        """Makes place for what is compiled of its operations, which share it as they share fragments."""
        self.plans = PlanSet(self.document, room=max(SMALLEST_ROOM, characters // CHARACTERS_PER_FIELD))

    def operation(self, name: str | None) -> PreparedOperation | None:
        """The operation of the name; without a name the only one. None if there is none, or several without a name."""
        if name is None:
            return self._operations[0] if len(self._operations) == 1 else None
        return next((operation for operation in self._operations if operation.name == name), None)


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
            return Prepared(document, once_each(cycles[:MAX_ERRORS]))
        check_document(document)
        most = max(1, min(MAX_ERRORS, MAX_ERRORS * _LONG // max(1, len(text))))
        errors = validate(schema, document, RULES, max_errors=most, hide_suggestions=hides_names)
        return Prepared(document, once_each(errors if hides_names else with_fields(errors, schema)))
    except QueryTooComplex as error:
        return Prepared(document, (GraphQLError(error.message, original_error=error),))
    except RecursionError as error:
        return Prepared(document, (GraphQLError(TOO_DEEP, original_error=error),))


_kept: KeptDocuments[Prepared] = KeptDocuments()


def prepared(schema: GraphQLSchema, text: str, *, hides_names: bool) -> Prepared:
    """The document and its errors; raises GraphQLSyntaxError for a text that is no document.

    `hides_names`: errors suggest no names of the schema. It is part of the key of kept documents, since applications in
    one process may differ in it. A document with errors is not kept: they can be large.
    """
    key = (schema, text, hides_names)
    found = _kept.find(key)
    if found is None:
        found = _prepare(schema, text, hides_names=hides_names)
        if not found.errors and len(text) <= LONGEST_KEPT_TEXT:
            found.keep(len(text))
            _kept.add(key, found, characters=len(text))
    return found
