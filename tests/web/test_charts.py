"""Charts over the whole application: a link opens a picture for everybody, for as long as its maker may read."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from analytics.clock import utc_now
from analytics.periods import DateRange
from auth.limits.limiter import Limiter
from auth.viewer import Viewer
from errors import NotFound, RateLimited
from models.ids import new_id
from models.tenants.api_key import ApiKey
from models.tenants.membership import Membership, Role
from services.insights.charts.opening import DRAWING, LOOKING, open_chart
from services.toolbox import Toolbox
from tests.conftest import PUBLIC_URL
from tests.doors.http import GraphQLClient
from tests.doors.in_process import ORIGIN, Door
from tests.worlds.ads import NOON
from tests.worlds.charts import ASK, SPEND, ChartWorld, Drawing, between, chart_world, query_of

DAYS = DateRange(date(2026, 11, 18), date(2026, 11, 20))
ASKED: dict[str, Any] = {"range": between(str(DAYS.start), str(DAYS.end)), "grain": "DAY"}


@pytest.fixture
async def world(tools: Toolbox) -> ChartWorld:
    """As of the date of the machine, since the application of all tests is."""
    made = await chart_world(tools, store=False)
    made.tools = replace(made.tools, clock=utc_now)
    await store(made, 5)
    return made


async def store(world: ChartWorld, spend: int) -> None:
    rows = world.insights.random_rows(DAYS, ads=world.insights.ads[:1])
    for row in rows:
        row.facts = dict.fromkeys(row.facts) | {"spend": Decimal(spend), "impressions": 1}
    await world.insights.store(DAYS, rows)


async def test_a_link_is_a_picture_for_everybody_until_the_numbers_are_others(
    server: GraphQLClient, world: ChartWorld
) -> None:
    url = await world.link("LINE", SPEND, **ASKED)
    assert url.startswith(f"{PUBLIC_URL}/charts/insights.svg?")
    path = url.removeprefix(PUBLIC_URL)
    reply = await server.send("GET", path)
    assert (reply.status, reply.headers["content-type"]) == (200, "image/svg+xml")
    assert {*Drawing(reply.text).told.values()} == {"5.00 EUR"}
    policy = reply.headers["content-security-policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cross-origin-resource-policy"] == "cross-origin"
    assert reply.headers["cache-control"] == "private, no-cache"
    assert "set-cookie" not in reply.headers
    known = {"if-none-match": f'"other", {reply.headers["etag"]}'}
    again = await server.send("GET", path, headers=known)
    assert (again.status, again.text, again.headers["etag"]) == (304, "", reply.headers["etag"])
    await store(world, 6)
    newer = await server.send("GET", path, headers=known)
    assert (newer.status, {*Drawing(newer.text).told.values()}) == (200, {"6.00 EUR"})
    assert newer.headers["etag"] != reply.headers["etag"]
    assert (await server.send("HEAD", path)).status == 200
    assert (await server.send("POST", path)).status == 405


async def test_a_link_that_is_not_ours_opens_nothing(server: GraphQLClient, world: ChartWorld) -> None:
    query = query_of(await world.link("LINE", SPEND, **ASKED))
    other = query_of(await world.link("COLUMN", SPEND, **ASKED))
    for wrong in ({}, {**query, "q": other["q"]}, {**query, "expires": "99999999999"}, {**query, "signature": "\0"}):
        reply = await server.send("GET", f"/charts/insights.svg?{urlencode(wrong)}")
        assert (reply.status, reply.text) == (404, "This link is not valid, or no longer: ask for a new chart.\n")
    assert (await server.send("GET", "/charts/other.svg")).status == 404


async def test_a_link_works_for_seven_days_and_is_the_same_within_an_hour(tools: Toolbox) -> None:
    world = await chart_world(tools, store=False)
    await store(world, 5)
    at_noon = world.tools
    answer = await world.ask("LINE", SPEND, **ASKED)
    chart = answer.data["insights"]["chart"]
    until = datetime.fromisoformat(chart["expiresAt"])
    assert until - NOON == timedelta(days=7, hours=1)

    def at(moment: datetime) -> Toolbox:
        return replace(at_noon, clock=lambda: moment)

    world.tools = at(NOON + timedelta(minutes=59))
    assert await world.link("LINE", SPEND, **ASKED) == chart["url"]
    world.tools = at(NOON + timedelta(hours=1))
    assert await world.link("LINE", SPEND, **ASKED) != chart["url"]
    assert (await open_chart(at(until), query_of(chart["url"]), ORIGIN)).svg is not None
    with pytest.raises(NotFound):
        await open_chart(at(until + timedelta(seconds=1)), query_of(chart["url"]), ORIGIN)


async def left(world: ChartWorld, _: Viewer) -> None:
    await run(world, "delete from membership where tenant_id = :tenant")


async def disabled(world: ChartWorld, viewer: Viewer) -> None:
    await run(world, 'update "user_account" set disabled_at = now() where id = :person', person=viewer.responsible_id)


async def revoked(world: ChartWorld, _: Viewer) -> None:
    await run(world, "update api_key set revoked_at = now() where tenant_id = :tenant")


async def over(world: ChartWorld, _: Viewer) -> None:
    await run(world, "update api_key set expires_at = '2020-01-01' where tenant_id = :tenant")


async def run(world: ChartWorld, statement: str, **values: Any) -> None:
    async with world.tools.db.write(world.insights.entities.viewer) as session:
        bound = {"tenant": world.insights.entities.tenant_id} | values
        used = {name: value for name, value in bound.items() if f":{name}" in statement}
        assert (await (await session.connection()).execute(text(statement), used)).rowcount > 0


async def key_of(world: ChartWorld) -> Viewer:
    """An API key of the team's owner, as it asks."""
    owner, key_id = world.insights.entities.viewer, new_id()
    async with world.tools.db.read(owner) as session:
        membership = await session.get_one(Membership, (owner.tenant_id, owner.user_id))
    row: dict[str, Any] = {"tenant_id": owner.tenant_id, "created_by": owner.user_id, "membership_id": membership.id}
    await world.insights.entities.keep(ApiKey(id=key_id, name="k", prefix="p", role=Role.VIEWER, **row))
    return replace(owner, user_id=None, role=Role.VIEWER, api_key_id=key_id, key_maker_id=owner.user_id)


