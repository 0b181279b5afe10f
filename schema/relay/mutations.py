"""The mutations of browser extensions: one that pairs an extension, and those that only a paired one may do."""

import strawberry

from resolvers.relay import pairing, working
from schema.field import field
from schema.relay.lease import RelayLease
from schema.user_error import UserError


@strawberry.type
class PairRelayPayload:
    token: str | None = field(
        secret=True,
        description="Shown this once: send it as `Authorization: Bearer <token>`. It may do `claimRelayWork`, "
        "`reportRelayStep` and `relayBell` for one channel, and nothing else.",
    )
    channel_name: str | None = field(description="What the team calls the channel.")
    market: str | None = field(description="The site on which it sells, e.g. vinted.fr.")
    user_errors: list[UserError]


@strawberry.type
class ClaimRelayPayload:
    lease: RelayLease | None = field(description="The job to do; null: there is none at the moment.")
    retry_after: int = field(description="After so many seconds asking again makes sense.")
    user_errors: list[UserError]


@strawberry.type
class RelayReportPayload:
    accepted: bool = field(description="False: the lease is over, and nothing was taken over: drop the work.")
    stop: bool = field(description="True: the person wants the job to end, so drop the work.")
    expires_in: int | None = field(description="As in RelayLease, from this report on; 0: the lease is done.")
    user_errors: list[UserError]


@strawberry.type
class RelayMutations:
    pair_relay: PairRelayPayload | None = field(
        pairing.pair_relay,
        is_open=True,
        secret=True,
        description="For the browser extension: trades the `pairingCode` that `connectChannel` has shown for a token; "
        "a code works once. Needs no sign-in.",
    )
    claim_relay_work: ClaimRelayPayload | None = field(
        working.claim_relay_work,
        secret=True,
        is_for_agents=True,
        description="For the browser extension: the oldest job of its channel that waits for it, one at a time.",
    )
    report_relay_step: RelayReportPayload | None = field(
        working.report_relay_step,
        is_for_agents=True,
        is_large=True,
        description="For the browser extension: how a step goes. The same report again gets the same answer.",
    )
