"""`@idempotent(key:)`: its declaration, the fields on which it may stand, and the key that a field was sent with.

What it does is not known here: whoever resolves a field asks `key_of` and answers a repeated call as the first one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    DirectiveLocation,
    FieldNode,
    GraphQLArgument,
    GraphQLDirective,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    ValidationRule,
    get_named_type,
    value_from_ast_untyped,
)

from errors import BadInput
from execution.limits.list_sizes import written_as

# The key in a field's metadata that says: its value is a secret or, for a mutation, one of its arguments is.
SECRET = "secret"  # noqa: S105 - a name, no secret
# An argument that does the same for one field; both beside each other would be two keys for one call.
KEY_ARGUMENT = "idempotencyKey"

IDEMPOTENT = GraphQLDirective(
    name="idempotent",
    locations=[DirectiveLocation.FIELD],
    args={
        "key": GraphQLArgument(
            GraphQLNonNull(GraphQLString),
            description="1 to 64 printable characters of your choice, kept for 24 hours; yours alone in the tenant.",
        )
    },
    description="On a field of a mutation: the same key and input return the first answer, another input is CONFLICT.",
)


class IdempotentFieldsRule(ValidationRule):
    """Refuses the directive where a first answer cannot be kept, or must not be."""

    def enter_field(self, node: FieldNode, *_place: Any) -> None:
        if not any(_is_ours(directive) for directive in node.directives or ()):
            return
        parent, definition = self.context.get_parent_type(), self.context.get_field_def()
        if parent is None or definition is None:  # another rule tells that there is no such field
            return
        if parent is not self.context.schema.mutation_type:
            why = "only a field of a mutation's first level can be sent with it"
        elif holds_secret(definition):
            why = "a secret is among what the field takes or answers, and no secret is kept"
        elif any(argument.name.value == KEY_ARGUMENT for argument in node.arguments or ()):
            why = f"the field has `{KEY_ARGUMENT}` already: send one of them"
        else:
            return
        self.report_error(GraphQLError(f"`@idempotent` is not possible on `{node.name.value}`: {why}.", node))


def holds_secret(definition: GraphQLField) -> bool:
    """Whether a mutation takes a secret, or answers one in a field of its payload; the fields themselves declare it."""
    payload = get_named_type(definition.type)
    shown = payload.fields.values() if isinstance(payload, GraphQLObjectType) else ()
    return any(_is_secret(field) for field in (definition, *shown))


def key_of(nodes: Iterable[FieldNode], variables: Mapping[str, Any]) -> str | None:
    """The key that a field was sent with, None without the directive.

    A field may stand several times in a document under one name in the answer; it is then resolved once. Raises
    BadInput when these have different keys, and for a variable that is null.
    """
    keys = {
        value_from_ast_untyped(argument.value, dict(variables))
        for node in nodes
        for directive in node.directives or ()
        if _is_ours(directive)
        for argument in directive.arguments or ()
    }
    if not keys:
        return None
    key = keys.pop()
    if keys or not isinstance(key, str):
        raise BadInput("`@idempotent` must have one key, a text that is not null.")
    return key


def _is_ours(directive: Any) -> bool:
    return bool(directive.name.value == IDEMPOTENT.name)


def _is_secret(definition: GraphQLField) -> bool:
    written = written_as(definition)
    return written is not None and bool(written.metadata.get(SECRET))
