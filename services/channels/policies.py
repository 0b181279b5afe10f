"""Keeps what sellers have set up at a marketplace and listings refer to, and which of it new listings get.

Policies are legal terms: they are chosen here and written at the marketplace.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from errors import Refused, UserErrorCode
from integrations.errors import Barred, IntegrationError, Rejected
from integrations.selling.marketplace import SellerSession
from integrations.selling.records import SellerPolicy
from integrations.selling.refusals import RefusedFields
from models.acting import Acting
from models.channels.channel import Channel, ChannelIssue, ChannelStatus, channel_for_update
from models.channels.policy import MOST_POLICIES, ChannelPolicy, PolicyKind, policies_for_update
from models.database import WriteSession
from services.channel_access import AccessTools, fresh_session
from services.channels.rows import announce

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """A policy that new listings refer to; without a market the one of this id in whatever market it is."""

    kind: PolicyKind
    external_id: str
    market: str | None = None


async def renew_policies(tools: AccessTools, scope: Acting, channel: Channel, market: SellerSession) -> None:
    """Reads the policies of the channel's market anew and stores them; what is the default stays so while it is there.

    Where the seller has not set any up, the channel says what to do in `reason`. Raises other IntegrationErrors.
    """
    found: Sequence[SellerPolicy] = ()
    problem: str | None = None
    try:
        found = await market.policies([channel.market] if channel.market else [])
    except Barred:
        # No matter of the policies.
        raise
    except Rejected as error:
        problem = _words_of(error)
    async with tools.db.write(scope) as session:
        stored = await channel_for_update(session, channel.id)
        if stored is None or stored.market != channel.market:
            # Somebody has changed the market meanwhile, and reads the policies of that one.
            return
        is_news = problem is None and await _store(session, channel.id, found)
        if _tell(session, stored, problem) or is_news:
            await announce(session, stored)


async def try_to_renew_policies(tools: AccessTools, scope: Acting, channel: Channel) -> None:
    """The same with a session of its own, for somebody who waits: what fails is read by the next check."""
    try:
        await renew_policies(tools, scope, channel, await fresh_session(tools, scope, channel))
    except IntegrationError as error:
        _log.warning("policies_not_renewed", channel_id=str(channel.id), error=type(error).__name__)


async def choose_defaults(session: WriteSession, channel_id: UUID, choices: Sequence[PolicyChoice]) -> bool:
    """Makes these the defaults of their kinds and markets; answers whether that changed any. Raises Refused INVALID."""
    rows = await policies_for_update(session, channel_id)
    before = [row.is_default for row in rows]
    for place, choice in enumerate(choices):
        chosen = [row for row in rows if _is_chosen(row, choice)]
        if not chosen:
            message = f"The seller has no policy of the kind {choice.kind} with this id: see Channel.settings.policies."
            raise Refused(UserErrorCode.INVALID, message, field="default_policies", place=place)
        places = {(row.kind, row.market) for row in chosen}
        for row in rows:
            if (row.kind, row.market) in places:
                row.is_default = _is_chosen(row, choice)
    session.add_all(rows)
    return [row.is_default for row in rows] != before


def _is_chosen(row: ChannelPolicy, choice: PolicyChoice) -> bool:
    is_it = (row.kind, row.external_id) == (choice.kind, choice.external_id)
    return is_it and choice.market in (None, row.market)


async def _store(session: WriteSession, channel_id: UUID, found: Sequence[SellerPolicy]) -> bool:
    """Answers whether anything is other than before."""
    known = {_place(row): row for row in await policies_for_update(session, channel_id)}
    before = {_shown(row) for row in known.values()}
    rows: dict[tuple[str, str, str], ChannelPolicy] = {}
    for policy in found[:MOST_POLICIES]:
        made = ChannelPolicy(
            tenant_id=session.tenant_id,
            channel_id=channel_id,
            kind=PolicyKind(policy.kind),
            market=policy.market or "",
            external_id=policy.external_id,
            name=policy.name,
        )
        row = known.get(_place(made), made)
        row.name = policy.name
        rows[_place(row)] = row
    for place in known.keys() - rows.keys():
        await session.delete(known[place])
    # Where there is one of a kind there is nothing to choose.
    alone = Counter((row.kind, row.market) for row in rows.values())
    for row in rows.values():
        row.is_default = row.is_default or alone[row.kind, row.market] == 1
    session.add_all(rows.values())
    return {_shown(row) for row in rows.values()} != before


def _place(row: ChannelPolicy) -> tuple[str, str, str]:
    return row.kind, row.market, row.external_id


def _shown(row: ChannelPolicy) -> tuple[str, str, str, str, bool]:
    return *_place(row), row.name, row.is_default


def _tell(session: WriteSession, channel: Channel, problem: str | None) -> bool:
    """A channel works without policies, and only publishes with them: it stays connected, and says what it lacks.

    Answers whether it says anything else than before.
    """
    is_ours = channel.issue in (None, ChannelIssue.CONFIGURATION)
    if channel.status is not ChannelStatus.CONNECTED or not is_ours or channel.reason == problem:
        return False
    channel.issue = None if problem is None else ChannelIssue.CONFIGURATION
    channel.reason = problem
    channel.version += 1
    session.add(channel)
    return True


def _words_of(error: Rejected) -> str:
    problems = error.problems if isinstance(error, RefusedFields) else ()
    return problems[0].message if problems else error.message
