"""What runs an operation: graphql-core's executor, told by the operation's context whether errors may suggest names."""

from typing import Any

from execution.completion import Completion


class Executor(Completion):
    """Here and not in an argument of the execution: Strawberry passes none to subscriptions."""

    @classmethod
    def build(  # type: ignore[override]  # both callers in graphql-core pass these four by their places
        cls, schema: Any, document: Any, root: Any, context: Any, *others: Any, **options: Any
    ) -> Any:
        """An error suggests names to those alone who may ask for all of them."""
        options["hide_suggestions"] = not context.shows_schema
        return super().build(schema, document, root, context, *others, **options)
