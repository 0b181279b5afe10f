"""What all use cases of channels share: a channel loaded or locked, and the audit log's words for it."""

from typing import Any
from uuid import UUID

from errors import Refused, UserErrorCode
from models.acting import Acting
from models.audit.entry import record
from models.channels.channel import Channel, ChannelKind, channel_for_update, channels_by_ids
from models.database import Database, WriteSession
from models.listener import notify_changes
from services.people.names import checked_name

_SHOWN = {
    "kind",
    "name",
    "status",
    "external_id",
    "market",
    "sync_every_minutes",
    "ends_elsewhere_on_sale",
    "included_tax_rate",
}


async def lock_channel(session: WriteSession, channel_id: UUID | None, *, field: str = "channel_id") -> Channel:
    """The channel, locked until the session ends; raises Refused NOT_FOUND for the `field` that names it."""
    channel = None if channel_id is None else await channel_for_update(session, channel_id)
    if channel is None:
        raise missing(field)
    return channel


async def lock_channel_to_connect(session: WriteSession, channel_id: UUID | None, kind: ChannelKind) -> Channel:
    """As `lock_channel`; raises Refused INVALID for one of another kind than the one that is connected."""
    channel = await lock_channel(session, channel_id)
    if channel.kind is not kind:
        message = f"This channel belongs to {channel.kind.shown}, not to {kind.shown}."
        raise Refused(UserErrorCode.INVALID, message, field="kind")
    return channel


async def load_channel(db: Database, scope: Acting, channel_id: UUID | None, *, field: str = "channel_id") -> Channel:
    """The channel; raises Refused NOT_FOUND for the `field` that led to it."""
    async with db.read(scope) as session:
        found = [] if channel_id is None else await channels_by_ids(session, [channel_id])
    if not found:
        raise missing(field)
    return found[0]


def missing(field: str) -> Refused:
    return Refused(UserErrorCode.NOT_FOUND, "There is no such channel.", field=field)


def checked_channel_name(name: str | None) -> str | None:
    """Raises Refused INVALID; None where no name is given."""
    return None if name is None else checked_name(name, what="A channel's name", field="name")


def shown(channel: Channel) -> dict[str, Any]:
    """What the audit log says of a channel."""
    return channel.model_dump(mode="json", include=_SHOWN)


async def announce(session: WriteSession, channel: Channel) -> None:
    """Tells those who watch the tenant's changes, when the caller's transaction commits."""
    await notify_changes(session, "CHANNEL", [channel.id])


async def note(
    session: WriteSession, actor: Acting, action: str, channel: Channel, before: dict[str, Any] | None = None
) -> None:
    """An entry in the audit log, and a word to those who watch."""
    record(
        session,
        actor,
        action=action,
        target_type="Channel",
        target_id=channel.id,
        before=before,
        after=shown(channel),
    )
    await announce(session, channel)
