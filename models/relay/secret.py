"""The table of what lets a browser extension in: codes that pair one, and tokens of those that are paired.

An extension is known before its tenant is, so the table belongs to no tenant and holds hashes and ids alone. A code or
token is over when its row is gone; a channel has at most one of each.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, delete, update
from sqlmodel import Field, col, select

from models.columns import Row, TextEnum, one_of
from models.database import ReadSession, WriteSession
from models.relay.agent import RelayAgent


class RelaySecretKind(StrEnum):
    CODE = "CODE"
    TOKEN = "TOKEN"  # noqa: S105 - a kind, no secret


class RelaySecret(Row, table=True):
    """`user_id` is who had the extension paired, by that membership: the token ends with it.

    Only a code has an end.
    """

    __tablename__ = "relay_secret"
    __table_args__ = (
        one_of("kind", RelaySecretKind),
        ForeignKeyConstraint(["in_tenant_id"], ["tenant.id"], ondelete="CASCADE"),
        Index("uq_relay_secret_in_tenant_id_channel_id_kind", "in_tenant_id", "channel_id", "kind", unique=True),
        Index(None, "in_tenant_id", "user_id"),
    )

    secret_hash: bytes = Field(primary_key=True)
    kind: RelaySecretKind = Field(sa_type=TextEnum(RelaySecretKind))
    in_tenant_id: UUID
    channel_id: UUID
    user_id: UUID
    membership_id: UUID
    ends_at: datetime | None = None


async def relay_secret(
    session: ReadSession | WriteSession, secret_hash: bytes, kind: RelaySecretKind
) -> RelaySecret | None:
    query = select(RelaySecret).where(RelaySecret.secret_hash == secret_hash, RelaySecret.kind == kind)
    return (await session.exec(query)).one_or_none()


async def take_relay_code(session: WriteSession, secret_hash: bytes) -> bool:
    """Uses the code up; False when it is gone already: of two callers at once only one is told True."""
    statement = delete(RelaySecret).where(
        col(RelaySecret.secret_hash) == secret_hash, col(RelaySecret.kind) == RelaySecretKind.CODE
    )
    return (await (await session.connection()).execute(statement)).rowcount == 1


async def end_pairing(session: WriteSession, channel_id: UUID) -> None:
    """Ends the code and the token of a channel of the session's tenant; its extension counts as never seen."""
    await _end(session, col(RelaySecret.channel_id) == channel_id, col(RelayAgent.id) == channel_id)


async def end_pairings_of(session: WriteSession, user_id: UUID) -> None:
    """The same for all extensions that a member of the session's tenant had paired."""
    await _end(session, col(RelaySecret.user_id) == user_id, col(RelayAgent.paired_by_user_id) == user_id)


async def _end(session: WriteSession, secrets: ColumnElement[bool], agents: ColumnElement[bool]) -> None:
    connection = await session.connection()
    await connection.execute(delete(RelaySecret).where(col(RelaySecret.in_tenant_id) == session.tenant_id, secrets))
    never = {"paired_by_user_id": None, "paired_at": None, "seen_at": None}
    is_it = (col(RelayAgent.tenant_id) == session.tenant_id, agents)
    await connection.execute(update(RelayAgent).where(*is_it).values(**never))
