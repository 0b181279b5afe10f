"""What a terminal shows of refreshes: bars while they run, a line each when they have ended; asks for none."""

import asyncio
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from errors import Refused
from models.refreshes.job import RefreshJob
from services.refreshes.by_operator import watch_to_its_end
from services.toolbox import Toolbox

# By what a service calls its parameter.
_OPTIONS = {"days": "--since and --until"}


async def shown(tools: Toolbox, console: Console, jobs: Sequence[tuple[str, RefreshJob]]) -> list[RefreshJob]:
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
        watches = (_watched(tools, progress, task, job) for task, (_, job) in zip(tasks, jobs, strict=True))
        return list(await asyncio.gather(*watches))


async def _watched(tools: Toolbox, progress: Progress, task: TaskID, job: RefreshJob) -> RefreshJob:
    async for now in watch_to_its_end(tools, job):
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
