"""`python cli.py rates`: exchange rates from a file or from the configured address, and what is there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from commands.ground import console, fail, known_settings, mistakes_told, opened
from commands.terminal import Interruptible
from integrations.rates.unpacking import MOST_BYTES
from services.rates import LoadedRates, fetch_and_store_rates, load_known_rates, read_and_store_rates
from services.toolbox import Toolbox

T = TypeVar("T")

rates = typer.Typer(cls=Interruptible, no_args_is_help=True, help="Exchange rates, by which money is converted.")


@rates.command()
def load(
    file: Annotated[Path, typer.Argument(help="day,currency,per_eur or the history of the ECB; plain, zip or gzip.")],
) -> None:
    """Load the rates of a file, all of them or none; what is there already stays."""
    try:
        with file.open("rb") as opened_file:
            # One byte more than may be read, so that what is larger is told.
            content = opened_file.read(MOST_BYTES + 1)
    except OSError as error:
        fail(f"{file} cannot be read: {(error.strerror or str(error)).lower()}.")
    _tell(_with_tools(lambda tools: read_and_store_rates(tools.db, tools.clock, content)))


@rates.command()
def fetch() -> None:
    """Load the rates of the file at FX_RATES_URL, as each worker does once a day."""
    _tell(_with_tools(lambda tools: fetch_and_store_rates(tools.db, tools.clock, tools.vendors.rates)))


@rates.command(name="list")
def list_rates() -> None:
    """List what is loaded, by currency."""
    table = Table("currency", "first day", "last day", "days", "per EUR on the last")
    for each in _with_tools(lambda tools: load_known_rates(tools.db)):
        days = (str(each.first_day), str(each.last_day), str(each.published_days))
        table.add_row(each.currency, *days, f"{each.per_eur.normalize():f}")
    console.print(table)


def _tell(done: LoadedRates) -> None:
    told = f"{done.rates} rates up to {done.newest}, of which {done.changed} were new or changed."
    console.print(told, highlight=False)


def _with_tools(work: Callable[[Toolbox], Awaitable[T]]) -> T:
    settings = known_settings()

    async def run() -> T:
        async with opened(settings) as (_, tools):
            return await work(tools)

    with mistakes_told():
        return asyncio.run(run())
