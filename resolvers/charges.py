"""What an operation is charged: root fields by auth/limits/buckets.py, its cost to the tenant's points."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auth.limits.buckets import BUCKET_OF_FIELD, Charge, Counted, network_of, points_bucket
from auth.viewer import Viewer
from errors import BadInput
from resolvers.node_id import decode_id

JOB_KINDS = ("RefreshJob", "Export")
_ID_ARGUMENTS = ("id", "ids", "jobId")
# Told before anything is counted: a count of each of thousands would cost more than the answer.
LARGEST_BATCH = 100
MOST_IDS = 200

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
    """One charge for each root field that a bucket counts, one for each of its jobs where jobs are counted.

    Raises BadInput for more ids than a field or an operation takes.
    """
    caller, network = caller_of(viewer, address), f"address:{network_of(address)}"
    counted = [(BUCKET_OF_FIELD[name], arguments) for name, arguments in fields if name in BUCKET_OF_FIELD]
    named = [_ids(arguments) if bucket.counted is Counted.JOB else [] for bucket, arguments in counted]
    _check_number(named)
    for (bucket, _), ids in zip(counted, named, strict=True):
        if bucket.counted is Counted.JOB:
            yield from (Charge(bucket, f"{caller}:{job}") for job in ids if decode_id(job, *JOB_KINDS) is not None)
        else:
            yield Charge(bucket, network if bucket.counted is Counted.ADDRESS else caller)


def _ids(arguments: Mapping[str, Any]) -> list[str]:
    """All ids among the arguments of one field, of jobs and of others."""
    given = [arguments.get(name) for name in _ID_ARGUMENTS]
    ids = [each for value in given for each in (value if isinstance(value, list) else [value])]
    return [each for each in ids if isinstance(each, str)]


def _check_number(named: Sequence[Sequence[str]]) -> None:
    if any(len(ids) > LARGEST_BATCH for ids in named):
        raise BadInput(f"`ids` takes at most {LARGEST_BATCH} ids.")
    asked = sum(len(ids) for ids in named)
    if asked > MOST_IDS:
        raise BadInput(f"The fields of one operation take at most {MOST_IDS} ids together; this asks for {asked:,}.")
