"""The operator's commands: `python cli.py --help`; each calls what the processes call, and holds no rule itself."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import psycopg
import typer
from alembic.util import CommandError
from rich.console import Console
from rich.table import Table

import server
import worker
from errors import AppError
from logs import configure_logs
from migrations import roles, run
from schema import build_schema
from services.demo import seed_demo, seed_people
from settings import Settings, SettingsError, load_settings
from startup import configured_urls, found_database, found_services, open_tools, run_process

SCHEMA_FILE = Path(__file__).resolve().parent / "schema.graphql"
_BASE = "base"
T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Adgraph's operator commands.")
db = typer.Typer(no_args_is_help=True, help="The database: roles and migrations.")
app.add_typer(db, name="db")
console = Console()
problems = Console(stderr=True)


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
    """Make the demo tenant, its people and, with the sandbox, its ad accounts. Not in production."""
    settings = _settings()
    if settings.is_production:
        _fail("The demo users' password is published: they are never made in production.")
    with _told():
        asyncio.run(_seed(settings))
    console.print("The demo tenant is there.")


@app.command(name="export-schema")
def export_schema(path: Annotated[Path, typer.Argument(help="Where to write the SDL.")] = SCHEMA_FILE) -> None:
    """Write the API's schema as SDL."""
    path.write_text(schema_text())
    console.print(f"Written to {path}.")


@db.command()
def bootstrap() -> None:
    """Make the runtime and the system role of DATABASE_URL and DATABASE_SYSTEM_URL, as the owner."""
    settings = _settings()
    if settings.is_embedded:
        _fail("The embedded database makes its roles by itself; set DATABASE_URL and DATABASE_SYSTEM_URL for another.")
    urls = configured_urls(settings)
    _with_owner(lambda owner: roles.create_roles(owner, runtime_url=urls.runtime, system_url=urls.system))
    console.print("The roles are there.")


@db.command()
def upgrade(revision: Annotated[str, typer.Argument()] = "head") -> None:
    """Bring the database to a revision."""
    _with_owner(lambda url: run.upgrade(url, revision))
    console.print(f"The database is at {revision}.")


@db.command(context_settings={"ignore_unknown_options": True})
def downgrade(revision: Annotated[str, typer.Argument(help="E.g. -1, or a revision's number.")]) -> None:
    """Take the database back to a revision. Data that only newer revisions have are lost."""
    _with_owner(lambda url: run.downgrade(url, revision))
    console.print(f"The database is at {revision}.")


@db.command()
def generate(message: Annotated[str, typer.Argument(help="What the revision does, in words.")]) -> None:
    """Write the revision that the models lack."""
    console.print(f"Written to {_with_owner(lambda url: run.generate(url, message))}.")


@db.command()
def history() -> None:
    """List all revisions."""
    table = Table("revision", "what it does", "applied")
    for revision in _with_owner(run.history):
        table.add_row(revision.number, revision.message, "yes" if revision.is_applied else "")
    console.print(table)


@db.command()
def current() -> None:
    """Print the database's revision."""
    console.print(_with_owner(run.current) or "none yet")


@db.command()
def reset(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove every table and its data, then make them anew. Refused in production."""
    if _settings().is_production:
        _fail("Production data are never reset.")
    if not yes:
        typer.confirm("This deletes all data of this database. Go on?", abort=True)
    _with_owner(_rebuild)
    console.print("The database is empty and at head.")


def schema_text() -> str:
    """What schema.graphql holds."""
    return f"{build_schema()}\n"


def _settings() -> Settings:
    try:
        settings = load_settings()
    except SettingsError as error:
        _fail(f"The settings are wrong:\n{error}")
    configure_logs(level="warning", as_json=settings.is_production)
    return settings


def _with_owner(work: Callable[[str], T]) -> T:
    """Runs `work` on the owner's URL: the configured one, else the embedded database's."""
    settings = _settings()
    with _told(), found_database(settings) as urls:
        if not urls.migration:
            _fail("DATABASE_MIGRATION_URL is not set: it is the owner's, who migrates.")
        return work(urls.migration)


async def _seed(settings: Settings) -> None:
    async with found_services(settings) as services, open_tools(settings, services) as tools:
        await (seed_demo(tools) if services.sandbox_url else seed_people(tools))


def _rebuild(url: str) -> None:
    run.downgrade(url, _BASE)
    run.upgrade(url)


@contextmanager
def _told() -> Iterator[None]:
    """Tells an operator's mistake in its own words, without a trace."""
    try:
        yield
    except (AppError, roles.RoleError, CommandError, psycopg.OperationalError) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    problems.print(message, style="red", highlight=False)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
