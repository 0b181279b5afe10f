"""Measures of jobs for monitoring: how many runs ended in which way, and how long they took."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from procrastinate import JobContext
from prometheus_client import Counter, Histogram

_JOBS = Counter("adgraph_jobs", "Runs of jobs that ended, by how: done, failed or stopped.", ("task", "outcome"))
_SECONDS = Histogram(
    "adgraph_job_seconds",
    "How long a run of a job took.",
    ("task",),
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
)


async def measured(run: Callable[[], Awaitable[Any]], context: JobContext, _worker: object) -> Any:
    """Worker middleware that counts and times each run of a job.

    A run has "stopped" when a person cancelled the job, or when its worker handed it back because it stops.
    """
    started, outcome = time.perf_counter(), "stopped"
    try:
        result = await run()
        outcome = "done"
    except Exception:
        outcome = "failed"
        raise
    else:
        return result
    finally:
        _JOBS.labels(context.job.task_name, outcome).inc()
        _SECONDS.labels(context.job.task_name).observe(time.perf_counter() - started)
