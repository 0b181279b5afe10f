"""Which root fields are answered without credentials: their declarations say so, and all others need a sign-in."""

from graphql import GraphQLField

from execution.limits.list_sizes import written_as

# The key in the metadata of a field that is open to everybody.
OPEN = "open"


def is_open(definition: GraphQLField | None) -> bool:
    """Whether a root field is open; None is a field of introspection, which tells nothing of anybody."""
    written = written_as(definition) if definition is not None else None
    return written is None or bool(written.metadata.get(OPEN))
