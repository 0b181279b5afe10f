"""What the tests of exports share: a team with insights, exports asked for over the API, and readers of files."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq

from integrations.storage.local import LocalStorage
from models.exports.export import Export
from models.tenants.membership import Role
from resolvers.node_id import decode_id
from services.exports.running import write_export
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import NOON
from tests.worlds.insights import FIRST, LAST, InsightWorld, insight_world

RANGE = {"between": {"from": str(FIRST), "to": str(LAST)}}
ASK = """
mutation ($input: InsightsInput!, $format: ExportFormat!, $metrics: [MetricRefInput!], $bom: Boolean! = false,
          $key: String) {
  exportInsights(input: $input, format: $format, metrics: $metrics, byteOrderMark: $bom, idempotencyKey: $key) {
    export { id format status progress rows bytes sha256 url error createdAt finishedAt version }
    userErrors { code message field retryAfter }
  }
}
"""
SHOWN = """
query ($id: ID!) { node(id: $id) {
  ... on Export { id format status progress rows bytes sha256 url error createdAt finishedAt version }
} }
"""


class Clock:
    """Stands until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class ExportWorld:
    tools: Toolbox
    clock: Clock
    insights: InsightWorld
    role: Role = Role.OWNER

    @property
    def door(self) -> Door:
        return Door(self.tools, self.insights.entities.as_role(self.role))

    @property
    def files(self) -> LocalStorage:
        assert isinstance(self.tools.files, LocalStorage)
        return self.tools.files

    async def asked(self, format_: str = "CSV", **given: Any) -> dict[str, Any]:
        """The payload of a request that is no error of GraphQL."""
        more = {name: given.pop(name) for name in ("metrics", "bom", "key") if name in given}
        answer = await self.door.ask(ASK, input={"range": RANGE} | given, format=format_, **more)
        assert answer.codes == [], answer.messages
        found: dict[str, Any] = answer.data["exportInsights"]
        return found

    async def ask(self, format_: str = "CSV", **given: Any) -> str:
        """The id of an export that was accepted."""
        found = await self.asked(format_, **given)
        assert found["userErrors"] == []
        export_id: str = found["export"]["id"]
        return export_id

    async def write(self, export_id: str, *, is_last_try: bool = False) -> None:
        """What the worker does."""
        row_id = decode_id(export_id, "Export")
        assert row_id is not None
        tenant_id = self.insights.entities.tenant_id
        await write_export(self.tools, tenant_id=tenant_id, export_id=row_id, is_last_try=is_last_try)

    async def shown(self, export_id: str) -> dict[str, Any]:
        answer = await self.door.ask(SHOWN, id=export_id)
        assert answer.codes == [], answer.messages
        found: dict[str, Any] = answer.data["node"]
        return found

    async def made(self, format_: str = "CSV", **given: Any) -> tuple[dict[str, Any], bytes]:
        """An export that has succeeded, and the bytes behind its link."""
        export_id = await self.ask(format_, **given)
        await self.write(export_id)
        shown = await self.shown(export_id)
        assert shown["status"] == "SUCCEEDED", shown
        path = self.opened(shown["url"])
        assert path is not None
        return shown, path.read_bytes()

    def opened(self, url: str) -> Path | None:
        """The file that the server would answer the link with."""
        parts = urlsplit(url)
        found = self.files.opened(parts.path.removeprefix("/files/"), dict(parse_qsl(parts.query)))
        return None if found is None else found.path

    async def row(self, export_id: str) -> Export | None:
        async with self.tools.db.read(self.insights.entities.viewer) as session:
            return await session.get(Export, (self.insights.entities.tenant_id, decode_id(export_id, "Export")))

    async def keys(self) -> list[str]:
        """What the storage has of this tenant."""
        return [each.key async for each in self.files.list(f"{self.insights.entities.tenant_id}/")]


async def export_world(tools: Toolbox, folder: Path, **options: Any) -> ExportWorld:
    clock = Clock()
    files = LocalStorage(folder / "files", f"{tools.addresses.public_url}/files", [b"key of the links"], clock)
    own = replace(tools, clock=clock, files=files, workspace=folder / "work")
    return ExportWorld(own, clock, await insight_world(tools.db, **options))


def csv_rows(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def json_rows(content: bytes) -> list[dict[str, Any]]:
    assert content.endswith(b"\n") or not content
    return [json.loads(line, parse_float=Decimal) for line in content.decode().split("\n")[:-1]]


def parquet_rows(content: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(content)).to_pylist()
    return found


def total(rows: Sequence[dict[str, Any]], column: str) -> Decimal:
    return sum((Decimal(str(row[column])) for row in rows if row[column] not in ("", None)), Decimal(0))
