"""Context: what every resolver finds in `info.context`: the viewer, the tools, the loaders."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import strawberry
from graphql import GraphQLField

from auth.limits.buckets import Bucket, Charge
from auth.limits.limiter import Taken
from auth.relay.viewer import RelayAgentViewer
from auth.session_cookie import SessionCookie
from auth.viewer import Viewer
from errors import AppError, BadInput, Forbidden, Unauthenticated
from execution.answers.cache import AnswerCache
from execution.answers.selected import Selected
from execution.context import Throttle
from execution.open_fields import is_open
from execution.persisted.lookup import Documents
from models.acting import Origin
from models.database import Database
from resolvers.batching import nobody_waits
from resolvers.charges import caller_of, charges_of, cost_of
from resolvers.loaders import Loaders
from resolvers.operations.agent_fields import NOT_FOR_AGENTS, ONLY_FOR_AGENTS, is_for_agents
from resolvers.operations.existing import existing_below
from resolvers.operations.kept_answers import may_be_kept, readers_of
from services.ads.entity_counts import counted_entities
from services.billing.cost_points import points_a_minute
from services.channels.counts import counted_channels
from services.insights.versions import load_answers_version
from services.toolbox import Toolbox


@dataclass
class Context:
    """One per operation. `db` is bounded, so that one operation cannot take all connections of the pool.

    A socket has no `session_cookie`: browsers send cookies with a handshake whichever site's page has begun it.
    A browser extension is an `agent` and no viewer, so nothing that is for viewers is for it.
    """

    viewer: Viewer | None
    tools: Toolbox
    db: Database
    origin: Origin
    session_cookie: SessionCookie | None = None
    agent: RelayAgentViewer | None = None
    why_nobody: str | None = None  # why the credentials were refused, as a sentence for the caller
    connection_params: dict[str, Any] | None = None
    shows_schema: bool = True
    documents: Documents = field(default_factory=Documents)
    answers: AnswerCache | None = None
    cost: int = 0
    taken: Taken | None = None  # what the rate limits counted of this operation
    wrong_id: BadInput | None = None  # what is wrong with an id in the input of the present mutation field
    behind_all: Callable[[], Awaitable[None]] = nobody_waits
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.renew()

    @property
    def request_id(self) -> str:
        return self.origin.request_id

    @property
    def documents_owner(self) -> str | None:
        """The tenant: what its applications ask is no business of others."""
        return str(self.viewer.tenant_id) if self.viewer is not None and self.viewer.tenant_id is not None else None

    def renew(self) -> None:
        """Replaces the loaders, which forgets what they loaded: before each mutation field and subscription event."""
        self.loaders = Loaders(self.db, self.viewer, self.behind_all)

    def for_operation(self, *, behind_all: Callable[[], Awaitable[None]]) -> Self:
        """A new context for one operation, with this one's viewer and connection."""
        return replace(self, behind_all=behind_all)

    def refusal(self, fields: Iterable[GraphQLField | None]) -> AppError | None:
        """Unauthenticated for a caller without valid credentials, if none of the root fields is open to everybody.

        Forbidden for a browser extension that asks for anything that is not for extensions.
        """
        if self.agent is not None:
            return None if all(is_for_agents(each) for each in fields) else Forbidden(NOT_FOR_AGENTS)
        if self.viewer is not None or any(is_open(each) for each in fields):
            return None
        return Unauthenticated(self.why_nobody) if self.why_nobody else Unauthenticated()

    def only_reads(self) -> None:
        """For a query: `db` and the loaders read from a replica if one has everything that this moment has."""
        view = self.db.for_query()
        if view is not self.db:
            self.db = view
            self.renew()

    def begin_again(self) -> bool:
        """Whether a replica failed this query; it is then read from the primary, by new loaders."""
        was_lost = self.db.begin_again()
        if was_lost:
            self.renew()
        return was_lost

    async def charge(
        self, fields: Sequence[tuple[str, Mapping[str, Any]]], *, cost: int, reserves: bool = False
    ) -> None:
        """Counts the operation against the rate limits; raises RateLimited, and BadInput for too many ids."""
        self.cost = cost
        # Also with the limits off: too many ids are refused in any case.
        fixed = list(charges_of(fields, self.caller, self.origin.ip))
        if self.tools.limiter.is_on:
            self.taken = await self.tools.limiter.charge([*fixed, await self.cost_charge()], reserves=reserves)
            if self.taken is not None and self.taken.refusal is not None:
                raise self.taken.refusal

    async def settle(self, *, spent: int) -> Throttle | None:
        """Gives back what the operation reserved and did not spend; says how many points its tenant or caller has."""
        limiter, taken, self.taken = self.tools.limiter, self.taken, None
        if not limiter.is_on:
            return None
        bucket, left = await self._left(taken, spent)
        return Throttle(bucket.amount, left, bucket.amount / bucket.window_s)

    async def _left(self, taken: Taken | None, spent: int) -> tuple[Bucket, int]:
        if taken is None or taken.charge is None:
            charge = await self.cost_charge()
            return charge.bucket, (await self.tools.limiter.allowance(charge)).remaining
        return taken.charge.bucket, await self.tools.limiter.settle(taken, spent=spent)

    @property
    def caller(self) -> Viewer | RelayAgentViewer | None:
        """Whoever asks, if anybody was recognised."""
        return self.viewer if self.agent is None else self.agent

    @property
    def reader(self) -> str:
        """The caller, with the tenant and the permissions that the caller has there."""
        readers = readers_of(self.viewer) if self.viewer is not None else ""
        return f"{caller_of(self.caller, self.origin.ip)}/{readers}"

    async def answers_version(self, selected: Selected) -> str | None:
        """The version of all insights of the tenant, for those who may see the same; None for other answers."""
        viewer = self.viewer
        if viewer is None or viewer.tenant_id is None or not may_be_kept(selected):
            return None
        version = await load_answers_version(self.db, viewer, now=self.tools.clock())
        return None if version is None else f"{readers_of(viewer)}/{version}"

    async def existing(self, fields: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Mapping[str, Mapping[str, int]]:
        """How many entities and channels each root field can lead to; empty for a caller without a tenant."""
        if self.viewer is None or self.viewer.tenant_id is None:
            return {}
        counts = await counted_entities(self.tools.db, self.tools.entity_counts, self.viewer)
        found = {key: existing_below(counts, name, arguments) for key, (name, arguments) in fields.items()}
        # No other field has a list of channels.
        for key in (key for key, (name, _) in fields.items() if name == "channels"):
            found[key]["Channel"] = await counted_channels(self.tools.db, self.tools.channel_counts, self.viewer)
        return found

    async def cost_charge(self) -> Charge:
        """The charge of the operation's cost, with the limit of its tenant or caller."""
        points = await points_a_minute(self.tools, self.caller)
        return cost_of(self.caller, self.origin.ip, points=points, cost=self.cost)


Info = strawberry.Info[Context, None]


def signed_in(info: Info) -> Viewer:
    """The viewer; raises Unauthenticated without valid credentials, and Forbidden for a browser extension."""
    if info.context.agent is not None:
        raise Forbidden(NOT_FOR_AGENTS)
    if info.context.viewer is None:
        raise Unauthenticated(info.context.why_nobody) if info.context.why_nobody else Unauthenticated
    return info.context.viewer


def paired(info: Info) -> RelayAgentViewer:
    """The browser extension that asks; raises Unauthenticated without valid credentials, Forbidden for anybody else."""
    context = info.context
    if context.agent is None:
        raise Forbidden(ONLY_FOR_AGENTS) if context.viewer else Unauthenticated(context.why_nobody or ONLY_FOR_AGENTS)
    return context.agent
