"""How near an ad platform's limits an external account is; global, because tenants that share it share the limit."""

from datetime import datetime

from sqlmodel import Field

from models.ad_account import Platform
from models.columns import Row, TextEnum, dated, one_of


class VendorThrottle(Row, table=True):
    """`utilisation` is a fraction of the limit of `kind`; no call is made before `blocked_until`."""

    __tablename__ = "vendor_throttle"
    __table_args__ = (one_of("platform", Platform),)

    platform: Platform = Field(primary_key=True, sa_type=TextEnum(Platform))
    external_account_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    utilisation: float = 0.0
    blocked_until: datetime | None = None
    updated_at: datetime = dated()
