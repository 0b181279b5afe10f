"""What an operation is charged: its root fields by the buckets of auth/rate_limits, its cost to the tenant's points."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auth.limiter import Charge
from auth.rate_limits import BUCKET_OF_FIELD, Counted, network_of, points_bucket
from auth.viewer import Viewer
from errors import BadInput
from resolvers.node_id import decode_id

JOB_KINDS = ("RefreshJob", "Export")
_ID_ARGUMENTS = ("id", "ids", "jobId")
# Told before anything is counted: a count of each of thousands would cost more than the answer.
LARGEST_BATCH = 100
TOO_MANY_IDS = f"`ids` takes at most {LARGEST_BATCH} ids."

RootFields = Sequence[tuple[str, Mapping[str, Any]]]


def caller_of(viewer: Viewer | None, address: str | None) -> str:
    """Who is counted: the person or the API key, else the network of the address."""
    if viewer is None:
        return f"address:{network_of(address)}"
    return f"key:{viewer.api_key_id}" if viewer.is_api_key else f"person:{viewer.user_id}"


def cost_of(viewer: Viewer | None, address: str | None, *, points: int, cost: int) -> Charge:
    """The operation's cost, of the `points` that the tenant has; without a tenant of the caller's own."""
    has_tenant = viewer is not None and viewer.tenant_id is not None
    key = f"tenant:{viewer.tenant_id}" if viewer is not None and has_tenant else caller_of(viewer, address)
    return Charge(points_bucket(points), key, cost)


def charges_of(fields: RootFields, viewer: Viewer | None, address: str | None) -> Iterator[Charge]:
    """One charge for each root field that a bucket counts; raises BadInput for more ids than a field takes."""
    caller, network = caller_of(viewer, address), f"address:{network_of(address)}"
    for name, arguments in fields:
        bucket = BUCKET_OF_FIELD.get(name)
        if bucket is None:
            continue
        if bucket.counted is Counted.JOB:
            yield from (Charge(bucket, f"{caller}:{job}") for job in _jobs(arguments))
        else:
            yield Charge(bucket, network if bucket.counted is Counted.ADDRESS else caller)


def _jobs(arguments: Mapping[str, Any]) -> Iterator[str]:
    """The ids of jobs among the arguments; entities of other kinds are read as often as their cost allows."""
    for name in _ID_ARGUMENTS:
        given = arguments.get(name)
        ids = given if isinstance(given, list) else [given]
        if len(ids) > LARGEST_BATCH:
            raise BadInput(TOO_MANY_IDS)
        for node_id in ids:
            if isinstance(node_id, str) and decode_id(node_id, *JOB_KINDS) is not None:
                yield node_id
