"""What every job of the queue is given."""

from procrastinate import JobContext

from models.queue.enqueue import SCHEMA_VERSION
from services.toolbox import Toolbox

TOOLS = "tools"


class UnknownSchema(Exception):
    """The arguments are of another release: this worker leaves the job to one that knows them."""


def tools_for(context: JobContext, schema_version: int) -> Toolbox:
    """The worker's tools; raises UnknownSchema."""
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    tools: Toolbox = context.additional_context[TOOLS]
    return tools
