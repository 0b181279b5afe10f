"""What a paired browser extension does: it asks for a job, and says how each of its steps goes."""

from dataclasses import dataclass, field

import strawberry

from resolvers.context import Info, paired
from resolvers.inputs.given import given
from resolvers.mutation import UserError, mutation, refusal
from resolvers.node_id import decode_id, encode_id
from resolvers.scalars import JSON
from services.relay.claiming import OUTDATED_S, claim
from services.relay.claiming import RelayLease as Leased
from services.relay.reporting import RelayReport, ReportedState, report
from services.relay.words import RelayErrorCode, RelayOperation

strawberry.enum(RelayOperation)
strawberry.enum(RelayErrorCode)
strawberry.enum(ReportedState, name="RelayStepState")

_LEASE = "RelayLease"


@dataclass(slots=True)
class ClaimRelayAnswer:
    lease: Leased | None = None
    retry_after: int = OUTDATED_S
    user_errors: list[UserError] = field(default_factory=list)


@dataclass(slots=True)
class ReportRelayAnswer:
    accepted: bool = False
    stop: bool = False
    expires_in: int | None = None
    user_errors: list[UserError] = field(default_factory=list)


@strawberry.input(description="How a step of a lease goes.")
class RelayReportInput:
    lease_id: strawberry.ID = strawberry.field(description="As in RelayLease.")
    step: int = strawberry.field(description="The step's index in the lease.")
    state: ReportedState = strawberry.field(description="What is said of the step.")
    result: JSON | None = strawberry.field(
        default=strawberry.UNSET, description="DONE: what came of it, an object of at most 1 MiB."
    )
    error: RelayErrorCode | None = strawberry.field(default=strawberry.UNSET, description="FAILED: why.")
    message: str | None = strawberry.field(
        default=strawberry.UNSET, description="FAILED: the site's own words; what is beyond 500 characters is cut off."
    )
    http_status: int | None = strawberry.field(
        default=strawberry.UNSET, description="FAILED: the status of its answer."
    )
    retry_after: int | None = strawberry.field(
        default=strawberry.UNSET, description="RATE_LIMITED: the seconds after which the site takes calls again."
    )


def lease_id(root: strawberry.Parent[Leased]) -> strawberry.ID:
    return strawberry.ID(encode_id(_LEASE, root.id))


@mutation(ClaimRelayAnswer)
async def claim_relay_work(info: Info, agent_version: str, protocol: int) -> ClaimRelayAnswer:
    claimed = await claim(info.context.tools, paired(info), version=agent_version, protocol=protocol)
    problem = claimed.problem
    told = [] if problem is None else [refusal(problem, None)]
    return ClaimRelayAnswer(claimed.lease, claimed.retry_after_s, told)


@mutation(ReportRelayAnswer)
async def report_relay_step(info: Info, input: RelayReportInput) -> ReportRelayAnswer:  # noqa: A002 - the API's name
    agent = paired(info)
    of_lease = decode_id(input.lease_id, _LEASE)
    if of_lease is None:
        # As any lease that is over, or another channel's: nobody can tell them apart.
        return ReportRelayAnswer()
    told = await report(
        info.context.tools,
        agent,
        RelayReport(
            of_lease,
            input.step,
            input.state,
            given(input.result),
            given(input.error),
            given(input.message),
            given(input.http_status),
            given(input.retry_after),
        ),
    )
    return ReportRelayAnswer(told.accepted, told.stop, told.expires_in)
