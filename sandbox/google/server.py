"""Owns running a Google sandbox and controlling it in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from sandbox.google.app import create_google_app
from sandbox.google.config import GoogleConfig
from sandbox.google.dialog import check_request, choose
from sandbox.google.hostility import Hostility
from sandbox.google.people import NEWCOMER, Person
from sandbox.google.state import GoogleSandbox, new_key
from sandbox.server import serve


@dataclass(frozen=True, slots=True)
class GoogleServer:
    """`url` is the issuer, too."""

    url: str
    sandbox: GoogleSandbox

    def lie(self, hostility: Hostility | None) -> None:
        self.sandbox.hostility = hostility

    def set_clock(self, moment: datetime | None) -> None:
        """An instant to stand still at, or None for the real clock."""
        self.sandbox.moment = moment

    def add(self, person: Person) -> None:
        """Somebody else to choose in the dialog."""
        self.sandbox.people[person.subject] = person

    def rotate_keys(self) -> None:
        self.sandbox.keys.append(new_key())

    def choose(self, url: str, choice: str = NEWCOMER.subject) -> str:
        """What a click on the page of this address would lead to: a person's subject, or deny."""
        params = dict(parse_qsl(urlsplit(url).query))
        check_request(self.sandbox, params)
        return choose(self.sandbox, self.sandbox.open_ticket(params), choice=choice)


@asynccontextmanager
async def run_google(config: GoogleConfig, *, port: int = 0) -> AsyncIterator[GoogleServer]:
    """Until the block ends. Port 0 takes a free one; a port in use raises OSError."""
    app = create_google_app(config)
    sandbox: GoogleSandbox = app.state.sandbox
    async with serve(app, port=port) as url:
        sandbox.issuer = url
        yield GoogleServer(url, sandbox)