@pytest.mark.parametrize(
    ("is_key", "ends"),
    [
        pytest.param(False, left, id="a person has left"),
        pytest.param(False, disabled, id="a person is disabled"),
        pytest.param(True, revoked, id="a key is revoked"),
        pytest.param(True, over, id="a key is over"),
        pytest.param(True, left, id="a key's maker has left"),
    ],
)
async def test_a_link_ends_with_the_right_of_whoever_made_it(
    world: ChartWorld, server: GraphQLClient, is_key: bool, ends: Callable[[ChartWorld, Viewer], Awaitable[None]]
) -> None:
    viewer = await key_of(world) if is_key else world.insights.entities.viewer
    answer = await Door(world.tools, viewer).ask(ASK, input=ASKED, kind="LINE", metrics=[SPEND])
    path = answer.data["insights"]["chart"]["url"].removeprefix(PUBLIC_URL)
    assert (await server.send("GET", path)).status == 200
    await ends(world, viewer)
    reply = await server.send("GET", path)
    assert (reply.status, reply.text.partition(" these")[0]) == (403, "Whoever made this link may no longer see")


async def test_who_is_frozen_may_read_and_so_may_the_link(world: ChartWorld) -> None:
    url = await world.link("LINE", SPEND, **ASKED)
    await run(world, "update membership set frozen_at = now() where tenant_id = :tenant")
    assert (await world.opened(url)).told


async def test_what_the_question_needs_may_be_gone(world: ChartWorld, server: GraphQLClient) -> None:
    own = {"key": "double", "name": "Double", "formula": "spend * 2", "unit": "MONEY"}
    save = "mutation ($input: CustomMetricInput!) { saveCustomMetric(input: $input) { userErrors { message } } }"
    assert (await world.door.ask(save, input=own)).codes == []
    path = (await world.link("LINE", {"custom": "double"}, **ASKED)).removeprefix(PUBLIC_URL)
    seen = (await server.send("GET", path)).headers["etag"]
    await run(world, "update custom_metric set name = 'Twice', updated_at = now() where tenant_id = :tenant")
    renamed = await server.send("GET", path, headers={"if-none-match": seen})
    assert "Twice" in renamed.text
    await run(world, "delete from custom_metric where tenant_id = :tenant")
    reply = await server.send("GET", path)
    assert (reply.status, reply.text) == (422, "The custom metric double was deleted after this chart was asked for.\n")


async def test_opening_costs_the_team_points_and_looking_alone_few(world: ChartWorld) -> None:
    url = await world.link("LINE", SPEND, **ASKED)
    limited = replace(world.tools, limiter=Limiter(utc_now))
    seen = (await open_chart(limited, query_of(url), ORIGIN)).version
    limited.limiter.points.forget(lambda *_: True)
    await limited.limiter.points.recall(world.insights.entities.tenant_id, lambda: few(2 * DRAWING + 20 * LOOKING))
    assert (await open_chart(limited, query_of(url), ORIGIN)).svg is not None
    with pytest.raises(RateLimited):
        await open_chart(limited, query_of(url), ORIGIN)
    assert (await open_chart(limited, query_of(url), ORIGIN, seen=[seen])).svg is None


async def few(points: int) -> int:
    return points
