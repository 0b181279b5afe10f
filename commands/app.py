"""The operator's commands (`python cli.py --help`). Each calls what the processes call too, and holds no rule."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress, TextColumn
from rich.table import Table

from analytics.periods import AskedDays
from commands.channels import channels
from commands.database import db
from commands.ground import console, fail, known_settings, mistakes_told, opened, problems, with_owner
from commands.rates import rates
from commands.refresh_display import AskedRefresh, NoWorkerLeft, WatchLost, conclude, in_options, shown, shown_of_others
from commands.terminal import DAY, INTERRUPTED, UNFINISHED, Interruptible, run_until_interrupted
from errors import DatabaseUnavailable, Refused
from jobs.runner import WorkerOptions, run_inline
from models.database import Database
from models.refreshes.job import RefreshJob, RefreshStatus
from schema import schema_text
from services.installation.demo import seed_demo, seed_people
from services.installation.key_rotation import RotatedKeys, rotate_keys
from services.installation.staff import grant_staff, revoke_staff, staff_members
from services.refreshes.by_operator import (
    OperatedAccount,
    account_to_refresh,
    accounts_to_refresh,
    is_worker_there,
    operator_cancel,
    operator_refresh,
)
from services.toolbox import Toolbox
from settings.model import Settings
from startup import server, worker
from startup.process import run_process
from startup.tools import open_owners_database

SCHEMA_FILE = Path(__file__).resolve().parent.parent / "schema.graphql"
T = TypeVar("T")

app = typer.Typer(cls=Interruptible, no_args_is_help=True, add_completion=False, help="Adgraph's operator commands.")
app.add_typer(db, name="db")
app.add_typer(rates, name="rates")
app.add_typer(channels, name="channels")
staff = typer.Typer(no_args_is_help=True, help="Staff of the installation, who see all tenants in `admin`.")
app.add_typer(staff, name="staff")


@app.command()
def serve() -> None:
    """Run the API (and the worker, unless WORKER=external)."""
    raise typer.Exit(run_process(server.serve))


@app.command(name="worker")
def work() -> None:
    """Run the worker alone."""
    raise typer.Exit(run_process(worker.work))


@app.command()
def seed() -> None:
    """Create the demo tenant, its users and, with the sandbox, its ad accounts. Not in production."""
    settings = known_settings()
    if settings.is_production:
        fail("The password of the demo users is published, so they are never created in production.")
    with mistakes_told():
        asyncio.run(_seed(settings))
    console.print("The demo tenant is there.")


@app.command()
def refresh(
    account: Annotated[str | None, typer.Argument(help="The platform's id, e.g. act_1001.")] = None,
    since: Annotated[date | None, typer.Option(**DAY, help="First day. Default: the look-back.")] = None,
    until: Annotated[date | None, typer.Option(**DAY, help="Last day. Default: today.")] = None,
    tenant: Annotated[str | None, typer.Option(help="The tenant's slug, where several have the account.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every connected account, of --tenant or of all.")] = False,
) -> None:
    """Refresh an ad account, or all of them, and watch it; Ctrl-C leaves it running."""
    if until is not None and since is None:
        fail("--until needs --since.")
    if (account is None) is not every:
        fail("Name one ad account, e.g. act_1001, or all of them with --all.")
    asked = AskedRefresh(account, since, until, tenant)
    settings = known_settings()
    try:
        with mistakes_told():
            is_done = run_until_interrupted(_refresh(settings, asked))
    except KeyboardInterrupt:
        console.print(f"\n{asked.how_to_go_on}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    except WatchLost as lost:
        problems.print(f"\n{lost} {asked.how_to_go_on}", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(UNFINISHED) from None
    if not is_done:
        raise typer.Exit(1)


@app.command(name="cancel-refresh")
def cancel_refresh(
    account: Annotated[str, typer.Argument(help="The platform's id, e.g. act_1001.")],
    tenant: Annotated[str | None, typer.Option(help="The tenant's slug, where several have the account.")] = None,
) -> None:
    """Cancel the refreshes of an ad account that are not finished; what they have stored stays."""
    settings = known_settings()
    with mistakes_told():
        cancelled = asyncio.run(_cancel(settings, account, tenant))
    console.print(f"Cancelled: {cancelled}.", highlight=False)


@app.command(name="rotate-keys")
def rotate_stored_keys() -> None:
    """Encrypt every stored platform token with the first key of TOKEN_ENCRYPTION_KEY, while the servers go on."""
    settings = known_settings()
    with mistakes_told():
        done = asyncio.run(_rotate(settings))
    console.print(f"Encrypted again: {done.rotated}.", highlight=False)
    if done.unreadable:
        problems.print(
            f"Encrypted with a key that is not configured: {done.unreadable}. Their users have to connect again."
        )
    if done.may_drop_old_keys:
        console.print("Nothing needs the older keys any more: remove them from TOKEN_ENCRYPTION_KEY.")
    else:
        console.print(f"Letters and sign-ins with an older key: {done.passing}. Run this command again in a while.")


@app.command(name="export-schema")
def export_schema(path: Annotated[Path, typer.Argument(help="Where to write the SDL.")] = SCHEMA_FILE) -> None:
    """Write the API's schema as SDL; missing folders are created."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(schema_text())
    except OSError as error:
        fail(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.")
    console.print(f"Written to {path}.", highlight=False)


@staff.command()
def grant(email: Annotated[str, typer.Argument(help="A verified address.")]) -> None:
    """Make a person staff."""
    person = _with_owners_database(lambda owner: grant_staff(owner, email))
    console.print(f"{person.email} is staff.", highlight=False)


@staff.command()
def revoke(email: str) -> None:
    """End a person's being staff."""
    person = _with_owners_database(lambda owner: revoke_staff(owner, email))
    console.print(f"{person.email} is no longer staff.", highlight=False)


@staff.command(name="list")
def list_staff() -> None:
    """List the staff."""
    table = Table("address", "name")
    for person in _with_owners_database(staff_members):
        table.add_row(person.email, person.name)
    console.print(table)


def _with_owners_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """Runs `work` with a Database that connects as the owner."""

    async def run_it(url: str) -> T:
        async with open_owners_database(url) as owner:
            return await work(owner)

    return with_owner(lambda url: asyncio.run(run_it(url)))


async def _seed(settings: Settings) -> None:
    async with opened(settings) as (services, tools):
        await (seed_demo(tools, has_shop=settings.demo_shop) if services.stand_ins.meta else seed_people(tools))


async def _rotate(settings: Settings) -> RotatedKeys:
    async with opened(settings) as (_, tools):
        with Progress(TextColumn("{task.description}"), console=console, transient=True) as progress:
            task = progress.add_task("")

            def tell(done: RotatedKeys) -> None:
                progress.update(task, description=f"{done.rotated} encrypted again")

            return await rotate_keys(tools.db, tools.cipher, tell)


async def _refresh(settings: Settings, asked: AskedRefresh) -> bool:
    """Refreshes one account or all and shows them; answers whether each refresh succeeded.

    A worker that is there runs them, else one of this process, also when the last one there goes away. Where one of
    several is refused, the others are refreshed all the same. Raises WatchLost.
    """
    async with opened(settings) as (services, tools):
        # Ctrl-C does not wait for a refresh, since the next worker continues after the stored slices.
        options = WorkerOptions(services.urls.listen, graceful_s=0)
        jobs, is_refused = [], False
        days = AskedDays(asked.since, asked.until) if asked.since is not None else None
        for account in await _accounts(tools.db, asked):
            label = account.label if asked.account is None else ""
            try:
                jobs.append(
                    (label, await operator_refresh(tools.db, tools.clock, tools.vendors.billing, account, days))
                )
            except Refused as refused:
                told = f"{label} {in_options(refused)}".strip()
                problems.print(told, style="red", highlight=False, markup=False)
                is_refused = True
        ended = await _shown(tools, options, jobs) if jobs else []
    for (label, _), job in zip(jobs, ended, strict=True):
        conclude(console, problems, label, job)
    return not is_refused and all(job.status is RefreshStatus.SUCCEEDED for job in ended)


async def _shown(tools: Toolbox, options: WorkerOptions, jobs: Sequence[tuple[str, RefreshJob]]) -> list[RefreshJob]:
    try:
        if await is_worker_there(tools.db):
            with suppress(NoWorkerLeft):
                return await shown_of_others(tools.db, tools.hub, console, jobs)
            console.print("No worker is there any more: this command goes on with the refresh itself.")
        async with run_inline(tools, options):
            return await shown(tools.db, tools.hub, console, jobs)
    except DatabaseUnavailable as error:
        raise WatchLost("The database does not answer any more.") from error


async def _accounts(db: Database, asked: AskedRefresh) -> list[OperatedAccount]:
    if asked.account is None:
        return await accounts_to_refresh(db, asked.tenant)
    return [await account_to_refresh(db, asked.account, asked.tenant)]


async def _cancel(settings: Settings, external_id: str, tenant: str | None) -> int:
    async with opened(settings) as (_, own):
        return len(await operator_cancel(own.db, own.clock, await account_to_refresh(own.db, external_id, tenant)))
