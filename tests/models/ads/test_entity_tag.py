"""Tags on a real Postgres: what is written, what changes, and what all ads of a creative say."""

from uuid import UUID

import pytest
from asyncpg import CheckViolationError
from sqlalchemy import text
from sqlmodel import select

from analytics.enums import NamingLevel, TagSource
from analytics.naming.derived import FieldValue
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount, delete_ad_account
from models.ads.entity_tag import EntityTag, Tag, tags_by_creative, tags_by_entity
from models.ads.tag_swap import TagChanges, TagPlace, compare_tags, delete_tags, store_changes
from models.database import Database
from models.ids import new_id
from tests.worlds.ads import EntityWorld, entity_world, give_tags, statements

# In this transaction: rows that were read from the table one by one, or by where they lie.
_TAGS_READ = text("""
    select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relid = 'entity_tag'::regclass
""")


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


@pytest.fixture
async def account(world: EntityWorld) -> AdAccount:
    return await world.account()


async def some_ads(world: EntityWorld, account: AdAccount, *names: str, creative_id: UUID | None = None) -> list[Ad]:
    [campaign] = await world.campaigns(account, "campaign")
    [ad_set] = await world.ad_sets(campaign, "ad set")
    return await world.ads(ad_set, *names, creative_id=creative_id)


async def tags(world: EntityWorld, *ids: UUID) -> list[list[Tag]]:
    async with world.db.read(world.viewer) as session:
        return await tags_by_entity(session, ids)


async def tags_of_creative(world: EntityWorld, creative_id: UUID) -> list[tuple[str, str | None, TagSource]]:
    async with world.db.read(world.viewer) as session:
        [found] = await tags_by_creative(session, [creative_id])
    return [(tag.field, tag.value, tag.source) for tag in found]


async def version(world: EntityWorld, account: AdAccount) -> int:
    async with world.db.read(world.viewer) as session:
        return (await session.get_one(AdAccount, (account.tenant_id, account.id))).data_version


async def test_tags_of_many_entities_are_one_statement_in_order_of_field(
    world: EntityWorld, account: AdAccount
) -> None:
    one, two, bare = await some_ads(world, account, "one", "two", "bare")
    await world.tag(one, format="video", angle="ugc", Zone=None)
    await world.tag(two, Tag("angle", None, TagSource.OVERRIDE), Tag("format", "9x16", TagSource.MAPPED))
    with statements(world.db) as sent:
        found = await tags(world, two.id, bare.id, one.id)
    assert len(sent) == 1
    assert found == [
        [Tag("angle", None, TagSource.OVERRIDE), Tag("format", "9x16", TagSource.MAPPED)],
        [],
        [Tag("Zone", None, TagSource.MISSING), Tag("angle", "ugc", TagSource.PARSED),
         Tag("format", "video", TagSource.PARSED)],
    ]  # fmt: skip


async def test_only_what_differs_is_written_and_gives_the_account_a_new_version(
    world: EntityWorld, account: AdAccount
) -> None:
    ad, other = await some_ads(world, account, "ad", "other")
    await world.tag(other, angle="demo")
    steps: list[tuple[dict[str, str | None], int]] = [
        ({"angle": "ugc", "hook": "question"}, 2),
        ({"angle": "ugc", "hook": "question"}, 0),
        ({"angle": "UGC", "hook": "question"}, 1),
        ({"hook": "question", "offer": None}, 2),
        ({}, 2),
        ({}, 0),
    ]
    for given, changed in steps:
        before = await version(world, account)
        assert await world.tag(ad, **given) == changed
        assert (await version(world, account) > before) is bool(changed)
        [found, untouched] = await tags(world, ad.id, other.id)
        assert {tag.field: tag.value for tag in found} == given
        assert untouched == [Tag("angle", "demo", TagSource.PARSED)]


async def test_another_source_of_the_same_value_is_a_change(world: EntityWorld, account: AdAccount) -> None:
    [ad] = await some_ads(world, account, "ad")
    await world.tag(ad, angle="ugc")
    assert await world.tag(ad, Tag("angle", "ugc", TagSource.OVERRIDE)) == 1
    assert await tags(world, ad.id) == [[Tag("angle", "ugc", TagSource.OVERRIDE)]]


