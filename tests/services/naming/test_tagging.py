"""Tags follow from templates, overrides, names and places, whatever happens in whatever order, and at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from analytics.enums import NamingLevel
from analytics.naming.deriver import Deriver
from integrations.ads.records import AdRecord
from models.database import WriteSession
from services.ingestion.entities.storing import Known, store_ads
from services.naming.tagging import Tagger
from services.naming.templates import delete_naming_template
from services.naming.turns import in_turns
from services.toolbox import Toolbox
from tests.worlds.ads import NOON, statements
from tests.worlds.naming import NamingWorld, naming_world, of, position
from tests.worlds.naming_model import ACTIONS, Action, NamingModel, naming_model

_SEEDS = some.integers(0, 1_000_000)
_WAITING = text("select 1 from pg_locks where pg_backend_pid() = any(pg_blocking_pids(pid)) and not granted")


@pytest.fixture
async def world(tools: Toolbox) -> NamingWorld:
    return await naming_world(tools)


@pytest.fixture
def made(tools: Toolbox) -> Callable[[], Awaitable[NamingModel]]:
    return lambda: naming_model(tools)


@settings(max_examples=4, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=some.lists(some.tuples(some.sampled_from(ACTIONS), _SEEDS), min_size=4, max_size=9))
async def test_tags_are_what_deriving_everything_anew_gives(
    made: Callable[[], Awaitable[NamingModel]], steps: list[tuple[Action, int]]
) -> None:
    model = await made()
    for action, seed in steps:
        await model.do(action, seed)


def ad_record(world: NamingWorld, name: str, *, ad_set: int = 0) -> AdRecord:
    return AdRecord(
        external_id=f"{world.account.external_id} new",
        ad_set_external_id=world.ad_sets[ad_set].external_id,
        campaign_external_id=world.campaign.external_id,
        creative_external_id=None,
        name=name,
        status="ACTIVE",
        created_at=NOON,
        updated_at=NOON,
    )


async def stored(session: WriteSession, world: NamingWorld, record: AdRecord) -> Any:
    """As a refresh does it; answers something with the ad's id."""
    run: Any = SimpleNamespace(scope=world.entities.viewer, account=world.account, started_at=NOON)
    place = (await store_ads(session, run, Known(), [record]))[record.external_id]
    return SimpleNamespace(id=place.ad_id)


async def test_a_refresh_tags_what_it_stores_in_the_same_transaction(world: NamingWorld) -> None:
    await world.save("angle", "hook")
    await world.say(of(world.ad_sets[1], "market", "UK"))
    async with world.tools.db.write(world.entities.viewer) as session:
        ad = await stored(session, world, ad_record(world, "new_list"))
    assert await world.tags(ad) == [{"angle": "new", "hook": "list"}]
    async with world.tools.db.write(world.entities.viewer) as session:
        await stored(session, world, ad_record(world, "new", ad_set=1))
        await session.rollback()
    assert await world.tags(ad) == [{"angle": "new", "hook": "list"}]
    async with world.tools.db.write(world.entities.viewer) as session:
        await stored(session, world, ad_record(world, "renamed_list", ad_set=1))
    assert await world.tags(ad) == [{"angle": "renamed", "hook": "list", "market": "UK"}]


async def test_without_templates_and_overrides_a_refresh_looks_at_no_tag(world: NamingWorld) -> None:
    async with world.tools.db.write(world.entities.viewer) as session:
        with statements(world.tools.db) as sent:
            await stored(session, world, ad_record(world, "new_list"))
    assert [each for each in sent if "entity_tag" in each] == []
    assert len([each for each in sent if "naming_" in each]) == 2


@pytest.mark.one_node(reason="the coordinator does not show the locks of its nodes")
async def test_a_change_of_naming_waits_for_a_refresh_that_stores_ads(world: NamingWorld) -> None:
    template = await world.save("angle", "hook")
    async with world.tools.db.write(world.entities.viewer) as session:
        ad = await stored(session, world, ad_record(world, "new_list"))
        saving = asyncio.create_task(world.save("angle", "offer", template=template))
        while not (await (await session.connection()).execute(_WAITING)).first():  # noqa: ASYNC110 - locks tell no event
            await asyncio.sleep(0)
        assert not saving.done()
    await saving
    assert await world.tags(ad) == [{"angle": "new", "offer": "list"}]


@pytest.mark.one_node(reason="the coordinator does not show the locks of its nodes")
async def test_a_refresh_waits_for_a_change_of_naming(world: NamingWorld) -> None:
    """It reads the templates once the change has ended, so the ad, which the change did not see, has the new tags."""
    template, is_waiting = await world.save("angle", "hook"), asyncio.Event()

    async def refresh() -> Any:
        async with world.tools.db.write(world.entities.viewer) as session:
            return await stored(session, world, ad_record(world, "new_list"))

    async with world.tools.db.write(world.entities.viewer) as session:
        held = text("select from ad_account where tenant_id = :tenant and id = :id for no key update")
        of_account = {"tenant": world.entities.tenant_id, "id": world.account.id}
        await (await session.connection()).execute(held, of_account)
        deleting = asyncio.create_task(delete_naming_template(world.tools.db, world.entities.viewer, template.id))
        while not (await (await session.connection()).execute(_WAITING)).first():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)
        refreshing = asyncio.create_task(refresh())
        is_waiting.set()
    await deleting
    assert await world.tags(await refreshing) == [{}]


async def test_what_is_written_in_parts_is_written_whole(world: NamingWorld) -> None:
    template = position("angle", "hook"), position("market", level=NamingLevel.CAMPAIGN)
    # Of six entities all have tags, then the three ads, then none.
    for templates, changed in ((template, 6), (template[:1], 6), ((), 3)):
        async with world.tools.db.write(world.entities.viewer) as session:
            parted = Tagger(session, Deriver(templates, []), most_rows=1)
            await parted.tag_all()
        async with world.tools.db.write(world.entities.viewer) as session:
            again = Tagger(session, Deriver(templates, []))
            await again.tag_all()
        assert (len(parted.changed), again.changed) == (changed, set())


async def test_others_are_served_while_a_list_is_gone_through() -> None:
    served: list[int] = []

    async def serve() -> None:
        for number in range(3):
            served.append(number)
            await asyncio.sleep(0)

    serving, seen = asyncio.create_task(serve()), list[int]()
    async for _ in in_turns(range(3)):
        seen.append(len(served))
        began = monotonic()
        while monotonic() - began < 0.006:  # each takes longer than a turn
            pass
    assert seen == [0, 1, 2]
    await serving
