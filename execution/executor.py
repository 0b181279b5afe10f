"""The executor of operations: graphql-core's, with our way to complete lists."""

from execution.documents import PreparedOperation
from execution.shared_events import Sharing


class Executor(Sharing):
    """One for each run of an operation; `prepared` is what is known of the operation since its first run."""

    prepared: PreparedOperation | None = None
