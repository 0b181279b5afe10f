"""Every change of a job's status is announced: its version rises, and whoever watches it is woken."""

import ast
import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from embedded.postgres import DatabaseUrls
from models.acting import TenantScope
from models.database import WriteSession
from models.ids import new_id
from models.listener import CHANNEL
from models.refreshes.fenced_writes import Fence, advance_run
from models.refreshes.job import RefreshJob, RefreshStatus
from models.refreshes.job_queries import refresh_job_for_update
from services.channel_jobs import states as channel_states
from services.refreshes import states
from tests.worlds.refreshes import NOON, RefreshWorld

ROOT = Path(states.__file__).parent.parent.parent
RUN_ID = new_id()
MOVES: dict[str, Callable[[WriteSession, RefreshJob], Awaitable[None]]] = {
    "announce": states.announce,
    "begin": lambda session, job: states.begin(session, job, run_id=RUN_ID, now=NOON),
    "wait": lambda session, job: states.wait(session, job, reason="", until=NOON),
    "hand_back": states.hand_back,
    "finish": lambda session, job: states.finish(session, job, RefreshStatus.FAILED, now=NOON),
    "try_again": lambda session, job: states.try_again(session, job, now=NOON),
    "ask_to_cancel": lambda session, job: states.ask_to_cancel(session, job, now=NOON),
}


@pytest.fixture
async def heard(postgres: DatabaseUrls) -> AsyncIterator["asyncio.Queue[str]"]:
    """What is said on the channel of refresh jobs: tenant, job and version."""
    said = asyncio.Queue[str]()
    connection = await asyncpg.connect(postgres.listen)
    await connection.add_listener(CHANNEL, lambda *told: said.put_nowait(str(told[-1])))
    yield said
    await connection.close()


async def hear(heard: "asyncio.Queue[str]", job: RefreshJob) -> None:
    """Waits until this very version of the job is announced."""
    async with asyncio.timeout(20):
        while await heard.get() != f"{job.tenant_id},{job.id},{job.version}":
            pass


async def test_every_move_of_a_job_is_announced(world: RefreshWorld, heard: "asyncio.Queue[str]") -> None:
    job = await world.requested(await world.connected())
    await hear(heard, job)
    for name, move in MOVES.items():
        before = job.version
        async with world.tools.db.write(TenantScope(job.tenant_id)) as session:
            row = await refresh_job_for_update(session, job.id)
            assert row is not None
            await move(session, row)
        job = await world.row(job)
        assert job.version == before + 1, name
        await hear(heard, job)


async def test_progress_is_announced(world: RefreshWorld, heard: "asyncio.Queue[str]") -> None:
    job = await world.requested(await world.connected())
    async with world.tools.db.write(TenantScope(job.tenant_id)) as session:
        row = await refresh_job_for_update(session, job.id)
        assert row is not None
        await states.begin(session, row, run_id=RUN_ID, now=NOON)
        await session.flush()
        fence = Fence(job.tenant_id, job.id, job.attempt, RUN_ID)
        await advance_run(session, fence, progress=0.5, rows_fetched=1, api_calls=1)
    running = await world.row(job)
    assert running.progress == 0.5
    await hear(heard, running)


def test_every_move_is_among_those_above() -> None:
    moves = {name for name, each in vars(states).items() if inspect.iscoroutinefunction(each)}
    assert {name for name in moves if getattr(states, name).__module__ == states.__name__} == {*MOVES}


def sets_a_state(node: ast.AST) -> bool:
    """Whether a statement assigns to the status or the version of what is called a job, or gets a job's status."""
    if not isinstance(node, ast.Assign | ast.AugAssign):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    places = [each for target in targets for each in ast.walk(target) if isinstance(each, ast.Attribute)]
    is_job = "RefreshStatus." in ast.unparse(node.value)
    return any(each.attr in ("status", "version") and (is_job or ast.unparse(each.value) == "job") for each in places)


def test_nothing_but_a_move_sets_the_status_or_the_version_of_a_job() -> None:
    files = [path for layer in ("services", "models", "jobs") for path in (ROOT / layer).rglob("*.py")]
    movers = {path for path in files if any(map(sets_a_state, ast.walk(ast.parse(path.read_text()))))}
    assert movers == {Path(states.__file__), Path(channel_states.__file__)}
