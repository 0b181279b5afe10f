"""What a person asked a platform to have deleted with us; of the person it holds only what finding the data takes."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from models.ad_account import Platform
from models.columns import Row, TextEnum, dated, one_of
from models.ids import new_id


class DeletionRequest(Row, table=True):
    """`external_user_id` is forgotten with the rest; `request_hash` makes the same request one request."""

    __tablename__ = "deletion_request"
    __table_args__ = (one_of("platform", Platform),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    platform: Platform = Field(sa_type=TextEnum(Platform))
    external_user_id: str | None = None
    confirmation_code: str = Field(unique=True)
    request_hash: bytes = Field(unique=True)
    requested_at: datetime = dated()
    completed_at: datetime | None = None
