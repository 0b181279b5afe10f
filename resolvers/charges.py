"""What an operation is charged: its root fields to the buckets of auth/limits/buckets.py, its cost to the tenant."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auth.limits.buckets import BUCKET_OF_FIELD, Charge, Counted, network_of, points_bucket
from auth.relay.viewer import RelayAgentViewer
from auth.viewer import Viewer
from errors import BadInput
from resolvers.node_id import decode_id

JOB_KINDS = ("RefreshJob", "Export", "ChannelJob")
_ID_ARGUMENTS = ("id", "ids", "jobId")
# Checked before anything is counted: counting thousands of ids would cost more than refusing them.
LARGEST_BATCH = 100
MOST_IDS = 200

Caller = Viewer | RelayAgentViewer
RootFields = Sequence[tuple[str, Mapping[str, Any]]]


def caller_of(viewer: Caller | None, address: str | None) -> str:
    """The key of the counted caller: person, API key or browser extension; without one the network of the address."""
    if viewer is None:
        return f"address:{network_of(address)}"
    if isinstance(viewer, RelayAgentViewer):
        return f"agent:{viewer.agent_id}"
    return f"key:{viewer.api_key_id}" if viewer.is_api_key else f"person:{viewer.user_id}"


def cost_of(viewer: Caller | None, address: str | None, *, points: int, cost: int) -> Charge:
    """The charge of an operation's cost, for a limit of `points`: to the tenant, or without one to the caller."""
    has_tenant = viewer is not None and viewer.tenant_id is not None
    key = f"tenant:{viewer.tenant_id}" if viewer is not None and has_tenant else caller_of(viewer, address)
    return Charge(points_bucket(points), key, cost)


def charges_of(fields: RootFields, viewer: Caller | None, address: str | None) -> Iterator[Charge]:
    """The charges of an operation's root fields: one per field with a bucket, or one per job where jobs are counted.

    Raises BadInput for more ids than a field or an operation may have.
    """
    caller, network = caller_of(viewer, address), f"address:{network_of(address)}"
    counted = [(BUCKET_OF_FIELD[name], arguments) for name, arguments in fields if name in BUCKET_OF_FIELD]
    named = [_ids(arguments) if bucket.counted is Counted.JOB else [] for bucket, arguments in counted]
    _check_number(named)
    for (bucket, _), ids in zip(counted, named, strict=True):
        if bucket.counted is Counted.JOB:
            # Other objects are read as often as their cost allows: only ids of jobs are counted.
            yield from (Charge(bucket, f"{caller}:{job}") for job in ids if decode_id(job, *JOB_KINDS) is not None)
        else:
            yield Charge(bucket, network if bucket.counted is Counted.ADDRESS else caller)


def _ids(arguments: Mapping[str, Any]) -> list[str]:
    """All ids in the arguments of one field, whatever they are of."""
    given = [arguments.get(name) for name in _ID_ARGUMENTS]
    ids = [each for value in given for each in (value if isinstance(value, list) else [value])]
    return [each for each in ids if isinstance(each, str)]


def _check_number(named: Sequence[Sequence[str]]) -> None:
    if any(len(ids) > LARGEST_BATCH for ids in named):
        raise BadInput(f"`ids` takes at most {LARGEST_BATCH} ids.")
    asked = sum(len(ids) for ids in named)
    if asked > MOST_IDS:
        raise BadInput(f"The fields of one operation take at most {MOST_IDS} ids together; this asks for {asked:,}.")
