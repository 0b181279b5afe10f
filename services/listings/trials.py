"""What marketplaces would refuse of drafts, asked of them while somebody waits; nothing is offered."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from auth.viewer import Viewer
from errors import UserErrorCode
from integrations.errors import AccessRevoked, IntegrationError
from integrations.selling.marketplace import SellerSession
from integrations.selling.records import ListingDraft
from models.channels.channel import Channel
from services.channel_access import AccessTools, fresh_session
from services.listings.drafts import told

# However many categories are asked about. What is answered is kept for a day, so that the next call needs not ask it.
PATIENCE_S = 20.0
_LATE = "{name} was not asked about this product, since there is too much to ask: try again, or fewer products at once."


async def refused_by_marketplaces(
    tools: AccessTools, viewer: Viewer, drafts: Sequence[tuple[Channel, ListingDraft]]
) -> list[list[dict[str, Any]]]:
    """For each draft what its channel's marketplace would refuse, as user errors.

    One that cannot be asked is told as the reason at each draft that it was not asked about.
    """
    ends_at = asyncio.get_running_loop().time() + PATIENCE_S
    opened: dict[UUID, SellerSession] = {}
    silent: dict[UUID, dict[str, Any]] = {}
    found: list[list[dict[str, Any]]] = []
    for channel, draft in drafts:
        if channel.kind in tools.vendors.relayed:
            # It is asked by a person's browser alone, for which nobody waits.
            found.append([])
            continue
        if channel.id not in silent:
            try:
                async with asyncio.timeout_at(ends_at):
                    if channel.id not in opened:
                        opened[channel.id] = await fresh_session(tools, viewer, channel)
                    found.append(told(await opened[channel.id].draft_problems(draft)))
                continue
            except AccessRevoked as error:
                silent[channel.id] = _silence(UserErrorCode.FORBIDDEN, error.reason)
            except IntegrationError as error:
                silent[channel.id] = _silence(UserErrorCode.UPSTREAM_UNAVAILABLE, error.message)
            except TimeoutError:
                late = _LATE.format(name=channel.kind.shown)
                silent[channel.id] = _silence(UserErrorCode.UPSTREAM_UNAVAILABLE, late)
        found.append([silent[channel.id]])
    return found


def _silence(code: UserErrorCode, message: str) -> dict[str, Any]:
    return {"code": code.value, "message": message, "field": None}