@pytest.mark.parametrize(
    "tag",
    [
        Tag("angle", "", TagSource.PARSED),
        Tag("angle", None, TagSource.PARSED),
        Tag("angle", "ugc", TagSource.MISSING),
        Tag("", "ugc", TagSource.PARSED),
        Tag("x" * 51, "ugc", TagSource.PARSED),
        Tag("angle", "x" * 2_001, TagSource.PARSED),
    ],
    ids=["empty", "null and parsed", "missing with a value", "no field", "long field", "long value"],
)
async def test_the_table_holds_no_tag_that_has_two_meanings(world: EntityWorld, account: AdAccount, tag: Tag) -> None:
    [ad] = await some_ads(world, account, "ad")
    with pytest.raises(CheckViolationError):
        await world.tag(ad, tag)


async def test_the_longest_field_and_value_fit_their_index(world: EntityWorld, account: AdAccount) -> None:
    [ad] = await some_ads(world, account, "ad")
    longest = Tag("\U0001f600" * 50, "".join(map(chr, range(0x20000, 0x207D0))), TagSource.PARSED)
    await world.tag(ad, longest)
    assert await tags(world, ad.id) == [[longest]]


async def test_a_creative_has_the_values_in_which_all_its_ads_agree(world: EntityWorld, account: AdAccount) -> None:
    [film, other] = await world.creatives(account, "film", "other")
    one, two = await some_ads(world, account, "one", "two", creative_id=film.id)
    await some_ads(world, account, "three", creative_id=other.id)
    await world.tag(one, Tag("hook", "question", TagSource.PARSED), angle="ugc", case="a", alone="yes", none=None)
    await world.tag(two, Tag("hook", "question", TagSource.OVERRIDE), angle="ugc", case="A", none=None, gone=None)
    assert await tags_of_creative(world, film.id) == [
        ("angle", "ugc", TagSource.PARSED),
        ("hook", "question", TagSource.OVERRIDE),
        ("none", None, TagSource.MISSING),
    ]
    assert await tags_of_creative(world, other.id) == []
    assert await tags_of_creative(world, new_id()) == []


async def test_tags_end_with_their_account(world: EntityWorld, account: AdAccount) -> None:
    [ad] = await some_ads(world, account, "ad")
    await world.tag(ad, angle="ugc")
    kept = await world.account()
    [campaign] = await world.campaigns(kept, "kept")
    await world.tag(campaign, angle="demo")
    async with world.db.write(world.viewer) as session:
        await delete_tags(session, account.id)
        await delete_ad_account(session, account.id)
    async with world.db.read(world.viewer) as session:
        left = (await session.exec(select(EntityTag.entity_id).where(EntityTag.tenant_id == world.tenant_id))).all()
    assert left == [campaign.id]


async def test_another_tenant_reads_and_changes_nothing(world: EntityWorld, account: AdAccount, db: Database) -> None:
    [film] = await world.creatives(account, "film")
    [ad] = await some_ads(world, account, "ad", creative_id=film.id)
    await world.tag(ad, angle="ugc")
    stranger = await entity_world(db)
    assert await tags(stranger, ad.id) == [[]]
    assert await tags_of_creative(stranger, film.id) == []
    own = await stranger.account()
    async with db.write(stranger.viewer) as session:
        assert await give_tags(session, own.id, NamingLevel.AD, {ad.id: []}) == 0
    assert await tags(world, ad.id) == [[Tag("angle", "ugc", TagSource.PARSED)]]


@pytest.mark.one_node(reason="the coordinator does not count what its nodes read")
async def test_tags_of_a_moment_ago_are_read_once_each(world: EntityWorld, account: AdAccount) -> None:
    """Postgres has no statistics on them yet and must not be tempted to read all tags of the tenant for some ads."""
    ids = [new_id() for _ in range(400)]
    given = [Tag(name, "x", TagSource.PARSED) for name in "abcdef"]
    less = [FieldValue("b", "x", TagSource.PARSED)]
    async with world.db.write(world.viewer) as session:
        connection, changes = await session.connection(), TagChanges()
        await give_tags(session, account.id, NamingLevel.AD, dict.fromkeys(ids, given))
        before = (await connection.execute(_TAGS_READ)).scalar_one()
        for start in range(0, len(ids), 50):
            some = dict.fromkeys(ids[start : start + 50], less)
            await compare_tags(session, changes, TagPlace(account.id, NamingLevel.AD), some)
        await store_changes(session, changes)
        read = (await connection.execute(_TAGS_READ)).scalar_one() - before
    assert changes.rows == 5 * len(ids)
    assert read <= 3 * 6 * len(ids)
