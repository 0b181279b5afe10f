"""A plugin of pytest that makes our executor the default of graphql-core, which reads it from a module's globals.

One thing is taken back: Strawberry's `info` has one field more and plain variables, and one test compares the whole of
it. With PLANS=forced each operation has plans, as only those of kept documents have, and makes them at the first use.
"""

import os
import sys
from typing import Any

from graphql.execution.incremental.incremental_executor import IncrementalExecutor

from execution.plans.plan_set import PlanSet
from schema import build_schema

_OURS: Any = build_schema().execution_context_class
_IS_FORCED = os.environ.get("PLANS") == "forced"
_plans: list[PlanSet] = []


class ExecutorUnderTest(_OURS):  # type: ignore[misc] # whatever class the engine uses
    build_resolve_info = IncrementalExecutor.build_resolve_info
    built = 0

    @classmethod
    def build(cls, *given: Any, **options: Any) -> Any:
        ExecutorUnderTest.built += 1
        executor: Any = super().build(*given, **options)
        if _IS_FORCED and not isinstance(executor, list):
            executor.plans = PlanSet(given[1], is_eager=True)
            _plans.append(executor.plans)
        return executor


# The package exports a function of the same name, so the module is found in this table alone.
_EXECUTE: Any = sys.modules["graphql.execution.execute"]
_EXECUTE.IncrementalExecutor = ExecutorUnderTest
_EXECUTE.ExecutorThrowingOnIncremental = ExecutorUnderTest
# Last, so that of two installed packages the project's own is taken.
sys.path.append(os.environ["DESCRIBE"])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"{ExecutorUnderTest.built} operations ran on {_OURS.__module__}.{_OURS.__name__}")
    assert ExecutorUnderTest.built, "graphql-core does not read its executor from there any more"
    if _IS_FORCED:
        made = sum(each.made for each in _plans)
        terminalreporter.write_line(f"{made} lists and objects had a plan")
        assert made
