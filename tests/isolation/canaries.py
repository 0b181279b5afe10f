"""A tenant with a row in every table and its canary in every text column, filled from the tables' own columns."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    TextClause,
    TypeDecorator,
    Uuid,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from auth.token_cipher import TokenCipher, secret_context
from auth.viewer import Viewer
from models.acting import Origin, TenantScope
from models.columns import TextEnum
from models.database import Database
from models.ids import new_id
from models.people.user import INSERTED, User
from models.people.user_password import UserPassword, password_recipe
from models.tables import metadata
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from schema.node import ENTITIES
from tests.isolation.operations import DAY

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=30)
ORIGIN = Origin(ip="192.0.2.1", user_agent="tests", request_id="request-1")

# Columns whose form the database or the product fixes, so that they cannot hold a canary.
FIXED: Mapping[str, Any] = {
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "breakdowns": ["AGE"],
    "buyer_country": "DE",
}
# What the installation alone writes, and everybody reads.
OF_EVERYBODY = {"fx_rate", "shared_attribute", "channel_calls"}
# What the system role alone reads and writes.
OF_SYSTEM = {"sealed_value"}
# What the runtime role cannot read whole.
NOT_SHOWN = OF_SYSTEM | {UserPassword.__tablename__}
# Which row a column of ids points to; the rest are ids of nothing.
_LINKS = {
    "user_id": "user_account",
    "begun_by_user_id": "user_account",
    "connected_by": "user_account",
    "connected_by_user_id": "user_account",
    "created_by": "user_account",
    "actor_user_id": "user_account",
    "requested_by_user_id": "user_account",
    "begun_in_tenant_id": "tenant",
    "for_tenant_id": "tenant",
    "actor_api_key_id": "api_key",
    "requested_by_api_key_id": "api_key",
    "grant_id": "access_grant",
    "entity_id": "ad",
    "session_id": "auth_session",
    "in_tenant_id": "tenant",
    "order_id": "sales_order",
    "attribute_id": "own_attribute",
    "parent_id": "own_attribute",
}


@dataclass(eq=False)
class CanaryTenant:
    """`rows` holds the one row of each table; `ids` the global id of each node type.

    `second_ad` is the global id of another ad, for what takes two at least.
    """

    mark: str = field(default_factory=lambda: f"canary{secrets.token_hex(8)}")
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    row_ids: dict[str, UUID] = field(default_factory=dict)
    second_ad: str = ""

    @property
    def scope(self) -> TenantScope:
        return TenantScope(self.id_of("tenant"), self.id_of("user_account"))

    @cached_property
    def ids(self) -> dict[str, str]:
        """The global id of this tenant's row behind every node type."""
        tables = {each.__name__: each.__rows__[0].__tablename__ for each in ENTITIES}  # type: ignore[attr-defined]  # set by `entity`
        return {name: encode_id(name, self.id_of(table)) for name, table in tables.items()}

    def id_of(self, table: str) -> UUID:
        return self.row_ids.setdefault(table, new_id())

    def viewer(self, role: Role = Role.OWNER) -> Viewer:
        return Viewer(
            user_id=self.id_of("user_account"),
            tenant_id=self.id_of("tenant"),
            role=role,
            session_id=self.id_of("auth_session"),
            is_staff=False,
            token_expires_at=LATER,
            origin=ORIGIN,
            signed_in_at=datetime.now(UTC),
        )

    def fill(self, table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
        """A value for every column that Postgres does not compute: given, of a link, or what its type can hold."""
        known = {name.partition(".")[2]: value for name, value in given.items() if name.startswith(f"{table.name}.")}
        written = [column for column in table.columns if column.computed is None]
        return {column.name: known.get(column.name, self._value(column)) for column in written}

    def _value(self, column: Column[Any]) -> Any:
        if column.name in FIXED:
            return FIXED[column.name]
        if isinstance(column.type, TextEnum):
            return next(iter(column.type.members))
        kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
        for types, fill in _FILLED.items():
            if isinstance(kind, types):
                return fill(self, column)
        raise AssertionError(f"{column.table.name}.{column.name} is of a type that is not filled yet")

    def link(self, column: Column[Any]) -> UUID:
        return self.id_of(column.table.name if column.name == "id" else _LINKS.get(column.name, column.name[:-3]))

    def listed(self, column: Column[Any]) -> list[Any]:
        """A list of one: `ad_account_ids` has the id of the row of `ad_account`."""
        is_of_ids = isinstance(column.type, ARRAY) and isinstance(column.type.item_type, Uuid)
        return [self.id_of(column.name.removesuffix("_ids")) if is_of_ids else self.text(column)]

    def text(self, column: Column[Any]) -> str:
        return f"{self.mark}-{column.table.name}-{column.name}".replace("_", "-")


def _instant(_tenant: CanaryTenant, column: Column[Any]) -> datetime | None:
    """Nothing is revoked, deleted or over."""
    return None if column.nullable else LATER if column.name == "expires_at" else NOW


_FILLED: Mapping[Any, Callable[[CanaryTenant, Column[Any]], Any]] = {
    Uuid: CanaryTenant.link,
    String: CanaryTenant.text,
    ARRAY: lambda tenant, column: tenant.listed(column),
    JSONB: lambda tenant, column: {"text": tenant.text(column)},
    LargeBinary: lambda *_: secrets.token_bytes(32),
    Boolean: lambda *_: False,
    (Integer, Numeric, Float): lambda *_: 1,
    Date: lambda *_: date.fromisoformat(DAY),
    DateTime: _instant,
}


def _given(made: CanaryTenant, cipher: TokenCipher, *, platform_token: str, password_hash: str) -> dict[str, Any]:
    """The values of columns that cannot be filled by their type alone."""
    context = secret_context("access_grant", "token_enc", made.id_of("tenant"), made.id_of("access_grant"))
    return {
        "access_grant.token_enc": cipher.encrypt(context, platform_token),
        "user_password.hash": password_hash,
        "user_account.email": f"{made.mark}-user-account-email@example.com",
        "ad_account.external_id": f"act_{made.mark}",
        "entity_tag.level": "AD",
        "naming_template.ad_account_ids": [made.id_of("ad_account")],
        "naming_template.fields": [
            {
                "key": made.mark,
                "type": "ENUM",
                "required": False,
                "labels": [{"code": made.mark, "label": made.mark}],
                "date_format": made.mark,
                "default": made.mark,
            }
        ],
        "naming_override.scope": "EXACT_NAME",
        "naming_override.level": None,
        "oauth_identity.provider": "FACEBOOK",
        "refresh_job.gaps": [{"day": None, "field": made.mark, "message": made.mark}],
        "insight.actions": [{"action_type": made.mark, "value": "1"}],
        "insight.action_values": [{"action_type": made.mark, "value": "1"}],
    } | _given_of_selling(made)


def _given_of_selling(made: CanaryTenant) -> dict[str, Any]:
    return {
        "channel.kind": "SHOP",
        "channel_access.id": made.id_of("channel"),
        "relay_agent.id": made.id_of("channel"),
        "relay_step.job_id": made.id_of("channel_job"),
        "listing.status": "LIVE",
        "listing.problems": [{"code": "INVALID", "message": made.mark, "field": [made.mark]}],
        "channel_job.problems": [{"code": "INVALID", "message": made.mark, "field": [made.mark]}],
        "channel.status": "CONNECTED",
        "order_case.order_external_id": f"{made.mark}-sales-order-external-id",
        "conversation.is_unread": True,
        "conversation.order_external_id": f"{made.mark}-sales-order-external-id",
        "conversation.listing_external_id": f"{made.mark}-listing-external-id",
        "order_case.actions": ["MESSAGE", made.mark],
        "channel_job.subject_kind": "Product",
        "channel_job.subject_id": made.id_of("product"),
        "channel.included_tax_rate": Decimal("0.19"),
        "own_attribute.is_active": True,
        "own_attribute.mappings": [
            {"channel_kind": "EBAY", "market": made.mark, "external_id": made.mark, "external_name": made.mark}
        ],
    }


async def canary_tenant(db: Database, cipher: TokenCipher, *, platform_token: str, password_hash: str) -> CanaryTenant:
    """Stored as the product stores: by the runtime role, under the tenant's own policies."""
    made = CanaryTenant()
    given = _given(made, cipher, platform_token=platform_token, password_hash=password_hash)
    async with db.write(made.scope) as session:
        connection = await session.connection()
        for table in (each for each in metadata.sorted_tables if each.name not in OF_EVERYBODY | OF_SYSTEM):
            made.rows[table.name] = made.fill(table, given)
            await connection.execute(insert(table).values(_insertable(table, made.rows[table.name])))
        second = made.rows["ad"] | {"id": new_id(), "external_id": f"{made.mark}-second-ad"}
        await connection.execute(insert(metadata.tables["ad"]).values(second))
        made.second_ad = encode_id("Ad", second["id"])
    return made


async def store_recent_days(db: Database, tenant: CanaryTenant) -> None:
    """Days of the account up to the day before yesterday, the last one far from the others; and an ad-day of that day.

    What looks at the last days, and at how they differ, finds something in them.
    """
    rows, last = tenant.rows, (NOW - timedelta(days=2)).date()
    days = [last - timedelta(days=back) for back in range(60)]
    days = [day for day in days if day != date.fromisoformat(DAY)]
    spent = [{**rows["insight_account_day"], "day": day, "spend": 1_000 if day == last else 1} for day in days]
    known = [{**rows["insight_day"], "day": day} for day in days]
    found = {"insight_account_day": spent, "insight_day": known, "insight": [{**rows["insight"], "day": last}]}
    async with db.write(tenant.scope) as session:
        connection = await session.connection()
        for name, values in found.items():
            await connection.execute(insert(metadata.tables[name]), values)


async def stored(db: Database, tenant: CanaryTenant) -> dict[str, list[str]]:
    """Every row of every table that the tenant sees and that carries its canary, as text."""
    shown = [table.name for table in metadata.sorted_tables if table.name not in NOT_SHOWN]
    found: dict[str, list[str]] = {name: [] for name in shown}
    async with db.read(tenant.scope) as session:
        rows = await (await session.connection()).execute(_rows_with_mark(shown), {"mark": f"%{tenant.mark}%"})
        for name, row in sorted(tuple(each) for each in rows):
            found[name].append(row)
        # Two hashes of one password have two recipes, and the hash itself is not to be read.
        found["user_password"] = [str(await password_recipe(session, tenant.id_of("user_account")))]
    return found


def _rows_with_mark(tables: Sequence[str]) -> TextClause:
    """One statement for all tables, since it is asked after every question."""
    one = """select '{0}', to_jsonb(t)::text from "{0}" t where to_jsonb(t)::text like :mark"""
    return text(" union all ".join(one.format(name) for name in tables))


def _insertable(table: Table, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether a person is staff, disabled or deleted is nothing that the runtime role says of a new one."""
    return {name: value for name, value in row.items() if table.name != User.__tablename__ or name in INSERTED}
