"""What the tests of imports share: an account without a refreshed day, and files that are sent over the API."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from starlette.datastructures import UploadFile

from execution.transport.uploads import Upload
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Answer, Door
from tests.worlds.ads import NOON
from tests.worlds.insights import InsightWorld, insight_world

IMPORT = """
mutation ($account: ID!, $file: Upload!, $dryRun: Boolean! = false) {
  importReport(adAccountId: $account, file: $file, dryRun: $dryRun) {
    rowsImported rowsSkipped problems { line message } notes userErrors { code message field retryAfter }
  }
}
"""
HEADINGS = (
    "Reporting starts,Reporting ends,Campaign name,Ad set name,Ad name,Ad ID,Amount spent (EUR),Impressions,Purchases"
)
ROWS = "select * from insight where tenant_id = :tenant order by day, ad_id"


def upload(content: bytes | str, name: str = "report.csv") -> Upload:
    told = content.encode() if isinstance(content, str) else content
    return Upload(name, "text/csv", len(told), UploadFile(BytesIO(told)))


def line(day: str, ad_id: str = "", *, names: Sequence[str] = ("C", "S", "A"), values: str = "1.50,100,2") -> str:
    """A line below HEADINGS."""
    return f"{day},{day},{','.join(names)},{ad_id},{values}"


def report(*lines: str) -> str:
    return "\n".join((HEADINGS, *lines)) + "\n"


@dataclass
class ImportWorld:
    tools: Toolbox
    insights: InsightWorld
    role: Role = Role.OWNER

    @property
    def account_id(self) -> str:
        return encode_id("AdAccount", self.insights.account.id)

    async def ask(self, content: bytes | str | Upload, *, is_trial: bool = False, account: str = "") -> Answer:
        door = Door(self.tools, self.insights.entities.as_role(self.role))
        file = content if isinstance(content, Upload) else upload(content)
        return await door.ask(IMPORT, account=account or self.account_id, file=file, dryRun=is_trial)

    async def told(self, content: bytes | str, *, is_trial: bool = False) -> dict[str, Any]:
        """The payload, whatever is in it."""
        answer = await self.ask(content, is_trial=is_trial)
        assert answer.codes == [], answer.messages
        found: dict[str, Any] = answer.data["importReport"]
        return found

    async def done(self, content: bytes | str, *, is_trial: bool = False) -> tuple[int, int]:
        """How many rows were imported and skipped of a file that is none to refuse."""
        found = await self.told(content, is_trial=is_trial)
        assert found["userErrors"] == []
        return found["rowsImported"], found["rowsSkipped"]

    async def refused(self, content: bytes | str) -> str:
        """The message of FILE_INVALID."""
        [error] = (await self.told(content))["userErrors"]
        assert (error["code"], error["field"]) == ("FILE_INVALID", ["file"]), error
        message: str = error["message"]
        return message

    async def rows(self) -> list[dict[str, Any]]:
        return await self.insights.fetch(ROWS)

    async def version(self) -> int:
        query = "select data_version from ad_account where tenant_id = :tenant and id = :id"
        [row] = await self.insights.fetch(query, id=self.insights.account.id)
        version: int = row["data_version"]
        return version


async def import_world(tools: Toolbox, **options: Any) -> ImportWorld:
    """Eight ads in two campaigns, and no stored day unless `store` says so; today is 21 November 2026."""
    own = replace(tools, clock=lambda: NOON)
    return ImportWorld(own, await insight_world(tools.db, **{"store": False, **options}))
