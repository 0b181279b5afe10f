"""Stores exchange rates of the installation, from a file or from the address that it names, and tells what is there."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import structlog

from analytics.clock import Clock
from errors import Refused, UserErrorCode
from integrations.errors import IntegrationError
from integrations.rates.reading import read_rates
from integrations.rates.source import RateSource
from integrations.rates.unpacking import UnreadableRates
from models.database import Database
from models.rates.fx_rate import store_rates
from models.rates.known import CurrencyRates, known_rates

_log = structlog.get_logger(__name__)

# The time zone in which a new day begins first on Earth, UTC+14: its rate may be published there already.
_EARLIEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class LoadedRates:
    """What a file held: its rates, how many of them were new or changed, its newest day."""

    rates: int
    changed: int
    newest: date


async def read_and_store_rates(db: Database, clock: Clock, content: bytes) -> LoadedRates:
    """Stores the rates of a file, all of them or none; days that it lacks stay. Raises Refused for an odd file."""
    latest = (clock() + _EARLIEST_ZONE).date()
    try:
        # In a thread, since decades of rates take a second: others of this process are answered meanwhile.
        rates = await asyncio.to_thread(read_rates, content, latest=latest)
    except UnreadableRates as unreadable:
        raise Refused(UserErrorCode.FILE_INVALID, f"{unreadable} Nothing was loaded.") from unreadable
    async with db.sweep(reason="store exchange rates") as session:
        changed = await store_rates(session, rates)
    return LoadedRates(len(rates), changed, max(rate.day for rate in rates))


async def fetch_and_store_rates(db: Database, clock: Clock, source: RateSource | None) -> LoadedRates:
    """The same for the file at the installation's address. Raises IntegrationErrors, and Refused where it has none."""
    if source is None:
        raise Refused(
            UserErrorCode.NOT_CONFIGURED,
            "NOT_CONFIGURED: set FX_RATES_URL to the address of a file of exchange rates, such as"
            " https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip; or load a file.",
        )
    return await read_and_store_rates(db, clock, await source.fetch())


async def renew_rates(db: Database, clock: Clock, source: RateSource | None) -> int:
    """Stores what is new at the installation's address, if it has one; answers how many rates.

    A file that cannot be had or read is logged as an error, and is asked for again the next time.
    """
    if source is None:
        return 0
    try:
        return (await fetch_and_store_rates(db, clock, source)).changed
    except (IntegrationError, Refused) as error:
        _log.error("rates_not_renewed", reason=error.message)
        return 0


async def load_known_rates(db: Database) -> list[CurrencyRates]:
    """What is stored, by currency in alphabetical order."""
    async with db.read(None) as session:
        return await known_rates(session)
