"""The operator's commands of the database (`python cli.py db --help`). Each calls `migrations`, and holds no rule."""

from typing import Annotated

import typer
from rich.table import Table

from commands.ground import console, fail, known_settings, with_owner
from migrations import distribution, roles, run
from startup.services import configured_urls

_BASE = "base"

db = typer.Typer(no_args_is_help=True, help="The database: roles, migrations, and shards.")


@db.command()
def bootstrap() -> None:
    """Create the runtime and the system role of DATABASE_URL and DATABASE_SYSTEM_URL, as the owner."""
    settings = known_settings()
    if settings.is_embedded:
        fail("The embedded database has its roles already; for another set DATABASE_URL and DATABASE_SYSTEM_URL.")
    urls = configured_urls(settings)
    with_owner(lambda owner: roles.create_roles(owner, runtime_url=urls.runtime, system_url=urls.system))
    console.print("The roles exist.")


@db.command()
def upgrade(revision: Annotated[str, typer.Argument()] = "head") -> None:
    """Bring the database to a revision."""
    with_owner(lambda url: run.upgrade(url, revision))
    console.print(f"The database is at {revision}.")


@db.command(context_settings={"ignore_unknown_options": True})
def downgrade(revision: Annotated[str, typer.Argument(help="E.g. -1, or a revision's number.")]) -> None:
    """Take the database back to a revision. Data that only newer revisions can store are lost."""
    with_owner(lambda url: run.downgrade(url, revision))
    console.print(f"The database is at {revision}.")


@db.command()
def generate(message: Annotated[str, typer.Argument(help="What the revision does, in words.")]) -> None:
    """Write a new revision with the changes that the models have made."""
    console.print(f"Written to {with_owner(lambda url: run.generate(url, message))}.")


@db.command()
def history() -> None:
    """List all revisions."""
    table = Table("revision", "what it does", "applied")
    for revision in with_owner(run.history):
        table.add_row(revision.number, revision.message, "yes" if revision.is_applied else "")
    console.print(table)


@db.command()
def current() -> None:
    """Print the database's revision."""
    console.print(with_owner(run.current) or "none yet")


@db.command()
def reset(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove every table with its data, then create the tables again. Refused in production."""
    if known_settings().is_production:
        fail("Production data are never reset.")
    if not yes:
        typer.confirm("This deletes all data of this database. Go on?", abort=True)
    with_owner(_rebuild)
    console.print("The database is empty and at the newest revision.")


@db.command()
def distribute(
    *, plan: Annotated[bool, typer.Option("--plan", help="Print what would be done, and do nothing.")] = False
) -> None:
    """Spread the tables of tenants over the nodes of Citus, with servers and workers stopped; may be repeated."""
    with_owner(_print_plan if plan else _distribute)


def _distribute(url: str) -> None:
    distribution.distribute(url, lambda title: console.print(f"{title} ...", highlight=False))
    console.print("The database is distributed.")


def _print_plan(url: str) -> None:
    """Statements to read or to keep; what is missing goes to the other stream, and ends the command with an error."""
    lacks = distribution.missing(url)
    if lacks:
        fail("\n".join(lacks))
    for step in distribution.plan(url):
        console.print(f"-- {step.title}", highlight=False, markup=False, soft_wrap=True)
        for statement in ("begin", *step.sql, "commit"):
            console.print(f"{statement};", highlight=False, markup=False, soft_wrap=True)


def _rebuild(url: str) -> None:
    run.downgrade(url, _BASE)
    run.upgrade(url)
