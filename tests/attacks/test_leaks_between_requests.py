"""Attack 14: what one request leaves behind for the next: caches, loaders, settings of a pooled connection, jobs."""

import asyncio
import random

from sqlalchemy import text

from services.toolbox import Toolbox
from tests.attacks.front import Front, Person

PAGE = "{ viewer { email } tenant { name members { nodes { user { email } } } } }"
FAILING = '{ tenant { name } node(id: "x") { id } refreshJobs(first: 0) { totalCount } }'


def is_own(data: dict[str, object], person: Person, team: str) -> bool:
    return data == {
        "viewer": {"email": person.email},
        "tenant": {"name": team, "members": {"nodes": [{"user": {"email": person.email}}]}},
    }


async def test_people_of_many_teams_at_once_see_their_own_alone(front: Front) -> None:
    people = [(await front.person(team=f"Team {number}"), f"Team {number}") for number in range(4)]
    rounds = people * 12
    random.shuffle(rounds)

    async def visit(person: Person, team: str) -> bool:
        if random.random() < 0.3:  # an error in between must leave nothing behind
            await person.client.ask(FAILING)
        return is_own((await person.client.ask(PAGE)).data, person, team)

    assert all(await asyncio.gather(*(visit(person, team) for person, team in rounds)))
    assert (await front.client.ask(PAGE)).data == {"viewer": None, "tenant": None}


async def test_requests_that_are_given_up_leave_nothing_behind(front: Front, tools: Toolbox) -> None:
    ann, ben = await front.person(team="Anns"), await front.person(team="Bens")
    for delay in (0, 0.002, 0.005, 0.01):
        given_up = [asyncio.create_task(ann.client.ask(PAGE)) for _ in range(5)]
        await asyncio.sleep(delay)
        for task in given_up:
            task.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
        assert is_own((await ben.client.ask(PAGE)).data, ben, "Bens")
    settings = await asyncio.gather(*(tenant_setting(tools) for _ in range(10)))
    assert set(settings) <= {None, ""}


async def tenant_setting(tools: Toolbox) -> object:
    """What a session without a tenant finds on a connection that others have used."""
    async with tools.db.read(None) as session:
        found = await (await session.connection()).execute(
            text("select current_setting('app.tenant_id', true), count(*) from campaign")
        )
        setting, campaigns = found.one()
    assert campaigns == 0
    return setting


async def test_a_sign_in_in_the_middle_of_a_document_sees_only_what_it_may(front: Front) -> None:
    ann, ben = await front.person(team="Anns"), await front.person(team="Bens")
    log_in = '%s: login(input: { email: "%s", password: "%s" }) { viewer { email tenant { name } } }'
    first, last = log_in % ("a", ben.email, ben.password), log_in % ("c", ann.email, ann.password)
    reply = await ann.client.ask(f"mutation {{ {first} b: logout {{ ok }} {last} }}")
    assert reply.data["a"]["viewer"] == {"email": ben.email, "tenant": {"name": "Bens"}}
    assert reply.data["c"]["viewer"] == {"email": ann.email, "tenant": {"name": "Anns"}}
    assert is_own((await ann.client.ask(PAGE)).data, ann, "Anns")


async def test_one_socket_is_one_viewer_and_each_operation_reads_anew(front: Front) -> None:
    ann, ben = await front.person(team="Anns"), await front.person(team="Bens")
    async with ann.client.socket() as anns, ben.client.socket() as bens:
        await anns.introduce({"authorization": f"Bearer {ann.client.token}"})
        await bens.introduce({"authorization": f"Bearer {ben.client.token}"})
        for number in range(5):
            for socket in (anns, bens):
                await socket.start(str(number), PAGE)
            seen = [(await socket.hear())["payload"]["data"] for socket in (anns, bens)]
            assert is_own(seen[0], ann, "Anns")
            assert is_own(seen[1], ben, "Bens")
            assert [(await socket.hear())["type"] for socket in (anns, bens)] == ["complete", "complete"]
