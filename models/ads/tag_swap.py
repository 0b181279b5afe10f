"""Writes tags: gives entities exactly the tags that they are to have, and touches no row that is right already.

What is stored is read and compared in Python, so that a change can be told before anything is written. Rows that differ
are copied into a temporary table and inserted from there: Postgres refuses COPY into a table under row-level security.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from analytics.enums import NamingLevel
from analytics.naming.derived import FieldValue
from models.ads.ad_account import raise_data_version
from models.copying import copy_in, escaped
from models.database import WriteSession

_COLUMNS = ("ad_account_id", "level", "entity_id", "field", "value", "source")
_LISTED = ", ".join(_COLUMNS)
_READ = """
select entity_id, field, value, source from entity_tag where tenant_id = $1 and entity_id = any($2::uuid[])
"""
_REMOVE = """
delete from entity_tag using unnest($2::uuid[], $3::varchar[]) as given (entity_id, field)
where entity_tag.tenant_id = $1 and entity_tag.entity_id = given.entity_id and entity_tag.field = given.field
"""
_INSERT = f"""
insert into entity_tag (tenant_id, {_LISTED})
select $1, {_LISTED} from tag_stage
on conflict (tenant_id, entity_id, field) do update set value = excluded.value, source = excluded.source
"""  # noqa: S608 - names of our own columns

# Value and source of each field of an entity.
StoredTags = dict[str, tuple[str | None, str]]


class TagPlace(NamedTuple):
    """Which account entities belong to, and what they are."""

    ad_account_id: UUID
    level: NamingLevel


@dataclass(slots=True)
class TagChanges:
    """What has to be written so that entities have the tags that they are to have.

    `entities` are those of which a value or a source changes, or a field comes or goes.
    """

    entities: set[UUID] = field(default_factory=set)
    accounts: set[UUID] = field(default_factory=set)
    removed: list[tuple[UUID, str]] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows are to be written and removed."""
        return len(self.removed) + len(self.lines)

    def add(self, place: TagPlace, entity_id: UUID, tags: Sequence[FieldValue], stored: StoredTags) -> None:
        """Adds what differs between the tags that an entity is to have and those that are stored."""
        left, before = dict(stored), self.rows
        for tag in tags:
            if left.pop(tag.field, None) != (tag.value, tag.source.value):
                self.lines.append(_line(place, entity_id, tag))
        self.removed += ((entity_id, name) for name in left)
        if self.rows > before:
            self.entities.add(entity_id)
            self.accounts.add(place.ad_account_id)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The rows to be written, as COPY takes them."""
        yield b"".join(self.lines)


async def stored_tags(session: WriteSession, entity_ids: Sequence[UUID]) -> dict[UUID, StoredTags]:
    """What is stored of those of these entities that have tags."""
    found: dict[UUID, StoredTags] = {}
    driver = await session.driver()
    for entity_id, name, value, source in await driver.fetch(_READ, session.tenant_id, list(entity_ids)):
        found.setdefault(entity_id, {})[name] = (value, source)
    return found


async def compare_tags(
    session: WriteSession, changes: TagChanges, place: TagPlace, tags: Mapping[UUID, Sequence[FieldValue]]
) -> None:
    """Adds to `changes` what it takes that each of these entities has exactly these tags."""
    stored = await stored_tags(session, list(tags))
    for entity_id, wanted in tags.items():
        changes.add(place, entity_id, wanted, stored.get(entity_id, {}))


async def store_changes(session: WriteSession, changes: TagChanges) -> None:
    """Writes the differences; each account that has any gets a new `data_version`.

    Whoever calls this has locked the accounts before the differences were found.
    """
    driver = await session.driver()
    if changes.removed:
        given = zip(*changes.removed, strict=True)
        await driver.execute(_REMOVE, session.tenant_id, *map(list, given))
    if changes.lines:
        await driver.execute("select stage_tags()")
        await copy_in(driver, "tag_stage", chunks=changes.chunks(), columns=_COLUMNS)
        await driver.execute(_INSERT, session.tenant_id)
    if changes.accounts:
        await raise_data_version(session, changes.accounts)


def _line(place: TagPlace, entity_id: UUID, tag: FieldValue) -> bytes:
    value = "\\N" if tag.value is None else escaped(tag.value)
    told = (place.ad_account_id.hex, place.level.value, entity_id.hex, escaped(tag.field), value, tag.source.value)
    return ("\t".join(map(str, told)) + "\n").encode()
