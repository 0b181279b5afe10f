"""What the tests of data sets share: a team with insights, what the worker does for an account, what clients see."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq

from integrations.storage.local import LocalStorage
from models.ads.ad_account import AdAccount, raise_data_version
from models.datasets.dataset import Dataset, DatasetPeriod, datasets_by_account
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.datasets.running import write_datasets
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.exports import Clock
from tests.worlds.insights import InsightWorld, insight_world

SHOWN = """
query ($id: ID!, $period: DatasetPeriod!) { adAccount(id: $id) {
  dataset(period: $period) { url format rows bytes sha256 generatedAt urlExpiresAt }
} }
"""
JOBS = """
select status::text, scheduled_at, args from procrastinate_jobs
where task_name = 'dataset.write' and queueing_lock = :lock order by id
"""


@dataclass
class DatasetWorld:
    tools: Toolbox
    clock: Clock
    insights: InsightWorld
    role: Role = Role.OWNER

    @property
    def account(self) -> AdAccount:
        return self.insights.account

    @property
    def files(self) -> LocalStorage:
        assert isinstance(self.tools.files, LocalStorage)
        return self.tools.files

    def with_files(self, **methods: Any) -> "DatasetWorld":
        """The world with a storage some of whose methods are the test's own."""
        changed: Any = _Changed(self.tools.files, methods)
        return replace(self, tools=replace(self.tools, files=changed))

    async def write(self, **given: Any) -> None:
        """What the worker does."""
        await write_datasets(self.tools, tenant_id=self.account.tenant_id, account_id=self.account.id, **given)

    async def touch(self) -> None:
        """What a refresh does that brings nothing new."""
        async with self.tools.db.write(self.insights.entities.viewer) as session:
            await raise_data_version(session, [self.account.id])

    async def shown(self, period: DatasetPeriod = DatasetPeriod.LAST_365_DAYS) -> dict[str, Any] | None:
        door = Door(self.tools, self.insights.entities.as_role(self.role))
        answer = await door.ask(SHOWN, id=encode_id("AdAccount", self.account.id), period=period.value)
        assert answer.codes == [], answer.messages
        found: dict[str, Any] | None = answer.data["adAccount"]["dataset"]
        return found

    async def content(self, period: DatasetPeriod = DatasetPeriod.LAST_365_DAYS) -> bytes:
        """What is behind the link."""
        shown = await self.shown(period)
        assert shown is not None
        path = self.opened(shown["url"])
        assert path is not None
        return path.read_bytes()

    async def rows(self, period: DatasetPeriod = DatasetPeriod.LAST_365_DAYS) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = pq.read_table(io.BytesIO(await self.content(period))).to_pylist()
        return found

    def opened(self, url: str) -> Path | None:
        """The file that the server would answer the link with."""
        parts = urlsplit(url)
        found = self.files.opened(parts.path.removeprefix("/files/"), dict(parse_qsl(parts.query)))
        return None if found is None else found.path

    async def current(self) -> dict[DatasetPeriod, Dataset]:
        async with self.tools.db.read(self.insights.entities.viewer) as session:
            found = await datasets_by_account(session, [self.account.id])
        return {period: each for (_, period), each in found.items()}

    async def keys(self) -> list[str]:
        """What the storage has of this tenant."""
        return [each.key async for each in self.files.list(f"{self.account.tenant_id}/")]

    async def jobs(self) -> Sequence[dict[str, Any]]:
        """Those of the queue for this account, the first one first."""
        return await self.insights.fetch(JOBS, lock=f"dataset:{self.account.id}")


class _Changed:
    def __init__(self, storage: Any, methods: dict[str, Any]) -> None:
        self._storage, self._methods = storage, methods

    def __getattr__(self, name: str) -> Any:
        return self._methods.get(name) or getattr(self._storage, name)


async def dataset_world(tools: Toolbox, folder: Path, **options: Any) -> DatasetWorld:
    clock = Clock()
    files = LocalStorage(folder / "files", f"{tools.addresses.public_url}/files", [b"key of the links"], clock)
    own = replace(tools, clock=clock, files=files, workspace=folder / "work")
    return DatasetWorld(own, clock, await insight_world(tools.db, **options))
