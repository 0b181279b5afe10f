"""What the tests of ad entities share: a tenant of its own with accounts, campaigns, ad sets, ads and creatives."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from unittest.mock import patch
from uuid import UUID, uuid4

from sqlalchemy import event
from sqlmodel import SQLModel

from analytics.enums import NamingLevel, TagSource
from analytics.naming.derived import FieldValue
from auth.viewer import Viewer
from execution import turns
from models.acting import Origin
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative, CreativeKind
from models.ads.entity_tag import Tag
from models.ads.tag_swap import TagChanges, TagPlace, compare_tags, store_changes
from models.database import Database, WriteSession
from models.ids import new_id
from models.people.user import User, insert_user_unless_email_taken
from models.platform import Platform
from models.tenants.membership import Membership, Role
from models.tenants.tenant import Tenant
from models.thin.watching import Ended, watch

Row = TypeVar("Row", bound=SQLModel)

_LEVELS: dict[type, NamingLevel] = {Campaign: NamingLevel.CAMPAIGN, AdSet: NamingLevel.AD_SET, Ad: NamingLevel.AD}

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_ENDLESS_S = math.inf


@dataclass
class EntityWorld:
    """Rows are made with sane defaults, named by `overrides`, and kept at once."""

    db: Database
    tenant_id: UUID = field(default_factory=new_id)
    user_id: UUID = field(default_factory=new_id)

    @property
    def viewer(self) -> Viewer:
        return self.as_role(Role.OWNER)

    def as_role(self, role: Role | None) -> Viewer:
        return Viewer(
            user_id=self.user_id,
            tenant_id=self.tenant_id if role else None,
            role=role,
            session_id=None,
            is_staff=False,
            token_expires_at=NOON + timedelta(hours=1),
            origin=Origin(ip=None, user_agent=None, request_id="request-1"),
        )

    async def keep(self, *rows: Row) -> tuple[Row, ...]:
        async with self.db.write(self.viewer) as session:
            session.add_all(rows)
        return rows

    async def keep_person(self, user_id: UUID, *, name: str) -> None:
        async with self.db.write(self.viewer) as session:
            await insert_user_unless_email_taken(session, User(id=user_id, email=f"{user_id}@example.com", name=name))

    async def account(self, **overrides: Any) -> AdAccount:
        number = uuid4().int % 10**15
        values = {
            "platform": Platform.META,
            "external_id": f"act_{number}",
            "name": f"Account {number}",
            "currency": "EUR",
            "time_zone": "Europe/Berlin",
        }
        return (await self.keep(AdAccount(tenant_id=self.tenant_id, **values | overrides)))[0]

    async def campaigns(self, account: AdAccount, *names: str, **overrides: Any) -> list[Campaign]:
        return list(await self.keep(*(Campaign(**self._entity(account.id, name, overrides)) for name in names)))

    async def ad_sets(self, campaign: Campaign, *names: str, **overrides: Any) -> list[AdSet]:
        given = {"campaign_id": campaign.id} | overrides
        return list(await self.keep(*(AdSet(**self._entity(campaign.ad_account_id, name, given)) for name in names)))

    async def ads(self, ad_set: AdSet, *names: str, **overrides: Any) -> list[Ad]:
        given = {"campaign_id": ad_set.campaign_id, "ad_set_id": ad_set.id} | overrides
        return list(await self.keep(*(Ad(**self._entity(ad_set.ad_account_id, name, given)) for name in names)))

    async def creatives(self, account: AdAccount, *names: str, **overrides: Any) -> list[Creative]:
        given = {"kind": CreativeKind.VIDEO} | overrides
        return list(await self.keep(*(Creative(**self._entity(account.id, name, given)) for name in names)))

    async def tag(self, entity: Campaign | AdSet | Ad, *tags: Tag, **parsed: str | None) -> int:
        """Gives the entity exactly these tags; a value of None in `parsed` is one that the name lacks."""
        sources = {field: TagSource.PARSED if value else TagSource.MISSING for field, value in parsed.items()}
        given = [*tags, *(Tag(field, value, sources[field]) for field, value in parsed.items())]
        async with self.db.write(self.viewer) as session:
            return await give_tags(session, entity.ad_account_id, _LEVELS[type(entity)], {entity.id: given})

    def _entity(self, ad_account_id: UUID, name: str, overrides: dict[str, Any]) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "ad_account_id": ad_account_id,
            "platform": Platform.META,
            "external_id": uuid4().hex,
            "name": name,
            "status": DeliveryStatus.ACTIVE,
        } | overrides


async def give_tags(
    session: WriteSession, ad_account_id: UUID, level: NamingLevel, tags: Mapping[UUID, Sequence[Tag]]
) -> int:
    """Gives each of these entities exactly these tags; answers how many rows have changed."""
    changes = TagChanges()
    wanted = {of: [FieldValue(each.field, each.value, each.source) for each in listed] for of, listed in tags.items()}
    await compare_tags(session, changes, TagPlace(ad_account_id, level), wanted)
    await store_changes(session, changes)
    return changes.rows


async def entity_world(db: Database) -> EntityWorld:
    """A new tenant with one owner and nothing else."""
    world = EntityWorld(db)
    tenant = Tenant(id=world.tenant_id, name="Team", slug=uuid4().hex, currency="EUR", time_zone="Europe/Berlin")
    await world.keep(tenant)
    await world.keep_person(world.user_id, name="Owner")
    await world.keep(Membership(tenant_id=world.tenant_id, user_id=world.user_id, role=Role.OWNER))
    return world


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """The SQL that the runtime role sends within the block.

    All of it is one turn, which does not end however long ago the last one began: else a busy machine, or a loop that
    computed nothing for a while, parts long lists, and with them the statements that are for a whole list.
    """
    sent: list[str] = []

    def note(statement: str, _values: Any) -> Ended:
        sent.append(statement)
        return lambda _error: None

    stop = watch(db.engine, note)
    try:
        with patch.object(turns, "TURN_S", _ENDLESS_S):
            yield sent
    finally:
        stop()


@contextmanager
def sessions(db: Database) -> Iterator[list[object]]:
    """One entry for each transaction of the runtime role within the block: each has a connection of its own."""
    begun: list[object] = []
    engine: Any = db.engine.sync_engine

    def note(connection: object, *_: object) -> None:
        begun.append(connection)

    event.listen(engine, "checkout", note)
    try:
        yield begun
    finally:
        event.remove(engine, "checkout", note)
