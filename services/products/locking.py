"""The lock under which products come, go and take another SKU, one change of a tenant at a time."""

from errors import NotFound
from models.billing.usage_counter import lock_quotas
from models.database import WriteSession
from models.tenants.tenant import NO_TENANT


async def lock_catalogue(session: WriteSession) -> None:
    """Holds back other changes of the tenant's products until the session ends; NotFound for a deleted tenant.

    It is the lock of the tenant's row, which whoever takes a quota holds too. To be called before any other lock.
    """
    if not await lock_quotas(session):
        raise NotFound(NO_TENANT)
