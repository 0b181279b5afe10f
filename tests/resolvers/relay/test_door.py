"""What a browser extension may ask for over HTTP and sockets: the work of its channel, and nothing else."""

from uuid import UUID

import pytest
from graphql import GraphQLField, GraphQLSchema

from auth import credential_words
from auth.relay.secrets import new_token
from execution.transport.sockets import LONGEST_REASON
from models.acting import TenantScope
from models.listener import ring_relay
from models.relay.step import RelayStep
from resolvers.charges import caller_of
from resolvers.operations.agent_fields import NOT_FOR_AGENTS, ONLY_FOR_AGENTS, is_for_agents
from schema import build_schema
from tests.worlds.pairing import BELL, PairingWorld
from tests.worlds.sign_in import ORIGIN

CORE: GraphQLSchema = build_schema().core
ROOTS = [CORE.query_type, CORE.mutation_type, CORE.subscription_type]
FIELDS: dict[str, tuple[str, GraphQLField]] = {
    name: (kind, field)
    for kind, root in zip(("query", "mutation", "subscription"), ROOTS, strict=True)
    for name, field in (root.fields.items() if root is not None else ())
}
FOR_AGENTS = {"claimRelayWork", "reportRelayStep", "relayBell"}


def test_these_fields_are_for_extensions() -> None:
    assert {name for name, (_, field) in FIELDS.items() if is_for_agents(field)} == FOR_AGENTS


async def test_every_other_field_is_refused_before_it_is_looked_at(world: PairingWorld) -> None:
    token, _ = await world.paired()
    for name in ("tenant", "viewer", "channels", "channelJobs", "orders", "node", "metricDefinitions"):
        assert name in FIELDS
    asked = {
        "query": ["{ tenant { id } }", "{ viewer { role } }", "{ channels { totalCount } }", "{ __typename }",
            "{ __schema { types { name } } }", '{ node(id: "x") { id } }', "{ metricDefinitions { key } }"],
        "mutation": ["mutation { logout { ok } }", "mutation { __typename }",
            'mutation { pairRelay(code: "x", agentVersion: "1.0.0", protocol: 1) { token } }'],
    }  # fmt: skip
    for text in [*asked["query"], *asked["mutation"]]:
        reply = await world.world.client.signed_in(token).ask(text)
        assert (reply.codes, reply.errors[0]["message"], reply.data) == (["FORBIDDEN"], NOT_FOR_AGENTS, None), text


async def test_nobody_else_hears_the_bell(world: PairingWorld) -> None:
    await world.paired()
    async with world.world.client.signed_in(world.owner.access_token.text).stream(BELL) as events:
        _, told = await events.next()
    assert (told["errors"][0]["extensions"]["code"], told["errors"][0]["message"]) == ("FORBIDDEN", ONLY_FOR_AGENTS)
    async with world.world.client.stream(BELL) as events:
        _, told = await events.next()
    assert told["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("cut", "told"),
    [(46, credential_words.CUT_OFF_AGENT), (4, credential_words.CUT_OFF_AGENT), (None, credential_words.UNKNOWN_AGENT)],
)
async def test_a_token_that_lets_nobody_in_is_told_so(world: PairingWorld, cut: int | None, told: str) -> None:
    token = new_token()[:cut]
    reply = await world.world.client.signed_in(token).ask("{ tenant { id } }")
    assert (reply.status, reply.errors[0]["message"]) == (401, told)
    async with world.world.client.socket() as socket:
        await socket.say({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        assert await socket.closed() == 4401
        assert socket.connection.close_reason == told
    assert len(told.encode()) <= LONGEST_REASON


async def want_step(world: PairingWorld, channel_id: UUID) -> None:
    [job_id] = await world.values("select id from channel_job where tenant_id = :tenant")
    async with world.world.db.write(TenantScope(world.tenant_id)) as session:
        step = RelayStep(tenant_id=world.tenant_id, job_id=job_id, key="who", number=1, operation="WHOAMI")
        session.add(step)
        await ring_relay(session, channel_id)


async def test_the_bell_tells_how_many_jobs_wait_and_again_when_that_changes(world: PairingWorld) -> None:
    token, channel = await world.paired()
    async with world.world.client.socket(origin="chrome-extension://abcdefghijklmnop") as socket:
        await socket.introduce({"authorization": f"Bearer {token}"})
        await socket.start("1", BELL)
        assert (await socket.hear())["payload"]["data"] == {"relayBell": {"waiting": 0}}
        await want_step(world, channel.id)
        assert (await socket.hear())["payload"]["data"] == {"relayBell": {"waiting": 1}}
        # Another field on the same socket is refused, and the socket stays.
        await socket.start("2", "{ tenant { id } }")
        refused = await socket.hear()
        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("2", "FORBIDDEN")


async def test_the_bell_of_another_team_is_not_heard(world: PairingWorld) -> None:
    token, channel = await world.paired()
    other = PairingWorld(world.world, await world.world.person())
    _, theirs = await other.paired()
    async with world.world.watching(token, BELL) as socket:
        assert (await socket.hear())["payload"]["data"] == {"relayBell": {"waiting": 0}}
        await want_step(other, theirs.id)
        # Even where the foreign channel's bell is rung at the own door, only own jobs count.
        async with world.world.db.write(TenantScope(other.tenant_id)) as session:
            await ring_relay(session, channel.id)
        await want_step(world, channel.id)
        assert (await socket.hear())["payload"]["data"] == {"relayBell": {"waiting": 1}}


async def test_a_socket_is_closed_once_its_token_has_ended(world: PairingWorld) -> None:
    token, channel = await world.paired()
    async with world.world.watching(token, BELL) as socket:
        await socket.hear()
        await world.code(channel_id=channel.id)
        assert await socket.closed() == 4401
        assert socket.connection.close_reason == credential_words.UNKNOWN_AGENT


async def test_an_extension_is_counted_for_itself_and_its_points_for_the_team(world: PairingWorld) -> None:
    token, channel = await world.paired()
    agent = await world.world.tools.credentials.authenticator.agent(f"Bearer {token}", ORIGIN)
    assert agent is not None
    assert caller_of(agent, ORIGIN.ip) == f"agent:{channel.id}"
    assert (agent.tenant_id, agent.user_id, agent.api_key_id) == (world.tenant_id, None, None)
    assert token not in repr(agent)
