"""What every operator command stands on: the settings, the owner of the database, and how a mistake is told."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn, TypeVar

import psycopg
import typer
from alembic.util import CommandError
from rich.console import Console

from commands.refresh_display import in_options
from errors import AppError
from migrations.distribution import DistributionRefused
from migrations.roles import RoleError
from services.toolbox import Toolbox
from settings.loading import SettingsError, load_settings
from settings.model import Settings
from startup.services import Services, existing_database, existing_services
from startup.tools import open_tools
from telemetry.logs import configure_logs

T = TypeVar("T")

console = Console()
problems = Console(stderr=True)


def known_settings() -> Settings:
    """The settings of this process; where they are wrong the command ends."""
    try:
        settings = load_settings()
    except SettingsError as error:
        fail(f"The settings are wrong:\n{error}")
    configure_logs(level="warning", as_json=settings.is_production)
    return settings


def with_owner(work: Callable[[str], T]) -> T:
    """Runs `work` with the URL of the database's owner: the configured one, else that of the embedded database."""
    settings = known_settings()
    with mistakes_told(), existing_database(settings) as urls:
        if not urls.migration:
            fail("DATABASE_MIGRATION_URL is not set: it is the URL of the database's owner, who migrates.")
        return work(urls.migration)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Services, Toolbox]]:
    """A Toolbox over the services that exist, or over services of its own, until the block ends."""
    async with existing_services(settings) as services, open_tools(settings, services) as tools:
        yield services, tools


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Prints an operator's mistake as one sentence, without a trace, and ends the command with the exit code 1."""
    try:
        yield
    except (AppError, RoleError, DistributionRefused, CommandError, psycopg.OperationalError) as error:
        fail(in_options(error))


def fail(message: str) -> NoReturn:
    """Ends the command with the message and the exit code 1."""
    problems.print(message, style="red", highlight=False, markup=False)
    raise typer.Exit(1)
