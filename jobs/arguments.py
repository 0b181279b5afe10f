"""What every job of the queue is given."""

TOOLS = "tools"


class UnknownSchema(Exception):
    """The arguments are of another release: this worker leaves the job to one that knows them."""
