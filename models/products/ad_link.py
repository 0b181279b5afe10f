"""The table of links from ads to the products that they advertise."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.columns import Row, TextEnum, dated, one_of, tenant_key


class AdLinkSource(StrEnum):
    MANUAL = "MANUAL"
    TAG = "TAG"
    URL = "URL"
    SKU = "SKU"


class AdLink(Row, table=True):
    """`matched` is the address, the SKU or the tag by which the link was found.

    `is_removed` is a link that a person took away: it stays as a row, so that it is not found again. There is no
    foreign key to the ad, whose erased account takes its links along.
    """

    __tablename__ = "ad_link"
    __table_args__ = (
        tenant_key("product_id", "product"),
        tenant_key("ad_account_id", "ad_account"),
        one_of("source", AdLinkSource),
        Index(None, "tenant_id", "product_id"),
        Index(None, "tenant_id", "ad_account_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    ad_id: UUID = Field(primary_key=True)
    product_id: UUID = Field(primary_key=True)
    ad_account_id: UUID
    source: AdLinkSource = Field(sa_type=TextEnum(AdLinkSource))
    matched: str | None = None
    is_removed: bool = False
    created_at: datetime = dated()
