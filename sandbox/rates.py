"""A stand-in that publishes exchange rates as the European Central Bank does: one zipped file over HTTP."""

import math
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.server import serve

PATH = "/stats/eurofxref/eurofxref-hist.zip"
_HOSTS = ["127.0.0.1", "localhost"]
_FIRST_DAY = date(2022, 1, 3)
# About what a euro was; the rates swing around it by a few percent, each in a rhythm of its own.
_LEVELS = {
    "USD": 1.09, "JPY": 158.0, "GBP": 0.856, "CHF": 0.957, "SEK": 11.38, "NOK": 11.55, "DKK": 7.459, "PLN": 4.32,
    "CZK": 24.9, "HUF": 394.0, "CAD": 1.482, "AUD": 1.645, "BRL": 5.6, "INR": 90.7, "MXN": 19.2, "TRY": 34.5,
}  # fmt: skip
_SWING, _RHYTHM_DAYS = 0.03, 67.0
# A currency that has had no rate since a day.
_ENDED, _ENDED_ON = "RUB", date(2022, 3, 1)
_SATURDAY = 5
# New Year, Labour Day, Christmas: months and days without rates.
_HOLIDAYS = {(1, 1), (5, 1), (12, 25), (12, 26)}


def history(today: date) -> str:
    """The wide file, newest day first: `N/A` where there is no rate, a comma at the end of each line."""
    codes = [*_LEVELS, _ENDED]
    lines = [f"{day},{','.join(_rate(code, day) for code in codes)}," for day in _working_days(today)]
    return "\n".join([f"Date,{','.join(codes)},", *reversed(lines)]) + "\n"


def _working_days(today: date) -> Iterator[date]:
    days = (_FIRST_DAY + timedelta(days=number) for number in range((today - _FIRST_DAY).days + 1))
    return (day for day in days if day.weekday() < _SATURDAY and (day.month, day.day) not in _HOLIDAYS)


def _rate(code: str, day: date) -> str:
    if code == _ENDED:
        return "117.201" if day <= _ENDED_ON else "N/A"
    rhythm = _RHYTHM_DAYS + 11 * list(_LEVELS).index(code)
    return f"{_LEVELS[code] * (1 + _SWING * math.sin(day.toordinal() / rhythm)):.6g}"


def create_rates_app(today: Callable[[], date]) -> Starlette:
    def file(_request: Request) -> Response:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("eurofxref-hist.csv", history(today()))
        return Response(packed.getvalue(), media_type="application/zip")

    gate = Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False)
    return Starlette(routes=[Route(PATH, file)], middleware=[gate])


def _today() -> date:
    return datetime.now(UTC).date()


@asynccontextmanager
async def run_rates(*, port: int = 0, today: Callable[[], date] = _today) -> AsyncIterator[str]:
    """The address of the file until the block ends. Port 0 takes a free one; a port in use raises OSError."""
    async with serve(create_rates_app(today), port=port) as url:
        yield url + PATH
