"""Enqueueing belongs to the caller's transaction."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from models.database import Database
from models.queue.enqueue import enqueue
from tests.worlds.ads import EntityWorld, entity_world

JOBS = text("select args, lock from procrastinate_jobs where task_name = :task order by id")


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


async def jobs(world: EntityWorld, task: str) -> list[tuple[dict[str, object], str | None]]:
    async with world.db.read(world.viewer) as session:
        return [(row[0], row[1]) for row in await (await session.connection()).execute(JOBS, {"task": task})]


async def test_a_commit_enqueues(world: EntityWorld) -> None:
    task = f"test.{uuid4().hex}"
    async with world.db.write(world.viewer) as session:
        await enqueue(session, task, lock="account", job_id="1")
    assert await jobs(world, task) == [({"schema_version": 1, "job_id": "1"}, "account")]


async def test_a_rollback_enqueues_nothing(world: EntityWorld) -> None:
    task = f"test.{uuid4().hex}"

    async def fail() -> None:
        async with world.db.write(world.viewer) as session:
            await enqueue(session, task, job_id="1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await jobs(world, task) == []


async def test_a_second_waiting_job_of_a_queueing_lock_is_dropped_and_the_transaction_goes_on(
    world: EntityWorld,
) -> None:
    task, lock = f"test.{uuid4().hex}", uuid4().hex
    async with world.db.write(world.viewer) as session:
        await enqueue(session, task, queueing_lock=lock, job_id="1")
        await enqueue(session, task, queueing_lock=lock, job_id="2")
        await enqueue(session, task, job_id="3")
    assert [args["job_id"] for args, _ in await jobs(world, task)] == ["1", "3"]
