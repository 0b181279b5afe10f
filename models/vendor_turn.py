"""How much of the calls that all tenants share each of them has used; kept only while such calls are short."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.ad_account import Platform
from models.columns import Row, TextEnum, one_of, owned_by_tenant


class VendorTurn(Row, table=True):
    """`used` counts calls from a level that those who come later begin at; it compares tenants and tells no total."""

    __tablename__ = "vendor_turn"
    __table_args__ = (one_of("platform", Platform), owned_by_tenant())

    tenant_id: UUID = Field(primary_key=True)
    platform: Platform = Field(primary_key=True, sa_type=TextEnum(Platform))
    used: int = Field(default=0, sa_type=BigInteger)
    # Until then the tenant counts among those that want calls.
    wanted_until: datetime
