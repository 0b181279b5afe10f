"""What every table is made of: column types, names of constraints, base classes of rows, and the condition for ids.

This module has no table and no query.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Dialect,
    ForeignKeyConstraint,
    Numeric,
    String,
    TypeDecorator,
    Uuid,
    any_,
    func,
    literal,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from models.ids import new_id

# Set before the first table is declared: Alembic, and a later move to shards, address constraints by their names.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
}
metadata = SQLModel.metadata

TEXT_LIST = ARRAY(String())
JSON = JSONB(none_as_null=True)
# Money in any currency: digits in all and behind the point.
AMOUNT = Numeric(18, 4)
# Sums of money that have no bound, and shares, which have no last digit.
EXACT = Numeric()


class TextEnum(TypeDecorator[StrEnum]):
    """A closed set of values, stored as text because a Postgres enum cannot lose a member; `one_of` adds the CHECK."""

    impl = String
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members
        self._by_value: dict[str | None, StrEnum | None] = {None: None} | {each.value: each for each in members}
        # What turns a stored text into its member, and null into None.
        self.read = self._by_value.__getitem__

    def __repr__(self) -> str:
        return "String()"

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Raises ValueError for a value that is no member, before the database has to refuse it."""
        return None if value is None else self.members(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002 - see above
        return self.read(value)


def one_of(column: str, members: type[StrEnum]) -> CheckConstraint:
    """The CHECK that lets `column` hold the members' values only."""
    values = ", ".join(f"'{member.value}'" for member in members)
    return CheckConstraint(f"{column} in ({values})", name=column)


def tenant_key(column: str, table: str, *, cascade: bool = True) -> ForeignKeyConstraint:
    """The composite key to a row of the same tenant: a key on the id alone would accept another tenant's row."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete="CASCADE" if cascade else None
    )


def dated(*, index: bool = False) -> Any:
    """The column of an instant: Postgres' time of the insert, unless the row that is inserted already has one."""
    return Field(default=None, index=index, sa_column_kwargs={"default": func.now()})


def owned_by_tenant() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenant.id"], ondelete="CASCADE")


def array_text(texts: Sequence[str]) -> str:
    """The list as Postgres writes it in one text."""
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in texts)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"


def is_any(column: Any, ids: Sequence[UUID]) -> ColumnElement[bool]:
    """The condition that `column` is one of `ids`, which are one parameter: the statement is the same for any number.

    So Postgres and asyncpg keep one prepared statement, not one for each number of ids.
    """
    return cast("ColumnElement[bool]", column == any_(literal(list(ids), ARRAY(Uuid()))))


def is_any_text(column: Any, texts: Sequence[str]) -> ColumnElement[bool]:
    """The same for texts: ids of platforms, and members of closed sets."""
    wanted = literal([str(each) for each in texts], TEXT_LIST)
    return type_coerce(column, String()) == any_(wanted)


class Row(SQLModel):
    """The base class of every table's class."""

    __tablename__: ClassVar[Any]


class TenantRow(Row):
    """A row of one tenant; its table is under row-level security and its keys begin with the tenant."""

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
