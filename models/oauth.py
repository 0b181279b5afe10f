"""OAuth flows: one row for each way through a provider's dialog, and the queries of its steps.

A flow is found by the hash of a one-time value before anybody is known, so the table belongs to no tenant. Each step
uses its one-time value up and locks the row, so that only one caller takes the step.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, delete
from sqlmodel import Field, col, select

from models.columns import JSON, Row, TextEnum, dated, one_of
from models.database import WriteSession
from models.ids import new_id


class OAuthPurpose(StrEnum):
    SIGN_IN = "SIGN_IN"
    LINK = "LINK"
    CONNECTION = "CONNECTION"
    CHANNEL = "CHANNEL"


class OAuthFlow(Row, table=True):
    """One-time values are stored as hashes. The `_enc` columns are encrypted, bound to the row's id.

    `wish` is what the flow's purpose wants to remember until its end, and holds no secret.
    """

    __tablename__ = "oauth_flow"
    __table_args__ = (
        UniqueConstraint("start_hash"),
        UniqueConstraint("state_hash"),
        UniqueConstraint("code_hash"),
        one_of("purpose", OAuthPurpose),
        Index(None, "expires_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    start_hash: bytes
    state_hash: bytes | None = None
    browser_hash: bytes | None = None
    code_hash: bytes | None = None
    provider: str
    purpose: OAuthPurpose = Field(sa_type=TextEnum(OAuthPurpose))
    begun_by_user_id: UUID | None = None
    begun_in_tenant_id: UUID | None = None
    code_challenge: str
    provider_verifier_enc: str | None = None
    return_url: str
    wish: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    result_enc: str | None = None
    error: str | None = None
    created_at: datetime = dated()
    expires_at: datetime
    code_expires_at: datetime | None = None
    consumed_at: datetime | None = None


async def unstarted_flow_for_update(session: WriteSession, start_hash: bytes, *, now: datetime) -> OAuthFlow | None:
    """The flow whose dialog nobody has opened yet, locked; a second caller waits for the first and gets None."""
    query = select(OAuthFlow).where(
        OAuthFlow.start_hash == start_hash, col(OAuthFlow.state_hash).is_(None), OAuthFlow.expires_at > now
    )
    return (await session.exec(query.with_for_update())).one_or_none()


async def unanswered_flow_for_update(
    session: WriteSession, state_hash: bytes, *, browser_hash: bytes, provider: str, now: datetime
) -> OAuthFlow | None:
    """The flow that this browser took to this provider's dialog and that the provider has not answered yet, locked."""
    query = select(OAuthFlow).where(
        OAuthFlow.state_hash == state_hash,
        OAuthFlow.browser_hash == browser_hash,
        OAuthFlow.provider == provider,
        col(OAuthFlow.code_hash).is_(None),
        OAuthFlow.expires_at > now,
    )
    return (await session.exec(query.with_for_update())).one_or_none()


async def flow_by_code_for_update(session: WriteSession, code_hash: bytes) -> OAuthFlow | None:
    """The flow that ended with this code, locked until the session ends."""
    return (
        await session.exec(select(OAuthFlow).where(OAuthFlow.code_hash == code_hash).with_for_update())
    ).one_or_none()


async def delete_flows_expired_before(session: WriteSession, instant: datetime) -> None:
    await (await session.connection()).execute(delete(OAuthFlow).where(col(OAuthFlow.expires_at) < instant))
