"""The executor of operations: it has the operation's context decide whether errors may suggest names of the schema."""

from typing import Any

from execution.completion import Completion


class Executor(Completion):
    """Sets graphql-core's option here, since Strawberry passes options of the execution to no subscription."""

    @classmethod
    def build(  # type: ignore[override]  # both callers in graphql-core pass these four by their places
        cls, schema: Any, document: Any, root: Any, context: Any, *others: Any, **options: Any
    ) -> Any:
        """Hides suggestions from clients that may not read the schema."""
        options["hide_suggestions"] = not context.shows_schema
        return super().build(schema, document, root, context, *others, **options)
