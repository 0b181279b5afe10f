"""Loading exchange rates from files and from an address over real HTTP, where nothing is ever half loaded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from structlog.testing import capture_logs

from embedded.postgres import DatabaseUrls
from errors import Refused, UserErrorCode
from integrations.errors import IntegrationError
from integrations.http import HttpClient, Patience
from integrations.rates.source import RateSource
from jobs.chores import CHORES
from sandbox.rates import run_rates
from services.rates import fetch_and_store_rates, load_known_rates, read_and_store_rates, renew_rates
from services.toolbox import Toolbox
from tests.integrations.raw_server import Answer, answer, raw_server
from tests.worlds.rates import rates_of_the_test

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
LIST = b"day,currency,per_eur\n2026-11-26,SEK,11.1\n2026-11-27,SEK,11.2\n"


@pytest.fixture(autouse=True)
async def _own_rates(postgres: DatabaseUrls) -> AsyncIterator[None]:
    async with rates_of_the_test(postgres.migration):
        yield


@pytest.fixture
def at_noon(tools: Toolbox) -> Toolbox:
    return replace(tools, clock=lambda: NOON)


@asynccontextmanager
async def source_at(url: str) -> AsyncIterator[RateSource]:
    http = HttpClient(Patience(attempts=1))
    try:
        yield RateSource(url, http)
    finally:
        await http.close()


async def known(tools: Toolbox) -> dict[str, str]:
    return {each.currency: str(each.last_day) for each in await load_known_rates(tools.db)}


async def test_a_file_is_loaded_and_told(at_noon: Toolbox) -> None:
    done = await read_and_store_rates(at_noon.db, at_noon.clock, LIST)
    assert (done.rates, done.changed, done.newest) == (2, 2, date(2026, 11, 27))
    assert (await read_and_store_rates(at_noon.db, at_noon.clock, LIST)).changed == 0
    assert await known(at_noon) == {"SEK": "2026-11-27"}


async def test_one_odd_line_loads_nothing(at_noon: Toolbox) -> None:
    with pytest.raises(Refused, match=r"Line 4: '0' is no rate.*Nothing was loaded") as caught:
        await read_and_store_rates(at_noon.db, at_noon.clock, LIST + b"2026-11-28,SEK,0\n")
    assert caught.value.user_code is UserErrorCode.FILE_INVALID
    assert await known(at_noon) == {}


async def test_the_day_that_has_begun_somewhere_on_earth_may_have_a_rate(at_noon: Toolbox) -> None:
    await read_and_store_rates(at_noon.db, at_noon.clock, LIST + b"2026-12-01,SEK,11.3\n")
    with pytest.raises(Refused, match="2026-12-02 is a day to come"):
        await read_and_store_rates(at_noon.db, at_noon.clock, LIST + b"2026-12-02,SEK,11.3\n")
    assert await known(at_noon) == {"SEK": "2026-12-01"}


async def test_the_history_of_a_bank_comes_over_http_and_again_on_the_next_day(tools: Toolbox) -> None:
    today = [date(2026, 11, 27)]
    async with run_rates(today=lambda: today[0]) as url, source_at(url) as source:
        first = await fetch_and_store_rates(tools.db, tools.clock, source)
        assert first.changed == first.rates > 10_000
        assert await renew_rates(tools.db, tools.clock, source) == 0
        today[0] = date(2026, 11, 30)
        assert await renew_rates(tools.db, tools.clock, source) == 16
    found = await known(tools)
    assert found.pop("RUB") == "2022-03-01"
    assert set(found.values()) == {"2026-11-30"}


async def test_without_an_address_there_is_nothing_to_fetch(tools: Toolbox) -> None:
    assert await renew_rates(tools.db, tools.clock, None) == 0
    with pytest.raises(Refused, match=r"NOT_CONFIGURED: set FX_RATES_URL.*eurofxref-hist\.zip") as caught:
        await fetch_and_store_rates(tools.db, tools.clock, None)
    assert caught.value.user_code is UserErrorCode.NOT_CONFIGURED


@pytest.mark.parametrize(
    "wrong",
    [
        answer(b"", status="503 Service Unavailable"),
        answer(b"", status="404 Not Found"),
        answer(b"<html>"),
    ],
)
async def test_a_chore_logs_what_it_cannot_have_and_asks_again(at_noon: Toolbox, wrong: Answer) -> None:
    async with raw_server(wrong, answer(LIST)) as (url, heads), source_at(f"{url}?key=hush") as source:
        tools = replace(at_noon, vendors=replace(at_noon.vendors, rates=source))
        [chore] = [each for each in CHORES if each.name == "rates"]
        with capture_logs() as logged:
            assert await chore.work(tools) == 0
        [told] = [line for line in logged if line["event"] == "rates_not_renewed"]
        assert told["log_level"] == "error"
        assert "hush" not in str(logged)
        assert await chore.work(tools) == 2
        assert len(heads) == 2


async def test_an_operator_is_told_why_nothing_came(tools: Toolbox) -> None:
    async with raw_server(answer(b"", status="404 Not Found")) as (url, _), source_at(url) as source:
        with pytest.raises(IntegrationError, match="status 404"):
            await fetch_and_store_rates(tools.db, tools.clock, source)
