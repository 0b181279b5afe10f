"""When the queue runs a job again after an error; whether a refresh has failed is in its own row, not decided here."""

import asyncio

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job

from errors import DatabaseUnavailable

# A job that keeps killing its workers ends after so many tries. The last one is told that it is the last, so that a
# refresh can store in its row why it failed.
MOST_ATTEMPTS = 8
_LONGEST_PAUSE_S = 60


class JobRetries(BaseRetryStrategy):
    """Retries after every error but an abort, with pauses that double, up to a number of attempts.

    The queue would record an aborted job with a retry as a failed one, and a job that ends without a retry is lost. A
    database that is away or full ends no job, however often it was met.
    """

    def __init__(self, most_attempts: int = MOST_ATTEMPTS, longest_pause_s: int = _LONGEST_PAUSE_S) -> None:
        self._most_attempts = most_attempts
        self._longest_pause_s = longest_pause_s

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        is_over = job.attempts > self._most_attempts and not isinstance(exception, DatabaseUnavailable)
        if isinstance(exception, JobAborted) or is_over:
            return None
        # The worker stops: another one may go on at once.
        pause_s = (
            0
            if isinstance(exception, asyncio.CancelledError)
            else min(2 ** min(job.attempts, 16), self._longest_pause_s)
        )
        return RetryDecision(retry_in={"seconds": pause_s})


def try_for_a_day() -> JobRetries:
    """Retries for about a day, for what depends on a service that may be away for hours.

    The first 11 pauses, which double, take about an hour together; the 23 that follow take an hour each.
    """
    return JobRetries(most_attempts=34, longest_pause_s=3600)
