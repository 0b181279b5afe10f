"""The executor of operations: graphql-core's, with our way to complete lists."""

from execution.completion import Completion
from execution.documents import PreparedOperation


class Executor(Completion):
    """One for each run of an operation; `prepared` is what is known of the operation since its first run."""

    prepared: PreparedOperation | None = None
