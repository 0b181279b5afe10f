"""Writes tags: gives entities exactly the tags that they are to have, and touches no row that is right already.

What is stored is read and compared in Python, so that a change can be told before anything is written. Rows that differ
are copied into a temporary table and inserted from there: Postgres refuses COPY into a table under row-level security.
"""

from collections import defaultdict
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
# To make a chunk takes about a millisecond.
_LINES_OF_CHUNK = 5_000
# Each entity is looked up by itself, so that the plan does not depend on how many tags Postgres believes there are: of
# a table that was filled a moment ago it knows nothing, and would rather read all tags of the tenant for every thousand
# entities. All indexes begin with the tenant, and where Postgres believes that it has no tags, the lowest looks best.
# The index of the key alone brings rows in this order (by a range of one entity: what equals a value needs no order),
# and where nothing may be sorted, no other can be taken. Removing may read all tags of the tenant, and so is done for
# many rows at once.
_UNSORTED, _SORTED = "set local enable_sort = off", "set local enable_sort = on"
_READ = """
select given.id, tag.ctid, tag.field, tag.value, tag.source
from unnest($2::uuid[]) as given (id) cross join lateral (
    select ctid, field, value, source from entity_tag
    where tenant_id = $1 and entity_id between given.id and given.id
    order by entity_id, field offset 0
) as tag
"""
_REMOVE = "delete from entity_tag where tenant_id = $1 and ctid = any($2::tid[])"
_DELETE = "delete from entity_tag where tenant_id = $1 and ad_account_id = $2"
_INSERT = f"""
insert into entity_tag (tenant_id, {_LISTED})
select $1, {_LISTED} from tag_stage
on conflict (tenant_id, entity_id, field) do update set value = excluded.value, source = excluded.source
"""  # noqa: S608 - names of our own columns

# What is stored of an entity: field, value and source of each tag, equal to a FieldValue, and where the row lies.
StoredTags = Mapping[tuple[str, str | None, str], tuple[int, int]]


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
    removed: list[tuple[int, int]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    # The end of the line that a tag is written as: many entities have the same tags.
    _endings: dict[FieldValue, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows are to be written and removed."""
        return len(self.removed) + len(self.lines)

    def add(self, place: TagPlace, entity_id: UUID, tags: Sequence[FieldValue], stored: StoredTags) -> None:
        """Adds what differs between the tags that an entity is to have and those that are stored."""
        if stored.keys() == set(tags):
            return
        start, endings = f"{place.ad_account_id}\t{place.level}\t{entity_id}\t", self._endings
        for tag in tags:
            if tag not in stored:
                self.lines.append(start + (endings.get(tag) or endings.setdefault(tag, _ending(tag))))
        fields = {tag.field for tag in tags}
        self.removed += [row for (name, _, _), row in stored.items() if name not in fields]
        self.entities.add(entity_id)
        self.accounts.add(place.ad_account_id)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The rows to be written, as COPY takes them."""
        for start in range(0, len(self.lines), _LINES_OF_CHUNK):
            yield "".join(self.lines[start : start + _LINES_OF_CHUNK]).encode()


async def stored_tags(session: WriteSession, entity_ids: Sequence[UUID]) -> dict[UUID, StoredTags]:
    """What is stored of those of these entities that have tags."""
    found: defaultdict[UUID, dict[tuple[str, str | None, str], tuple[int, int]]] = defaultdict(dict)
    driver = await session.driver()
    await driver.execute(_UNSORTED)
    stored = await driver.fetch(_READ, session.tenant_id, list(entity_ids))
    await driver.execute(_SORTED)
    for row in stored:
        found[row[0]][row[2:]] = row[1]
    return dict(found)


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
        await driver.execute(_REMOVE, session.tenant_id, changes.removed)
    if changes.lines:
        await driver.execute("select stage_tags()")
        await copy_in(driver, "tag_stage", chunks=changes.chunks(), columns=_COLUMNS)
        await driver.execute(_INSERT, session.tenant_id)
    if changes.accounts:
        await raise_data_version(session, changes.accounts)


async def delete_tags(session: WriteSession, ad_account_id: UUID) -> None:
    """Deletes all tags of the account."""
    driver = await session.driver()
    await driver.execute(_DELETE, session.tenant_id, ad_account_id)


def _ending(tag: FieldValue) -> str:
    value = "\\N" if tag.value is None else escaped(tag.value)
    return f"{escaped(tag.field)}\t{value}\t{tag.source}\n"
