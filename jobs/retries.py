"""When the queue runs a job again; whether a refresh failed is decided by its row, not here."""

import asyncio

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

# A job that keeps killing its worker ends; the last try is told so and says it in its row.
MOST_ATTEMPTS = 8
_LONGEST_PAUSE_S = 60


class TryAgain(BaseRetryStrategy):
    """Every error but an abort: the queue takes an aborted job with a retry for failed, and one without for lost."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, JobAborted) or job.attempts > MOST_ATTEMPTS:
            return None
        # The worker stops: the next one goes on at once.
        pause_s = 0 if isinstance(exception, asyncio.CancelledError) else min(2**job.attempts, _LONGEST_PAUSE_S)
        return RetryDecision(retry_in={"seconds": pause_s})
