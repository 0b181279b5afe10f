"""Which root fields are for browser extensions alone: an extension may ask for these and for nothing else."""

from graphql import GraphQLField

from execution.limits.list_sizes import written_as

# The key in the metadata of such a field.
FOR_AGENTS = "for_agents"
ONLY_FOR_AGENTS = "This is for the browser extension of a channel: pair one, and send the token that it was given."
NOT_FOR_AGENTS = (
    "A browser extension may ask for the work of its channel, report it and listen for it, and nothing else."
)


def is_for_agents(definition: GraphQLField | None) -> bool:
    """Whether a root field is; None is a field of introspection, which is for people and programs."""
    written = written_as(definition) if definition is not None else None
    return written is not None and bool(written.metadata.get(FOR_AGENTS))
