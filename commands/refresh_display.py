"""What a terminal shows of refreshes: bars while they run, a line each when they have ended; asks for none."""

import asyncio
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from errors import Refused
from models.database import Database
from models.listener import Hub
from models.refreshes.job import RefreshJob
from services.refreshes.by_operator import until_no_worker, watch_to_its_end

# By what a service calls its parameter.
_OPTIONS = {"days": "--since and --until"}


class WatchLost(Exception):
    """Refreshes cannot be watched to their end, since what carries them is gone; the text says what is."""


class NoWorkerLeft(Exception):
    """The workers of other processes that were to run refreshes are gone."""


@dataclass(frozen=True, slots=True)
class AskedRefresh:
    """What an operator typed behind `python cli.py refresh`; without an account it is --all."""

    account: str | None
    since: date | None
    until: date | None
    tenant: str | None

    @property
    def command(self) -> str:
        """The command that asks for the same again, and so watches what is not finished."""
        days = [("--since", self.since), ("--until", self.until)]
        options = [word for name, day in days if day is not None for word in (name, day.isoformat())]
        return f"python cli.py refresh {shlex.join([self.account or '--all', *options, *self._of_tenant])}"

    @property
    def how_to_go_on(self) -> str:
        """What becomes of the refresh that is not watched any more, and the commands for it."""
        cancel = shlex.join([self.account, *self._of_tenant]) if self.account else "act_..."
        return (
            f"The refresh of {self.account or 'all accounts'} goes on in a worker that runs or is started next"
            " (python server.py or worker.py); what it has stored stays."
            f"\nTo watch it again: {self.command}"
            f"\nTo cancel it: python cli.py cancel-refresh {cancel}"
        )

    @property
    def _of_tenant(self) -> list[str]:
        return ["--tenant", self.tenant] if self.tenant is not None else []


async def shown_of_others(
    db: Database, hub: Hub, console: Console, jobs: Sequence[tuple[str, RefreshJob]]
) -> list[RefreshJob]:
    """As `shown`, while workers of other processes run the refreshes; raises NoWorkerLeft once there is none."""
    watching = asyncio.create_task(shown(db, hub, console, jobs))
    workers = asyncio.create_task(until_no_worker(db))
    try:
        await asyncio.wait((watching, workers), return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            return watching.result()
        await workers  # raises where Postgres is away, which says nothing of the workers
        raise NoWorkerLeft
    finally:
        watching.cancel()
        workers.cancel()
        await asyncio.wait((watching, workers))


async def shown(db: Database, hub: Hub, console: Console, jobs: Sequence[tuple[str, RefreshJob]]) -> list[RefreshJob]:
    """Draws the progress of each, called by the name beside it, until all have ended; answers them as they ended."""
    columns = (
        TextColumn("{task.fields[label]}"),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[counts]}"),
        TextColumn("[yellow]{task.fields[wait]}"),
    )
    with Progress(*columns, console=console) as progress:
        tasks = [progress.add_task("", total=1.0, label=label, counts="", wait="") for label, _ in jobs]
        watches = (_watched(db, hub, progress, task, job) for task, (_, job) in zip(tasks, jobs, strict=True))
        return list(await asyncio.gather(*watches))


async def _watched(db: Database, hub: Hub, progress: Progress, task: TaskID, job: RefreshJob) -> RefreshJob:
    async for now in watch_to_its_end(db, hub, job):
        job = now
        wait = f"{now.wait_reason} until {now.resumes_at:%H:%M:%S} UTC" if now.resumes_at else ""
        progress.update(task, description=now.status.value, completed=now.progress, counts=_counts(now), wait=wait)
    return job


def conclude(console: Console, problems: Console, label: str, job: RefreshJob) -> None:
    """How it ended, what to be careful with, and why it failed."""
    about = f"{label} " if label else ""
    days = f"{job.range_start} to {job.range_end}"
    told = f"{about}{job.status.value}: {days}, {_counts(job)}, {job.rows_removed} removed"
    console.print(told, highlight=False, markup=False)
    for note in (*job.warnings, *(str(gap["message"]) for gap in job.gaps)):
        console.print(f"{about}{note}", style="yellow", highlight=False, markup=False)
    if job.error_message:
        problems.print(f"{about}{job.error_message}", style="red", highlight=False, markup=False)


def in_options(error: Exception) -> str:
    """What an error says, behind the options of the command that it is about."""
    options = _OPTIONS.get(error.field or "") if isinstance(error, Refused) else None
    return f"{options}: {error}" if options else str(error)


def _counts(job: RefreshJob) -> str:
    return f"{job.days_done}/{job.days_total} days, {job.rows_fetched} rows, {job.api_calls} calls"
