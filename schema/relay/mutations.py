"""The mutations of browser extensions: one that pairs an extension, and those that only a paired one may do."""

import strawberry

from resolvers.relay import pairing
from schema.field import field
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
class RelayMutations:
    pair_relay: PairRelayPayload | None = field(
        pairing.pair_relay,
        is_open=True,
        secret=True,
        description="For the browser extension: trades the `pairingCode` that `connectChannel` has shown for a token; "
        "a code works once. Needs no sign-in.",
    )
