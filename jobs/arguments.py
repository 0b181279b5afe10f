"""The arguments that every job of the queue has, and the Toolbox of its worker."""

from procrastinate import JobContext

from models.queue.enqueue import SCHEMA_VERSION
from services.toolbox import Toolbox

TOOLS = "tools"


class UnknownSchema(Exception):
    """The job's arguments are of another release: this worker leaves the job to one of that release."""


def tools_for(context: JobContext, schema_version: int) -> Toolbox:
    """The worker's Toolbox; raises UnknownSchema for arguments of another release."""
    if schema_version != SCHEMA_VERSION:
        raise UnknownSchema(f"arguments of schema {schema_version}")
    tools: Toolbox = context.additional_context[TOOLS]
    return tools
