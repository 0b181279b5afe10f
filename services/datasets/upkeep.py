"""What workers do about data sets by themselves: objects whose successors are there, or whose account is gone, go."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import structlog

from integrations.errors import IntegrationError
from models.acting import TenantScope
from models.datasets.dataset import forget_datasets
from models.datasets.over_tenants import ended_datasets
from services.tools import HasClock, HasDb, HasFiles

_log = structlog.get_logger(__name__)

_BATCH = 500


class DatasetUpkeepTools(HasDb, HasClock, HasFiles, Protocol):
    """What finds data sets over all tenants, and deletes files."""


async def delete_ended_datasets(tools: DatasetUpkeepTools, *, batch: int = _BATCH) -> int:
    """Deletes the objects that have ended, then their rows; answers how many.

    While the storage does not answer, the rows keep saying where the objects are, and the next round tries again.
    """
    now, done = tools.clock(), 0
    while True:
        async with tools.db.sweep(reason="find data sets whose time has come") as session:
            ended = await ended_datasets(session, now, most=batch)
        try:
            await _delete(tools, ended)
        except IntegrationError as error:
            _log.warning("files_not_deleted", error=str(error))
            return done
        done += len(ended)
        if len(ended) < batch:
            return done


async def _delete(tools: DatasetUpkeepTools, ended: Sequence[tuple[UUID, UUID, str]]) -> None:
    of_tenant: defaultdict[UUID, dict[UUID, str]] = defaultdict(dict)
    for tenant_id, row_id, key in ended:
        of_tenant[tenant_id][row_id] = key
    for tenant_id, keys in of_tenant.items():
        await tools.files.delete(keys.values())
        async with tools.db.write(TenantScope(tenant_id)) as session:
            await forget_datasets(session, list(keys))
