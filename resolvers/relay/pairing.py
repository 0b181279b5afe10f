"""pairRelay: a browser extension trades the code that a member was shown for its token."""

from dataclasses import dataclass, field

from resolvers.context import Info
from resolvers.mutation import UserError, mutation
from services.relay import pairing


@dataclass(slots=True)
class PairRelayAnswer:
    token: str | None = None
    channel_name: str | None = None
    market: str | None = None
    user_errors: list[UserError] = field(default_factory=list)


@mutation(PairRelayAnswer)
async def pair_relay(info: Info, code: str, agent_version: str, protocol: int) -> PairRelayAnswer:
    paired = await pairing.pair(
        info.context.tools, info.context.origin, code=code, agent_version=agent_version, protocol=protocol
    )
    return PairRelayAnswer(paired.token, paired.channel.name, paired.channel.market)
