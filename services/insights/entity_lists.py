"""Lists of entities with their metrics, as JSON that Postgres writes; what is wrong is said by whoever reads rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.periods import AskedRange
from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import BadInput
from models.ads.ad_account import AdAccount
from models.ads.entity_list import EntityPage
from models.database import Database
from models.insights.accounts import all_accounts
from models.insights.entities.texts import Days, EntityShape, load_list_texts
from models.keyset import TextPage
from services.insights.questions import entity_days


@dataclass(frozen=True, slots=True)
class AskedList:
    """What is written of each entity, and the range of each of its metrics."""

    written: EntityShape
    ranges: tuple[AskedRange, ...]

    def days_of(self, account: AdAccount, now: datetime) -> Days:
        """The days of the account for each of the metrics; raises BadInput."""
        return tuple(entity_days(account, each, now) for each in self.ranges)


async def list_texts(
    db: Database, viewer: Viewer, asked: AskedList, page: EntityPage, *, now: datetime
) -> TextPage | None:
    """A page of the tenant's list; needs READ. None where its rows have to be read instead."""
    require(viewer, Permission.READ)
    async with db.read(viewer, is_snapshot=True) as session:
        accounts = await all_accounts(session) if asked.ranges else ()
        try:
            days = {account.id: asked.days_of(account, now) for account in accounts}
            return await load_list_texts(session, asked.written, page, days)
        except BadInput:  # it is raised again for the field that it is about
            return None


def child_days(asked: AskedList, accounts: Sequence[AdAccount], now: datetime) -> list[Days] | None:
    """The days of each account; None where a range is none, which is said for the field that has it."""
    try:
        return [asked.days_of(account, now) for account in accounts]
    except BadInput:
        return None
