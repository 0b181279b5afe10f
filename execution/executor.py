"""The executor of operations: graphql-core's, with our way to complete lists and objects."""

from execution.shared_events import Sharing


class Executor(Sharing):
    """One for each run of an operation."""
