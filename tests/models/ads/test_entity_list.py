"""Lists of entities on a real Postgres: order, paging, filters, and what is below many parents."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from errors import BadInput
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount, AdAccountStatus
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative
from models.ads.entity_filter import AdAccountFilter, EntityFilter, Filter
from models.ads.entity_list import (
    ChildCount,
    Children,
    EntityOrder,
    EntityPage,
    count_entities,
    counts_by_parent,
    list_entities,
    pages_by_parent,
    rows_by_ids,
)
from models.ads.tag_filter import TagMatch
from models.database import Database
from models.ids import new_id
from models.keyset import KeysetPage, Window
from models.platform import Platform
from models.text_match import TextMatch
from tests.worlds.ads import EntityWorld, entity_world, statements

AN_HOUR = datetime(2026, 1, 1, tzinfo=UTC)
SORT_KEYS = {
    EntityOrder.NAME_ASC: (lambda row: (row.name.lower(), row.id), False),
    EntityOrder.NAME_DESC: (lambda row: (row.name.lower(), row.id), True),
    EntityOrder.CREATED_ASC: (lambda row: (row.created_at, row.id), False),
    EntityOrder.CREATED_DESC: (lambda row: (row.created_at, row.id), True),
}


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


async def pages(world: EntityWorld, order: EntityOrder, size: int) -> AsyncIterator[KeysetPage[Campaign]]:
    """Every page, each read in a session of its own as clients do."""
    after = None
    while True:
        async with world.db.read(world.viewer) as session:
            part = await list_entities(session, Campaign, EntityPage(Window(size, after), order=order))
        yield part
        if not part.has_next:
            return
        after = part.cursors[-1]


async def names(world: EntityWorld, kind: type, wanted: Filter) -> list[str]:
    async with world.db.read(world.viewer) as session:
        part = await list_entities(session, kind, EntityPage(Window(100), wanted))
        assert len(part.rows) == await count_entities(session, kind, wanted)
    return [row.name for row in part.rows]


@pytest.mark.parametrize("order", EntityOrder)
async def test_every_order_is_total_over_equal_names_and_instants(world: EntityWorld, order: EntityOrder) -> None:
    account = await world.account()
    for shift in range(3):
        made = AN_HOUR + timedelta(hours=shift)
        await world.campaigns(account, "same", "same", "Same", "other", "", created_at=made)
    rows = [row async for part in pages(world, order, 4) for row in part.rows]
    key, descending = SORT_KEYS[order]
    assert [row.id for row in rows] == [row.id for row in sorted(rows, key=key, reverse=descending)]
    assert len({row.id for row in rows}) == 15


@pytest.mark.parametrize("order", EntityOrder)
async def test_rows_inserted_while_paging_hide_and_repeat_nothing(world: EntityWorld, order: EntityOrder) -> None:
    account, dice = await world.account(), Random(7)
    before = await world.campaigns(account, *(f"name {dice.randrange(5)}" for _ in range(12)), created_at=AN_HOUR)
    seen: list[UUID] = []
    async for part in pages(world, order, 3):
        seen += [row.id for row in part.rows]
        made = AN_HOUR + timedelta(minutes=dice.randrange(-2, 3))
        await world.campaigns(account, f"name {dice.randrange(5)}", created_at=made)
        if len(seen) > 60:
            break
    assert len(seen) == len(set(seen))
    assert {row.id for row in before} <= set(seen)


async def test_only_a_page_with_more_behind_it_has_a_next_one(world: EntityWorld) -> None:
    await world.campaigns(await world.account(), "a", "b", "c", "d")
    found = [part async for part in pages(world, EntityOrder.NAME_ASC, 2)]
    assert [(len(part.rows), part.has_next, part.has_previous) for part in found] == [
        (2, True, False),
        (2, False, True),
    ]


@pytest.mark.parametrize(
    ("kind", "order"),
    [(AdSet, EntityOrder.NAME_ASC), (Campaign, EntityOrder.NAME_DESC), (Campaign, EntityOrder.CREATED_ASC)],
)
async def test_a_cursor_of_another_list_or_order_is_refused(world: EntityWorld, kind: type, order: EntityOrder) -> None:
    await world.campaigns(await world.account(), "a", "b")
    [first, *_] = [part async for part in pages(world, EntityOrder.NAME_ASC, 1)]
    async with world.db.read(world.viewer) as session:
        with pytest.raises(BadInput):
            await list_entities(session, kind, EntityPage(Window(1, first.cursors[0]), order=order))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("50%", ["50% off"]),
        ("_", ["under_score"]),
        ("\\", ["back\\slash"]),
        ("/", ["slash/ed"]),
        ("' or 1=1 --", []),
        ("OFF", ["50% off", "500 offers"]),
        ("ÄPFEL", ["Grüne Äpfel"]),
        ("grune apf", ["Grüne Äpfel"]),
        ("", ["50% off", "500 offers", "Grüne Äpfel", "back\\slash", "slash/ed", "under_score"]),
    ],
)
async def test_text_is_matched_but_for_case_and_accents(world: EntityWorld, text: str, found: list[str]) -> None:
    account = await world.account()
    await world.campaigns(account, "50% off", "500 offers", "under_score", "back\\slash", "slash/ed", "Grüne Äpfel")
    assert sorted(await names(world, Campaign, EntityFilter(name=TextMatch(contains=text)))) == sorted(found)


@pytest.mark.parametrize(
    ("match", "found"),
    [
        (TextMatch(eq="ALPHA"), ["Alpha"]),
        (TextMatch(eq="alph_"), []),
        (TextMatch(any_of=("beta", "GAMMA", "nobody")), ["Beta", "gamma"]),
        (TextMatch(any_of=()), []),
        (TextMatch(starts_with="al"), ["Alpha", "Alpha two"]),
        (TextMatch(starts_with="%"), []),
        (TextMatch(is_null=True), []),
        (TextMatch(is_null=False), ["Alpha", "Alpha two", "Beta", "gamma"]),
        (TextMatch(starts_with="alpha", contains="TWO"), ["Alpha two"]),
    ],
)
async def test_every_given_part_of_a_text_match_holds(world: EntityWorld, match: TextMatch, found: list[str]) -> None:
    await world.campaigns(await world.account(), "Alpha", "Alpha two", "Beta", "gamma")
    assert await names(world, Campaign, EntityFilter(name=match)) == found


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800"])
def test_text_that_postgres_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        TextMatch(contains=text)


COMPOSED, DECOMPOSED = "Caf\u00e9 50%", "Cafe\u0301 50%"


@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED, COMPOSED.upper(), DECOMPOSED.upper()])
@pytest.mark.parametrize("part", ["eq", "any_of", "contains", "starts_with"])
async def test_accents_do_not_count_however_they_are_spelt(world: EntityWorld, part: str, typed: str) -> None:
    await world.campaigns(await world.account(), COMPOSED, DECOMPOSED, "Cafe 50%", "Caf 50%")
    match = TextMatch(**{part: (typed,) if part == "any_of" else typed})  # type: ignore[arg-type]
    assert {*await names(world, Campaign, EntityFilter(name=match))} == {COMPOSED, DECOMPOSED, "Cafe 50%"}


BEGINNING = "caf\u00e9 " + "x" * 700


@pytest.mark.parametrize(
    ("part", "typed", "found"),
    [
        ("eq", BEGINNING.upper() + "A", "a"),
        ("any_of", BEGINNING + "b", "b"),
        ("eq", BEGINNING, ""),
        ("contains", "CAFE xx", "ab"),
        ("contains", "xA", "a"),
        ("contains", BEGINNING.upper() + "B", "b"),
        ("contains", "x" * 701, ""),
        ("starts_with", "CAFE xx", "ab"),
        ("starts_with", BEGINNING + "B", "b"),
        ("starts_with", BEGINNING.upper(), "ab"),
    ],
)
async def test_long_names_are_told_apart_behind_the_end_of_their_keys(
    world: EntityWorld, part: str, typed: str, found: str
) -> None:
    await world.campaigns(await world.account(), BEGINNING + "a", BEGINNING + "b")
    match = TextMatch(**{part: (typed,) if part == "any_of" else typed})  # type: ignore[arg-type]
    assert "".join(name[-1] for name in await names(world, Campaign, EntityFilter(name=match))) == found


@pytest.mark.parametrize(("typed", "found"), [("STRASSE", "Stra\u00dfe"), ("\u0439", "\u0419"), ("\u0438", None)])
async def test_letters_are_the_same_that_are_so_in_the_order(world: EntityWorld, typed: str, found: str | None) -> None:
    await world.campaigns(await world.account(), "Stra\u00dfe", "\u0419")
    listed = await names(world, Campaign, EntityFilter(name=TextMatch(eq=typed)))
    assert listed == ([found] if found else [])


ECLAIRS = ["Eclair 1", "\u00c9clair 2", "e\u0301clair 3", "\u00e9clair 4", "eclair 5"]
IN_ORDER = ["apple", "Banana", "cherry", *ECLAIRS, "Fig"]


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("order", [EntityOrder.NAME_ASC, EntityOrder.NAME_DESC])
async def test_names_are_in_order_whatever_their_case_and_accents(
    world: EntityWorld, order: EntityOrder, size: int
) -> None:
    await world.campaigns(await world.account(), *Random(3).sample(IN_ORDER, len(IN_ORDER)))
    found = [row.name for part in [part async for part in pages(world, order, size)] for row in part.rows]
    assert found == (IN_ORDER if order is EntityOrder.NAME_ASC else IN_ORDER[::-1])


async def test_accounts_are_filtered_by_platform_status_and_name(world: EntityWorld) -> None:
    await world.account(name="Open")
    await world.account(name="Shut", status=AdAccountStatus.CLOSED)
    assert await names(world, AdAccount, AdAccountFilter(platform=Platform.META)) == ["Open", "Shut"]
    assert await names(world, AdAccount, AdAccountFilter(status=(AdAccountStatus.CLOSED,))) == ["Shut"]
    assert await names(world, AdAccount, AdAccountFilter(status=())) == []
    assert await names(world, AdAccount, AdAccountFilter(name=TextMatch(eq="open"))) == ["Open"]


async def test_ids_narrow_each_level(world: EntityWorld) -> None:
    here, there = await world.account(), await world.account()
    [spring, _], [abroad] = await world.campaigns(here, "spring", "autumn"), await world.campaigns(there, "abroad")
    [warm], [far] = await world.ad_sets(spring, "warm"), await world.ad_sets(abroad, "far")
    await world.ads(warm, "sun")
    await world.ads(far, "sea")
    expected = {Campaign: ["spring"], AdSet: ["warm"], Ad: ["sun"]}
    for kind, found in expected.items():
        assert await names(world, kind, EntityFilter(campaign_ids=(spring.id,))) == found
        assert await names(world, kind, EntityFilter(ad_set_ids=(warm.id, new_id()))) == found
        assert await names(world, kind, EntityFilter(ad_account_ids=(here.id,), ad_set_ids=(far.id,))) == []
        assert await names(world, kind, EntityFilter(campaign_ids=())) == []
    assert await names(world, Campaign, EntityFilter(ad_account_ids=(here.id,))) == ["autumn", "spring"]


async def test_a_creative_is_matched_by_one_ad_that_meets_every_part(world: EntityWorld) -> None:
    account = await world.account()
    [film, photo] = await world.creatives(account, "film", "photo")
    [one, two] = await world.campaigns(account, "one", "two")
    [set_one], [set_two] = await world.ad_sets(one, "set one"), await world.ad_sets(two, "set two")
    await world.ads(set_one, "ad", creative_id=film.id)
    await world.ads(set_two, "ad", creative_id=film.id, status=DeliveryStatus.PAUSED)
    await world.ads(set_two, "ad", creative_id=photo.id, status=DeliveryStatus.PAUSED)
    assert await names(world, Creative, EntityFilter(campaign_ids=(one.id,))) == ["film"]
    assert await names(world, Creative, EntityFilter(status=(DeliveryStatus.PAUSED,))) == ["film", "photo"]
    paused_in_one = EntityFilter(campaign_ids=(one.id,), status=(DeliveryStatus.PAUSED,))
    assert await names(world, Creative, paused_in_one) == []
    assert await names(world, Creative, EntityFilter(ad_account_ids=(account.id,))) == ["film", "photo"]


async def test_pages_below_many_parents_are_one_statement(world: EntityWorld) -> None:
    campaigns = await world.campaigns(await world.account(), *(f"c{n}" for n in range(20)))
    for campaign in campaigns[:-1]:
        await world.ad_sets(campaign, "b", "a", "c", "a")
    keys = [Children(campaign.id, Window(3)) for campaign in campaigns]
    async with world.db.read(world.viewer) as session:
        with statements(world.db) as sent:
            found = await pages_by_parent(AdSet, AdSet.campaign_id)(session, keys)
    assert len(sent) == 1
    assert [[row.name for row in part.rows] for part in found] == [["a", "a", "b"]] * 19 + [[]]
    assert [part.has_next for part in found] == [True] * 19 + [False]
    for campaign, part in zip(campaigns, found, strict=True):
        assert {row.campaign_id for row in part.rows} <= {campaign.id}


async def test_different_pages_below_parents_do_not_mix(world: EntityWorld) -> None:
    account = await world.account()
    [one, two] = await world.campaigns(account, "one", "two")
    await world.ad_sets(one, "a", "b", "c")
    await world.ad_sets(two, "a", "b", "c")
    load = pages_by_parent(AdSet, AdSet.campaign_id)
    async with world.db.read(world.viewer) as session:
        [head] = await load(session, [Children(one.id, Window(1))])
        only_c = EntityFilter(name=TextMatch(eq="c"))
        keys = [
            Children(two.id, Window(2)),
            Children(one.id, Window(5, head.cursors[0])),
            Children(one.id, Window(2)),
            Children(one.id, Window(2), only_c),
        ]
        found = await load(session, keys)
        counts = await counts_by_parent(AdSet, AdSet.campaign_id)(
            session, [ChildCount(one.id), ChildCount(two.id, only_c), ChildCount(new_id())]
        )
    assert [[row.name for row in part.rows] for part in found] == [["a", "b"], ["b", "c"], ["a", "b"], ["c"]]
    assert counts == [3, 1, 0]


async def test_another_tenant_finds_nothing(world: EntityWorld, db: Database) -> None:
    account = await world.account()
    [campaign] = await world.campaigns(account, "secret")
    [ad_set] = await world.ad_sets(campaign, "secret")
    await world.ads(ad_set, "secret")
    await world.creatives(account, "secret")
    stranger = await entity_world(db)
    for kind in (AdAccount, Campaign, AdSet, Ad, Creative):
        wanted = AdAccountFilter() if kind is AdAccount else EntityFilter()
        assert await names(stranger, kind, wanted) == []
    async with db.read(stranger.viewer) as session:
        assert await rows_by_ids(Campaign)(session, [campaign.id]) == []
        [below] = await pages_by_parent(AdSet, AdSet.campaign_id)(session, [Children(campaign.id, Window(5))])
        assert below.rows == []
        assert await counts_by_parent(AdSet, AdSet.campaign_id)(session, [ChildCount(campaign.id)]) == [0]


def everything_asked(text: str, status: DeliveryStatus) -> EntityFilter:
    match = TextMatch(eq=text, any_of=(text,), contains=text, starts_with=text, is_null=False)
    ids = (new_id(),)
    return EntityFilter(ids, ids, ids, (status,), match, TagMatch(text, match), (text,), (text,))


@pytest.mark.parametrize("kind", [Campaign, AdSet, Ad, Creative])
async def test_filters_of_one_shape_are_one_statement(world: EntityWorld, kind: type) -> None:
    filters = [everything_asked("one's", DeliveryStatus.ACTIVE), everything_asked("tw\u00f6%", DeliveryStatus.PAUSED)]
    with statements(world.db) as sent:
        found = [await names(world, kind, wanted) for wanted in filters]
    assert found == [[], []]
    assert len(sent) == 4
    assert sent[:2] == sent[2:]
    assert "one's" not in sent[0]
