"""When the queue runs a job again; whether a refresh failed is decided by its row, not here."""

import asyncio

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

from errors import DatabaseUnavailable

# A job that keeps killing its worker ends; the last try is told so and says it in its row.
MOST_ATTEMPTS = 8
_LONGEST_PAUSE_S = 60


class JobRetries(BaseRetryStrategy):
    """Every error but an abort: the queue takes an aborted job with a retry for failed, and one without for lost.

    A database that is away or full ends no job, however often it was met.
    """

    def __init__(self, most_attempts: int = MOST_ATTEMPTS, longest_pause_s: int = _LONGEST_PAUSE_S) -> None:
        self._most_attempts = most_attempts
        self._longest_pause_s = longest_pause_s

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        is_over = job.attempts > self._most_attempts and not isinstance(exception, DatabaseUnavailable)
        if isinstance(exception, JobAborted) or is_over:
            return None
        # The worker stops: the next one goes on at once.
        pause_s = (
            0
            if isinstance(exception, asyncio.CancelledError)
            else min(2 ** min(job.attempts, 16), self._longest_pause_s)
        )
        return RetryDecision(retry_in={"seconds": pause_s})


def try_for_a_day() -> JobRetries:
    """For what another company's outage may hold up for hours: 11 pauses that double make the first one."""
    return JobRetries(most_attempts=34, longest_pause_s=3600)
