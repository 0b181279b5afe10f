"""Rate limits at the front door: who is counted, what counts, and that the wait that is told suffices."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from analytics.metrics.catalogue import METRICS
from auth.limits.buckets import BUCKET_OF_FIELD, BUCKETS, FAILED_LOGINS, INVITATIONS, INVITING, Bucket, points_bucket
from execution.limits import shape
from execution.limits.cost import MAX_COST
from execution.limits.large_input import LARGE_BODY_BYTES, LARGE_MAX_VALUES
from execution.transport.sockets import MAX_OPERATIONS
from execution.transport.view import MAX_BODY_BYTES
from resolvers.charges import LARGEST_BATCH, MOST_IDS
from resolvers.node_id import encode_id
from schema import build_schema
from services.billing.cost_points import FREE_POINTS
from services.toolbox import Toolbox
from tests.auth.limits.cheap import CHEAP
from tests.doors.http import GraphQLClient, Reply
from tests.worlds.limits import LimitsWorld, limits_world, told_wait
from tests.worlds.sign_in import PASSWORD, new_email
from web.punctual_http import BODY_S, HEADERS_S, MAX_HEADER_BYTES, UNREAD_S

ROOT = Path(__file__).resolve().parents[3]
LOGIN = 'login(input: { email: "%s", password: "wrong wrong wrong" }) { userErrors { code } }'
ALIASES = " ".join(f"a{n}: {LOGIN % 'a@b.example'}" for n in range(3))
VIEWER = "{ viewer { role } }"
PAGES_AT = {"health checks": "/health/live", "requests for pages and the schema": "/"}


@pytest.fixture(scope="module")
async def world(tools: Toolbox) -> AsyncIterator[LimitsWorld]:
    async with limits_world(tools) as made:
        yield made


async def fail_login(client: GraphQLClient, email: str) -> Reply:
    return await client.ask("mutation {" + LOGIN % email + "}")


@pytest.mark.parametrize(
    "text",
    [
        f"mutation {{ {ALIASES} }}",
        f"mutation {{ ...f ... on Mutation {{ {LOGIN % 'c@d.example'} }} }} fragment f on Mutation {{ {ALIASES} }}",
    ],
    ids=["aliases", "fragments"],
)
async def test_each_field_counts_however_it_is_written(world: LimitsWorld, text: str) -> None:
    caller, asked = world.elsewhere(), text.count("login(")
    assert (await caller.ask(text)).status == 200
    refused = await caller.ask(text)
    assert refused.status == 429
    assert refused.data is None, "nothing of a refused request runs"
    for _ in range(5 - asked):
        assert (await fail_login(caller, new_email())).status == 200
    wait = told_wait(await fail_login(caller, new_email()))
    world.clock.move(seconds=wait)
    assert (await fail_login(caller, new_email())).status == 200


async def test_who_is_not_signed_in_is_counted_by_address(world: LimitsWorld) -> None:
    one = world.at("2001:db8:0:1::1")
    for _ in range(5):
        assert (await fail_login(one, new_email())).status == 200
    assert (await fail_login(world.at("2001:db8:0:1:ffff::2"), new_email())).status == 429
    assert (await fail_login(world.at("2001:db8:0:2::1"), new_email())).status == 200
    spoofed = world.at("203.0.113.50, 2001:db8:0:1::1")
    assert (await fail_login(spoofed, new_email())).status == 429, "only what our proxy has written is believed"


async def test_an_untrusted_caller_cannot_choose_its_address(tools: Toolbox) -> None:
    async with limits_world(tools, trusted_proxies=()) as world:
        for number in range(5):
            assert (await fail_login(world.at(f"203.0.113.{number}"), new_email())).status == 200
        assert (await fail_login(world.at("203.0.113.99"), new_email())).status == 429


async def test_who_is_signed_in_is_counted_wherever_they_are(world: LimitsWorld) -> None:
    ann, ben = await world.person(), await world.person()
    for _ in range(20):
        assert (await ann.ask(VIEWER)).status == 200
    there = world.elsewhere().signed_in(ann.token)
    told_wait(await there.ask(VIEWER))
    assert (await there.send("GET", "/graphql", params={"query": VIEWER})).status == 429
    same_address = GraphQLClient(ann.url, ben.token, ann.headers)
    assert (await same_address.ask(VIEWER)).status == 200


async def test_an_operation_on_a_socket_counts_and_the_socket_stays(world: LimitsWorld) -> None:
    ann = await world.person()
    for _ in range(20):
        await ann.ask(VIEWER)
    async with ann.socket() as socket:
        await socket.introduce({"authorization": f"Bearer {ann.token}"})
        await socket.start("1", VIEWER)
        message = await socket.hear()
        assert (message["type"], message["id"]) == ("error", "1")
        extensions = message["payload"][0]["extensions"]
        assert (extensions["code"], extensions["limit"], extensions["remaining"]) == ("RATE_LIMITED", 20, 0)
        world.clock.move(seconds=extensions["retryAfter"])
        await socket.start("2", VIEWER)
        assert (await socket.hear())["payload"]["data"] == {"viewer": {"role": "OWNER"}}


async def test_expensive_mutations_share_ten_a_minute(world: LimitsWorld) -> None:
    ann = await world.person()
    nobody = encode_id("AdAccount", uuid4())
    refresh = f'refreshAdAccount(input: {{ adAccountId: "{nobody}" }}) {{ userErrors {{ code }} }}'
    grant = 'addAccessGrant(input: { accessToken: "no", platform: META }) { userErrors { code } }'
    for _ in range(5):
        assert (await ann.ask(f"mutation {{ {refresh} {grant} }}")).status == 200
    told_wait(await ann.ask(f"mutation {{ {grant} }}"))


async def test_each_job_is_polled_thirty_times_a_minute_by_whatever_field(world: LimitsWorld) -> None:
    ann, job = await world.person(), encode_id("RefreshJob", uuid4())
    ways = ('refreshJob(id: "%s") { id }', 'node(id: "%s") { id }', 'nodes(ids: ["%s"]) { id }')
    text = "{" + " ".join(f"a{n}: {way % job}" for n, way in enumerate(ways)) + "}"
    for _ in range(10):
        assert (await ann.ask(text)).status == 200
    refused = await ann.ask("query ($id: ID!) { refreshJob(id: $id) { id } }", id=job)
    assert re.fullmatch(
        r"Too many questions about refresh jobs: at most 30 in 60 seconds\. Try again in \d+ s\.",
        refused.errors[0]["message"],
    )
    told_wait(refused)
    default = f'query ($id: ID = "{job}") {{ node(id: $id) {{ id }} }}'
    assert (await ann.ask(default)).status == 429, "a variable's default is its value"
    other = encode_id("RefreshJob", uuid4())
    assert (await ann.ask("query ($id: ID!) { refreshJob(id: $id) { id } }", id=other)).status == 200
    account = encode_id("AdAccount", uuid4())
    assert (await ann.ask(f'{{ node(id: "{account}") {{ id }} }}')).status == 200


async def test_the_list_of_jobs_is_polled_thirty_times_a_minute(world: LimitsWorld) -> None:
    ann = await world.person()
    text = "{" + " ".join(f"a{n}: refreshJobs(first: 1) {{ nodes {{ id }} }}" for n in range(15)) + "}"
    for _ in range(2):
        assert (await ann.ask(text)).status == 200
    told_wait(await ann.ask("{ refreshJobs { nodes { id } } }"))
    job = encode_id("RefreshJob", uuid4())
    assert (await ann.ask(f'{{ refreshJob(id: "{job}") {{ id }} }}')).status == 200


@pytest.mark.parametrize(
    "bucket", [*BUCKETS, *FAILED_LOGINS, *INVITATIONS, INVITING, points_bucket(1)], ids=lambda each: each.name
)
def test_what_is_too_much_is_told_as_a_plain_plural(bucket: Bucket) -> None:
    counted = re.split(r" (?:about|for|of|that) ", bucket.name)[0]
    assert re.fullmatch(r"[a-z -]+s", counted), f"'Too many {bucket.name}' is no English"


@pytest.mark.parametrize("bucket", [each for each in BUCKETS if each.name in PAGES_AT], ids=lambda each: each.name)
async def test_pages_are_counted_by_address(world: LimitsWorld, bucket: object) -> None:
    found = next(each for each in BUCKETS if each is bucket)
    caller, path = world.elsewhere(), PAGES_AT[found.name]
    for _ in range(found.amount):
        assert (await caller.send("GET", path)).status == 200
    refused = await caller.send("GET", path)
    assert refused.headers["x-ratelimit-limit"] == str(found.amount)
    assert {(await caller.send("GET", other)).status for other in found.paths} == {429}
    world.clock.move(seconds=told_wait(refused))
    assert (await caller.send("GET", path)).status == 200


async def test_the_tenants_points_pay_for_what_may_come_back(world: LimitsWorld) -> None:
    ann = await world.person()
    pairs = ", ".join(["{ metric: SPEND }"] * 45)
    days = "range: { preset: TODAY }, adAccountIds: %s"
    wide = (
        f"query ($n: Int = 1000) {{ %s insights(input: {{ {days} }})"
        f" {{ rows(first: $n) {{ nodes {{ metrics {{ values(of: [{pairs}]) {{ key }} }} }} }} }} }}"
    )
    state = (await ann.ask(wide % ("rateLimit { cost remaining }", "[]"))).data["rateLimit"]
    assert state["cost"] > 47_000
    assert state["remaining"] <= FREE_POINTS - state["cost"], "while it runs all of it is taken"
    for _ in range(2):
        assert (await ann.ask(wide % ("", '["nonsense"]'))).codes == ["BAD_USER_INPUT"], "what fails costs all of it"
    wait = told_wait(await ann.ask(wide % ("", "[]")))
    world.clock.move(seconds=wait)
    assert (await ann.ask(wide % ("", "[]"))).status == 200
    assert (await world.elsewhere().ask("{ rateLimit { limit } }")).codes == ["UNAUTHENTICATED"]


async def test_long_rows_with_every_metric_are_as_dear_as_they_are_long(world: LimitsWorld) -> None:
    ann = await world.person()
    metrics = " ".join(definition.key for definition in METRICS.values())
    asked = (
        "{ rateLimit { cost } insights(input: { range: { preset: LAST_30_DAYS }, groupBy: { level: CAMPAIGN } })"
        f" {{ rows(first: 1000) {{ nodes {{ metrics {{ {metrics} }} }} }} }} }}"
    )
    assert (await ann.ask(asked)).data["rateLimit"]["cost"] == 13_009
    failing = asked.replace("groupBy", 'adAccountIds: ["nonsense"], groupBy')
    replies = [await ann.ask(failing) for _ in range(12)]
    assert [reply.status for reply in replies] == [200] * 7 + [429] * 5


async def test_documents_that_are_refused_cost_points_too(world: LimitsWorld) -> None:
    ann = await world.person()
    failing = 'campaigns(first: 1000, filter: { campaignIds: ["nonsense"] }) { nodes { id adAccount { id } } }'
    for _ in range(12):
        assert (await ann.ask(f"{{ a: {failing} b: {failing} }}")).codes == ["BAD_USER_INPUT"] * 2
    replies = [await ann.ask("{ nothing }") for _ in range(42)]
    assert [reply.codes for reply in replies[:2]] == [["BAD_USER_INPUT"]] * 2
    told_wait(replies[-1])


async def test_who_may_not_run_an_operation_pays_for_a_refused_one(world: LimitsWorld) -> None:
    caller = world.elsewhere()
    wide = "{ campaigns(first: 1000) { nodes { adSets(first: 94) { nodes { id } } } } }"
    for _ in range(3):
        reply = await caller.ask(wide)
        assert reply.codes == ["UNAUTHENTICATED"]
    assert reply.body["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == FREE_POINTS - 3 * 100


async def test_failed_logins_lock_the_account_for_strangers_and_longer_each_time(world: LimitsWorld) -> None:
    email = new_email()
    known = world.elsewhere()
    register = "mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }"
    await known.ask(register, input={"email": email, "password": PASSWORD, "name": "Ann", "tenantName": "A"})
    right = "mutation ($e: String!, $p: String!) { login(input: { email: $e, password: $p }) { accessToken } }"
    waits = []
    for _ in FAILED_LOGINS[:2]:
        for _ in range(10):
            assert (await fail_login(world.elsewhere(), email.upper())).status == 200
        waits.append(told_wait(await world.elsewhere().ask(right, e=email, p=PASSWORD), 200))
        assert (await known.ask(right, e=email, p=PASSWORD)).data["login"]["accessToken"], "the owner is not locked out"
        world.clock.move(seconds=61)
        if waits[-1] > 61:
            world.clock.move(seconds=waits[-1] - 61)
    assert waits[0] <= 15 * 60 < waits[1] <= 2 * 60 * 60


async def test_an_unknown_account_is_locked_like_a_known_one(world: LimitsWorld) -> None:
    nobody = new_email()
    for _ in range(10):
        assert (await fail_login(world.elsewhere(), nobody)).status == 200
    told_wait(await fail_login(world.elsewhere(), nobody), 200)


def test_every_mutation_is_in_a_bucket_or_cheap_on_purpose() -> None:
    core = build_schema().core
    assert core.mutation_type is not None
    roots = [each for each in (core.query_type, core.mutation_type, core.subscription_type) if each is not None]
    names = {name for root in roots for name in root.fields} | {"__schema", "__type"}
    assert set(BUCKET_OF_FIELD) - names == set(), "the table names what is not there"
    assert set(core.mutation_type.fields) - set(BUCKET_OF_FIELD) == CHEAP


def test_the_documentation_has_the_table_of_the_code() -> None:
    lines = (ROOT / "docs" / "limits.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")]
    told = {row[0]: row[1:] for row in rows if len(row) == 4}
    assert list(told)[2:] == [bucket.name for bucket in (*BUCKETS, INVITING, *INVITATIONS, *FAILED_LOGINS)]
    for bucket in (*BUCKETS, *FAILED_LOGINS):
        how_many, counted, what = told[bucket.name]
        assert (how_many, counted) == (f"{bucket.amount} in {words(bucket.window_s)}", bucket.counted.value)
        assert {f"`{name}`" for name in bucket.fields} <= set(re.findall(r"`\w+`", what))
        assert {path.replace("facebook", "{provider}").replace("google", "{provider}") for path in bucket.paths} == set(
            re.findall(r"`(/[^`]*)`", what)
        )


def test_the_documentation_knows_how_many_metrics_there_are() -> None:
    assert f"with all {len(METRICS)} metrics" in (ROOT / "docs" / "limits.md").read_text()


def test_the_documentation_has_the_limits_of_one_operation() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([\d,]+) \|$", (ROOT / "docs" / "limits.md").read_text(), re.MULTILINE)
    told = {what.split(",")[0]: int(number.replace(",", "")) for what, number in rows}
    assert told == {
        "characters of a document": shape.MAX_CHARACTERS,
        "tokens of a document": shape.MAX_TOKENS,
        "operations and fragments of a document": shape.MAX_DEFINITIONS,
        "pairs of fields or fragments that ask for the same": shape.MAX_OVERLAPS,
        "fields": shape.MAX_FIELDS,
        "root fields": shape.MAX_ROOT_FIELDS,
        "aliases": shape.MAX_ALIASES,
        "directives": shape.MAX_DIRECTIVES,
        "ids of one `nodes`": LARGEST_BATCH,
        "ids of `node`": MOST_IDS,
        "levels": shape.MAX_DEPTH,
        "values in the variables": shape.MAX_VALUES,
        "points": MAX_COST,
        "operations at once on a WebSocket": MAX_OPERATIONS,
        "bytes of a request's body": MAX_BODY_BYTES,
        "bytes of a body with `setNamingOverrides` or `saveOrders` alone": LARGE_BODY_BYTES,
        "values in the variables of `setNamingOverrides` or `saveOrders` alone": LARGE_MAX_VALUES,
        "bytes of a request's headers": MAX_HEADER_BYTES,
        "seconds for the headers": HEADERS_S,
        "seconds for the body": BODY_S,
        "seconds in which a caller takes nothing of an answer": UNREAD_S,
    }


def words(seconds: int) -> str:
    for length, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % length == 0:
            return f"{seconds // length} {name}{'s' if seconds > length else ''}"
    raise AssertionError(seconds)


async def test_too_many_ids_are_refused_before_they_are_counted(world: LimitsWorld) -> None:
    ann = await world.person()
    ids = [encode_id("RefreshJob", uuid4()) for _ in range(5_000)]
    text = "query ($ids: [ID!]!) { a: nodes(ids: $ids) { id } b: nodes(ids: $ids) { id } }"
    held = world.tools.limiter._local._counts
    counted_before = {key for key in held if "refresh jobs" in key}  # by other tests
    refused = await ann.ask(text, ids=ids)
    assert (refused.codes, "at most 100" in refused.errors[0]["message"]) == (["BAD_USER_INPUT"], True)
    assert {key for key in held if "refresh jobs" in key} <= counted_before
    assert (await ann.ask(text, ids=ids[:1])).status == 200


async def test_the_ids_of_all_fields_together_are_refused_before_they_are_counted(world: LimitsWorld) -> None:
    ann = await world.person()
    ids = [encode_id("RefreshJob", uuid4()) for _ in range(LARGEST_BATCH)]
    asked = " ".join(f"a{number}: nodes(ids: $ids) {{ id }}" for number in range(30))
    refused = await ann.ask(f"query ($ids: [ID!]!) {{ {asked} }}", ids=ids)
    assert refused.codes == ["BAD_USER_INPUT"]
    assert refused.errors[0]["message"] == (
        "The fields of one operation take at most 200 ids together; this asks for 3,000."
    )
    twice = "query ($ids: [ID!]!) { a: nodes(ids: $ids) { id } b: nodes(ids: $ids) { id } }"
    for _ in range(15):
        assert (await ann.ask(twice, ids=ids)).status == 200, "nothing of what was refused is counted"
