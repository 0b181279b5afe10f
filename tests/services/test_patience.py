"""A job's step waits for a database that is away, and for nothing else."""

import pytest

from errors import DatabaseUnavailable, NodeUnavailable
from services.patience import patiently


class Step:
    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def away() -> DatabaseUnavailable:
    return DatabaseUnavailable("away")


async def test_a_step_is_repeated_until_the_database_is_back() -> None:
    assert await patiently(Step(away(), away())) == "done"


async def test_patience_ends() -> None:
    step = Step(away(), away())
    with pytest.raises(DatabaseUnavailable):
        await patiently(step, patience_s=0)
    assert len(step.errors) == 1


async def test_a_lost_node_is_waited_for_unless_others_need_the_worker() -> None:
    lost = NodeUnavailable("one node is away")
    assert await patiently(Step(lost)) == "done"
    with pytest.raises(NodeUnavailable):
        await patiently(Step(lost), waits_for_nodes=False)
    assert await patiently(Step(away()), waits_for_nodes=False) == "done"


async def test_another_failure_is_not_repeated() -> None:
    step = Step(ValueError("wrong"), ValueError("wrong"))
    with pytest.raises(ValueError, match="wrong"):
        await patiently(step)
    assert len(step.errors) == 1
